import CSharedMemory
import Foundation
import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// Stores whose index and blocks grow while they are in use.
@Suite struct GrowthTests {
  let scratch = Scratch()

  private func makeStore(blockCount: Int = 64, growingTo maximum: Int = 64) throws -> Database {
    try Database.open(
      scratch.database(),
      creating: Geometry(blockSize: 64, blockCount: blockCount, maximumBlockCount: maximum))
  }

  private func state(_ store: Database) -> IndexState { store.index.state() }

  /// Puts and deletes keys that nobody uses again, until a move has come to a phase.
  private func churn(_ store: Database, until phase: IndexState.Phase, from first: Int = 0) throws {
    var number = first
    while state(store).phase != phase {
      try store.put("gone \(number)", "value")
      try store.delete("gone \(number)")
      number += 1
    }
  }

  @Test func `keys that come and go for ever leave room for others`() throws {
    let store = try makeStore()
    try store.put("kept", "value")
    for number in 0..<20_000 {
      try store.put("key \(number)", "value")
      #expect(try store.delete("key \(number)"))
    }
    #expect(state(store).epoch > 50)
    #expect(try store.get("kept") == Array("value".utf8))
    #expect(try store.keys() == [Array("kept".utf8)])
    #expect(store.check() == [])
  }

  @Test func `a store grows to its maximum, and says when it is there`() throws {
    let store = try makeStore(growingTo: 4_096)
    var count = 0
    var refusal: StoreError?
    while refusal == nil {
      do throws(StoreError) {
        try store.put("key \(count)", "value \(count)")
        count += 1
      } catch {
        refusal = error
      }
    }
    #expect(refusal?.code == .full && refusal?.reason.contains("4095 blocks") == true)
    #expect(count == 4_095, "one block is kept for overwriting")
    for number in 0..<count {
      #expect(try store.get("key \(number)") == Array("value \(number)".utf8))
    }
    #expect(try store.get("key \(count)") == nil)
    let statistics = try store.statistics()
    #expect(statistics.blockCount == 4_096 && statistics.entries == count)
    #expect(store.check() == [])
    for number in 0..<count { #expect(try store.delete("key \(number)")) }
    #expect(try store.statistics().entries == 0 && store.check() == [])
  }

  @Test func `memory is taken as the store grows`() throws {
    let store = try Database.open(
      scratch.database(),
      creating: Geometry(blockSize: 4_096, blockCount: 64, maximumBlockCount: 65_536))
    let before = try store.statistics().memoryBytes
    #expect(before < 4 << 20)
    let value = [UInt8](repeating: 7, count: 40 << 20)
    try store.put("large", value)
    #expect(try store.get("large") == value)
    let after = try store.statistics().memoryBytes
    #expect(after > 40 << 20 && after < 120 << 20)
  }

  @Test func `slots that are taken by ones who end soon are counted`() throws {
    let store = try makeStore(blockCount: 1_024, growingTo: 1_024)
    let used = store.index.table.used
    for number in 0..<20 {
      try Database.open(scratch.database()).put("opened \(number)", "")
      #expect(used.loadRelaxed() == UInt64(2 * number + 1))
      try inThreads([{ try store.put("thread \(number)", "") }])
      #expect(eventually { used.loadRelaxed() == UInt64(2 * number + 2) })
    }
    try inThreads([{ for number in 0..<100 { try store.put("many \(number)", "") } }])
    #expect(eventually { used.loadRelaxed() == 140 })
  }

  @Test func `a tag that comes too late is not set in a later table`() throws {
    let store = try makeStore()
    let state = state(store)
    let group = store.index.current(state).group(0)
    let tags = store.index.table.word(at: group).loadRelaxed()
    // The group tells the lowest 8 bits of the epoch.
    store.index.setTag(group + 8, epoch: state.epoch &- 256, hash: .max)
    #expect(store.index.table.word(at: group).loadRelaxed() == tags)
    store.index.setTag(group + 8, epoch: state.epoch, hash: .max)
    #expect(store.index.table.word(at: group).loadRelaxed() != tags)
  }

  @Test(arguments: [0, 1 << 63 | 64])
  func `a store whose number of blocks is scribbled on is full, and says so`(count: UInt64) throws {
    let store = try makeStore(growingTo: 4_096)
    let offset = try #require(MemoryLayout<shm_header>.offset(of: \.committed_block_count))
    store.segment.region.word(at: offset).storeRelaxed(count)
    let error = #expect(throws: StoreError.self) {
      for number in 0..<100 { try store.put("key \(number)", "value") }
    }
    #expect(error?.code == .full)
  }

  @Test func `a store whose file was removed moves its index where that takes no memory`() throws {
    let store = try makeStore()
    try FileManager.default.removeItem(atPath: scratch.database())
    for number in 0..<5_000 {
      try store.put("key \(number)", "value")
      try store.delete("key \(number)")
    }
    #expect(state(store).epoch > 5)
  }

