/// What a consumer of changes knows of the index: what each slot held when it was last looked at, and
/// which entries it was told of.
///
/// Pure: it is told what is found in the store, and answers what has changed.
///
/// A key may come to stand in another slot, and the slots are not looked at at one instant. So a slot
/// that no longer holds a key tells of its deletion only if the key was last found in that very slot.
///
/// Invariants:
/// - `numbers[key]` is a slot whose number `keys` has with this key.
/// - A slot with a key is live.
struct KnownEntries: Sendable {
  /// The incarnation in each slot, by number; 0 in one that is not live.
  private var words: [UInt64]
  /// The keys of slots that hold one of those wanted.
  private var keys: [Int: [UInt8]] = [:]
  /// The slot in which a key was last found.
  private var numbers: [[UInt8]: Int] = [:]

  /// Knows of no entry in an index of `slotCount` slots.
  init(slotCount: Int) {
    words = Array(repeating: 0, count: slotCount)
  }

  /// The incarnation that a slot held, 0 if it was not live.
  func incarnation(in number: Int) -> UInt64 { words[number] }

  /// Takes note of what a slot holds.
  ///
  /// - Parameters:
  ///   - number: Of the slot.
  ///   - incarnation: What it holds; 0 where it is not live.
  ///   - key: The entry's key, if it is one of those wanted.
  ///   - changes: Gets what that changes.
  mutating func note(
    _ number: Int, incarnation: UInt64, key: [UInt8]?, into changes: inout [Change]
  ) {
    let isNew = words[number] != incarnation
    words[number] = incarnation
    if let before = keys[number], before != key {
      keys[number] = nil
      if numbers[before] == number {
        numbers[before] = nil
        changes.append(.deleted(key: before))
      }
    }
    guard let key, isNew else { return }
    keys[number] = key
    numbers[key] = number
    changes.append(.put(key: key, generation: incarnation))
  }

  /// What has changed since `before`, of which slots nothing can be said any more.
  func changes(since before: KnownEntries) -> [Change] {
    var changes: [Change] = []
    for (key, number) in numbers where before.incarnation(of: key) != words[number] {
      changes.append(.put(key: key, generation: words[number]))
    }
    for key in before.numbers.keys where numbers[key] == nil {
      changes.append(.deleted(key: key))
    }
    return changes
  }

  private func incarnation(of key: [UInt8]) -> UInt64? { numbers[key].map { words[$0] } }
}
