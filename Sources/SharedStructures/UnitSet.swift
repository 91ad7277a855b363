/// A set of units by their numbers.
///
/// **Concurrency.** A value.
@usableFromInline
struct UnitSet {
  private var words: [UInt64]

  /// Makes an empty set for the units below `count`.
  init(count: UInt64) { words = Array(repeating: 0, count: Int((count + 63) >> 6)) }

  /// Inserts a unit; one that is not below the count is left out.
  mutating func insert(_ index: UInt64) {
    let word = Int(index >> 6)
    if word < words.count { words[word] |= 1 << (index & 63) }
  }

  func contains(_ index: UInt64) -> Bool { words[Int(index >> 6)] >> (index & 63) & 1 != 0 }
}
