import LavaFlow
import LavaSchema
import Testing

/// A node that throws loses that packet, is counted, and the graph goes on.
@Suite struct FailureTests {
  @Test(arguments: 1...3)
  func `failed packets are counted and shown, all others arrive`(workers: Int) throws {
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(1_000)])
    sketch.node("picky", "picky", ["every": .int(100)])
    sketch.node("end", "collect")
    sketch.edge("source.out", "picky.in")
    sketch.edge("picky.out", "end.in")
    let records = Records()
    let runtime = try GraphRuntime(
      sketch.graph(), options: .init(workers: workers), sink: records)
    try runtime.start()
    let result = runtime.wait()
    #expect(result.failedCount == 10)
    #expect(!result.isSuccess)
    #expect(sketch.collection.numbers == (0..<1_000).filter { $0 % 100 != 0 })
    let error = try #require(records.last("node/picky/error").flatMap { NodeError($0) })
    #expect(error.message == "will not have 900")
    #expect(error.count == 10)
    #expect(error.cycle == 900)
    #expect(error.time > 0)
    let counters = try #require(records.last("node/picky/counters").flatMap { NodeCounters($0) })
    #expect(counters.errors == 10)
    #expect(counters.packetsIn == 1_000)
    #expect(counters.packetsOut == 990)
  }

  @Test func `a generator that throws has ended`() throws {
    var sketch = try GraphSketch()
    try sketch.registry.register(Broken.self)
    sketch.node("source", "count", ["count": .int(5)])
    sketch.node("broken", "broken")
    sketch.node("end", "collect")
    sketch.edge("source.out", "end.in")
    sketch.edge("broken.out", "end.more")
    let result = try sketch.run(workers: 2)
    #expect(result.failedCount == 1)
    #expect(sketch.collection.numbers.count == 6)
  }

  struct Broken: GeneratorNode {
    static let descriptor = NodeDescriptor(
      id: "test.broken", summary: "Fails.", outputs: [.output("out", .value(Sample.self))])
    init(parameters: Parameters) {}
    mutating func generate(context: inout FlowContext) throws -> GeneratorStep {
      try context.emit(Sample(number: 1))
      throw Deliberate(description: "broken")
    }
  }

  @Test func `a message node that throws has lost that packet alone`() throws {
    let harness = try NodeHarness(Choosy.self)
    for number in 0..<6 { harness.send(Sample(number: UInt64(number))) }
    harness.run()
    #expect(try harness.take().map { try $0.value(as: Sample.self).number } == [0, 1, 2, 4, 5])
    #expect(harness.counters.errors == 1)
    #expect(harness.failure == "not 3")
    #expect(harness.finish().failedCount == 2)
    #expect(harness.failure == "no end")
  }

  struct Choosy: MessageNode {
    static let descriptor = NodeDescriptor(
      id: "test.choosy", summary: "Fails at 3.", inputs: [.input("in", .value(Sample.self))],
      outputs: [.output("out", .value(Sample.self))])
    init(parameters: Parameters) {}

    mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
      try inbox.take { packet in
        let sample = try packet.value(as: Sample.self)
        if sample.number == 3 { throw Deliberate(description: "not 3") }
        try context.emit(sample)
      }
    }

    mutating func finish(context: inout FlowContext) throws {
      throw Deliberate(description: "no end")
    }
  }

  @Test func `emitting what the descriptor does not declare is an error of the node`() throws {
    let harness = try NodeHarness(Confused.self)
    for number in 0..<4 { harness.send(Sample(number: UInt64(number))) }
    harness.run()
    #expect(harness.counters.errors == 4)
    #expect(
      harness.failure
        == "a packet of 32 bytes is no u64 of 8; read the type that the input declares")
    #expect(harness.take().isEmpty)
  }

  struct Confused: FlowNode {
    static let descriptor = NodeDescriptor(
      id: "test.confused", summary: "Emits wrong things.",
      inputs: [.input("in", .value(Sample.self))], outputs: [.output("out", .tbl)])
    init(parameters: Parameters) {}

    func process(_ packet: borrowing Packet, context: inout FlowContext) throws {
      let sample = try packet.value(as: Sample.self)
      switch sample.number {
      case 0: try context.emit(sample)
      case 1: try context.emit(text: "text")
      case 2: try context.emit(bytes: [UInt8](), on: 1)
      default: _ = try packet.value(as: UInt64.self)
      }
    }
  }

  @Test func `the reason names output, type and remedy`() throws {
    let reasons = [
      "output 'out' of node 'node' holds tbl, not test.sample.1; emit what the descriptor declares",
      "output 'out' of node 'node' holds tbl, not utf8; emit what the descriptor declares",
      "node 'node' has no output with index 1; its descriptor lists 1",
    ]
    for (number, reason) in reasons.enumerated() {
      let harness = try NodeHarness(Confused.self)
      harness.send(Sample(number: UInt64(number)))
      harness.run()
      #expect(harness.failure == reason)
    }
  }
}
