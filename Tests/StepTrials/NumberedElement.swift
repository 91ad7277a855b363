import SharedMemory

/// An element of a queue, channel, state or vector that tells its number, so that one that is not
/// whole shows.
struct NumberedElement: SharedValue {
  private var bits: UInt64
  private var complement: UInt64

  init(_ number: Int) {
    bits = UInt64(bitPattern: Int64(number))
    complement = ~bits
  }

  static var layoutName: String { "trial.numbered.1" }

  /// One whose number is greater by `change`; as torn as this one.
  func plus(_ change: UInt64) -> Self {
    var other = self
    other.bits &+= change
    other.complement &-= change
    return other
  }

  /// The number.
  ///
  /// - Throws: A failure when the halves do not belong together.
  func number() throws -> Int {
    guard bits == ~complement else { throw Failure("an element is torn") }
    return Int(Int64(bitPattern: bits))
  }
}
