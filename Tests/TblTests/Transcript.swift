@testable import Tbl

/// All that a document holds, as text that readers in any language can write too: a line for each
/// value.
///
///     table 2                         and its keys
///     vector                          of the table's own; the value follows
///      vector f32 2x1: 3f000000 7fc00001
///     key 6e616d65                    in UTF-8; the value follows
///      string 4c617661
///     key 78
///      vector string 1                and its elements
///       string 61
///
/// Integers are decimal, floating point numbers their bits. A reader that has one type of numbers
/// writes the wide form instead: a single number is `number` and the bits of a double, or `nan`, or
/// an `integer` when its type has 64 bits and it lies beyond 2^53; f16 are f32; i64 and u64 are f64
/// when none lies beyond that; and vectors of anything but numbers are `list`s.
struct Transcript {
  let isWide: Bool
  private(set) var text = ""

  init(_ view: borrowing Tbl.View, isWide: Bool) throws(TblError) {
    self.isWide = isWide
    try table(view, depth: 0)
  }

  private mutating func line(_ depth: Int, _ words: String) {
    text += String(repeating: " ", count: depth) + words + "\n"
  }

  private mutating func table(_ view: borrowing Tbl.View, depth: Int) throws(TblError) {
    line(depth, "table \(view.count)")
    if let own = try view.vector() {
      line(depth, "vector")
      try vector(own, depth: depth + 1)
    }
    for index in 0..<view.count {
      line(depth, "key " + Self.hex(try view.keyBytes(at: index)))
      try value(view.field(at: index), depth: depth + 1)
    }
  }

  private mutating func value(_ field: borrowing Tbl.Field, depth: Int) throws(TblError) {
    guard !field.isVector else { return try vector(field, depth: depth) }
    switch field.type {
    case .none: line(depth, "nil")
    case .bool: line(depth, "bool \(field.record.payload)")
    case .string, .bytes:
      guard let bytes = try field.bytes() else { return }
      line(depth, "\(field.type.name) " + Self.hex(bytes))
    case .table: if let inner = try field.table() { try table(inner, depth: depth) }
    default:
      let bits = field.record.payload
      line(depth, isWide ? wide(bits, field.type) : "\(field.type.name) " + exact(bits, field.type))
    }
  }

  private mutating func vector(_ field: borrowing Tbl.Field, depth: Int) throws(TblError) {
    let shape = try field.shape().map { "\($0)" }.joined(separator: "x")
    guard let width = field.type.width, !isWide || field.type != .bool else {
      line(depth, "vector \(isWide ? "list" : field.type.name) \(shape)")
      for index in 0..<field.count { try value(field.element(at: index), depth: depth + 1) }
      return
    }
    let type = field.type
    let numbers = try field.withElements(width) { bytes in
      (0..<field.count).map { Record(type, bits: bytes.word(at: width * $0, width: width)).payload }
    }
    guard isWide else {
      let words = numbers.map { exact($0, type) }.joined(separator: " ")
      line(depth, "vector \(type.name) \(shape): \(words)")
      return
    }
    let isDouble = width == 8 && numbers.allSatisfy { Self.double($0, type) != nil }
    let words = numbers.map { bits in
      if isDouble { return Self.bits(Self.double(bits, type) ?? 0) }
      guard type.kind == .floating else { return exact(bits, type) }
      return Self.bits(Self.float(bits, type))
    }
    let name = isDouble ? "f64" : type == .float16 ? "f32" : type.name
    line(depth, "vector \(name) \(shape): \(words.joined(separator: " "))")
  }

  private func exact(_ payload: UInt64, _ type: Tbl.TypeCode) -> String {
    switch type.kind {
    case .signed: "\(Int64(bitPattern: payload))"
    case .unsigned, nil: "\(payload)"
    case .floating: Self.hex(payload, digits: Int(type.bitWidth) / 4)
    }
  }

  private func wide(_ payload: UInt64, _ type: Tbl.TypeCode) -> String {
    guard let number = Self.double(payload, type) else { return "integer " + exact(payload, type) }
    return "number " + Self.bits(number)
  }

  /// The number as the double that it is; nil for an integer beyond 2^53.
  private static func double(_ payload: UInt64, _ type: Tbl.TypeCode) -> Double? {
    let most: UInt64 = 1 << 53
    switch type.kind {
    case .signed:
      let number = Int64(bitPattern: payload)
      return number.magnitude <= most ? Double(number) : nil
    case .floating: return Record(type, payload: payload).floating
    default: return payload <= most ? Double(payload) : nil
    }
  }

  private static func float(_ payload: UInt64, _ type: Tbl.TypeCode) -> Float {
    type == .float16
      ? Float(halfBits: UInt16(truncatingIfNeeded: payload))
      : Float(bitPattern: UInt32(truncatingIfNeeded: payload))
  }

  private static func bits(_ number: Double) -> String {
    number.isNaN ? "nan" : hex(number.bitPattern, digits: 16)
  }

  private static func bits(_ number: Float) -> String {
    number.isNaN ? "nan" : hex(UInt64(number.bitPattern), digits: 8)
  }

  private static func hex(_ word: UInt64, digits: Int) -> String {
    let text = String(word, radix: 16)
    return String(repeating: "0", count: digits - text.count) + text
  }

  private static func hex(_ bytes: RawSpan) -> String {
    (0..<bytes.byteCount).map { hex(UInt64(bytes.load(UInt8.self, at: $0)), digits: 2) }.joined()
  }
}
