import SimDB
import TestSupport
import Testing

/// The operations beyond put and get.
@Suite struct OperationTests {
  let scratch = Scratch()

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockSize: 64, blockCount: 8_192))
  }

  @Test func `put if absent stores once`() throws {
    let store = try makeStore()
    let first = try store.putIfAbsent("key", "first", type: .utf8)
    #expect(try first != nil && store.generation("key") == first)
    #expect(try store.putIfAbsent("key", "second") == nil)
    #expect(try store.get("key") == Array("first".utf8))
    try store.delete("key")
    #expect(try store.putIfAbsent("key", "third") != nil)
  }

  @Test func `a full store has room for what will not be stored`() throws {
    let store = try Database.open(
      scratch.database("full"), creating: Geometry(blockSize: 64, blockCount: 64))
    for number in 0..<63 { try store.put("key \(number)", "value") }
    #expect(throws: StoreError.self) { try store.putIfAbsent("absent", "value") }
    #expect(try store.putIfAbsent("key 1", "other") == nil)
    #expect(try store.compareAndSet("key 1", "other", generation: 77) == nil)
    #expect(try store.compareAndSet("absent", "other", generation: 77) == nil)
    #expect(try store.get("key 1") == Array("value".utf8))
    #expect(store.check() == [])
  }

  @Test func `one of many threads that put a key if absent wins`() throws {
    let store = try makeStore()
    let wins = Counter()
    try inThreads(
      (0..<4).map { worker in
        {
          for key in 0..<500 where try store.putIfAbsent("key \(key)", "\(worker)") != nil {
            wins.add(1)
          }
        }
      })
    #expect(wins.value == 500)
    #expect(try store.keys().count == 500)
    #expect(store.check() == [])
  }

  @Test func `no update of many threads is lost`() throws {
    let store = try makeStore()
    try inThreads(
      (0..<4).map { _ in
        {
          for _ in 0..<1_000 {
            try store.update("count", type: .utf8, attempts: .max) { entry in
              let count = entry.flatMap { Int(String(decoding: $0.bytes, as: UTF8.self)) } ?? 0
              return Array("\(count + 1)".utf8)
            }
          }
        }
      })
    #expect(try store.get("count") == Array("4000".utf8))
    #expect(try store.type("count") == .utf8)
    #expect(store.check() == [])
  }

  @Test func `an update may change nothing, and gives up in the end`() throws {
    let store = try makeStore()
    try store.put("key", "value", type: .json)
    let before = try store.generation("key")
    #expect(try store.update("key") { _ in nil } == nil)
    #expect(try store.generation("key") == before)
    let error = #expect(throws: StoreError.self) {
      try store.update("key", attempts: 3) { entry throws(StoreError) in
        try store.put("key", "from within")
        return entry?.bytes
      }
    }
    #expect(error?.code == .contended)
    #expect(try store.get("key") == Array("from within".utf8))
  }

  @Test func `facts are told without the value`() throws {
    let store = try makeStore()
    #expect(try store.facts("key") == nil)
    let generation = try store.put("key", [UInt8](repeating: 7, count: 1_000), type: .tbl)
    #expect(try store.facts("key")?.generation == generation)
    #expect(try store.length("key") == 1_000 && store.type("key") == .tbl)
    let viewer = try Database.openReadOnly(scratch.database())
    #expect(try viewer.length("key") == 1_000)
  }

  @Test func `many keys are got at once, in their order`() throws {
    let store = try makeStore()
    for key in 0..<300 where key % 3 != 0 { try store.put("a rather long key \(key)", "\(key)") }
    let values = try store.getMany((0..<300).map { "a rather long key \($0)" })
    #expect(values == (0..<300).map { $0 % 3 == 0 ? nil : Array("\($0)".utf8) })
    #expect(try store.getMany([String]()) == [])
    let error = #expect(throws: StoreError.self) { try store.getMany(["a rather long key 1", ""]) }
    #expect(error?.code == .invalidArgument)
  }

  @Test func `entries come whole, by prefix, in order`() throws {
    let store = try makeStore()
    for key in ["b/1", "a/2", "a/1", "c"] { try store.put(key, "value of \(key)", type: .utf8) }
    let entries = try store.entries(prefix: "a/")
    #expect(entries.map { String(decoding: $0.key, as: UTF8.self) } == ["a/1", "a/2"])
    #expect(entries.map(\.entry.bytes) == ["value of a/1", "value of a/2"].map { Array($0.utf8) })
    #expect(entries.allSatisfy { $0.entry.type == .utf8 })
    #expect(try store.entries().count == 4)
  }
}
