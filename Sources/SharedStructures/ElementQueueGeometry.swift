/// What the creator of a queue of equal elements chooses.
///
/// **Concurrency.** A value.
public struct ElementQueueGeometry: Hashable, Sendable {
  /// Cells: a power of two from 2 to 2^24.
  public var capacity: Int
  /// What a full queue does.
  public var overflow: Overflow

  /// Makes a geometry.
  public init(capacity: Int = 1_024, overflow: Overflow = .wait) {
    self.capacity = capacity
    self.overflow = overflow
  }
}
