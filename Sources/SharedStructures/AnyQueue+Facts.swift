import SharedMemory
import SimDB

extension AnyQueue {
  /// What is known of a queue; what its kind has none of is `nil`.
  public struct Facts: Hashable, Sendable {
    /// Elements that can be taken.
    public var count: Int
    /// Elements there is room for; `nil` where that depends on their length.
    public var capacity: Int?
    /// What a full queue does; `nil` where a push to it fails.
    public var overflow: Overflow?
    /// What becomes of an element whose consumer dies with it.
    public var delivery = Delivery.atMostOnce
    /// Elements pushed so far.
    public var pushed: UInt64?
    /// Elements that left by the overflow policy.
    public var dropped: UInt64?
    /// Elements refused by the overflow policy.
    public var rejected: UInt64?
    /// Elements that died with a process.
    public var lost: UInt64
    /// Bytes of payload that a cell of a queue of messages carries.
    public var payloadCapacity: Int?
    /// Bytes for elements in a segment of a byte queue.
    public var segmentCapacity: Int?
    /// Segments that a byte queue may have.
    public var segmentLimit: Int?
    /// Segments that a byte queue has.
    public var segments: Int?
    /// Bytes of the elements that can be taken from a byte queue.
    public var bytes: Int?
    /// Elements that consumers have and have not finished, where that is known: in byte queues, and
    /// queues of plain values whose elements are acknowledged.
    public var held: Int?
    /// Claims of elements that had been claimed before, where they are acknowledged.
    public var redelivered: UInt64?
    /// Elements that consumers may have at once, where that is limited.
    public var claimLimit: Int?
  }

  /// What is known of the queue.
  ///
  /// **Concurrency.** Any thread, also through a read-only mapping; the numbers need not be of one
  /// instant.
  ///
  /// - Returns: What could be counted.
  /// - Throws: `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(1); O(elements) for byte queues and ordered queues, O(claims) for others whose
  ///   elements are acknowledged.
  public func facts() throws(StoreError) -> Facts {
    switch core {
    case .messages(let queue):
      Facts(
        count: queue.count, capacity: queue.geometry.capacity, overflow: queue.geometry.overflow,
        pushed: queue.pushedCount, dropped: queue.droppedCount, rejected: queue.rejectedCount,
        lost: queue.lostCount, payloadCapacity: queue.geometry.payloadCapacity)
    case .elements(let queue, _): facts(of: queue)
    case .channel(let channel, _):
      Facts(
        count: channel.count, capacity: channel.geometry.capacity,
        overflow: channel.geometry.overflow,
        delivery: channel.geometry.delivery == .atMostOnce ? .atMostOnce : .acknowledged,
        pushed: channel.pushedCount, dropped: channel.droppedCount,
        rejected: channel.rejectedCount, lost: channel.lostCount)
    case .bytes(let queue): try facts(of: queue)
    case .ordered(let queue):
      Facts(
        count: try queue.count(), capacity: queue.capacity, pushed: queue.pushedCount,
        lost: queue.lostCount)
    case .levels(let levels, _):
      Facts(
        count: try levels.count(), capacity: levels.capacity, pushed: levels.pushedCount, lost: 0)
    }
  }

  private func facts(of queue: CellQueue) -> Facts {
    let geometry = queue.geometry
    var facts = Facts(
      count: queue.count, capacity: geometry.capacity, overflow: geometry.overflow,
      delivery: geometry.delivery, pushed: queue.pushedCount, dropped: queue.droppedCount,
      rejected: queue.rejectedCount, lost: queue.lostCount)
    if queue.isAcknowledged {
      facts.held = queue.heldCount
      facts.redelivered = queue.redeliveredCount
      facts.claimLimit = geometry.claimLimit
    }
    return facts
  }

  private func facts(of queue: ByteQueue) throws(StoreError) -> Facts {
    let contents = try queue.contents()
    return Facts(
      count: contents.waiting, overflow: queue.geometry.overflow,
      delivery: queue.geometry.delivery, pushed: try queue.pushedCount,
      dropped: queue.droppedCount, rejected: queue.rejectedCount, lost: queue.lostCount,
      segmentCapacity: queue.geometry.segmentCapacity,
      segmentLimit: queue.geometry.segmentLimit, segments: contents.segments,
      bytes: contents.waitingBytes, held: contents.held, redelivered: queue.redeliveredCount)
  }
}
