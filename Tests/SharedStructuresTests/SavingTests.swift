import SharedStructures
import SimDB
import TestSupport
import Testing

/// What becomes of queues when their database is saved, or dropped.
@Suite struct SavingTests {
  let scratch = Scratch()

  @Test func `what is left in a queue of a dropped store is taken, then comes the end`() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    let queue = try store.queue(
      "jobs", creating: QueueGeometry(capacity: 4, payloadCapacity: 64))
    let payloads = [1_000, 10].map { [UInt8](repeating: 7, count: $0) }
    for payload in payloads {
      #expect(try queue.push(Message(), payload: payload.rawSpan) == .pushed)
    }
    try Database.open(scratch.database()).drop()
    for payload in payloads {
      var taken: [UInt8] = []
      try queue.pop { _, bytes in taken = bytes.array }
      #expect(taken == payload)
    }
    #expect(queue.lostCount == 0)
    let end = #expect(throws: StoreError.self) { try queue.pop { _, _ in } }
    #expect(end?.code == .dropped)
  }

  @Test func `a queue is left out with what lies beside it, and named`() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    let queue = try store.queue(
      "jobs", creating: QueueGeometry(capacity: 4, payloadCapacity: 64))
    let payload = [UInt8](repeating: 7, count: 1_000)
    #expect(try queue.push(Message(), payload: payload.rawSpan) == .pushed)
    try #require(try store.keys(prefix: "jobs/").count == 1, "it does not fit its cell")
    // These belong to nobody.
    let own = [
      "jobs/payload/next", "jobs/payload/", "others/payload/0", "payload/0", "jobs", "key",
    ]
    for key in own where key != "jobs" { try store.put(key, "value") }

    var left: [[UInt8]] = []
    let count = try store.save(to: scratch.path + "/saved", structure: { left.append($0) })
    #expect(left == [Array("jobs".utf8)] && count == 5)
    let other = try Database.open(scratch.database("other"), creating: Geometry())
    #expect(try other.load(from: scratch.path + "/saved") == 5)
    #expect(try other.keys() == own.filter { $0 != "jobs" }.sorted().map { Array($0.utf8) })
  }
}
