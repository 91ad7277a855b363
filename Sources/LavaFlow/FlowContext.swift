import LavaSchema
import SharedMemory
import SharedStructures
import SimDB
import Tbl

/// Where a node emits packets, and what it may know of its surroundings; lent for one call.
///
/// Emitting never waits. Where an edge with policy `wait` is full, the rest of this one call's
/// packets are kept beside the node, and it is not called again until they have gone.
///
/// **Concurrency.** Lent to a node for one call, on the thread that runs it; it cannot leave the
/// call.
public struct FlowContext: ~Copyable {
  @usableFromInline let ports: LocalTable<OutputPort>
  @usableFromInline let edges: LocalTable<OutputEdge>
  /// The cell whose envelope emitted packets inherit: that of the packet being handled.
  @usableFromInline let inherited: LocalTable<LocalCell>
  /// Where a value stands on its way to more than one edge.
  @usableFromInline let scratch: LocalCell
  /// Whether packets of this node wait beside it, so that new ones must queue behind them; then
  /// `mustPause` is true as well.
  private var hasSpill: Bool
  /// Whether an edge that waits is full.
  @usableFromInline var mustPause = false
  @usableFromInline var emittedCount: UInt64 = 0
  let core: NodeCore
  let worker: Worker

  init(core: NodeCore, worker: Worker) {
    self.core = core
    self.worker = worker
    ports = core.ports
    edges = core.edges
    inherited = core.inherited
    scratch = worker.scratch
    hasSpill = !core.spill.isEmpty
  }

  // MARK: Surroundings

  /// Id of the node.
  public var nodeID: String { core.id }

  /// The present moment on the graph's clock.
  public var now: FlowInstant { worker.clock.now }

  /// Nanoseconds since the Unix epoch.
  public var wallNanoseconds: UInt64 { worker.clock.wallNanoseconds }

  /// Whether the graph was asked to end; generators are not called any more then.
  public var isStopping: Bool { worker.isStopping }

  // MARK: Emitting

  /// Emits a plain value.
  ///
  /// - Parameters:
  ///   - value: Of the output's type.
  ///   - output: Index of the output in the descriptor.
  ///   - cycle: Overrides the cycle that the packet inherits from the one being handled.
  /// - Throws: `wrongType`, `noSuchOutput`; `full` where an edge rejects.
  /// - Complexity: O(edges of the output); no allocation, no lock.
  @inlinable @inline(__always)
  public mutating func emit<Value: SharedValue>(
    _ value: Value, on output: Int = 0, cycle: UInt64? = nil
  ) throws(FlowError) {
    // Compiled into the node, and no address of `value` is ever taken: its fields go from registers
    // to the cell. Through memory they would be written one by one and read back at once as wider
    // words, which stalls the processor for longer than all the rest takes.
    if MemoryLayout<Value>.size > EdgeLayout.maximumInline {
      try emitLarge(value, on: output, cycle: cycle)
      return
    }
    if output >= 0, output < ports.count {
      let port = ports[output]
      if port.isDirect, port.identity == PortType.identity(of: Value.self), !mustPause,
        let cell = port.ring.reserve()
      {
        cell.store(envelope(port.typeID, MemoryLayout<Value>.size, cycle), at: 0)
        cell.store(value, at: EdgeLayout.payload)
        port.ring.commit()
        emittedCount &+= 1
        if port.waits && !port.ring.hasRoom { mustPause = true }
        return
      }
    }
    scratch.store(value, at: 0)
    try emitScratch(Value.self, on: output, cycle: cycle)
  }

  /// Emits the value that was written to `scratch`: where the output has another number of edges
  /// than one, or is full, or is of another type.
  @usableFromInline
  mutating func emitScratch<Value: SharedValue>(
    _ type: Value.Type, on output: Int, cycle: UInt64?
  ) throws(FlowError) {
    let size = MemoryLayout<Value>.size
    try scratch.withSpan(at: 0, count: size) { (bytes) throws(FlowError) in
      try emit(bytes, as: type, on: output, cycle: cycle)
    }
  }

