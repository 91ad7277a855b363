/// The 12 bytes that say what a value is: code, rank, two bytes of flags, and a payload that holds
/// a number itself, or the offset and length of what stands elsewhere in the table.
///
/// A record that was read is canonical: a number fits its type, unused bits are 0.
struct Record: BitwiseCopyable {
  static let vectorBit: UInt8 = 0x80
  static let byteCount = 12

  let code: Tbl.TypeCode
  /// Dimensions of a vector; 0 when this is no vector.
  let rank: UInt8
  /// Whether strides stand before the dimensions of a vector.
  let isStrided: Bool
  var payload: UInt64

  var isVector: Bool { rank > 0 }
  /// Where the value's bytes or the vector's elements begin.
  var offset: Int { Int(UInt32(truncatingIfNeeded: payload)) }
  /// Bytes of a string, of bytes or of a table; elements of a vector.
  var count: Int { Int(payload &>> 32) }

  init(
    _ code: Tbl.TypeCode, rank: UInt8 = 0, isStrided: Bool = false, payload: UInt64 = 0
  ) {
    self.code = code
    self.rank = rank
    self.isStrided = isStrided
    self.payload = payload
  }

  /// A record that refers to `count` bytes or elements at `offset`.
  init(
    _ code: Tbl.TypeCode, rank: UInt8 = 0, isStrided: Bool = false, offset: Int, count: Int
  ) {
    let payload = UInt64(offset) | UInt64(count) &<< 32
    self.init(code, rank: rank, isStrided: isStrided, payload: payload)
  }

  /// The first 4 bytes: code, rank and flags.
  var head: UInt32 {
    UInt32(code.rawValue | (isVector ? Record.vectorBit : 0)) | UInt32(rank) &<< 8
      | (isStrided ? 1 &<< 16 : 0)
  }

  /// Follows what this refers to, if anything, when that moves by `shift` bytes.
  mutating func move(by shift: Int) {
    guard isVector || code == .string || code == .bytes || code == .table else { return }
    self = Record(
      code, rank: rank, isStrided: isStrided, offset: offset + shift, count: count)
  }

  /// Reads and checks the record at `position`.
  ///
  /// - Parameter origin: Where `bytes` begin in the outermost document, for errors.
  /// - Parameter own: Whether this is the record of a table's own vector, which is nil or a vector
  ///   and alone may have values as elements.
  @inline(__always)
  init(in bytes: RawSpan, at position: Int, origin: Int, own: Bool) throws(TblError) {
    // One check for all that follows.
    let words = bytes.extracting(position..<(position &+ Record.byteCount))
    let raw = words.load(UInt8.self, at: 0)
    guard let code = Tbl.TypeCode(rawValue: raw & ~Record.vectorBit) else {
      throw TblError(byte: origin + position, "unknown type code \(raw)")
    }
    self.code = code
    rank = words.load(UInt8.self, at: 1)
    payload = words.load(UInt64.self, at: 4)
    let flags = words.load(UInt16.self, at: 2)
    isStrided = flags == 1
    guard flags == 0 || isStrided && raw & Record.vectorBit != 0 && code.width != nil else {
      throw TblError(byte: origin + position + 2, "reserved bytes are set")
    }
    guard
      raw & Record.vectorBit != 0
        ? (1...Layout.largestRank).contains(Int(rank)) && code != .none && (own || code != .value)
        : rank == 0 && isCanonical && (!own || code == .none)
    else {
      throw TblError(byte: origin + position, "code \(raw), rank \(rank) and payload disagree")
    }
  }

  /// Whether the payload of something that is no vector fits its code.
  @inline(__always)
  private var isCanonical: Bool {
    let unused = 64 &- code.bitWidth
    switch code.kind {
    case .signed:
      let extended = Int64(bitPattern: payload &<< unused) &>> Int64(unused)
      return UInt64(bitPattern: extended) == payload
    case .unsigned, .floating:
      return (payload &<< unused) &>> unused == payload
    case nil:
      break
    }
    switch code {
    case .none: return payload == 0
    case .bool: return payload <= 1
    case .value: return false
    default: return true
    }
  }

  /// The floating point number in the payload; nil when this is none.
  var floating: Double? {
    switch code {
    case .float16: Double(Float(halfBits: UInt16(truncatingIfNeeded: payload)))
    case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: payload)))
    case .float64: Double(bitPattern: payload)
    default: nil
    }
  }

  /// The number, when this is one that a signed 64-bit integer holds exactly.
  var int: Int64? {
    guard !isVector else { return nil }
    return switch code.kind {
    case .signed: Int64(bitPattern: payload)
    case .unsigned: Int64(exactly: payload)
    case .floating: floating.flatMap(Int64.init(whole:))
    case nil: nil
    }
  }

  /// The number, when this is one that an unsigned 64-bit integer holds exactly.
  var uint: UInt64? {
    guard !isVector else { return nil }
    return switch code.kind {
    case .signed: UInt64(exactly: Int64(bitPattern: payload))
    case .unsigned: payload
    case .floating: floating.flatMap(UInt64.init(whole:))
    case nil: nil
    }
  }

  /// The number, when this is one that a double holds exactly.
  @inline(__always) var double: Double? {
    guard !isVector else { return nil }
    return switch code.kind {
    case .signed: Int64(bitPattern: payload).exactDouble
    case .unsigned: payload.exactDouble
    case .floating: floating
    case nil: nil
    }
  }

  /// The truth value, when this is one.
  var bool: Bool? {
    code == .bool && !isVector ? payload == 1 : nil
  }
}