  @Test func `others see what a store has grown by`() throws {
    let store = try makeStore(growingTo: 65_536)
    let name = store.path
    let other = try Database.open(name)
    let reader = try Database.openReadOnly(name)
    for number in 0..<5_000 { try store.put("key \(number)", "value \(number)") }
    for number in 0..<5_000 {
      #expect(try other.get("key \(number)") == Array("value \(number)".utf8))
      #expect(try reader.get("key \(number)") == Array("value \(number)".utf8))
    }
    #expect(try reader.keys().count == 5_000 && other.check() == [])
    try other.put("key 1", "of the other")
    #expect(try store.get("key 1") == Array("of the other".utf8))
  }

  /// Whoever began a move may be gone for ever after any part of it.
  @Test(arguments: [IndexState.Phase.preparing, .moving])
  func `what is half moved is read, changed and moved on`(phase: IndexState.Phase) throws {
    let store = try makeStore(blockCount: 2_048, growingTo: 2_048)
    for number in 0..<500 { try store.put("key \(number)", "value \(number)") }
    let generation = try store.generation("key 7")
    try churn(store, until: phase)
    let reader = try Database.openReadOnly(store.path)
    for number in 0..<500 {
      #expect(try reader.get("key \(number)") == Array("value \(number)".utf8))
    }
    #expect(try reader.keys(prefix: "key").count == 500)
    #expect(try reader.entries(prefix: "key").count == 500)
    #expect(try reader.statistics().entries == reader.keys().count)
    #expect(reader.check() == [])
    #expect(try reader.generation("key 7") == generation)
    let changed = try store.compareAndSet("key 7", "changed", generation: generation)
    #expect(changed != nil)
    #expect(try store.compareAndSet("key 7", "again", generation: generation) == nil)
    #expect(try store.delete("key 8"))
    #expect(try store.putIfAbsent("key 9", "other") == nil)
    #expect(try reader.get("key 7") == Array("changed".utf8))
    #expect(try reader.get("key 8") == nil)
    let lent = try store.withValue("key 10") { value, isCopy in
      #expect(!isCopy)
      try churn(store, until: .stable, from: 10_000)
      try store.put("key 10", "later")
      return value.byte(at: 0) == UInt8(ascii: "v")
    }
    #expect(lent == true)
    #expect(try reader.keys(prefix: "key").count == 499 && store.check() == [])
  }

  /// Whoever has taken a part of the work may have died over it, so somebody must look again.
  @Test(arguments: [IndexState.Phase.preparing, .moving])
  func `nobody looks through all of a table at once`(phase: IndexState.Phase) throws {
    let store = try makeStore(blockCount: 16_384, growingTo: 16_384)
    for number in 0..<8 { try store.put("kept \(number)", "value") }
    try churn(store, until: phase)
    let state = state(store)
    let table = phase == .preparing ? store.index.next(state) : store.index.current(state)
    #expect(table.groupCount > 4_000)
    // As if others had taken all that is left, and were gone.
    store.index.table.cursor.storeRelaxed(
      (state.epoch << 1 | (phase == .moving ? 1 : 0)) << 32 | UInt64(table.groupCount))
    var puts = 0
    while self.state(store) == state {
      try store.put("kept \(puts % 8)", "\(puts)")
      puts += 1
    }
    #expect((60...70).contains(puts), "64 groups each")
    try churn(store, until: .stable, from: 1_000_000)
    #expect(try store.keys(prefix: "kept").count == 8 && store.check() == [])
  }

  /// None of them sees everything done, as none stays long enough.
  @Test func `users who put once and go bring a move to its end`() throws {
    let store = try makeStore(blockCount: 2_048, growingTo: 2_048)
    try churn(store, until: .moving)
    let state = state(store)
    let count = store.index.current(state).groupCount
    #expect(count > 400)
    store.index.table.cursor.storeRelaxed((state.epoch << 1 | 1) << 32 | UInt64(count))
    var users = 0
    while self.state(store) == state, users < 1_000 {
      try Database.open(store.path).put("key", "\(users)")
      users += 1
    }
    #expect(users > 4 && users < 16 * count / 64 + 4)
    #expect(try store.get("key", as: String.self) == "\(users - 1)" && store.check() == [])
  }

  @Test func `only what was seen from the first group up counts, and in one state of the index`() {
    let state = IndexState(rawValue: 1 << 31 | 7).preparing(8)
    var progress = MoveProgress()
    progress.note(0..<4, in: state)
    progress.note(8..<20, in: state)
    #expect(!progress.isComplete(20, in: state))
    #expect(progress.next(.max, of: 20, in: state) == 4..<20)
    #expect(progress.next(3, of: 20, in: state) == 4..<7)
    progress.note(4..<20, in: state)
    #expect(progress.isComplete(20, in: state) && progress.next(1, of: 20, in: state).isEmpty)
    #expect(!progress.isComplete(20, in: state.moving))
    #expect(progress.next(8, of: 20, in: state.moving) == 0..<8)
    progress.note(2..<20, in: state.moving)
    #expect(!progress.isComplete(1, in: state.moving) && !progress.isComplete(20, in: state))
  }

