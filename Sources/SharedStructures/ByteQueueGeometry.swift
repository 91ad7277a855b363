/// What the creator of a ``ByteQueue`` chooses.
///
/// **Concurrency.** A value.
public struct ByteQueueGeometry: Hashable, Sendable {
  /// Bytes for elements in a usual segment, 256 B to 1 GiB; a larger element gets a segment of its
  /// own. Each element takes 32 bytes more than its own, in multiples of 16.
  public var segmentCapacity: Int
  /// Segments that there may be at once, 2 to 65,536: the queue is full when another is needed.
  public var segmentLimit: Int
  /// What a full queue does.
  public var overflow: Overflow
  /// What becomes of what was taken.
  public var delivery: Delivery

  /// Makes a geometry.
  public init(
    segmentCapacity: Int = 65_536, segmentLimit: Int = 64, overflow: Overflow = .wait,
    delivery: Delivery = .atMostOnce
  ) {
    self.segmentCapacity = segmentCapacity
    self.segmentLimit = segmentLimit
    self.overflow = overflow
    self.delivery = delivery
  }

  var isPossible: Bool {
    (256...1 << 30).contains(segmentCapacity) && (2...65_536).contains(segmentLimit)
      && delivery != .acknowledged(withinNanoseconds: 0)
  }
}
