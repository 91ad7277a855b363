/// What the creator of a ``Topic`` chooses.
///
/// **Concurrency.** A value.
public struct TopicGeometry: Hashable, Sendable {
  /// What a subscriber that does not keep up means to those who publish.
  public enum SlowSubscribers: UInt32, Sendable, CaseIterable {
    /// Nothing: it misses what was published a whole ring ago, and is told how many that were.
    case skip = 0
    /// They wait for it, so that no subscriber misses anything; not for one that has died.
    case wait = 1
  }

  /// Elements that late joiners can still read, but for the oldest one where publishers wait: a
  /// power of two from 2 to 2^24.
  public var capacity: Int
  /// What slow subscribers mean.
  public var slowSubscribers: SlowSubscribers
  /// Subscribers that there may be at once, 1 to 1,024, where publishers wait for them. Where they
  /// do not, there may be any number.
  public var subscriberCapacity: Int

  /// Makes a geometry.
  public init(
    capacity: Int = 1_024, slowSubscribers: SlowSubscribers = .skip, subscriberCapacity: Int = 64
  ) {
    self.capacity = capacity
    self.slowSubscribers = slowSubscribers
    self.subscriberCapacity = subscriberCapacity
  }

  var isPossible: Bool {
    (2...1 << 24).contains(capacity) && capacity & (capacity - 1) == 0
      && (1...1_024).contains(subscriberCapacity)
  }
}
