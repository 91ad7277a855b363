import SharedMemory
import SimDB
import TestSupport
import Testing

@Suite struct StoreTests {
  let scratch = Scratch()

  func makeStore(_ geometry: Geometry = Geometry(blockCount: 4_096)) throws -> Database {
    try Database.open(scratch.database(), creating: geometry)
  }

  @Test func `what was put is got, by every kind of key and value`() throws {
    let store = try makeStore()
    try store.put("text", "héllo", type: .utf8)
    try store.put([0xff, 0x00, 0x80] as [UInt8], [1, 2, 3] as [UInt8])
    #expect(try store.get("text") == Array("héllo".utf8))
    #expect(try store.get([0xff, 0x00, 0x80] as [UInt8]) == [1, 2, 3])
    #expect(try store.entry("text")?.type == .utf8)
    #expect(try store.get("absent") == nil)
  }

  @Test func `an empty value is a value`() throws {
    let store = try makeStore()
    try store.put("empty", [] as [UInt8])
    #expect(try store.get("empty") == [])
    #expect(try store.contains("empty"))
  }

  @Test func `every put has a generation of its own`() throws {
    let store = try makeStore()
    var seen: Set<UInt64> = []
    for round in 0..<10_000 {
      let generation = try store.put("key", [UInt8(truncatingIfNeeded: round)])
      #expect(seen.insert(generation).inserted)
    }
    #expect(try store.generation("key").map(seen.contains) == true)
  }

  @Test func `compare and set stores only over the generation it names`() throws {
    let store = try makeStore()
    let first = try #require(try store.compareAndSet("key", "a", generation: nil))
    #expect(try store.compareAndSet("key", "b", generation: nil) == nil)
    let second = try #require(try store.compareAndSet("key", "b", generation: first))
    #expect(try store.compareAndSet("key", "c", generation: first) == nil)
    #expect(try store.get("key") == Array("b".utf8))
    try store.delete("key")
    #expect(try store.compareAndSet("key", "d", generation: second) == nil)
    #expect(store.check() == [])
  }

  @Test(arguments: [0, 1, 7, 8, 9, 63, 64, 65, 95, 96, 97, 127, 128, 129, 4_096, 100_000])
  func `values of every size around a block come back whole`(size: Int) throws {
    let store = try makeStore(Geometry(blockCount: 16_384))
    let value = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for keyLength in [1, 15, 16, 17, 100, 300] {
      let key = [UInt8](repeating: 7, count: keyLength)
      try store.put(key, value)
      #expect(try store.get(key) == value)
      let pinned = try store.withValue(key) { span, _ in
        (0..<span.byteCount).map { span.byte(at: $0) }
      }
      #expect(pinned == value)
    }
  }

  @Test func `keys of 1 and 65,536 bytes work, 0 and more are refused`() throws {
    let store = try makeStore()
    let longest = [UInt8](repeating: 1, count: 65_536)
    try store.put(longest, "x")
    #expect(try store.get(longest) == Array("x".utf8))
    for key in [[], longest + [1]] {
      let error = #expect(throws: StoreError.self) { try store.put(key, "x") }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test func `delete removes, and the key can come back`() throws {
    let store = try makeStore()
    for round in 0..<1_000 {
      try store.put("key", "\(round)")
      #expect(try store.delete("key"))
      #expect(try store.get("key") == nil)
      #expect(try !store.delete("key"))
    }
    #expect(try store.statistics().entries == 0)
  }

  @Test func `blocks return to what they were when everything is deleted`() throws {
    let store = try makeStore()
    for index in 0..<500 {
      try store.put("key \(index)", [UInt8](repeating: 1, count: index * 3))
    }
    for index in 0..<500 { try store.put("key \(index)", "short") }
    for index in 0..<500 { try store.delete("key \(index)") }
    let statistics = try store.statistics()
    #expect(statistics.usedBlocks == statistics.retiredBlocks)
    #expect(statistics.entries == 0)
  }

  @Test func `a full store says so, loses nothing, and goes on after a delete`() throws {
    let store = try makeStore(Geometry(blockSize: 64, blockCount: 256))
    var stored = 0
    let error = #expect(throws: StoreError.self) {
      while true {
        try store.put("key \(stored)", "value \(stored)")
        stored += 1
      }
    }
    #expect(error?.code == .full)
    #expect(stored == 252, "four are kept for overwriting")
    for index in 0..<stored {
      #expect(try store.get("key \(index)") == Array("value \(index)".utf8))
    }
    #expect(try store.delete("key 0"))
    try store.put("key 0", "again")
    #expect(try store.get("key 0") == Array("again".utf8))
  }

