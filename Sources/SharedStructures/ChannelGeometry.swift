/// What the creator of a channel chooses.
///
/// **Concurrency.** A value.
public struct ChannelGeometry: Hashable, Sendable {
  /// What becomes of the element that a receiver dies with.
  public enum Delivery: UInt64, Sendable, CaseIterable {
    /// It is gone, and counted as lost.
    case atMostOnce = 0
    /// The next receiver gets it again.
    ///
    /// That holds for what is lent: an element that was returned has been delivered.
    case acknowledged = 1
  }

  /// Elements: a power of two from 2 to 2^24.
  public var capacity: Int
  /// What a full channel does; not `dropOldest`: the head is the receiver's alone, which it moves
  /// without asking, and may be lent the oldest element. A ``Queue`` drops the oldest.
  public var overflow: Overflow
  /// What becomes of the element that a receiver dies with.
  public var delivery: Delivery

  /// Makes a geometry.
  public init(
    capacity: Int = 1_024, overflow: Overflow = .wait, delivery: Delivery = .atMostOnce
  ) {
    self.capacity = capacity
    self.overflow = overflow
    self.delivery = delivery
  }
}
