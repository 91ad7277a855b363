/// What the creator of a queue of equal elements chooses.
///
/// **Concurrency.** A value.
public struct ElementQueueGeometry: Hashable, Sendable {
  /// Cells: a power of two from 2 to 2^24.
  public var capacity: Int
  /// What a full queue does.
  public var overflow: Overflow
  /// What becomes of what was taken.
  public var delivery: Delivery
  /// Elements that consumers may have at once where they acknowledge, 1 to 65,536: at least as many
  /// as threads take at once. Each takes as much memory as an element and 32 bytes, in whole cache
  /// lines.
  public var claimLimit: Int

  /// Makes a geometry.
  public init(
    capacity: Int = 1_024, overflow: Overflow = .wait, delivery: Delivery = .atMostOnce,
    claimLimit: Int = 256
  ) {
    self.capacity = capacity
    self.overflow = overflow
    self.delivery = delivery
    self.claimLimit = claimLimit
  }

  var isPossible: Bool {
    ClaimRing.isPossible(capacity: capacity) && (1...65_536).contains(claimLimit)
      && delivery != .acknowledged(withinNanoseconds: 0)
  }
}
