import Inspection
import LavaSchema
import SharedMemory
import SimDB
import Tbl
import TestSupport
import Testing

@Suite struct SnapshotTests {
  let scratch = Scratch()

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 16_384))
  }

  func putNode(_ id: String, packetsIn: UInt64, in store: Database) throws {
    let counters = NodeCounters(
      host: "main", packetsIn: packetsIn, packetsOut: 2, errors: 3, nanoseconds: 4, activations: 5,
      pending: 6, time: 7)
    try store.put(SchemaKey.nodeCounters(id).description, counters.tbl, type: .tbl)
  }

  @Test func `records become columns`() throws {
    let store = try makeStore()
    try putNode("rates", packetsIn: 10, in: store)
    try putNode("sample", packetsIn: 20, in: store)
    let error = NodeError(message: "too hot", count: 3, cycle: 9, time: 8)
    try store.put("node/rates/error", error.tbl, type: .tbl)
    try store.put("node/failed/error", error.tbl, type: .tbl)
    try store.put("node/keep/state", [1, 2, 3] as [UInt8])
    let edge = EdgeCounters(packets: 1, depth: 2, capacity: 3, dropped: 4, time: 5)
    try store.put("edge/sample.out->rates.in/counters", edge.tbl, type: .tbl)
    try store.put("edge/sample.out->rates.in/queue", "not counters")

    let snapshot = try StoreInspector(scratch.database()).snapshot()
    #expect(
      snapshot.keys
        == ["schema", "time", "change", "store", "hosts", "nodes", "edges", "states"])
    #expect(snapshot.uint("schema") == 1)
    #expect(snapshot.uint("change") == store.changeCount)
    let nodes = try #require(snapshot.table("nodes"))
    #expect(nodes.strings("id") == ["failed", "rates", "sample"])
    #expect(nodes.strings("host") == ["", "main", "main"])
    #expect(nodes.strings("error") == ["too hot", "too hot", ""])
    #expect(nodes.uints("packetsIn") == [0, 10, 20])
    #expect(nodes.uints("packetsOut") == [0, 2, 2])
    #expect(nodes.uints("errors") == [0, 3, 3])
    #expect(nodes.uints("nanoseconds") == [0, 4, 4])
    #expect(nodes.uints("activations") == [0, 5, 5])
    #expect(nodes.uints("pending") == [0, 6, 6])
    #expect(nodes.uints("time") == [0, 7, 7])
    let edges = try #require(snapshot.table("edges"))
    #expect(edges.strings("id") == ["sample.out->rates.in"])
    for (name, number) in [
      ("packets", 1), ("depth", 2), ("capacity", 3), ("dropped", 4), ("time", 5),
    ] {
      #expect(edges.uints(name) == [UInt64(number)])
    }
    let states = try #require(snapshot.table("states"))
    #expect(states.strings("id") == ["keep"])
    let state = try #require(try store.entry("node/keep/state"))
    #expect(states.uints("generation") == [state.generation])
    #expect(states.uints("length") == [UInt64(state.bytes.count)])
    #expect(states.uints("type") == [UInt64(TypeID.bytes.rawValue)])
  }

  @Test func `the store's facts and participants are told`() throws {
    let store = try makeStore()
    try store.put("key", "value")
    let facts = try #require(StoreInspector(scratch.database()).snapshot().table("store"))
    #expect(facts.string("name") == "store")
    #expect(facts.string("path") == scratch.database())
    #expect(facts.uint("blockCount") == 16_384)
    #expect(facts.uint("blockSize") == 128)
    #expect(facts.uint("entries") == 1)
    let used = try #require(facts.uint("usedBlocks"))
    let free = try #require(facts.uint("freeBlocks"))
    #expect(used + free == 16_384)
    let participant = try #require(facts.tables("participants")?.first)
    #expect(participant.uint("pid") == UInt64(ProcessIdentity.current.pid))
    #expect(participant.bool("alive") == true)
    #expect(participant.uint("pins") == 0)
  }

  @Test func `a host is alive while its process runs, whatever its record says`() throws {
    let store = try makeStore()
    let own = ProcessIdentity.current
    func host(_ id: String, pid: UInt64, startTime: UInt64) throws {
      let record = HostRecord(
        host: id, pid: pid, startTime: startTime, state: .running, restarts: 2,
        lastExit: "killed by signal 9", since: 99, page: "http://127.0.0.1:1")
      try store.put(SchemaKey.host(id).description, record.tbl, type: .tbl)
    }
    try host("main", pid: UInt64(own.pid), startTime: own.startTime)
    try host("reused", pid: UInt64(own.pid), startTime: own.startTime + 1)
    try host("gone", pid: UInt64(Int32.max), startTime: 1)
    try host("absurd", pid: .max, startTime: 1)

    let hosts = try #require(StoreInspector(scratch.database()).snapshot().table("hosts"))
    #expect(hosts.table("main")?.bool("alive") == true)
    for id in ["reused", "gone", "absurd"] {
      #expect(hosts.table(id)?.bool("alive") == false)
    }
    let main = try #require(hosts.table("main"))
    #expect(main.uint("schema") == 1)
    #expect(main.string("host") == "main")
    #expect(main.uint("pid") == UInt64(own.pid))
    #expect(main.uint("startTime") == own.startTime)
    #expect(main.string("state") == "running")
    #expect(main.uint("restarts") == 2)
    #expect(main.string("lastExit") == "killed by signal 9")
    #expect(main.uint("since") == 99)
    #expect(main.string("page") == "http://127.0.0.1:1")
  }

  @Test func `changed counters show at once, new and vanished nodes soon`() async throws {
    let store = try makeStore()
    try putNode("a", packetsIn: 1, in: store)
    let inspector = try StoreInspector(scratch.database())
    #expect(try inspector.snapshot().table("nodes")?.uints("packetsIn") == [1])
    try putNode("a", packetsIn: 2, in: store)
    #expect(try inspector.snapshot().table("nodes")?.uints("packetsIn") == [2])
    try putNode("b", packetsIn: 3, in: store)
    try await waitUntil {
      try inspector.snapshot().table("nodes")?.uints("packetsIn") == [2, 3]
    }
    try store.delete("node/a/counters")
    #expect(try inspector.snapshot().table("nodes")?.uints("packetsIn") == [3])
  }

  @Test func `records that are none are left out`() throws {
    let store = try makeStore()
    try putNode("good", packetsIn: 1, in: store)
    try store.put("node/text/counters", "hello", type: .utf8)
    try store.put("node/torn/counters", [1, 2, 3] as [UInt8], type: .tbl)
    try store.put("node/empty/counters", [] as [UInt8], type: .tbl)
    var newer = Tbl.Builder()
    newer.set("schema", UInt64(2))
    try store.put("node/newer/counters", newer.finish(), type: .tbl)
    try store.put("node/bare/counters", Tbl.Builder().finish(), type: .tbl)
    let long = NodeCounters(host: String(repeating: "x", count: 100_000), time: 1)
    try store.put("node/long/counters", long.tbl, type: .tbl)
    let counters = EdgeCounters(capacity: 1, time: 1)
    for key in [
      "node/", "node//counters", "node/a/b/counters", "node/edge/counters", "node/edge/error",
      "host/", "host/edge", "edge/x", "edges/x/counters", "hosts/a",
    ] {
      try store.put(key, counters.tbl, type: .tbl)
    }
    try store.put(Array("node/".utf8) + [0xff, 0xfe] + Array("/counters".utf8), "x", type: .tbl)

    let snapshot = try StoreInspector(scratch.database()).snapshot()
    #expect(snapshot.table("nodes")?.strings("id") == ["good"])
    #expect(snapshot.table("edges")?.strings("id") == [])
    #expect(snapshot.table("hosts")?.keys == [])
  }

  @Test func `a newer version's record that still has our members is read`() throws {
    let store = try makeStore()
    var newer = Tbl.Builder()
    newer.set("schema", UInt64(2))
    NodeCounters(host: "main", packetsIn: 5, time: 1).write(to: &newer)
    newer.set("packetsLost", UInt64(1))
    try store.put("node/newer/counters", newer.finish(), type: .tbl)
    let nodes = try StoreInspector(scratch.database()).snapshot().table("nodes")
    #expect(nodes?.uints("packetsIn") == [5])
  }

  @Test func `scribbled records give snapshots that can be read`() throws {
    let store = try makeStore()
    try putNode("a", packetsIn: 1, in: store)
    let good = try #require(try store.get("node/a/counters"))
    let inspector = try StoreInspector(scratch.database())
    var random = SeededGenerator()
    for _ in 0..<5_000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: .min ... .max, using: &random)
      }
      if Bool.random(using: &random) {
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
      }
      try store.put("node/a/counters", bytes, type: .tbl)
      let snapshot = try inspector.snapshot()
      #expect(throws: Never.self) { try Tbl(validating: snapshot.bytes) }
    }
  }

  @Test func `a graph of a thousand nodes is looked at quickly`() throws {
    let store = try Database.open(scratch.database(), creating: Geometry(blockCount: 65_536))
    for index in 0..<1_000 { try putNode("n\(index)", packetsIn: 1, in: store) }
    let inspector = try StoreInspector(scratch.database())
    _ = try inspector.snapshot()
    let clock = ContinuousClock()
    let unchanged = try clock.measure { for _ in 0..<20 { _ = try inspector.snapshot() } }
    for index in 0..<1_000 { try putNode("n\(index)", packetsIn: 2, in: store) }
    let changed = try clock.measure { _ = try inspector.snapshot() }
    print("snapshot of 1,000 nodes: \(unchanged / 20) unchanged, \(changed) all changed")
    #expect(
      try inspector.snapshot().table("nodes")?.uints("packetsIn")?.allSatisfy { $0 == 2 } == true)
  }
}