  @Test func `a value is split where no run is free, and comes back whole`() throws {
    let store = try makeStore(Geometry(blockSize: 64, blockCount: 256))
    for index in 0..<252 { try store.put("key \(index)", "v") }
    for index in stride(from: 0, to: 252, by: 2) { try store.delete("key \(index)") }
    let value = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 17) }
    let key = String(repeating: "k", count: 150)
    try store.put(key, value)
    #expect(try store.get(key) == value)
    #expect(try store.withValue(key) { span, isCopy in isCopy ? span.byteCount : -1 } == 5_000)
    #expect(try store.keys(prefix: "kkk").count == 1)
    #expect(store.check() == [])
    try store.delete(key)
    for index in stride(from: 0, to: 252, by: 2) { try store.put("key \(index)", "w") }
    for index in 0..<252 {
      #expect(try store.get("key \(index)") == Array((index % 2 == 0 ? "w" : "v").utf8))
    }
  }

  @Test func `a pinned value stays while others overwrite it`() throws {
    let store = try makeStore(Geometry(blockSize: 64, blockCount: 128))
    try store.put("key", "before")
    let seen = try store.withValue("key") { span, isCopy in
      for round in 0..<10_000 { try store.put("key", "after \(round)") }
      return (isCopy, (0..<span.byteCount).map { span.byte(at: $0) })
    }
    #expect(seen?.0 == false)
    #expect(seen?.1 == Array("before".utf8))
    #expect(try store.get("key") == Array("after 9999".utf8))
  }

  @Test func `nine nested pins work, the ninth as a copy`() throws {
    let store = try makeStore()
    try store.put("key", "value")
    func nest(_ depth: Int) throws -> [Bool] {
      try store.withValue("key") { _, isCopy in [isCopy] + (depth == 0 ? [] : try nest(depth - 1)) }
        ?? []
    }
    #expect(try nest(8) == Array(repeating: false, count: 8) + [true])
  }

  @Test func `random operations agree with a dictionary`() throws {
    let store = try makeStore(Geometry(blockSize: 64, blockCount: 2_048))
    var generator = SeededGenerator()
    var model: [String: [UInt8]] = [:]
    for _ in 0..<20_000 {
      let key = "key \(Int.random(in: 0..<100, using: &generator))"
      switch Int.random(in: 0..<4, using: &generator) {
      case 0:
        #expect(try store.delete(key) == (model.removeValue(forKey: key) != nil))
      case 1:
        #expect(try store.get(key) == model[key])
      default:
        let length = Int.random(in: 0..<400, using: &generator)
        let value = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try store.put(key, value)
        model[key] = value
      }
    }
    #expect(try Set(store.keys()) == Set(model.keys.map { Array($0.utf8) }))
    for (key, value) in model { #expect(try store.get(key) == value) }
    #expect(try store.statistics().entries == model.count)
    #expect(store.check() == [])
  }

  @Test func `a read-only attachment reads everything and writes nothing`() throws {
    let store = try makeStore()
    try store.put("key", "value")
    let viewer = try Database.openReadOnly(scratch.database())
    #expect(try viewer.get("key") == Array("value".utf8))
    #expect(try viewer.statistics().participants.count == 1)
    let error = #expect(throws: StoreError.self) { try viewer.put("key", "other") }
    #expect(error?.code == .readOnly)
    #expect(try viewer.withValue("key") { _, isCopy in isCopy } == true)
    let before = viewer.changeCount
    try store.put("key", "more")
    #expect(viewer.changeCount > before)
  }

  @Test func `threads that end give back what they held`() throws {
    let store = try makeStore()
    for _ in 0..<20 {
      try inThreads(
        (0..<4).map { worker in
          { for round in 0..<200 { try store.put("key \(worker)", "\(round)") } }
        })
    }
    #expect(try store.keys().count == 4)
    #expect(store.check() == [])
    #expect(try store.statistics().participants.count == 1)
  }

  @Test func `the last release detaches`() throws {
    var store: Database? = try makeStore()
    try store?.put("key", "value")
    let viewer = try Database.openReadOnly(scratch.database())
    #expect(try viewer.participants().count == 1)
    store = nil
    #expect(try viewer.participants().isEmpty)
    let statistics = try viewer.statistics()
    #expect(statistics.usedBlocks == 1 && statistics.retiredBlocks == 0)
  }

  @Test func `dropping a store leaves a later one of its name`() throws {
    let store = try makeStore()
    let other = try makeStore()
    try store.drop()
    let later = try makeStore()
    try later.put("key", "value")
    try other.drop()
    let again = try Database.open(scratch.database())
    #expect(again.uuid == later.uuid && again.uuid != store.uuid)
    #expect(try again.get("key") == Array("value".utf8))
    #expect(throws: Never.self) { try other.drop() }
  }
}
