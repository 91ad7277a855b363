import CBenchmark
import Glibc
import LavaFlow
import LavaSchema
import SimDB

/// Workload G1: a packet of 64 bytes through a chain of 8 trivial flow nodes and a sink, on one
/// worker and on two; per packet, and per hop as an eighth of it.
///
/// Edges are bounded and wait, as in every graph; counters are on and published into a store, as
/// when a page looks on.
struct HopBenchmark: Benchmark {
  static let cases = [Case("G1", "1 worker"), Case("G1", "2 workers")]

  static let chainLength = 8

  private let options: Options
  private let packets: UInt64

  init(options: Options) {
    self.options = options
    packets = min(1_000_000, options.operations)
  }

  func measure() throws(BenchmarkFailure) {
    var perPacket: [Double] = []
    var checksum: UInt64 = 0
    // Warms up.
    _ = try run(packets / 10 + 1)
    for _ in 0..<options.runs {
      let outcome = try run(packets)
      perPacket.append(Double(outcome.nanoseconds) / Double(packets))
      checksum &+= outcome.checksum
    }
    Measurement(
      workload: "G1 chain of 8 nodes", shape: options.shape, values: perPacket,
      unit: "ns/packet", checksum: checksum
    ).report()
    Measurement(
      workload: "G1 one hop", shape: options.shape,
      values: perPacket.map { $0 / Double(Self.chainLength) }, unit: "ns/hop", checksum: checksum
    ).report()
  }

  func play(_ part: Options.Part) throws(BenchmarkFailure) {
    throw options.unknown()
  }

  /// Sends `count` packets through a fresh graph.
  private func run(_ count: UInt64) throws(BenchmarkFailure) -> (
    nanoseconds: UInt64, checksum: UInt64
  ) {
    let tally = ChainTally()
    do {
      let database = try Database.open(
        Participants.storeName(owner: getpid()), creating: Geometry())
      defer { try? database.drop() }
      let graph = try Graph(document: document, registry: registry(count, tally))
      var runtimeOptions = GraphRuntime.Options()
      runtimeOptions.workers = try options.concurrency()
      let runtime = try GraphRuntime(
        graph, options: runtimeOptions, sink: StoreRecordSink(database))
      let start = bench_now()
      try runtime.start()
      let result = runtime.wait()
      let elapsed = bench_now() - start
      guard result.isSuccess, tally.count == count else {
        throw BenchmarkFailure("packets lost: \(result)")
      }
      return (elapsed, tally.checksum)
    } catch let error as BenchmarkFailure {
      throw error
    } catch {
      throw BenchmarkFailure("graph: \(error)")
    }
  }

  private func registry(_ count: UInt64, _ tally: ChainTally) throws -> NodeRegistry {
    var registry = NodeRegistry()
    try registry.register(ChainSource.self) { _ in ChainSource(count: count) }
    try registry.register(ChainLink.self)
    try registry.register(ChainSink.self) { _ in ChainSink(tally: tally) }
    return registry
  }

  private var document: GraphDocument {
    typealias Port = GraphDocument.PortReference
    let links = (1...Self.chainLength).map { "link-\($0)" }
    var nodes = [
      "source": GraphDocument.Node(type: ChainSource.descriptor.id),
      "sink": GraphDocument.Node(type: ChainSink.descriptor.id),
    ]
    for link in links { nodes[link] = GraphDocument.Node(type: ChainLink.descriptor.id) }
    let edges = zip(["source"] + links, links + ["sink"]).map { from, to in
      GraphDocument.Edge(from: Port(node: from, port: "out"), to: Port(node: to, port: "in"))
    }
    return GraphDocument(name: "chain", nodes: nodes, edges: edges)
  }
}
