/// What a consumer of changes knows of the index: what each slot held when it was last looked at,
/// and which entries it was told of.
///
/// Pure: it is told what is found in the store, and answers what has changed.
///
/// A key may come to stand in another slot, and the slots are not looked at at one instant. So a
/// slot that no longer holds a key tells of its deletion only if the key was last found in that
/// very slot.
///
/// Invariants:
/// - `entries[key].slot`, where there is one, is a slot whose number `keys` has with this key.
/// - A slot with a key holds an entry.
struct KnownEntries: Sendable {
  /// What each slot held, by number; 0 in one without an entry.
  private var words: [UInt64]
  /// The keys of slots that hold one of those wanted.
  private var keys: [Int: [UInt8]] = [:]
  /// Where a key was last found, and which incarnation of its entry was told of.
  private var entries: [[UInt8]: (slot: Int?, generation: UInt64)] = [:]

  /// Knows of no entry in an index of `slotCount` slots.
  init(slotCount: Int) {
    words = Array(repeating: 0, count: slotCount)
  }

  /// What a slot held, 0 if no entry.
  func word(in number: Int) -> UInt64 { words[number] }

  /// Takes note of what a slot holds.
  ///
  /// - Parameters:
  ///   - number: Of the slot.
  ///   - word: What it holds; 0 where that is no entry.
  ///   - generation: Of the entry: the same wherever it stands.
  ///   - key: The entry's key, if it is one of those wanted.
  ///   - changes: Gets what that changes.
  mutating func note(
    _ number: Int, word: UInt64, generation: UInt64, key: [UInt8]?, into changes: inout [Change]
  ) {
    let isNew = words[number] != word
    words[number] = word
    if let before = keys[number], before != key {
      keys[number] = nil
      if entries[before]?.slot == number {
        entries[before] = nil
        changes.append(.deleted(key: before))
      }
    }
    guard let key, isNew else { return }
    keys[number] = key
    let told = entries.updateValue((number, generation), forKey: key)
    if told?.generation != generation { changes.append(.put(key: key, generation: generation)) }
  }

  /// Takes note of an entry without telling of it.
  ///
  /// - Parameters:
  ///   - slot: Its number; `nil` in another table.
  ///   - word: What the slot holds.
  mutating func learn(_ key: [UInt8], generation: UInt64, slot: Int?, word: UInt64) {
    entries[key] = (slot, generation)
    guard let slot else { return }
    words[slot] = word
    keys[slot] = key
  }

  /// What has changed since `before`, of which slots nothing can be said any more.
  func changes(since before: KnownEntries) -> [Change] {
    var changes: [Change] = []
    for (key, entry) in entries where before.entries[key]?.generation != entry.generation {
      changes.append(.put(key: key, generation: entry.generation))
    }
    for key in before.entries.keys where entries[key] == nil {
      changes.append(.deleted(key: key))
    }
    return changes
  }
}
