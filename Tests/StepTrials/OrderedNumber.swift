import SharedMemory

/// A key or element of fixed size, with an order, that tells its number, so that one that is not whole shows.
struct OrderedNumber: SharedValue, Comparable {
  private let head: UInt64
  private let rest: InlineArray<4, UInt64>

  static var layoutName: String { "trials.numbered.1" }

  init(_ number: Int) {
    head = UInt64(number)
    rest = InlineArray { UInt64(number) &* 31 &+ UInt64($0) }
  }

  /// - Throws: What a trial throws, where it is none, or those of several are mixed.
  var number: Int {
    get throws {
      for index in rest.indices {
        try require(rest[index] == head &* 31 &+ UInt64(index), "an element is torn")
      }
      return Int(truncatingIfNeeded: head)
    }
  }

  static func == (left: Self, right: Self) -> Bool { left.head == right.head }
  static func < (left: Self, right: Self) -> Bool { left.head < right.head }
}
