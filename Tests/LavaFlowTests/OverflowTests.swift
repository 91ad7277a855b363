import LavaFlow
import LavaSchema
import Testing

/// What a full edge does is what its policy says, and counted.
@Suite struct OverflowTests {
  /// A source that emits more than the edge holds before anybody reads it.
  private func harness(
    _ overflow: GraphDocument.Overflow, count: Int = 100, capacity: Int = 8,
    sink: Records = Records()
  ) throws -> (GraphHarness, Collection, Records) {
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(1)])
    sketch.node("burst", "burst", ["count": .int(Int64(count))])
    sketch.node("end", "collect")
    sketch.edge("source.out", "burst.in")
    sketch.edge("burst.out", "end.in", capacity: capacity, overflow: overflow)
    let collection = sketch.collection
    try sketch.registry.register(Burst.self)
    return (try GraphHarness(sketch.graph(), sink: sink), collection, sink)
  }

  /// Emits 0, 1, 2, ... for one packet, whatever the edge says.
  struct Burst: FlowNode {
    static let count = Parameter("count", default: 1, help: "How many.")
    static let descriptor = NodeDescriptor(
      id: "test.burst", summary: "Emits at once.", inputs: [.input("in", .value(Sample.self))],
      outputs: [.output("out", .value(Sample.self))], parameters: [count])
    private let count: Int
    init(parameters: Parameters) { count = parameters[Self.count] }

    func process(_ packet: borrowing Packet, context: inout FlowContext) throws {
      for number in 0..<count { try context.emit(Sample(number: UInt64(number))) }
    }
  }

  private func edge(_ records: Records) throws -> EdgeCounters {
    try #require(records.last("edge/burst.out->end.in/counters").flatMap { EdgeCounters($0) })
  }

  @Test func `wait keeps everything`() throws {
    let (harness, collection, records) = try harness(.wait)
    #expect(harness.runToEnd()?.isSuccess == true)
    harness.publish()
    #expect(collection.numbers == Array(0..<100))
    let counters = try edge(records)
    #expect(counters.packets == 100)
    #expect(counters.dropped == 0)
    #expect(counters.capacity == 8)
  }

  @Test func `dropNewest keeps the first`() throws {
    let (harness, collection, records) = try harness(.dropNewest)
    #expect(harness.runToEnd()?.isSuccess == true)
    harness.publish()
    #expect(collection.numbers == Array(0..<8))
    #expect(try edge(records).dropped == 92)
  }

  @Test func `dropOldest keeps the last`() throws {
    let (harness, collection, records) = try harness(.dropOldest)
    #expect(harness.runToEnd()?.isSuccess == true)
    harness.publish()
    #expect(collection.numbers == Array(92..<100))
    #expect(try edge(records).dropped == 92)
  }

  @Test func `reject throws, and the packet counts as failed`() throws {
    let (harness, collection, records) = try harness(.reject)
    let result = try #require(harness.runToEnd())
    #expect(result.failedCount == 1)
    harness.publish()
    #expect(collection.numbers == Array(0..<8))
    #expect(try edge(records).dropped == 1)
    let failure = try #require(records.last("node/burst/error").flatMap { NodeError($0) })
    #expect(
      failure.message
        == "an edge behind output 'out' of node 'burst' is full; raise its capacity, or let it wait"
    )
    #expect(failure.count == 1)
  }

  @Test(arguments: [1, 2, 3, 1_000], [1, 3])
  func `a slow end holds its source back`(capacity: Int, workers: Int) throws {
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(3_000)])
    sketch.node("end", "collect", ["delay": .int(2), "take": .int(5)])
    sketch.edge("source.out", "end.in", capacity: capacity)
    let result = try sketch.run(workers: workers)
    #expect(result.isSuccess)
    #expect(sketch.collection.numbers == Array(0..<3_000))
  }

  @Test(arguments: [1, 2, 50], [1, 2])
  func `what dropOldest lets through keeps its order, and nothing is lost uncounted`(
    capacity: Int, workers: Int
  ) throws {
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(20_000)])
    sketch.node("inflate", "inflate")
    sketch.node("end", "collect", ["delay": .int(1)])
    sketch.edge("source.out", "inflate.in")
    sketch.edge("inflate.out", "end.in", capacity: capacity, overflow: .dropOldest)
    let records = Records()
    let runtime = try GraphRuntime(
      sketch.graph(), options: .init(workers: workers), sink: records)
    try runtime.start()
    #expect(runtime.wait().isSuccess)
    let packets = sketch.collection.all.dropLast()
    let cycles = packets.map(\.cycle)
    #expect(cycles == cycles.sorted())
    #expect(Set(cycles).count == cycles.count)
    #expect(cycles.last == 19_999)
    #expect(packets.allSatisfy { $0.bytes == Inflate.bytes($0.cycle) })
    let edge = records.last("edge/inflate.out->end.in/counters").flatMap { EdgeCounters($0) }
    #expect(edge?.dropped == UInt64(20_000 - packets.count))
    #expect(edge?.packets == 20_000)
  }

  @Test func `loops of full edges end as stalled instead of hanging`() throws {
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(100)])
    sketch.node("relay", "relay")
    sketch.node("copies", "copies")
    sketch.edge("source.out", "relay.in", capacity: 4)
    sketch.edge("relay.out", "copies.in", capacity: 4)
    sketch.edge("copies.out", "relay.back", capacity: 4)
    let result = try sketch.run(workers: 2)
    #expect(!result.isSuccess)
    #expect(result.undeliveredCount > 0)
    #expect(result.stalledEdges.contains("relay.out->copies.in"))
    #expect(result.stalledEdges.contains("copies.out->relay.back"))
  }
}
