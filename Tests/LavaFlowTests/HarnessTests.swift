import LavaFlow
import LavaSchema
import Testing
import Tbl

/// One node, or a small graph, in the calling thread with a clock that the test moves.
@Suite struct HarnessTests {
  @Test func `a flow node handles each packet`() throws {
    let harness = try NodeHarness(Step.self)
    for number in 0..<200 { harness.send(Sample(number: UInt64(number)), cycle: UInt64(number)) }
    harness.run()
    let packets = harness.take()
    #expect(try packets.map { try $0.value(as: Sample.self).number } == Array(0..<200))
    #expect(try packets.allSatisfy { try $0.value(as: Sample.self).hops == 1 })
    #expect(packets.map(\.cycle) == Array(0..<200))
    #expect(harness.counters.packetsIn == 200)
    #expect(harness.counters.packetsOut == 200)
    #expect(harness.finish().isSuccess)
  }

  @Test func `parameters reach the node, and wrong ones are named`() throws {
    let harness = try NodeHarness(Copies.self, parameters: ["copies": .int(3)])
    harness.send(Sample(number: 7))
    harness.run()
    #expect(harness.take().count == 3)
    #expect {
      try NodeHarness(Copies.self, parameters: ["copies": .int(1_001)])
    } throws: { error in
      "\(error)".contains(
        "$.nodes.node.parameters.copies: parameter 'copies' is 1001, outside 0...1000")
    }
  }

  @Test func `a failure is counted and the next packet handled`() throws {
    let harness = try NodeHarness(Picky.self, parameters: ["every": .int(2)])
    for number in 0..<4 { harness.send(Sample(number: UInt64(number))) }
    harness.run()
    #expect(try harness.take().map { try $0.value(as: Sample.self).number } == [1, 3])
    #expect(harness.failure == "will not have 2")
    #expect(harness.counters.errors == 2)
    let result = harness.finish()
    #expect(result.failedCount == 2)
    #expect(!result.isSuccess)
  }

  @Test func `a message node is called while packets are left`() throws {
    let harness = try NodeHarness(Relay.self, parameters: ["take": .int(1)])
    for number in 0..<10 { harness.send(Sample(number: UInt64(number)), to: "in") }
    harness.run()
    #expect(harness.take().count == 10)
    #expect(harness.state?.uint("count") == 10)
  }

  @Test func `a generator is called when its time has come, and not before`() throws {
    let harness = try NodeHarness(
      Count.self, parameters: ["count": .int(4), "interval": .double(0.1)])
    harness.run()
    #expect(harness.take().count == 1)
    harness.advance(by: .milliseconds(99))
    #expect(harness.take().isEmpty)
    harness.advance(by: .milliseconds(1))
    #expect(harness.take().count == 1)
    harness.advance(by: .milliseconds(150))
    #expect(harness.take().count == 1)
    harness.advance(by: .seconds(10))
    #expect(harness.take().count == 1)
    #expect(harness.finish().isSuccess)
  }

  @Test func `many timers fire in the order of their moments`() throws {
    var sketch = try GraphSketch()
    for (index, interval) in [0.3, 0.1, 0.2].enumerated() {
      sketch.node(
        "s\(index)", "count",
        ["count": .int(4), "source": .int(Int64(index)), "interval": .double(interval)])
      sketch.edge("s\(index).out", "end.in")
    }
    sketch.node("end", "collect")
    let harness = try GraphHarness(sketch.graph())
    let start = harness.clock.now
    let result = try #require(harness.runToEnd())
    #expect(result.isSuccess)
    #expect(start.duration(to: harness.clock.now) == .milliseconds(900))
    // Seconds at which each source's samples come; equal moments in the order of insertion.
    let moments = sketch.collection.samples.map { sample in
      [0.3, 0.1, 0.2][Int(sample.source)] * Double(sample.number)
    }
    #expect(moments == moments.sorted())
    #expect(moments.count == 12)
  }

  @Test func `an endless graph is cut off`() throws {
    var sketch = try GraphSketch()
    sketch.node("s", "count", ["count": .int(1_000_000_000)])
    sketch.node("end", "step")
    sketch.edge("s.out", "end.in")
    let harness = try GraphHarness(sketch.graph())
    #expect(!harness.runUntilIdle(maximumTurns: 100))
    harness.stop()
    #expect(harness.runToEnd()?.isSuccess == true)
  }

  @Test func `text, tbl and bytes of every size come through`() throws {
    let harness = try NodeHarness(Mirror.self)
    let sizes = [0, 1, 191, 192, 193, 5_000, 3_000_000]
    for size in sizes {
      harness.send(text: String(repeating: "ä", count: size / 2), to: "text")
      var builder = Tbl.Builder()
      builder.set("size", size)
      builder.set("content", bytes: [UInt8](repeating: 7, count: size))
      harness.send(try builder.finish(), to: "table")
      harness.send(bytes: [UInt8](repeating: 9, count: size), to: "bytes")
      harness.run()
      #expect(harness.take(from: "text").map(\.text) == [String(repeating: "ä", count: size / 2)])
      let table = try #require(harness.take(from: "table").first).tbl()
      #expect(table.int("size") == Int64(size))
      #expect(harness.take(from: "bytes").map(\.bytes.count) == [size])
    }
    #expect(harness.failure == nil)
    #expect(harness.finish().isSuccess)
  }

  /// Emits what comes in at one port on the output of the same name.
  struct Mirror: MessageNode {
    static let descriptor = NodeDescriptor(
      id: "test.mirror", summary: "Mirrors.",
      inputs: [.input("text", .utf8), .input("table", .tbl), .input("bytes", .bytes)],
      outputs: [.output("text", .utf8), .output("table", .tbl), .output("bytes", .bytes)])

    init(parameters: Parameters) {}

    mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
      try inbox.take(from: 0) { packet in try context.emit(text: packet.text(), on: 0) }
      try inbox.take(from: 1) { packet in
        let size = try packet.withTbl { view in
          let value = try view.field("size")?.value()
          guard case .int(let size)? = value else { return Int64(-1) }
          return size
        }
        let table = try packet.tbl()
        guard table.int("size") == size else { throw Deliberate(description: "not the same") }
        try context.emit(table, on: 1)
      }
      try inbox.take(from: 2) { packet in try context.forward(packet, on: 2) }
    }
  }
}
