import LavaSchema
import SharedMemory
import SharedStructures
import SimDB
import Tbl

/// Runs one node in the calling thread: packets in, packets out, a clock that a test moves.
///
///     let harness = try NodeHarness(Doubler.self)
///     harness.send(Sample(value: 2))
///     harness.run()
///     #expect(try harness.take().map { try $0.value(as: Sample.self).value } == [4])
///
/// **Concurrency.** One thread.
public final class NodeHarness {
  private static let nodeID = "node"

  private let graph: GraphHarness
  private let inputs: [String: ProbeSource]
  private let outputs: [String: ProbeSink]
  private let descriptor: NodeDescriptor

  /// Makes a flow node.
  ///
  /// - Parameters:
  ///   - type: What is made.
  ///   - parameters: As a graph file would write them.
  ///   - clock: What the node takes for the time.
  /// - Throws: What is wrong with the type or the parameters; what the node's initializer throws.
  public convenience init<Node: FlowNode>(
    _ type: Node.Type, parameters: [String: JSONValue] = [:], clock: ManualClock = ManualClock()
  ) throws {
    var registry = NodeRegistry()
    try registry.register(type)
    try self.init(registry, type.descriptor, parameters, clock)
  }

  /// Makes a message node.
  ///
  /// - Parameters:
  ///   - type: What is made.
  ///   - parameters: As a graph file would write them.
  ///   - clock: What the node takes for the time.
  /// - Throws: What is wrong with the type or the parameters; what the node's initializer throws.
  public convenience init<Node: MessageNode>(
    _ type: Node.Type, parameters: [String: JSONValue] = [:], clock: ManualClock = ManualClock()
  ) throws {
    var registry = NodeRegistry()
    try registry.register(type)
    try self.init(registry, type.descriptor, parameters, clock)
  }

  /// Makes a generator.
  ///
  /// - Parameters:
  ///   - type: What is made.
  ///   - parameters: As a graph file would write them.
  ///   - clock: What the node takes for the time.
  /// - Throws: What is wrong with the type or the parameters; what the node's initializer throws.
  public convenience init<Node: GeneratorNode>(
    _ type: Node.Type, parameters: [String: JSONValue] = [:], clock: ManualClock = ManualClock()
  ) throws {
    var registry = NodeRegistry()
    try registry.register(type)
    try self.init(registry, type.descriptor, parameters, clock)
  }

  private init(
    _ types: NodeRegistry, _ descriptor: NodeDescriptor, _ parameters: [String: JSONValue],
    _ clock: ManualClock
  ) throws {
    self.descriptor = descriptor
    var registry = types
    var document = GraphDocument(name: "harness", origin: .init(file: descriptor.id))
    document.nodes[Self.nodeID] = .init(type: descriptor.id, parameters: parameters)
    var inputs: [String: ProbeSource] = [:]
    for (index, input) in descriptor.inputs.enumerated() {
      let probe = ProbeSource()
      let type = "probe.source-\(index)"
      try registry.registerProbe(
        NodeDescriptor(id: type, summary: "", outputs: [.output("out", input.type)]),
        role: .generator, probe)
      document.nodes["in-\(input.name)"] = .init(type: type)
      document.edges.append(
        .init(
          from: .init(node: "in-\(input.name)", port: "out"),
          to: .init(node: Self.nodeID, port: input.name)))
      inputs[input.name] = probe
    }
    var outputs: [String: ProbeSink] = [:]
    for (index, output) in descriptor.outputs.enumerated() {
      let probe = ProbeSink()
      let type = "probe.sink-\(index)"
      try registry.registerProbe(
        NodeDescriptor(id: type, summary: "", inputs: [.input("in", .bytes)]), role: .message,
        probe)
      document.nodes["out-\(output.name)"] = .init(type: type)
      document.edges.append(
        .init(
          from: .init(node: Self.nodeID, port: output.name),
          to: .init(node: "out-\(output.name)", port: "in")))
      outputs[output.name] = probe
    }
    self.inputs = inputs
    self.outputs = outputs
    graph = try GraphHarness(Graph(document: document, registry: registry), clock: clock)
  }

  /// The clock the node goes by.
  public var clock: ManualClock { graph.clock }

  // MARK: Packets in

  /// Sends a plain value to an input; to the only one where no name is given.
  public func send<Value: SharedValue>(
    _ value: Value, to input: String? = nil, cycle: UInt64 = 0
  ) {
    value.withPlainBytes { send($0.array, PortType.value(Value.self).typeID, input, cycle) }
  }

