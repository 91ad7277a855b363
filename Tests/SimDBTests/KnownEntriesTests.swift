import TestSupport
import Testing

@testable import SimDB

/// What a consumer of changes makes of slots that it looks at one by one.
@Suite struct KnownEntriesTests {
  /// Keys, each in one slot or none, that move as keys do, and which slots have changed.
  private struct Slots {
    var keys: [UInt8?]
    var incarnations: [UInt64]
    var marked: Set<Int> = []
    var last: UInt64 = 0

    init(count: Int) {
      keys = Array(repeating: nil, count: count)
      incarnations = Array(repeating: 0, count: count)
    }

    /// Puts a key into its slot, or into some free one.
    mutating func put(_ key: UInt8, _ generator: inout SeededGenerator) {
      let free = keys.indices.filter { keys[$0] == nil }
      guard let slot = keys.firstIndex(of: key) ?? free.randomElement(using: &generator) else {
        return
      }
      last += 1
      keys[slot] = key
      incarnations[slot] = last
      marked.insert(slot)
    }

    mutating func delete(_ key: UInt8) {
      guard let slot = keys.firstIndex(of: key) else { return }
      keys[slot] = nil
      incarnations[slot] = 0
      marked.insert(slot)
    }

    var entries: [UInt8: UInt64] {
      var entries: [UInt8: UInt64] = [:]
      for (slot, key) in keys.enumerated() where key != nil { entries[key!] = incarnations[slot] }
      return entries
    }
  }

  private func apply(_ changes: [Change], to told: inout [UInt8: UInt64]) {
    for change in changes {
      switch change {
      case .put(let key, let generation): told[key[0]] = generation
      case .deleted(let key):
        #expect(told.removeValue(forKey: key[0]) != nil, "it was told of before")
      }
    }
  }

  private func look(
    at slot: Int, of slots: Slots, _ known: inout KnownEntries, _ told: inout [UInt8: UInt64]
  ) {
    var changes: [Change] = []
    // Odd keys are not wanted.
    let key = slots.keys[slot].flatMap { $0 % 2 == 0 ? [$0] : nil }
    let word = slots.incarnations[slot]
    known.note(slot, word: word, generation: word, key: key, into: &changes)
    apply(changes, to: &told)
  }

  @Test func `whatever moves between looks, in the end all is told`() {
    var generator = SeededGenerator()
    for _ in 0..<300 {
      var slots = Slots(count: 5)
      var known = KnownEntries(slotCount: 5)
      var told: [UInt8: UInt64] = [:]
      for _ in 0..<60 {
        let key = UInt8.random(in: 0..<4, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: slots.put(key, &generator)
        case 1: slots.delete(key)
        default:
          guard let slot = slots.marked.randomElement(using: &generator) else { continue }
          slots.marked.remove(slot)
          look(at: slot, of: slots, &known, &told)
        }
      }
      for slot in slots.marked.shuffled(using: &generator) {
        look(at: slot, of: slots, &known, &told)
      }
      #expect(told == slots.entries.filter { $0.key % 2 == 0 })
    }
  }

  @Test func `entries that only moved are not told again, and all others are`() {
    var generator = SeededGenerator()
    for _ in 0..<300 {
      var slots = Slots(count: 6)
      var before = KnownEntries(slotCount: 6)
      var told: [UInt8: UInt64] = [:]
      for key in UInt8(0)..<4 { slots.put(key, &generator) }
      for slot in slots.keys.indices { look(at: slot, of: slots, &before, &told) }
      var moved = slots
      for key in UInt8(0)..<4 where Bool.random(using: &generator) {
        Bool.random(using: &generator) ? moved.delete(key) : moved.put(key, &generator)
      }
      let order = moved.keys.indices.shuffled(using: &generator)
      moved.keys = order.map { moved.keys[$0] }
      moved.incarnations = order.map { moved.incarnations[$0] }
      var after = KnownEntries(slotCount: 6)
      for (slot, key) in moved.keys.enumerated() {
        guard let key, key % 2 == 0 else { continue }
        // Some stand in a table whose slots are not known.
        after.learn(
          [key], generation: moved.incarnations[slot],
          slot: Bool.random(using: &generator) ? slot : nil,
          word: moved.incarnations[slot])
      }
      let changes = after.changes(since: before)
      let expected = Set([0, 2].filter { moved.entries[$0] != slots.entries[$0] })
      #expect(Set(changes.map { $0.key[0] }) == expected && changes.count == expected.count)
      apply(changes, to: &told)
      #expect(told == moved.entries.filter { $0.key % 2 == 0 })
    }
  }
}
