import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// A store without a free block still overwrites.
@Suite struct ReserveTests {
  let scratch = Scratch()

  private func makeStore(
    blockCount: Int = 256, participants: Int = 16
  ) throws -> Database {
    try Database.open(
      scratch.database(),
      creating: Geometry(blockSize: 64, blockCount: blockCount, participantCount: participants))
  }

  private func isFull(_ body: () throws -> Void) -> StoreError? {
    do {
      try body()
      return nil
    } catch let error as StoreError where error.code == .full {
      return error
    } catch {
      Issue.record("\(error)")
      return nil
    }
  }

  /// Puts new keys until there is no room.
  private func fill(_ store: Database, prefix: String = "key", from first: Int = 0) throws -> Int {
    for number in first... {
      if let error = isFull({ try store.put("\(prefix) \(number)", "v") }) {
        #expect(error.reason.contains("are kept for values that replace others of their size"))
        return number - first
      }
    }
    return 0
  }

  @Test(arguments: [(64, 1), (127, 1), (128, 2), (256, 4), (6_400, 100)])
  func `one block in 64 is kept from new keys`(blockCount: Int, reserve: Int) throws {
    let store = try makeStore(blockCount: blockCount)
    #expect(try fill(store) == blockCount - reserve)
    let statistics = try store.statistics()
    #expect(statistics.reservedBlocks == reserve && statistics.freeReservedBlocks == reserve)
    #expect(statistics.freeBlocks == reserve && statistics.entries == blockCount - reserve)
    #expect(store.check() == [])
  }

  @Test func `whoever overwrites in a full store goes on for ever`() throws {
    let store = try makeStore()
    let count = try fill(store)
    for round in 0..<5_000 { try store.put("key \(round % 7)", "round \(round)") }
    for round in 0..<5_000 { try store.put("key 3", "again \(round)") }
    var generator = SeededGenerator()
    for round in 0..<5_000 {
      try store.put("key \(Int.random(in: 0..<count, using: &generator))", "random \(round)")
    }
    try store.update("key 4", attempts: 1) { _ in [7] }
    #expect(try store.compareAndSet("key 4", "8", generation: store.generation("key 4")) != nil)
    #expect(try store.get("key 3", as: String.self)?.isEmpty == false)
    #expect(try store.statistics().entries == count && store.check() == [])
  }

  @Test func `new keys get nothing of the reserve, however much is overwritten meanwhile`() throws {
    let store = try makeStore()
    let other = try Database.open(scratch.database())
    let count = try fill(store)
    var generator = SeededGenerator()
    for round in 0..<2_000 {
      for database in [store, other] {
        try database.put("key \(Int.random(in: 0..<count, using: &generator))", "round \(round)")
        #expect(isFull { try database.put("another \(round)", "v") } != nil)
        #expect(isFull { _ = try database.putIfAbsent("another \(round)", "v") } != nil)
      }
    }
    #expect(try store.statistics().entries == count)
    // A deleted key makes room for exactly one other.
    for round in 0..<100 {
      let victim = "key \(round)"
      #expect(try other.delete(victim))
      try store.put("new \(round)", "v")
      #expect(isFull { try other.put(victim, "v") } != nil)
      try store.put("new \(round)", "w")
    }
    #expect(try store.statistics().entries == count && store.check() == [])
  }

  @Test func `values of several blocks are overwritten, in one run or many`() throws {
    let store = try makeStore(blockCount: 1_024)
    let value = [UInt8](repeating: 7, count: 300)
    var count = 0
    while isFull({ try store.put("long \(count)", value) }) == nil { count += 1 }
    _ = try fill(store, prefix: "short")
    for round in 0..<500 {
      let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: 300)
      try store.put("long \(round % 3)", bytes)
      #expect(try store.get("long \(round % 3)") == bytes)
    }
    // A shorter value replaces a longer one; a longer one is new room.
    try store.put("long 5", "short now")
    let longer = isFull { try store.put("short 0", value) }
    #expect(longer?.reason.contains("are kept for values that replace") == true)
    #expect(store.check() == [])
  }

  @Test func `when the reserve is used up the error says so, and reading and deleting go on`()
    throws
  {
    let store = try makeStore()
    let count = try fill(store)
    // Each value that is being read stays when it is replaced.
    func overwrite(_ number: Int) throws {
      try store.withValue("key \(number)") { _, isCopy in
        #expect(!isCopy)
        guard number < 4 else {
          let error = isFull { try store.put("key \(number)", "w") }
          #expect(error?.reason.contains("and of the 4 that are kept for overwriting too") == true)
          let statistics = try store.statistics()
          #expect(statistics.freeReservedBlocks == 0 && statistics.freeBlocks == 0)
          #expect(try store.get("key 9", as: String.self) == "v")
          #expect(try store.delete("key 9"))
          return
        }
        try store.put("key \(number)", "w")
        try overwrite(number + 1)
      }
    }
    try overwrite(0)
    #expect(isFull { try store.put("key 9", "back") } == nil)
    for number in 0..<count { try store.put("key \(number)", "x") }
    #expect(try store.statistics().entries == count && store.check() == [])
  }

  @Test func `threads overwrite in a full store at once`() throws {
    let store = try makeStore(blockCount: 1_024)
    let count = try fill(store)
    try inThreads(
      (0..<4).map { worker in
        {
          var generator = SeededGenerator(seed: UInt64(worker))
          for round in 0..<3_000 {
            let key = "key \(Int.random(in: 0..<count, using: &generator))"
            try store.put(key, "\(worker) \(round)")
          }
        }
      })
    #expect(try store.statistics().entries == count && store.check() == [])
    let late = isFull { try store.put("another", "v") }
    #expect(late != nil)
  }

  @Test func `room that others make is found again, and the reserve fills up`() throws {
    let store = try makeStore()
    let other = try Database.open(scratch.database())
    let count = try fill(store)
    for round in 0..<50 { try store.put("key \(round % 5)", "w") }
    for number in 10..<count { #expect(try other.delete("key \(number)")) }
    for number in 0..<100 { try store.put("new \(number)", "v") }
    for number in 0..<10 { try store.put("key \(number)", "x") }
    try store.sweep()
    for number in 0..<10 { try store.put("key \(number)", "y") }
    #expect(try store.statistics().entries == 110 && store.check() == [])
    #expect(try fill(store, from: 10) == count - 110)
    for round in 0..<500 { try store.put("key \(round % 5)", "z") }
  }
}