  /// Sends a tbl.
  public func send(_ tbl: Tbl, to input: String? = nil, cycle: UInt64 = 0) {
    send(tbl.bytes, .tbl, input, cycle)
  }

  /// Sends text.
  public func send(text: String, to input: String? = nil, cycle: UInt64 = 0) {
    send(Array(text.utf8), .utf8, input, cycle)
  }

  /// Sends bytes.
  public func send(bytes: [UInt8], to input: String? = nil, cycle: UInt64 = 0) {
    send(bytes, .bytes, input, cycle)
  }

  private func send(_ bytes: [UInt8], _ type: TypeID, _ input: String?, _ cycle: UInt64) {
    let name = input ?? descriptor.inputs.first?.name ?? ""
    guard let probe = inputs[name], input != nil || descriptor.inputs.count == 1 else {
      preconditionFailure("name one of the inputs: \(descriptor.inputs.map(\.name))")
    }
    let message = Message(type: type, size: UInt64(bytes.count), cycle: cycle)
    probe.packets.append(CapturedPacket(message: message, bytes: bytes))
    graph.wake("in-\(name)")
  }

  // MARK: Running

  /// Runs until nothing is left to do at this moment of the clock.
  ///
  /// - Returns: Whether the node came to rest.
  @discardableResult
  public func run() -> Bool { graph.runUntilIdle() }

  /// Moves the clock on and runs.
  public func advance(by duration: Duration) { graph.advance(by: duration) }

  /// Ends the inputs, lets the node finish, and runs to the end.
  public func finish() -> FlowResult {
    graph.stop()
    return graph.runToEnd()!
  }

  // MARK: Packets out

  /// Takes what the node has emitted on an output; on the only one where no name is given.
  public func take(from output: String? = nil) -> [CapturedPacket] {
    let name = output ?? descriptor.outputs.first?.name ?? ""
    guard let probe = outputs[name], output != nil || descriptor.outputs.count == 1 else {
      preconditionFailure("name one of the outputs: \(descriptor.outputs.map(\.name))")
    }
    defer { probe.packets = [] }
    return probe.packets
  }

  /// What the node shows of its state.
  public var state: Tbl? { graph.state(of: Self.nodeID) }

  /// The reason of the node's last failure.
  public var failure: String? { graph.failure(of: Self.nodeID) }

  /// What is counted on the node.
  public var counters: NodeCounters { graph.counters(of: Self.nodeID)! }

  /// Packets that wait on the node's inputs.
  public var waitingCount: Int { graph.waitingCount(of: Self.nodeID) }
}

/// A packet that a test may keep.
///
/// **Concurrency.** A value.
public struct CapturedPacket: Hashable, Sendable {
  /// The envelope.
  public let message: Message
  /// The payload.
  public let bytes: [UInt8]

  /// The payload as a plain value.
  ///
  /// - Throws: `wrongType` when it has another size or is of another type.
  public func value<Value: SharedValue>(as type: Value.Type) throws(FlowError) -> Value {
    guard
      message.type == PortType.value(type).typeID.rawValue,
      bytes.count == MemoryLayout<Value>.size
    else {
      throw FlowError(
        .wrongType,
        "a packet of \(bytes.count) bytes and type \(message.type) is no "
          + "\(Value.layoutName); read the type that the output declares")
    }
    return bytes.rawSpan.plainValue(as: type)
  }

  /// Number that orders packets of one source.
  public var cycle: UInt64 { message.cycle }

  /// The payload as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The payload as a tbl.
  ///
  /// - Throws: `TblError` when it is none.
  public func tbl() throws(TblError) -> Tbl { try Tbl(validating: bytes) }
}

/// Emits what a test sent.
final class ProbeSource: NodeExecutor, @unchecked Sendable {
  var packets: [CapturedPacket] = []

  override var isSource: Bool { true }

  override func run(_ inbox: inout Inbox, _ context: inout FlowContext) -> TurnResult {
    while let packet = packets.first {
      if context.mustPause { return .goesOn }
      packets.removeFirst()
      context.relay(packet.message, packet.bytes.rawSpan)
    }
    return context.isStopping ? .ended : .waitsForNews
  }
}

/// Keeps what a node emitted.
final class ProbeSink: NodeExecutor, @unchecked Sendable {
  var packets: [CapturedPacket] = []

  override func run(_ inbox: inout Inbox, _ context: inout FlowContext) -> TurnResult {
    do {
      try inbox.take { packet in
        packets.append(CapturedPacket(message: packet.message, bytes: packet.bytes()))
      }
    } catch {
      context.fail(error)
    }
    return .waitsForPackets
  }
}
