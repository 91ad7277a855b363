import LavaFlow
import LavaSchema
import Tbl
import TestSupport
import Testing

/// What runs is shown: counters, errors and states, only when they changed.
@Suite struct PublishingTests {
  private func sketch(count: Int = 5, interval: Double = 1) throws -> GraphSketch {
    var sketch = try GraphSketch()
    sketch.node(
      "source", "count", ["count": .int(Int64(count)), "interval": .double(interval)])
    sketch.node("relay", "relay", watch: true)
    sketch.node("end", "collect")
    sketch.edge("source.out", "relay.in", capacity: 16)
    sketch.edge("relay.out", "end.in")
    return sketch
  }

  @Test func `counters are published once, and again when they change`() throws {
    let records = Records()
    let harness = try GraphHarness(sketch().graph(), sink: records)
    harness.runUntilIdle()
    harness.publish()
    let first = records.keys
    #expect(
      Set(first) == [
        "node/source/counters", "node/relay/counters", "node/end/counters", "node/relay/state",
        "edge/source.out->relay.in/counters", "edge/relay.out->end.in/counters",
      ])
    harness.publish()
    #expect(records.keys.count == first.count)
    harness.advance(by: .seconds(1))
    harness.publish()
    let relay = records.all("node/relay/counters").compactMap { NodeCounters($0) }
    #expect(relay.map(\.packetsIn) == [1, 2])
    #expect(relay.map(\.packetsOut) == [1, 2])
    #expect(relay.map(\.host) == ["main", "main"])
    #expect(relay[1].activations > relay[0].activations)
    #expect(relay[1].time - relay[0].time == 1_000_000_000)
    let edge = records.all("edge/source.out->relay.in/counters").compactMap { EdgeCounters($0) }
    #expect(edge.map(\.packets) == [1, 2])
    #expect(edge.map(\.capacity) == [16, 16])
  }

  @Test func `states are published at most four times a second, and the last one always`() throws {
    let records = Records()
    let harness = try GraphHarness(sketch(count: 100, interval: 0.01).graph(), sink: records)
    for _ in 0..<99 {
      harness.advance(by: .milliseconds(10))
      harness.publish()
    }
    let states = records.all("node/relay/state").compactMap { $0.uint("count") }
    #expect((4...5).contains(states.count))
    #expect(harness.runToEnd()?.isSuccess == true)
    harness.publish()
    #expect(records.last("node/relay/state")?.uint("count") == 100)
  }

  @Test func `a state that changed and then rests is shown within moments`() throws {
    let records = Records()
    let harness = try GraphHarness(
      {
        var sketch = try sketch(count: 2, interval: 0.01)
        sketch.node("later", "count", ["count": .int(2), "interval": .double(100)])
        sketch.edge("later.out", "end.more")
        return try sketch.graph()
      }(), sink: records)
    harness.advance(by: .milliseconds(20))
    harness.publish()
    #expect(records.last("node/relay/state")?.uint("count") == 1)
    harness.advance(by: .milliseconds(300))
    harness.publish()
    harness.runUntilIdle()
    harness.publish()
    #expect(records.last("node/relay/state")?.uint("count") == 2)
  }

  @Test func `nodes that are not watched keep their state to themselves`() throws {
    let records = Records()
    var sketch = try sketch()
    sketch.document.nodes["relay"]?.watch = false
    let harness = try GraphHarness(sketch.graph(), sink: records)
    #expect(harness.runToEnd()?.isSuccess == true)
    harness.publish()
    #expect(!records.keys.contains("node/relay/state"))
  }

  @Test func `what finds no room is offered again`() throws {
    let records = Records()
    let harness = try GraphHarness(sketch().graph(), sink: records)
    records.refuses = true
    harness.runUntilIdle()
    harness.publish()
    #expect(records.keys.isEmpty)
    records.refuses = false
    harness.publish()
    #expect(records.keys.contains("node/relay/state"))
    #expect(records.last("node/end/counters").flatMap { NodeCounters($0) }?.packetsIn == 1)
  }

  @Test func `a running graph publishes by itself`() throws {
    let records = Records()
    let runtime = try GraphRuntime(
      sketch(count: 1_000, interval: 0.02).graph(),
      options: .init(workers: 2, publishingInterval: .milliseconds(20)), sink: records)
    try runtime.start()
    #expect(
      eventually {
        (records.last("node/end/counters").flatMap { NodeCounters($0) }?.packetsIn ?? 0) >= 3
      })
    #expect(eventually { (records.last("node/relay/state")?.uint("count") ?? 0) >= 3 })
    runtime.stop()
    #expect(runtime.wait().isSuccess)
    let counters = records.last("node/end/counters").flatMap { NodeCounters($0) }
    #expect(counters?.packetsIn == records.last("node/relay/state")?.uint("count"))
  }
}