  /// A path without a slot that was never used has no end that could be frozen.
  @Test func `a key whose path is full is found while the index moves`() throws {
    let store = try makeStore()
    let index = store.index
    func home(_ name: String) -> Int { name.withBytes { index.home(index.hash($0)).group } }
    let table = index.current(index.state())
    let path = stride(from: home("kept"), to: table.end, by: 8).filter { $0 % 64 != 0 }
    try store.put("kept", "value")
    let others = (0...).lazy.map { "key \($0)" }.filter { home($0) == home("kept") }
    for name in others.prefix(path.count - 1) {
      try store.put(name, "value")
      try store.delete(name)
      // Those who take few slots each never count them.
      index.table.used.storeRelaxed(0)
    }
    #expect(path.allSatisfy { index.table.word(at: $0).loadRelaxed() != table.neverUsed.rawValue })
    store.entries.countTaken(table.homeSlotCount)
    #expect(state(store).phase == .preparing)
    var progress = MoveProgress()
    while state(store).epoch == table.epoch {
      #expect(try store.get("kept") == Array("value".utf8))
      #expect(try store.get("absent") == nil)
      try store.entries.help(with: 1, progress: &progress)
    }
    #expect(try store.delete("kept"))
    #expect(store.check() == [])
  }

  /// The structure of operations against a dictionary, in a store whose index moves all the time.
  @Test func `random operations agree with a dictionary while the index moves`() throws {
    var generator = SeededGenerator()
    let store = try makeStore(growingTo: 1_024)
    var model: [String: String] = [:]
    for step in 0..<30_000 {
      // Few keys live long, and many come and go.
      let isOld = Bool.random(using: &generator)
      let key =
        isOld
        ? "old \(Int.random(in: 0..<200, using: &generator))"
        : "new \(step / 50 + Int.random(in: 0..<8, using: &generator))"
      switch Int.random(in: 0..<4, using: &generator) {
      case 0, 1:
        try store.put(key, "\(step)")
        model[key] = "\(step)"
      case 2: #expect(try store.delete(key) == (model.removeValue(forKey: key) != nil))
      default:
        #expect(try store.get(key) == model[key].map { Array($0.utf8) })
      }
    }
    #expect(state(store).epoch > 2)
    #expect(
      try store.keys()
        == model.keys.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
    #expect(store.check() == [])
  }

  @Test func `threads that put, delete and look while the index moves lose nothing`() throws {
    let store = try makeStore(growingTo: 8_192)
    let threads = 3
    let bodies = (0..<threads).map { thread in
      { @Sendable in try self.work(in: store, thread: thread) }
    }
    try inThreads(bodies)
    #expect(state(store).epoch > 2)
    #expect(try store.statistics().entries == threads * 401)
    #expect(store.check() == [])
  }

  private func work(in store: Database, thread: Int) throws {
    for round in 0..<400 {
      for number in 0..<8 { try store.put("\(thread) \(round) \(number)", "\(round)") }
      try store.put("\(thread)", "\(round)")
      for number in 0..<8 {
        #expect(try store.get("\(thread) \(round) \(number)") == Array("\(round)".utf8))
        if number > 0 { #expect(try store.delete("\(thread) \(round) \(number)")) }
        #expect(try store.get("\(thread)") == Array("\(round)".utf8))
      }
    }
  }

  @Test func `an index that makes no sense is an error, and no hang`() throws {
    let store = try makeStore(blockCount: 1_024, growingTo: 1_024)
    for number in 0..<100 { try store.put("key \(number)", "value") }
    let state = store.index.state()
    let key = Array("another".utf8)
    let slot = store.index.table.word(at: store.index.firstCandidate(store.index.hash(key.rawSpan)))
    let before = slot.loadRelaxed()
    let words = [
      SlotWord.neverUsed(epoch: 0).frozen(epoch: 0), .neverUsed(epoch: 7), .dead(epoch: 9),
      SlotWord(blockIndex: 1, generation: 1, collided: 0).frozen(epoch: 0),
      SlotWord(blockIndex: 1, generation: 1, collided: 0).frozen(epoch: 3),
      SlotWord(blockIndex: 1, generation: 1, collided: 0).frozen(epoch: 0).moved,
    ]
    for word in words {
      slot.storeRelaxed(word.rawValue)
      for phase in [state, state.preparing(state.logarithm), state.preparing(9).moving] {
        store.index.table.state.storeRelaxed(phase.rawValue)
        _ = try? store.put(key, "value")
        _ = try? store.get(key)
        _ = try? store.delete(key)
        _ = try? store.sweep()
        _ = store.check()
      }
      store.index.table.state.storeRelaxed(state.rawValue)
    }
    for word: UInt64 in [0, .max, state.rawValue & ~0xff | 0x3f, 1 << 31 | 0xc0] {
      store.index.table.state.storeRelaxed(word)
      _ = try? store.put(key, "value")
      _ = try? store.entries()
      _ = store.check()
    }
    store.index.table.state.storeRelaxed(0)
    #expect(throws: StoreError.self) { try store.get(key) }
    #expect(throws: StoreError.self) { try store.put(key, "value") }
    #expect(store.check() != [])
    slot.storeRelaxed(before)
  }
}