  /// Emits a value that fits no cell.
  @usableFromInline
  mutating func emitLarge<Value: SharedValue>(
    _ value: Value, on output: Int, cycle: UInt64?
  ) throws(FlowError) {
    try value.withPlainBytes { (bytes) throws(FlowError) in
      try emit(bytes, as: Value.self, on: output, cycle: cycle)
    }
  }

  private mutating func emit<Value: SharedValue>(
    _ bytes: RawSpan, as type: Value.Type, on output: Int, cycle: UInt64?
  ) throws(FlowError) {
    let port = try checkedPort(output)
    guard port.identity == PortType.identity(of: type) else {
      throw wrongType(output, type.layoutName)
    }
    let envelope = envelope(port.typeID, bytes.byteCount, cycle)
    emittedCount &+= 1
    guard offer(bytes, envelope, Int(port.first)..<Int(port.end)) else { throw rejected(output) }
  }

  /// Emits a tbl.
  ///
  /// - Throws: As for a plain value.
  /// - Complexity: O(bytes + edges of the output).
  public mutating func emit(
    _ tbl: Tbl, on output: Int = 0, cycle: UInt64? = nil
  ) throws(FlowError) {
    try emit(tbl.bytes.rawSpan, as: .tbl, on: output, cycle: cycle)
  }

  /// Emits text: a string, or bytes that are known to be UTF-8.
  ///
  /// - Throws: As for a plain value.
  /// - Complexity: O(bytes + edges of the output).
  public mutating func emit(
    text: borrowing some ByteSource & ~Escapable, on output: Int = 0, cycle: UInt64? = nil
  ) throws(FlowError) {
    try text.withBytes { (bytes) throws(FlowError) in
      try emit(bytes, as: .utf8, on: output, cycle: cycle)
    }
  }

  /// Emits bytes.
  ///
  /// - Throws: As for a plain value.
  /// - Complexity: O(bytes + edges of the output).
  public mutating func emit(
    bytes: borrowing some ByteSource & ~Escapable, on output: Int = 0, cycle: UInt64? = nil
  ) throws(FlowError) {
    try bytes.withBytes { (bytes) throws(FlowError) in
      try emit(bytes, as: .bytes, on: output, cycle: cycle)
    }
  }

  private mutating func emit(
    _ bytes: RawSpan, as type: PortType, on output: Int, cycle: UInt64?
  ) throws(FlowError) {
    let port = try checkedPort(output)
    guard port.typeID == type.typeID.rawValue else { throw wrongType(output, type.name) }
    emittedCount &+= 1
    let envelope = envelope(port.typeID, bytes.byteCount, cycle)
    guard offer(bytes, envelope, Int(port.first)..<Int(port.end)) else { throw rejected(output) }
  }

  /// Sends on the packet being handled as it is, payload and all.
  ///
  /// - Throws: As for a plain value.
  /// - Complexity: O(size + edges of the output).
  public mutating func forward(
    _ packet: borrowing Packet, on output: Int = 0
  ) throws(FlowError) {
    let port = try checkedPort(output)
    var envelope = packet.message
    guard port.typeID == envelope.type || port.typeID == PortType.bytes.typeID.rawValue else {
      throw wrongType(output, "type \(envelope.type)")
    }
    emittedCount &+= 1
    envelope.kind = .inline
    envelope.handle = 0
    let range = Int(port.first)..<Int(port.end)
    let taken = packet.withBytes { bytes in offer(bytes, envelope, range) }
    if !taken { throw rejected(output) }
  }

  /// Emits a packet that came from another host on the only output.
  mutating func relay(_ message: Message, _ payload: RawSpan) {
    var envelope = message
    envelope.kind = .inline
    envelope.handle = 0
    envelope.size = UInt64(payload.byteCount)
    emittedCount &+= 1
    // The output's one edge waits: nothing is rejected.
    _ = offer(payload, envelope, 0..<edges.count)
  }

