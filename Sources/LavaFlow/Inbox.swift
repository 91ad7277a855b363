import SharedMemory
import SharedStructures

/// The inputs of a node while it runs.
///
/// **Concurrency.** Lent to a node for one call, on the thread that runs it; it cannot leave the
/// call.
public struct Inbox: ~Copyable {
  /// Most packets a node handles before others get their turn.
  static let turnCount = 64

  @usableFromInline let inputs: LocalTable<InputEdge>
  @usableFromInline let inherited: LocalTable<LocalCell>
  /// The edge being read, and packets that may be read from it before looking again.
  @usableFromInline var edge: InputEdge
  @usableFromInline var ready = 0
  @usableFromInline var cell: LocalCell
  @usableFromInline var takenCount: UInt64 = 0
  /// Packets that may still be handled in this turn.
  @usableFromInline var budget: Int
  /// Whether the node takes so long that others should see each packet's results at once.
  @usableFromInline let isSlow: Bool
  var index: Int
  let core: NodeCore
  let worker: Worker
  let turnEnd: FlowInstant

  init(core: NodeCore, worker: Worker, turnEnd: FlowInstant, isSlow: Bool) {
    self.core = core
    self.worker = worker
    self.turnEnd = turnEnd
    self.isSlow = isSlow
    inputs = core.inputs
    inherited = core.inherited
    cell = core.neutral
    budget = Self.turnCount
    index = core.nextInput
    edge =
      inputs.count > 0
      ? inputs[index] : InputEdge(ring: EdgeCore.unconnected, port: 0, drops: false)
  }

  // MARK: One by one, for flow nodes

  /// Moves to the next packet; `false` when the turn is over.
  @inlinable @inline(__always)
  mutating func moveToNext(_ context: inout FlowContext) -> Bool {
    if context.mustPause || budget == 0 { return false }
    if ready == 0 || edge.drops {
      guard findReady(budget) else { return false }
    } else {
      cell = edge.ring.front()
    }
    ready &-= 1
    budget &-= 1
    takenCount &+= 1
    inherited[0] = cell
    return true
  }

  /// The packet moved to.
  @inlinable @inline(__always)
  func packet() -> Packet { Packet(cell: cell, port: Int(edge.port)) }

  /// Releases the packet moved to.
  @inlinable @inline(__always)
  mutating func finishPacket(_ context: inout FlowContext) {
    if cell.load(as: Message.self, at: 0).kind.rawValue == EdgeLayout.localAddress {
      releaseBuffer()
    }
    if edge.drops { finishDropping() } else { edge.ring.advance() }
    if isSlow { showResults(&context) }
  }

  /// Finds an edge with packets, beginning with the present one, and its first cell.
  @usableFromInline
  mutating func findReady(_ limit: Int) -> Bool {
    for _ in 0..<inputs.count {
      if edge.drops {
        if let popped = core.inputEdges[index].dropping?.front() {
          cell = popped
          ready = 1
          return true
        }
      } else {
        ready = edge.ring.available(limit)
        if ready > 0 {
          cell = edge.ring.front()
          return true
        }
      }
      index = index + 1 == inputs.count ? 0 : index + 1
      edge = inputs[index]
    }
    return false
  }

  @usableFromInline
  func finishDropping() { core.inputEdges[index].dropping?.finish() }

  @usableFromInline
  func releaseBuffer() {
    worker.buffers.release(LocalBuffer(handle: cell.load(as: Message.self, at: 0).handle))
  }

  /// Publishes what a slow node emitted, and ends its turn in time.
  @usableFromInline
  mutating func showResults(_ context: inout FlowContext) {
    // To the queue: this worker is still busy here.
    core.publish(worker.scheduler, by: nil)
    if worker.clock.now >= turnEnd { budget = 0 }
  }

  // MARK: As many as wanted, for message nodes

  /// Packets that wait on the input `port`; on any input where `port` is `nil`.
  ///
  /// - Complexity: O(edges).
  public func count(on port: Int? = nil) -> Int {
    core.inputEdges.enumerated().reduce(0) { sum, entry in
      guard port == nil || Int(inputs[entry.offset].port) == port else { return sum }
      return sum + entry.element.waitingCount
    }
  }

  /// Whether no packet waits on any input.
  public var isEmpty: Bool { count() == 0 }

  /// Takes packets in the order of their edges, lending each to `body`.
  ///
  /// - Parameters:
  ///   - port: Index of the input to take from; `nil` takes from all.
  ///   - maxCount: Most packets taken.
  ///   - maxBytes: No packet is taken that would bring the payloads above this size, except the
  ///     first.
  ///   - body: Handles one packet. What it throws ends the taking; the packet counts as taken.
  /// - Returns: How many were taken; at least one if there were any.
  /// - Complexity: O(packets + edges).
  @discardableResult
  public mutating func take(
    from port: Int? = nil, maxCount: Int = 64, maxBytes: Int = .max,
    _ body: (borrowing Packet) throws -> Void
  ) throws -> Int {
    precondition(maxCount > 0 && maxBytes > 0, "take at least one packet")
    var count = 0
    var byteCount = 0
    defer { core.rememberLast(cell) }
    for _ in 0..<inputs.count {
      edge = inputs[index]
      if port == nil || Int(edge.port) == port {
        while count < maxCount, let size = peek() {
          if count > 0, size > maxBytes - byteCount { return count }
          byteCount = byteCount.addingReportingOverflow(size).partialValue
          count += 1
          takenCount += 1
          inherited[0] = cell
          defer {
            if cell.load(as: Message.self, at: 0).kind == .localAddress { releaseBuffer() }
            if edge.drops { finishDropping() } else { edge.ring.advance() }
          }
          try body(packet())
        }
        if count == maxCount { return count }
      }
      index = index + 1 == inputs.count ? 0 : index + 1
    }
    return count
  }

  /// Size of the payload of the present edge's oldest packet, which `cell` then is.
  private mutating func peek() -> Int? {
    if edge.drops {
      guard let popped = core.inputEdges[index].dropping?.front() else { return nil }
      cell = popped
    } else {
      guard edge.ring.available(1) > 0 else { return nil }
      cell = edge.ring.front()
    }
    return Int(clamping: cell.load(as: Message.self, at: 0).size)
  }
}

extension Inbox {
  /// Whether others should have their turn before the node is called again.
  func isTurnOver(_ context: borrowing FlowContext) -> Bool {
    context.mustPause || budget <= 0 || takenCount >= UInt64(Self.turnCount)
  }

  /// Counts a call that took no packet.
  mutating func countCall(_ context: inout FlowContext) {
    budget -= 1
    if isSlow { showResults(&context) }
  }
}
