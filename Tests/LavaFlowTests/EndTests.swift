import LavaFlow
import LavaSchema
import TestSupport
import Testing

/// A graph ends when its sources have, after everything was handled and every node has finished.
@Suite struct EndTests {
  @Test(arguments: 1...3)
  func `nodes finish from front to back, and what they emit is handled`(workers: Int) throws {
    var sketch = try GraphSketch()
    try sketch.registry.register(Sum.self)
    sketch.node("source", "count", ["count": .int(1_000)])
    sketch.node("first", "sum")
    sketch.node("step", "step")
    sketch.node("second", "sum")
    sketch.node("end", "collect")
    sketch.edge("source.out", "first.in", capacity: 10)
    sketch.edge("first.out", "step.in")
    sketch.edge("step.out", "second.in")
    sketch.edge("second.out", "end.in")
    let result = try sketch.run(workers: workers)
    #expect(result.isSuccess)
    // The second sum has had the first one's when it finished, and the end has had the second's.
    #expect(sketch.collection.numbers == [499_500])
    #expect(sketch.collection.samples.first?.hops == 1)
    #expect(sketch.collection.all.last?.bytes == Array("finish".utf8))
    #expect(sketch.collection.all.count == 2)
  }

  /// Emits the sum of all numbers when it finishes.
  struct Sum: MessageNode {
    static let descriptor = NodeDescriptor(
      id: "test.sum", summary: "Adds up.", inputs: [.input("in", .value(Sample.self))],
      outputs: [.output("out", .value(Sample.self))])
    private var sum: UInt64 = 0
    private var hops: UInt64 = 0

    init(parameters: Parameters) {}

    mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
      try inbox.take { packet in
        let sample = try packet.value(as: Sample.self)
        sum += sample.number
        hops = max(hops, sample.hops)
      }
    }

    mutating func finish(context: inout FlowContext) throws {
      var sample = Sample(number: sum)
      sample.hops = hops
      try context.emit(sample)
    }
  }

  @Test func `a stopped graph handles what it has and ends`() throws {
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(1_000_000_000)])
    sketch.node("step", "step")
    sketch.node("end", "collect")
    sketch.edge("source.out", "step.in")
    sketch.edge("step.out", "end.in")
    let runtime = try GraphRuntime(sketch.graph(), options: .init(workers: 2))
    try runtime.start()
    #expect(eventually { !sketch.collection.all.isEmpty })
    runtime.stop()
    runtime.stop()
    #expect(runtime.wait().isSuccess)
    let numbers = sketch.collection.numbers
    #expect(numbers == Array(0..<UInt64(numbers.count)))
    #expect(sketch.collection.all.last?.bytes == Array("finish".utf8))
  }

  @Test func `a generator that sleeps for long ends at once when stopped`() throws {
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(10), "interval": .double(100_000)])
    sketch.node("end", "collect")
    sketch.edge("source.out", "end.in")
    let runtime = try GraphRuntime(sketch.graph(), options: .init(workers: 1))
    try runtime.start()
    #expect(eventually { sketch.collection.all.count == 1 })
    runtime.stop()
    #expect(runtime.wait().isSuccess)
    #expect(sketch.collection.numbers == [0])
  }

  @Test func `nodes are gone when the end is heard of`() async throws {
    var sketch = try GraphSketch()
    sketch.node("source", "count")
    sketch.node("end", "collect")
    sketch.edge("source.out", "end.in")
    let runtime = try GraphRuntime(sketch.graph())
    try runtime.start()
    async let first = runtime.result()
    async let second = runtime.result()
    #expect(await first == second)
    #expect(sketch.collection.releaseCount == 1)
    #expect(runtime.wait().isSuccess)
    #expect(await runtime.result().isSuccess)
    runtime.stop()
  }

  @Test func `a graph without nodes or without sources ends`() throws {
    var sketch = try GraphSketch()
    #expect(try sketch.run(workers: 1).isSuccess)
    sketch.node("source", "count", ["count": .int(0)])
    sketch.node("end", "collect")
    sketch.edge("source.out", "end.in")
    #expect(try sketch.run(workers: 1).isSuccess)
    #expect(sketch.collection.all.map(\.bytes) == [Array("finish".utf8)])
  }

  @Test func `packets that a node leaves are counted at the end`() throws {
    var sketch = try GraphSketch()
    try sketch.registry.register(Refuse.self)
    sketch.node("source", "count", ["count": .int(7)])
    sketch.node("refuse", "refuse")
    sketch.edge("source.out", "refuse.in")
    let result = try sketch.run(workers: 2)
    #expect(result.undeliveredCount == 7)
    #expect(result.failedCount == 0)
    #expect(result.stalledEdges.isEmpty)
    #expect(!result.isSuccess)
  }

  /// Takes nothing.
  struct Refuse: MessageNode {
    static let descriptor = NodeDescriptor(
      id: "test.refuse", summary: "Takes nothing.", inputs: [.input("in", .bytes)])
    init(parameters: Parameters) {}
    mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {}
  }

  @Test func `runs follow each other without leaving anything behind`() throws {
    for round in 0..<50 {
      var sketch = try GraphSketch()
      sketch.node("source", "count", ["count": .int(Int64(round))])
      sketch.node("end", "collect")
      sketch.edge("source.out", "end.in", capacity: 1)
      #expect(try sketch.run(workers: 1 + round % 4).isSuccess)
      #expect(sketch.collection.numbers == Array(0..<UInt64(round)))
    }
  }
}
