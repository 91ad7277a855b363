import LavaSchema
import SharedMemory
import SharedStructures
import SimDB

/// Edges between hosts as named queues of the graph's store.
///
/// **Concurrency.** `Sendable`, as its database; each end is used by one thread at a time.
public struct StoreCrossings: Crossings {
  private let database: Database

  /// Edges that go through `database`, which every host of the graph has attached.
  public init(_ database: Database) { self.database = database }

  /// The end at which packets of `edge` leave this host.
  public func outlet(for edge: Graph.Edge) throws -> any CrossingOutlet {
    QueueOutlet(try queue(edge))
  }

  /// The end at which packets of `edge` come into this host.
  public func inlet(for edge: Graph.Edge) throws -> any CrossingInlet {
    QueueInlet(try queue(edge))
  }

  /// The queue holds the edge's capacity, rounded up to a power of two.
  private func queue(_ edge: Graph.Edge) throws -> MessageQueue {
    var capacity = 2
    while capacity < edge.capacity { capacity *= 2 }
    let overflow: Overflow =
      switch edge.overflow {
      case .wait: .wait
      case .reject: .reject
      case .dropOldest: .dropOldest
      case .dropNewest: .dropNewest
      }
    let payload = min(edge.type.valueSize ?? .max, Message.maximumInlinePayload)
    return try database.queue(
      SchemaKey.edgeQueue(edge.id).description,
      creating: QueueGeometry(
        capacity: capacity, payloadCapacity: (payload + 7) / 8 * 8, overflow: overflow))
  }
}

private final class QueueOutlet: CrossingOutlet {
  private let queue: MessageQueue

  init(_ queue: MessageQueue) { self.queue = queue }

  func send(
    _ message: Message, _ payload: RawSpan, timeoutNanoseconds: UInt64
  ) throws -> Bool {
    // The queue counts what it rejects and drops.
    try queue.push(message, payload: payload, timeoutNanoseconds: timeoutNanoseconds) != .timedOut
  }

  func end(timeoutNanoseconds: UInt64) throws -> Bool {
    try queue.push(
      Message(kind: .endOfStream), payload: RawSpan(), timeoutNanoseconds: timeoutNanoseconds)
      != .timedOut
  }
}

private final class QueueInlet: CrossingInlet {
  private let queue: MessageQueue

  init(_ queue: MessageQueue) { self.queue = queue }

  func receive(
    timeoutNanoseconds: UInt64, _ body: (Message, RawSpan) -> Void
  ) throws -> CrossingReceipt {
    var hasEnded = false
    let isTaken = try queue.pop(timeoutNanoseconds: timeoutNanoseconds) { message, payload in
      if message.kind == .endOfStream {
        hasEnded = true
      } else {
        body(message, payload)
      }
    }
    if hasEnded { return .ended }
    return isTaken ? .packet : .nothing
  }

  var depth: Int { queue.count }
  var capacity: Int { queue.geometry.capacity }
  var droppedCount: UInt64 { queue.droppedCount + queue.rejectedCount + queue.lostCount }
}