  // MARK: Steps

  /// The envelope of a new packet.
  @inlinable @inline(__always)
  func envelope(_ type: UInt32, _ size: Int, _ cycle: UInt64?) -> Message {
    var envelope = inherited[0].load(as: Message.self, at: 0)
    envelope.kind = Message.Kind(rawValue: 0)
    envelope.handle = 0
    envelope.type = type
    envelope.size = UInt64(truncatingIfNeeded: size)
    if let cycle { envelope.cycle = cycle }
    return envelope
  }

  /// Puts a packet on each edge of `range`, in a buffer that they share where it does not fit the
  /// cells.
  ///
  /// - Returns: `false` when one of them rejected it.
  private mutating func offer(
    _ bytes: RawSpan, _ envelope: Message, _ range: Range<Int>
  ) -> Bool {
    var allTaken = true
    var shared: LocalBuffer?
    for index in range {
      if bytes.byteCount <= edges[index].ring.strideBytes - EdgeLayout.payload {
        allTaken = put(envelope, bytes, index) && allTaken
        continue
      }
      let buffer: LocalBuffer
      if let made = shared {
        buffer = made
      } else {
        // One holder is this call's own, so that a fast consumer cannot end the buffer's life.
        buffer = worker.buffers.make(byteCount: bytes.byteCount, holders: 1)
        buffer.write(bytes)
        shared = buffer
      }
      var boxed = envelope
      boxed.kind = .localAddress
      boxed.handle = buffer.handle
      buffer.hold()
      allTaken = put(boxed, RawSpan(), index) && allTaken
    }
    if let shared { worker.buffers.release(shared) }
    return allTaken
  }

  /// Puts a packet on one edge, or does what the edge's policy says.
  private mutating func put(_ envelope: Message, _ inline: RawSpan, _ index: Int) -> Bool {
    let edge = edges[index]
    if !edge.drops, !(edge.waits && hasSpill), let cell = edge.ring.reserve() {
      cell.store(envelope, at: 0)
      cell.write(inline, at: EdgeLayout.payload)
      edge.ring.commit()
      if edge.waits && !edge.ring.hasRoom { mustPause = true }
      return true
    }
    let edgeCore = core.outputEdges[index]
    switch edgeCore.overflow {
    case .wait:
      core.spill.append(
        SpilledPacket(edge: index, envelope: envelope, inline: inline.array))
      hasSpill = true
      mustPause = true
      return true
    case .reject, .dropNewest:
      edgeCore.countDrop(envelope, worker.buffers)
      return edgeCore.overflow == .dropNewest
    case .dropOldest:
      edgeCore.dropping?.push(envelope, inline) { edgeCore.countDrop($0, worker.buffers) }
      return true
    }
  }

  // MARK: Failures

  /// Counts the packet being handled as failed.
  @usableFromInline
  mutating func fail(_ error: any Error) {
    core.fail(error, cycle: inherited[0].load(as: Message.self, at: 0).cycle, at: wallNanoseconds)
  }

  private func checkedPort(_ output: Int) throws(FlowError) -> OutputPort {
    guard output >= 0, output < ports.count else {
      throw FlowError(
        .noSuchOutput,
        "node '\(core.id)' has no output with index \(output); its descriptor lists \(ports.count)")
    }
    return ports[output]
  }

  private func wrongType(_ output: Int, _ found: String) -> FlowError {
    let declared = core.outputs[output]
    return FlowError(
      .wrongType,
      "output '\(declared.name)' of node '\(core.id)' holds \(declared.type), not \(found); "
        + "emit what the descriptor declares")
  }

  private func rejected(_ output: Int) -> FlowError {
    FlowError(
      .full,
      "an edge behind output '\(core.outputs[output].name)' of node '\(core.id)' is full; "
        + "raise its capacity, or let it wait")
  }
}
