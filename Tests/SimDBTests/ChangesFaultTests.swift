import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// Changes whose publishers stop or die before they tell of them, watchers that die, and bytes that
/// nobody wrote so.
@Suite(.timeLimit(.minutes(2))) struct ChangesFaultTests {
  let scratch = Scratch()
  let store: Database

  init() throws {
    store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    for key in ["a", "b", "c"] { try store.put(key, "value") }
  }

  private func makeReader() throws -> ChangeReader {
    var reader = try ChangeReader(store, prefix: [])
    #expect(try reader.look().count == 3)
    #expect(try reader.look() == [])
    return reader
  }

  private func deleted(_ key: String) -> Change { .deleted(key: Array(key.utf8)) }

  /// Swings the slot of `key` to a tombstone, and does nothing else of a delete.
  ///
  /// - Parameter announce: Gets the slot and its words before and after, before it changes.
  private func deleteAndStop(_ key: String, _ announce: (Int, UInt64, UInt64) -> Void) throws {
    let key = Array(key.utf8)
    let hash = store.index.hash(key.rawSpan)
    let place = try #require(try store.find(key.rawSpan, hash: hash)).place
    let tombstone = SlotWord.tombstone(hash: hash, epoch: place.epoch, collided: 0).rawValue
    announce(store.index.table.offset + place.position, place.word.rawValue, tombstone)
    #expect(store.index.word(place).compareExchange(place.observed.rawValue, tombstone))
  }

  /// Somebody who stops after the change of `key`, with its announcement in place.
  private func stoppedDeleter(of key: String) throws -> Participant {
    let participant = try Participant.attach(store.segment, name: "stopped")
    let lane = try #require(Lanes(store.segment).claim(for: participant.identity))
    try deleteAndStop(key) { lane.announce(slot: $0, old: $1, new: $2) }
    return participant
  }

  @Test(arguments: [true, false])
  func `a change comes also when its publisher is stopped before it tells of it`(
    isWritable: Bool
  ) async throws {
    let viewer = try isWritable ? store : Database.openReadOnly(scratch.database())
    let mirror = Mirror(try viewer.changes())
    try await waitUntil(within: 60) { try mirror.shows(store) }
    let stopped = try stoppedDeleter(of: "b")
    try await waitUntil(within: 60) { try mirror.shows(store) }
    #expect(mirror.changeCount == 4 && store.check() == [])
    Sweeper(store.segment).settle(stopped.identity)
    stopped.release()
  }

  @Test func `a sweep tells of what the dead have changed, and wakes who sleeps`() throws {
    var reader = try makeReader()
    let dead = try stoppedDeleter(of: "b")
    let changeCount = store.changeCount
    let arrival = try #require(reader.arrival)
    let prepared = arrival.prepare()
    Sweeper(store.segment).settle(dead.identity)
    #expect(Lanes(store.segment).announcedSlots() == [])
    #expect(arrival.word.loadRelaxed() != prepared)
    #expect(store.changeCount > changeCount)
    #expect(try reader.look() == [deleted("b")])
    dead.release()
    #expect(store.check() == [])
  }

  @Test func `who is taken for dead watches again, and misses nothing`() throws {
    var reader = try makeReader()
    try store.currentAttachment().participant.setWatching(false)
    ChangeTable.clearUnlessWatched(in: store.segment)
    #expect(!store.changeTable.isWatched)
    try store.delete("a")
    #expect((0..<ChangeTable.shareCount).allSatisfy { store.changeTable.count(of: $0) == 0 })
    #expect(try reader.look() == [deleted("a")])
    #expect(store.changeTable.isWatched && Participant.isAnyWatching(in: store.segment))
    try store.delete("b")
    #expect(try reader.look() == [deleted("b")])
  }

  @Test func `a sweep clears that somebody watches when only the dead did`() throws {
    let dead = try Participant.attach(store.segment, name: "dead")
    dead.setWatching(true)
    _ = store.changeTable.beginWatching()
    try store.sweep()
    #expect(store.changeTable.isWatched, "its row is there")
    var reader: ChangeReader? = try makeReader()
    dead.release()
    try store.sweep()
    #expect(store.changeTable.isWatched, "another watches")
    try store.delete("a")
    #expect(try reader?.look() == [deleted("a")])
    reader = nil
    #expect(!store.changeTable.isWatched)
  }

  @Test func `two watch until both have ended`() throws {
    var one: ChangeReader? = try makeReader()
    var other: ChangeReader? = try makeReader()
    let more = try Database.open(scratch.database())
    var third: ChangeReader? = try ChangeReader(more, prefix: [])
    try store.delete("a")
    #expect(try one?.look() == [deleted("a")])
    one = nil
    try store.delete("b")
    #expect(try Set(other?.look() ?? []) == [deleted("a"), deleted("b")])
    other = nil
    #expect(store.changeTable.isWatched && third != nil)
    third = nil
    #expect(!store.changeTable.isWatched)
    // Nobody watches: nothing is announced.
    let before = (0..<ChangeTable.shareCount).map(store.changeTable.count)
    try store.delete("c")
    #expect((0..<ChangeTable.shareCount).map(store.changeTable.count) == before)
  }

  @Test func `when slots have moved everything is compared by its key`() throws {
    var reader = try makeReader()
    try deleteAndStop("a") { _, _, _ in }
    #expect(try reader.look() == [], "nobody told of it")
    for round in 0..<3 {
      let epoch = store.index.state().epoch
      var number = 0
      while store.index.state().epoch == epoch {
        try store.put("gone \(number)", "value")
        try store.delete("gone \(number)")
        number += 1
      }
      #expect(try reader.look() == (round == 0 ? [deleted("a")] : []))
    }
    try store.delete("b")
    #expect(try reader.look() == [deleted("b")])
    let generation = try store.put("b", "again")
    #expect(try reader.look() == [.put(key: Array("b".utf8), generation: generation)])
  }

  @Test func `while the index moves every change is told once`() throws {
    var reader = try makeReader()
    var model: Set<String> = ["a", "b", "c"]
    var told = model
    for number in 0..<20_000 {
      try store.put("\(number)", "value")
      try store.delete("\(number - 40)")
      model.insert("\(number)")
      model.remove("\(number - 40)")
      guard number % 37 == 0 else { continue }
      for change in try reader.look() {
        let key = String(decoding: change.key, as: UTF8.self)
        if case .put = change {
          #expect(told.insert(key).inserted)
        } else {
          #expect(told.remove(key) != nil)
        }
      }
      #expect(told == model)
    }
    #expect(store.index.state().epoch > 3)
  }

  @Test func `a reader who may not write says nowhere that it watches`() throws {
    let viewer = try Database.openReadOnly(scratch.database())
    var reader = try ChangeReader(viewer, prefix: [])
    #expect(try reader.look().count == 3)
    #expect(!store.changeTable.isWatched && reader.arrival == nil)
    try store.delete("a")
    #expect(try reader.look() == [deleted("a")])
  }

  @Test func `announcements and counts that nobody wrote lead nowhere`() throws {
    var generator = SeededGenerator()
    var reader = try makeReader()
    let participant = try Participant.attach(store.segment, name: "damaged")
    let lane = try #require(Lanes(store.segment).claim(for: participant.identity))
    let layout = store.segment.layout
    for _ in 0..<2_000 {
      let slot =
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: Int.random(in: 0...Int.max, using: &generator)
        case 1: layout.indexOffset + Int.random(in: -100..<10_000, using: &generator)
        default: layout.indexOffset + 8 * Int.random(in: -9..<20_000, using: &generator)
        }
      lane.announce(slot: slot, old: 1, new: 1)
      let word = layout.changesOffset + 8 * Int.random(in: 0..<1_024, using: &generator)
      store.segment.region.word(at: word)
        .storeRelaxed(UInt64.random(in: 0...UInt64.max, using: &generator))
      #expect(try reader.look() == [])
    }
    try store.delete("c")
    #expect(try reader.look() == [deleted("c")])
  }
}
