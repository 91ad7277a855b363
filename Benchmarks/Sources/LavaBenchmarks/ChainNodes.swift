import LavaFlow
import SharedMemory
import Synchronization

/// What travels through the chain: 64 bytes.
struct ChainPacket: SharedValue {
  var number: UInt64 = 0
  /// Nodes it has passed.
  var count: UInt64 = 0
  var payload: InlineArray<6, UInt64> = [0, 0, 0, 0, 0, 0]

  static let layoutName = "benchmark.chain-packet.1"
}

/// What came out at the end of a chain.
final class ChainTally: Sendable {
  private let values = Mutex((count: UInt64(0), checksum: UInt64(0)))

  var count: UInt64 { values.withLock { $0.count } }
  var checksum: UInt64 { values.withLock { $0.checksum } }

  func record(count: UInt64, checksum: UInt64) {
    values.withLock { $0 = (count, checksum) }
  }
}

/// Brings a number of packets into the chain.
struct ChainSource: GeneratorNode {
  static let descriptor = NodeDescriptor(
    id: "benchmark.source", summary: "Emits numbered packets.",
    outputs: [.output("out", .value(ChainPacket.self))])

  private let count: UInt64
  private var next: UInt64 = 0

  init(count: UInt64) {
    self.count = count
  }

  init(parameters: Parameters) {
    self.init(count: 0)
  }

  mutating func generate(context: inout FlowContext) throws -> GeneratorStep {
    guard next < count else { return .ended }
    try context.emit(ChainPacket(number: next))
    next += 1
    return .again
  }
}

/// Does as little as a node can: counts itself and passes the packet on.
struct ChainLink: FlowNode {
  static let descriptor = NodeDescriptor(
    id: "benchmark.link", summary: "Counts itself in the packet.",
    inputs: [.input("in", .value(ChainPacket.self))],
    outputs: [.output("out", .value(ChainPacket.self))])

  init(parameters: Parameters) {}

  func process(_ packet: borrowing Packet, context: inout FlowContext) throws {
    var value = try packet.value(as: ChainPacket.self)
    value.count += 1
    try context.emit(value)
  }
}

/// Counts the packets that passed all nodes in their order.
struct ChainSink: MessageNode {
  static let descriptor = NodeDescriptor(
    id: "benchmark.sink", summary: "Counts packets.",
    inputs: [.input("in", .value(ChainPacket.self))])

  private let tally: ChainTally
  private var count: UInt64 = 0
  private var checksum: UInt64 = 0

  init(tally: ChainTally) {
    self.tally = tally
  }

  init(parameters: Parameters) {
    self.init(tally: ChainTally())
  }

  mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
    try inbox.take { packet in
      let value = try packet.value(as: ChainPacket.self)
      guard value.count == UInt64(HopBenchmark.chainLength), value.number == count else {
        throw BenchmarkFailure("packet \(value.number) came after \(value.count) nodes")
      }
      count += 1
      checksum &+= value.number
    }
  }

  mutating func finish(context: inout FlowContext) throws {
    tally.record(count: count, checksum: checksum)
  }
}
