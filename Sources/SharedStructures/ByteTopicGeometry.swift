/// What the creator of a ``ByteTopic`` chooses.
///
/// **Concurrency.** A value.
public struct ByteTopicGeometry: Hashable, Sendable {
  /// Subscribers that there may be at once, 1 to 1,024. A publish looks at eight bytes for each
  /// that there ever were at once.
  public var subscriberCapacity: Int
  /// Bytes for elements in a usual segment of a subscriber's queue, 256 B to 1 GiB, as in
  /// ``ByteQueueGeometry``.
  public var segmentCapacity: Int
  /// Segments that a subscriber's queue may have at once, 2 to 65,536: it is full when another is
  /// needed.
  public var segmentLimit: Int

  /// Makes a geometry.
  public init(
    subscriberCapacity: Int = 64, segmentCapacity: Int = 65_536, segmentLimit: Int = 16
  ) {
    self.subscriberCapacity = subscriberCapacity
    self.segmentCapacity = segmentCapacity
    self.segmentLimit = segmentLimit
  }

  /// Most subscribers of any topic.
  static let maximumSubscribers = 1_024

  var isPossible: Bool {
    (1...Self.maximumSubscribers).contains(subscriberCapacity) && queue(.wait).isPossible
  }

  /// The geometry of a subscriber's queue.
  func queue(_ overflow: Overflow) -> ByteQueueGeometry {
    ByteQueueGeometry(
      segmentCapacity: segmentCapacity, segmentLimit: segmentLimit, overflow: overflow)
  }
}
