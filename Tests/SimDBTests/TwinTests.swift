import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// Keys of the very same hash, which an index can tell apart by nothing but their records.
@Suite struct TwinTests {
  let scratch = Scratch()

  private func makeStore(blockCount: Int = 64) throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockSize: 64, blockCount: blockCount))
  }

  private func bytes(_ words: UInt64...) -> [UInt8] {
    words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
  }

  /// What `shm_hash_factors_of` makes of the seed.
  private func factors(_ store: Database) -> (a: UInt64, b: UInt64) {
    let seed = store.segment.hashSeed
    return (seed ^ 0xa076_1d64_78bd_642f, (seed << 32 | seed >> 32) ^ 0xe703_7ed1_a0b4_28db)
  }

  /// Two keys of eight bytes and of one hash: the key is multiplied with itself, each time behind
  /// another factor, and the other key exchanges the two.
  private func twins(_ number: UInt64, in store: Database) throws -> [[UInt8]] {
    let (a, b) = factors(store)
    let twins = [bytes(number), bytes(number ^ a ^ b)]
    try #require(Set(twins.map { store.index.hash($0.rawSpan) }).count == 1)
    return twins
  }

  /// Keys of sixteen bytes whose hash is 0: half of each cancels a factor.
  private func siblings(_ count: UInt64, in store: Database) throws -> [[UInt8]] {
    let siblings = (0..<count).map { bytes(factors(store).b, $0) }
    try #require(siblings.allSatisfy { store.index.hash($0.rawSpan) == 0 })
    return siblings
  }

  private func place(for key: [UInt8], in store: Database) throws -> SlotIndex.Place {
    let hash = store.index.hash(key.rawSpan)
    return try store.findForWriting(key.rawSpan, hash: hash, at: store.index.home(hash)).place
  }

  private func word(_ place: SlotIndex.Place, in store: Database) -> SlotWord {
    SlotWord(rawValue: store.index.word(place).loadRelaxed())
  }

  /// Entries of each of `keys` on their path, while the index stands.
  private func counts(of keys: [[UInt8]], in store: Database) throws -> [Int] {
    var counts = keys.map { _ in 0 }
    let first = keys[0]
    let hash = store.index.hash(first.rawSpan)
    _ = try store.entries.walk(hash, in: store.index.current(store.index.state())) {
      place throws(StoreError) -> EntryIndex.Look<Void> in
      guard place.word.isLive else { return .goOn }
      let record = try store.entries.anyRecord(at: place.word)
      for (number, key) in keys.enumerated() where record.hasKey(key.rawSpan, in: store.space) {
        counts[number] += 1
      }
      return .goOn
    }
    return counts
  }

  ///     inserter of b                          others
  ///     goes past a, up to the path's end
  ///                                            delete a; insert b
  ///     takes the end: must fail
  @Test func `a key is not inserted twice when its twin was passed and is deleted`() throws {
    let store = try makeStore()
    let twins = try twins(1, in: store)
    let (a, b) = (twins[0], twins[1])
    try store.put(a, "a")
    let placeOfA = try place(for: a, in: store)
    #expect(word(placeOfA, in: store).collided == 0)
    let end = try place(for: b, in: store)
    #expect(end.position != placeOfA.position)
    #expect(word(placeOfA, in: store).collided == SlotWord.collidedBit, "says who passes by")
    try store.delete(a)
    let tombstone = word(placeOfA, in: store)
    #expect(tombstone.kind == SlotWord.tombstone && tombstone.collided == SlotWord.collidedBit)
    try store.put(b, "b")
    #expect(word(placeOfA, in: store) == tombstone, "nobody takes it any more")
    #expect(word(end, in: store) != end.observed)
    // Not even the key whose slot it was.
    try store.put(a, "a again")
    #expect(word(placeOfA, in: store) == tombstone)
    #expect(try counts(of: twins, in: store) == [1, 1])
    #expect(try store.get(a, as: String.self) == "a again")
    #expect(try store.get(b, as: String.self) == "b")
    #expect(store.check() == [])
  }

  @Test func `a tombstone that no twin has passed is taken by any key of its hash`() throws {
    let store = try makeStore()
    let twins = try twins(2, in: store)
    try store.put(twins[0], "value")
    let first = try place(for: twins[0], in: store)
    try store.delete(twins[0])
    #expect(word(first, in: store).collided == 0)
    try store.put(twins[1], "value")
    #expect(try place(for: twins[1], in: store).position == first.position)
    // A put over a slot that a twin has passed leaves the mark there.
    try store.put(twins[0], "value")
    let marked = word(first, in: store)
    try store.put(twins[1], "other")
    #expect(word(first, in: store) != marked)
    #expect(word(first, in: store).collided == SlotWord.collidedBit)
    #expect(store.check() == [])
  }

  /// Every sequence of six puts and deletes of two keys, each with keys of its own.
  @Test func `twins come and go in every order, and none disturbs the other`() throws {
    let store = try makeStore(blockCount: 8_192)
    let epoch = store.index.state().epoch
    for sequence in 0..<4_096 {
      let twins = try twins(UInt64(sequence) << 8, in: store)
      var model: [String?] = [nil, nil]
      for step in 0..<6 {
        let choice = sequence >> (step * 2) & 3
        let number = choice & 1
        if choice & 2 == 0 {
          try store.put(twins[number], "\(step)")
          model[number] = "\(step)"
        } else {
          let isDeleted = try store.delete(twins[number])
          #expect(isDeleted == (model[number] != nil))
          model[number] = nil
        }
        #expect(try twins.map { try store.get($0, as: String.self) } == model)
      }
      #expect(try counts(of: twins, in: store) == model.map { $0 == nil ? 0 : 1 })
      if sequence % 1_024 == 0 { #expect(store.check() == []) }
    }
    #expect(store.index.state().epoch == epoch, "the index stood, so that slots were used again")
    #expect(store.check() == [])
  }

  /// In the small store the index moves all the time, since no tombstone is used twice.
  @Test(arguments: [64, 8_192])
  func `threads that put and delete keys of one hash give none of them two slots`(
    blockCount: Int
  ) throws {
    var generator = SeededGenerator()
    let store = try makeStore(blockCount: blockCount)
    let keys = try siblings(3, in: store)
    for _ in 0..<40 {
      let seeds = (0..<3).map { _ in generator.next() }
      try inThreads(
        seeds.map { seed in
          {
            var choices = SeededGenerator(seed: seed)
            for _ in 0..<30 {
              let key = keys[Int.random(in: 0..<keys.count, using: &choices)]
              if Bool.random(using: &choices) {
                try store.put(key, key)
              } else {
                try store.delete(key)
              }
              if let value = try store.get(key) { #expect(value == key) }
            }
          }
        })
      #expect(store.check() == [])
      #expect(try store.statistics().entries == store.keys().count)
    }
    for key in keys { try store.delete(key) }
    #expect(try store.statistics().entries == 0)
  }
}
