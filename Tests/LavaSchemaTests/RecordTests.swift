import LavaSchema
import Tbl
import Testing

/// Records and keys are the same on both sides of the store.
@Suite struct RecordTests {
  @Test func `records come back from their tbls`() {
    let host = HostRecord(
      host: "sampler", pid: 42, startTime: .max, state: .restarting, restarts: 3,
      lastExit: "killed by signal 9", since: 1, page: "http://127.0.0.1:1")
    #expect(HostRecord(host.tbl) == host)
    let node = NodeCounters(
      host: "main", packetsIn: 1, packetsOut: 2, errors: 3, nanoseconds: 4, activations: 5,
      pending: 6, time: .max)
    #expect(NodeCounters(node.tbl) == node)
    let edge = EdgeCounters(packets: 1, depth: 2, capacity: 3, dropped: 4, time: 5)
    #expect(EdgeCounters(edge.tbl) == edge)
    let error = NodeError(message: "\"no\"\n", count: 1, cycle: 2, time: 3)
    #expect(NodeError(error.tbl) == error)
  }

  @Test func `a record opens with its version`() {
    let tbl = EdgeCounters(capacity: 1, time: 0).tbl
    #expect(tbl.keys.first == "schema")
    #expect(tbl.uint("schema") == 1)
  }

  @Test func `a record of a later version is read as far as it is known`() throws {
    var builder = Tbl.Builder()
    builder.set("schema", UInt64(2))
    NodeError(message: "m", count: 1, cycle: 2, time: 3).write(to: &builder)
    builder.set("novelty", "n")
    #expect(NodeError(try builder.finish())?.message == "m")
  }

  @Test func `a tbl that lacks a member is no record`() throws {
    var builder = Tbl.Builder()
    builder.set("schema", UInt64(1))
    builder.set("message", "m")
    let tbl = try builder.finish()
    #expect(NodeError(tbl) == nil)
    #expect(NodeCounters(tbl) == nil)
    #expect(EdgeCounters(tbl) == nil)
    #expect(HostRecord(tbl) == nil)
  }

  @Test func `keys are written and read alike`() {
    let keys: [(SchemaKey, String)] = [
      (.graph, "graph"), (.host("main"), "host/main"),
      (.nodeCounters("a"), "node/a/counters"), (.nodeState("a"), "node/a/state"),
      (.nodeError("a"), "node/a/error"), (.edgeCounters("a.o->b.i"), "edge/a.o->b.i/counters"),
      (.edgeQueue("a.o->b.i"), "edge/a.o->b.i/queue"),
    ]
    for (key, text) in keys {
      #expect(key.description == text)
      #expect(SchemaKey(parsing: text) == key)
    }
    for text in ["", "graphs", "host", "host/", "host/a/b", "node/a", "node/a/b", "node//state"] {
      #expect(SchemaKey(parsing: text) == nil)
    }
  }
}
