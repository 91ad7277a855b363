import SharedMemory
import SimDB

/// A subscriber's place in a ``Topic``.
///
/// It can be moved and not copied, so that the compiler keeps it to one user at a time. When it
/// ends, publishers do not wait for it any more. A forked child has one of its own, but where
/// publishers wait for it: there it belongs to the process that made it.
///
/// **Concurrency.** `Sendable`; used by one thread at a time.
public struct Subscription<Element: SharedValue>: ~Copyable, Sendable {
  @usableFromInline var end: SubscriberEnd

  init(_ end: consuming SubscriberEnd) { self.end = end }

  /// Number of the next element to read, counted from the topic's first.
  public var position: UInt64 { end.position }
  /// Elements that this subscriber was too slow for.
  public var missedCount: UInt64 { end.missedCount }

  /// The next element if there is one; what was missed meanwhile is counted.
  ///
  /// **Concurrency.** Never waits; writes nothing unless publishers wait for subscribers.
  ///
  /// - Returns: `nil` when nothing new is there.
  /// - Throws: `corrupt`, `segmentLost`; `dropped` when a store that was dropped has no more; where
  ///   publishers wait for it, `inUse` in a forked child.
  /// - Complexity: O(size).
  @inlinable
  public mutating func next() throws(StoreError) -> Element? {
    try Element.filled { bytes throws(StoreError) in try end.next(into: &bytes) }
  }

  /// The next element, sleeping until there is one.
  ///
  /// **Concurrency.** The thread spins a little and then sleeps without CPU; one that may not write
  /// looks twenty times a second.
  ///
  /// - Returns: `nil` when none came in time.
  /// - Throws: As ``next()``.
  /// - Complexity: As ``next()``, each time it looks.
  @inlinable
  public mutating func next(timeoutNanoseconds: UInt64) throws(StoreError) -> Element? {
    if let element = try next() { return element }
    let deadline = SystemClock.deadline(after: timeoutNanoseconds)
    while end.awaitArrival(until: deadline) {
      if let element = try next() { return element }
    }
    return nil
  }

  /// Suspends until there may be a next element.
  ///
  /// ```swift
  /// while !Task.isCancelled {
  ///   while let element = try subscription.next() { print(element) }
  ///   try await subscription.arrival()
  /// }
  /// ```
  ///
  /// **Concurrency.** No thread of the caller's executor waits; returns early when the task is
  /// cancelled. Not for who may not write.
  ///
  /// - Throws: `readOnly`.
  /// - Complexity: O(1).
  public func arrival() async throws(StoreError) { try await end.awaitArrival() }
}
