import SharedMemory

/// The value that a number stands for: who sees its bytes knows which it is, and whether it is whole.
///
/// Values of odd numbers are all as long as a ``Plain``; those of even ones take a block or several.
public struct RecordedValue: Hashable, Sendable {
  /// What a value of an odd number can be got as.
  public typealias Plain = InlineArray<6, UInt64>

  /// Which it is.
  public let number: Int

  /// The value of a number.
  public init(_ number: Int) { self.number = number }

  /// The value that `bytes` are; `nil` when they are those of no value, or of several.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count >= 8 else { return nil }
    number = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << ($1 * 8) }
    guard number >= 0, bytes == self.bytes else { return nil }
  }

  /// Length in bytes.
  public var count: Int {
    if number % 2 != 0 { return MemoryLayout<Plain>.size }
    return number % 5 == 0 ? 308 : 8 + number % 40
  }

  /// What the bytes are: an id that a record's lengths have room for, or one that has a place of its
  /// own.
  public var type: TypeID { number % 3 == 0 ? TypeID(rawValue: 100_000) : .bytes }

  /// The number, and what nearly every other one differs in.
  public var bytes: [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
      + [UInt8](repeating: UInt8(truncatingIfNeeded: number / 2), count: count - 8)
  }

  /// The bytes of an odd number.
  public var plain: Plain {
    let bytes = bytes
    return Plain { index in
      (0..<8).reduce(0) { $0 | UInt64(bytes[index * 8 + $1]) << UInt64($1 * 8) }
    }
  }
}
