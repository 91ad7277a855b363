import Foundation
import Inspection
import SharedMemory
import SimDB
import Tbl
import TestSupport
import Testing

@Suite struct StoreInspectorTests {
  let scratch = Scratch()

  func makeStore(_ name: String = "store") throws -> Database {
    try Database.open(scratch.database(name), creating: Geometry(blockCount: 4_096))
  }

  @Test func `a bare store has facts, keys and values, and no graph`() throws {
    let store = try makeStore()
    try store.put("greeting", "hello", type: .utf8)
    try store.put("number", [1, 2, 3] as [UInt8])
    let inspector = try StoreInspector(scratch.database())

    #expect(try inspector.graph() == nil)
    #expect(inspector.absence == nil)
    #expect(try inspector.statistics().entries == 2)
    let entry = try #require(try inspector.value(Array("greeting".utf8)))
    #expect(entry.bytes == Array("hello".utf8))
    #expect(entry.type == .utf8)
    #expect(try entry.generation == store.generation("greeting"))
    #expect(try inspector.value(Array("absent".utf8)) == nil)

    let snapshot = try inspector.snapshot()
    #expect(snapshot.table("nodes")?.strings("id") == [])
    #expect(snapshot.table("hosts")?.keys == [])
    #expect(snapshot.table("store")?.uint("entries") == 2)
    #expect(snapshot.table("store")?.bool("gone") == false)
  }

  @Test func `keys come with length and type, and follow changes`() throws {
    let store = try makeStore()
    let inspector = try StoreInspector(scratch.database())
    try store.put("a/text", "four", type: .utf8)
    try store.put("a/bytes", [UInt8](repeating: 0, count: 1_000))
    try store.put("b", "", type: .json)

    let listing = try inspector.keys(prefix: "a/")
    #expect(listing.total == 2)
    #expect(listing.keys.map(\.bytes) == [Array("a/bytes".utf8), Array("a/text".utf8)])
    #expect(listing.keys.map(\.lengthBytes) == [1_000, 4])
    #expect(listing.keys.map(\.type) == [.bytes, .utf8])

    try store.put("a/text", "a longer text", type: .json)
    try store.delete("a/bytes")
    let later = try inspector.keys(prefix: "a/")
    #expect(later.keys.map(\.lengthBytes) == [13])
    #expect(later.keys.map(\.type) == [.json])
  }

  @Test func `a listing is cut at its limit and says how many there are`() throws {
    let store = try makeStore()
    for index in 0..<100 { try store.put("key \(index)", "x") }
    let listing = try StoreInspector(scratch.database()).keys(limit: 10)
    #expect(listing.keys.count == 10)
    #expect(listing.total == 100)
  }

  @Test func `the change mark differs after a put and a delete, and not without`() throws {
    let store = try makeStore()
    let inspector = try StoreInspector(scratch.database())
    let before = inspector.changeMark()
    #expect(inspector.changeMark() == before)
    try store.put("key", "value")
    let after = inspector.changeMark()
    #expect(after != before)
    try store.delete("key")
    #expect(inspector.changeMark() != after)
  }

  @Test func `the last state stays readable when the store's users and its file are gone`()
    async throws
  {
    var store: Database? = try makeStore()
    try store?.put("graph", "{\"lava\":1}", type: .json)
    let inspector = try StoreInspector(scratch.database())
    try store?.drop()
    store = nil

    try await waitUntil { inspector.absence != nil }
    #expect(inspector.absence?.code == .notFound)
    #expect(try inspector.graph() == Array("{\"lava\":1}".utf8))
    #expect(try inspector.snapshot().table("store")?.bool("gone") == true)
    #expect(inspector.changeMark().isGone)
  }

  @Test func `a store that replaces another under its name is looked at from then on`()
    async throws
  {
    let first = try makeStore()
    try first.put("key", "first")
    let inspector = try StoreInspector(scratch.database())
    let mark = inspector.changeMark()
    #expect(try inspector.snapshot().table("store")?.uint("entries") == 1)
    try first.drop()

    let second = try makeStore()
    try second.put("key", "second")
    try second.put("other", "x")
    try await waitUntil { try inspector.value(Array("key".utf8))?.bytes == Array("second".utf8) }
    #expect(inspector.absence == nil)
    #expect(inspector.changeMark() != mark)
    #expect(try inspector.snapshot().table("store")?.uint("entries") == 2)
    #expect(try inspector.keys().total == 2)
  }

  @Test func `looking leaves no trace in the store`() throws {
    let store = try makeStore()
    try store.put("key", "value")
    let participants = try store.participants()
    let change = store.changeCount
    let inspector = try StoreInspector(scratch.database())
    for _ in 0..<10 {
      _ = try inspector.snapshot()
      _ = try inspector.keys()
      _ = try inspector.value(Array("key".utf8))
    }
    #expect(try store.participants() == participants)
    #expect(store.changeCount == change)
  }

  @Test func `a store of another user is looked into by who trusts its group`() async throws {
    let path = scratch.database()
    let group = Sharing.group(getegid())
    func makeShared(_ value: String) throws -> Database {
      _ = try Database.create(path, Geometry(blockCount: 1_024), sharing: group)
      let store = try Database.open(path, sharing: group)
      try store.put("key", value)
      // Only root can give a file away; others have one that is open to their group.
      if geteuid() == 0 {
        try FileManager.default.setAttributes([.ownerAccountID: 54_321], ofItemAtPath: path)
      }
      return store
    }
    let first = try makeShared("first")
    let refusal = #expect(throws: StoreError.self) { try StoreInspector(path) }
    #expect(refusal?.code == .permission)
    let inspector = try StoreInspector(path, sharing: group)
    #expect(try inspector.value(Array("key".utf8))?.bytes == Array("first".utf8))
    try first.drop()
    try await waitUntil { inspector.absence != nil }
    let second = try makeShared("second")
    try await waitUntil { try inspector.value(Array("key".utf8))?.bytes == Array("second".utf8) }
    #expect(inspector.absence == nil && second.isLive)
  }

  @Test func `a store that is not there is an error with its remedy`() {
    let error = #expect(throws: StoreError.self) { try StoreInspector(scratch.database("none")) }
    #expect(error?.code == .notFound)
  }
}

@Suite struct ProcessIdentityTests {
  @Test func `this process is alive, one with another start time is not`() {
    let own = ProcessIdentity.current
    #expect(own.isAlive)
    #expect(!ProcessIdentity.isAlive(pid: own.pid, startTime: own.startTime &+ 1))
  }

  @Test(arguments: [0, UInt32(Int32.max), UInt32(Int32.max) + 1, .max])
  func `numbers that no process has are not alive`(pid: UInt32) {
    for startTime in [0, 1, UInt64.max] {
      #expect(!ProcessIdentity.isAlive(pid: pid, startTime: startTime))
    }
  }
}
