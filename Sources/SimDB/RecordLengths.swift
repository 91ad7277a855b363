import SharedMemory

/// Lengths and type of a record: a word in the header of its first block.
///
///     63  62         53  52           51             16  15              0
///     0  | type code (10) | fragmented | value length (36) | key length - 1 (16)
///
/// A type id that the code has no room for, and what of a key is longer than the header takes,
/// stand behind the value: the tail.
struct RecordLengths: Hashable {
  let rawValue: UInt64

  /// Code of a type whose id stands behind the value.
  static let longTypeCode: UInt32 = 1_023
  /// Longest value that a word can tell.
  static let maximumValueLength = 1 << 36 - 1

  private static let keyMask: UInt64 = 1 << 16 - 1
  private static let fragmentedBit: UInt64 = 1 << 52

  @inline(__always)
  init(rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always)
  init(keyLength: Int, valueLength: Int, type: TypeID) {
    let code = min(type.rawValue, Self.longTypeCode)
    rawValue = UInt64(keyLength &- 1) | UInt64(valueLength) << 16 | UInt64(code) << 53
  }

  /// The same for a record in several runs.
  var fragmented: RecordLengths { RecordLengths(rawValue: rawValue | Self.fragmentedBit) }

  @inline(__always)
  var keyLength: Int { Int(rawValue & Self.keyMask) &+ 1 }

  @inline(__always)
  var valueLength: Int { Int(rawValue >> 16) & Self.maximumValueLength }

  @inline(__always)
  var isFragmented: Bool { rawValue & Self.fragmentedBit != 0 }

  @inline(__always)
  var typeCode: UInt32 { UInt32(rawValue >> 53) & Self.longTypeCode }

  /// Whether these are of a record in one run with a key of `keyLength` bytes.
  @inline(__always)
  func areWhole(keyLength: Int) -> Bool {
    rawValue & (Self.keyMask | Self.fragmentedBit) == UInt64(keyLength &- 1)
  }

  /// Whether there is anything behind the value.
  @inline(__always)
  var hasTail: Bool {
    keyLength > BlockHeader.keyCapacity || typeCode == Self.longTypeCode
  }

  /// Bytes from the value's beginning to the tail.
  var tailOffset: Int { (valueLength + 7) & ~7 }

  /// Bytes from the value's beginning to what of the key the header has no room for.
  var keyRestOffset: Int { tailOffset + (typeCode == Self.longTypeCode ? 8 : 0) }

  /// Bytes of value and tail.
  @inline(__always)
  var dataLength: Int { hasTail ? lengthWithTail : valueLength }

  private var lengthWithTail: Int {
    keyRestOffset + max(0, keyLength - BlockHeader.keyCapacity)
  }
}
