/// A value that tells its number and its length, so that one that is not whole shows.
struct NumberedValue: Hashable, Sendable, CustomStringConvertible {
  let number: Int
  /// Length in bytes, at least eight.
  let count: Int

  init(_ number: Int, count: Int) {
    precondition(count >= 8, "number and length take eight bytes")
    self.number = number
    self.count = count
  }

  /// The value that `bytes` are; `nil` when they are those of no value, or of several.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 8 else { return nil }
    let head = (0..<8).reduce(0) { $0 | UInt64(bytes[$1]) << UInt64($1 * 8) }
    number = Int(head & 0xffff_ffff)
    count = Int(head >> 32)
    guard count == bytes.count, self.bytes == bytes else { return nil }
  }

  var bytes: [UInt8] {
    let head = UInt64(number) | UInt64(count) << 32
    return (0..<count).map { index in
      index < 8
        ? UInt8(truncatingIfNeeded: head >> UInt64(index * 8))
        : UInt8(truncatingIfNeeded: number &* 31 &+ index &* 7)
    }
  }

  var description: String { "\(number) of \(count) bytes" }
}
