/// What a full queue does with one element more.
///
/// The end of a stream is never refused or dropped for want of room: it waits, whatever the policy,
/// and where it is the oldest, who would drop the oldest waits until it was taken.
///
/// **Concurrency.** A value.
public enum Overflow: UInt32, Sendable, CaseIterable {
  /// The producer waits for room.
  case wait = 0
  /// The push is refused and counted.
  case reject = 1
  /// The oldest element makes room and is counted.
  ///
  /// Where the oldest has just been taken and is still being read, dropping others would make no
  /// room: the producer sleeps until its reader is done, as under ``wait``, and nothing is lost.
  case dropOldest = 2
  /// The new element is dropped and counted.
  case dropNewest = 3
}

/// What the creator of a queue chooses.
///
/// **Concurrency.** A value.
public struct QueueGeometry: Hashable, Sendable {
  /// Cells: a power of two from 2 to 2^24.
  public var capacity: Int
  /// Bytes of payload a cell carries; larger ones go into entries of the store.
  public var payloadCapacity: Int
  /// What a full queue does.
  public var overflow: Overflow

  /// Makes a geometry.
  public init(capacity: Int = 1_024, payloadCapacity: Int = 56, overflow: Overflow = .wait) {
    self.capacity = capacity
    self.payloadCapacity = payloadCapacity
    self.overflow = overflow
  }
}
