import LavaFlow
import LavaSchema
import TestSupport
import Testing

/// Every packet arrives exactly as often as the graph's shape says, in order along each way.
@Suite struct ConservationTests {
  /// A random graph without loops: sources, steps, copiers and relays, whatever is left collected.
  struct RandomGraph {
    var sketch: GraphSketch
    /// How many packets reach the end, if every packet of every source is handled.
    var expectedCount = 0
    /// How many copies of each source's packet reach the end.
    var expectedCopies: [UInt64: Int] = [:]

    init(_ random: inout SeededGenerator) throws {
      sketch = try GraphSketch("random")
      // What flows out of each port: copies of a packet by source.
      var flows: [(port: String, copies: [UInt64: Int])] = []
      var counts: [UInt64: Int] = [:]
      for index in 0..<Int.random(in: 1...3, using: &random) {
        let count = Int.random(in: 0...3_000, using: &random)
        sketch.node(
          "s\(index)", "count", ["count": .int(Int64(count)), "source": .int(Int64(index))])
        flows.append(("s\(index).out", [UInt64(index): 1]))
        counts[UInt64(index)] = count
      }
      for index in 0..<Int.random(in: 0...8, using: &random) {
        let feeders = (0..<Int.random(in: 1...3, using: &random)).map { _ in
          Int.random(in: 0..<flows.count, using: &random)
        }
        var copies: [UInt64: Int] = [:]
        for feeder in Set(feeders) { copies.merge(flows[feeder].copies) { $0 + $1 } }
        if copies.values.reduce(0, +) > 20 { continue }
        switch Int.random(in: 0..<3, using: &random) {
        case 0: sketch.node("n\(index)", "step")
        case 1:
          sketch.node("n\(index)", "copies", ["copies": .int(2)])
          copies = copies.mapValues { 2 * $0 }
        default:
          sketch.node(
            "n\(index)", "relay", ["take": .int(Int64.random(in: 1...100, using: &random))])
        }
        for feeder in Set(feeders) {
          sketch.edge(
            flows[feeder].port, "n\(index).in", capacity: Int.random(in: 1...300, using: &random))
        }
        flows.append(("n\(index).out", copies))
      }
      sketch.node("end", "collect", ["take": .int(Int64.random(in: 1...200, using: &random))])
      for flow in flows where Int.random(in: 0..<3, using: &random) > 0 {
        sketch.edge(flow.port, "end.in", capacity: Int.random(in: 1...300, using: &random))
        for (source, copies) in flow.copies {
          expectedCount += copies * (counts[source] ?? 0)
          expectedCopies[source, default: 0] += copies
        }
      }
      if expectedCopies.isEmpty {
        sketch.edge(flows[0].port, "end.in")
        expectedCount = counts[0] ?? 0
        expectedCopies[0] = 1
      }
    }
  }

  @Test(arguments: 1...4)
  func `random graphs lose nothing and double nothing`(workers: Int) throws {
    var random = SeededGenerator()
    for round in 0..<12 {
      let random = try RandomGraph(&random)
      let result = try random.sketch.run(workers: workers)
      #expect(result.isSuccess, "round \(round): \(result)")
      let samples = random.sketch.collection.samples
      #expect(samples.count == random.expectedCount, "round \(round)")
      #expect(samples.allSatisfy { $0.isWhole })
      var copies: [Sample: Int] = [:]
      for sample in samples {
        var plain = sample
        plain.hops = 0
        copies[plain, default: 0] += 1
      }
      #expect(copies.allSatisfy { random.expectedCopies[$0.key.source] == $0.value })
    }
  }

  @Test(arguments: 1...4, [1, 2, 7, 64, 1_000])
  func `a chain keeps the order`(workers: Int, capacity: Int) throws {
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(20_000)])
    var last = "source.out"
    for index in 0..<6 {
      sketch.node("n\(index)", index == 3 ? "relay" : "step")
      sketch.edge(last, "n\(index).in", capacity: capacity)
      last = "n\(index).out"
    }
    sketch.node("end", "collect")
    sketch.edge(last, "end.in", capacity: capacity)
    let result = try sketch.run(workers: workers)
    #expect(result.isSuccess)
    #expect(sketch.collection.numbers == Array(0..<20_000))
    #expect(sketch.collection.samples.allSatisfy { $0.hops == 6 })
    // Packets keep the cycle of the one they come from.
    #expect(sketch.collection.all.dropLast().map(\.cycle) == Array(0..<20_000))
  }

  @Test(arguments: [1, 3])
  func `payloads of every size reach all their destinations, and their buffers come back`(
    workers: Int
  ) throws {
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(2_000)])
    sketch.node("inflate", "inflate")
    sketch.node("end", "collect")
    sketch.edge("source.out", "inflate.in")
    sketch.edge("inflate.out", "end.in", capacity: 8)
    sketch.edge("inflate.out", "end.more", capacity: 3)
    let result = try sketch.run(workers: workers)
    #expect(result.isSuccess)
    for port in 0...1 {
      let packets = sketch.collection.all.filter { $0.port == port }
      #expect(packets.count == 2_000)
      #expect(packets.allSatisfy { $0.bytes == Inflate.bytes($0.cycle) })
      #expect(packets.map(\.cycle) == Array(0..<2_000))
    }
  }

  @Test func `many sources into one input are all heard`() throws {
    var sketch = try GraphSketch()
    sketch.node("end", "collect", ["take": .int(3)])
    for index in 0..<40 {
      sketch.node("s\(index)", "count", ["count": .int(500), "source": .int(Int64(index))])
      sketch.edge("s\(index).out", "end.in", capacity: 4)
    }
    let result = try sketch.run(workers: 3)
    #expect(result.isSuccess)
    let samples = sketch.collection.samples
    for source in 0..<40 as Range<UInt64> {
      #expect(samples.filter { $0.source == source }.map(\.number) == Array(0..<500))
    }
  }

  @Test func `a loop through a message node comes to an end`() throws {
    var sketch = try GraphSketch()
    try sketch.registry.register(Countdown.self)
    sketch.node("source", "count", ["count": .int(50)])
    sketch.node("countdown", "countdown")
    sketch.node("step", "step")
    sketch.node("end", "collect")
    sketch.edge("source.out", "countdown.in", capacity: 2)
    sketch.edge("countdown.again", "step.in", capacity: 512)
    sketch.edge("step.out", "countdown.back", capacity: 512)
    sketch.edge("countdown.done", "end.in")
    let result = try sketch.run(workers: 2)
    #expect(result.isSuccess, "\(result)")
    #expect(sketch.collection.numbers.sorted() == Array(0..<50))
    #expect(sketch.collection.samples.allSatisfy { $0.hops == $0.number % 10 })
  }

  /// Sends a sample round until it has made as many hops as its number's last digit says.
  struct Countdown: MessageNode {
    static let descriptor = NodeDescriptor(
      id: "test.countdown", summary: "Sends round.",
      inputs: [.input("in", .value(Sample.self)), .input("back", .value(Sample.self))],
      outputs: [.output("again", .value(Sample.self)), .output("done", .value(Sample.self))])

    init(parameters: Parameters) {}

    mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
      try inbox.take { packet in
        let sample = try packet.value(as: Sample.self)
        try context.emit(sample, on: sample.hops < sample.number % 10 ? 0 : 1)
      }
    }
  }
}
