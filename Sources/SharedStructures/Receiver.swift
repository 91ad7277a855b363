import SharedMemory
import SimDB

/// The receiving end of a ``Channel``; it is let go of at the end of its life.
///
/// **Concurrency.** One thread at a time, which the compiler sees to. A forked child cannot use the
/// end of its parent.
public struct Receiver<Element: SharedValue>: ~Copyable, Sendable {
  @usableFromInline var end: ReceiverEnd

  init(_ end: consuming ReceiverEnd) { self.end = end }

  /// Takes the oldest element, or `nil` when there is none.
  ///
  /// **Concurrency.** Wait-free.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: `corrupt`, `segmentLost`; `dropped` when a store that was dropped has no more;
  ///   `inUse` in a forked child.
  /// - Complexity: O(1) and O(bytes); never allocates.
  @inlinable
  public mutating func pop() throws(StoreError) -> Element? {
    try Element.filled { bytes throws(StoreError) in try end.pop(into: &bytes) }
  }

  /// Takes the oldest element, sleeping until there is one.
  ///
  /// **Concurrency.** The thread spins a little and then sleeps without CPU.
  ///
  /// - Returns: `nil` when none came in time.
  /// - Throws: As ``pop()``.
  /// - Complexity: As ``pop()``, each time it looks.
  @inlinable
  public mutating func pop(timeoutNanoseconds: UInt64) throws(StoreError) -> Element? {
    if let element = try pop() { return element }
    let deadline = SystemClock.deadline(after: timeoutNanoseconds)
    while end.awaitArrival(until: deadline) {
      if let element = try pop() { return element }
    }
    return nil
  }

  /// Takes the oldest element, lending it where it lies.
  ///
  /// With the delivery `acknowledged`, a receiver that dies in `body` leaves the element to the
  /// next.
  ///
  /// **Concurrency.** Wait-free but for `body`, and nobody waits for that unless the channel is
  /// full.
  ///
  /// - Returns: Whether there was one.
  /// - Throws: As ``pop()``; `segmentLost` also when the element vanished under `body`.
  /// - Complexity: That of `body`; nothing is copied.
  @inlinable @discardableResult
  public mutating func pop(lending body: (Span<Element>) -> Void) throws(StoreError) -> Bool {
    try end.pop { bytes in bytes.lend(as: Element.self, body) }
  }

  /// Takes the oldest element, lending it where it lies to a `body` that may fail.
  ///
  /// The element counts as delivered also when `body` throws.
  ///
  /// **Concurrency.** As ``pop(lending:)-((Span<Element>)->Void)``.
  ///
  /// - Returns: Whether there was one.
  /// - Throws: What `body` throws; as ``pop()``.
  /// - Complexity: As ``pop(lending:)-((Span<Element>)->Void)``.
  @inlinable @discardableResult
  public mutating func pop(lending body: (Span<Element>) throws -> Void) throws -> Bool {
    var failure: (any Error)?
    let isTaken = try end.pop { bytes in
      bytes.lend(as: Element.self) { element in
        do { try body(element) } catch { failure = error }
      }
    }
    if let failure { throw failure }
    return isTaken
  }

  /// Takes the oldest elements, up to a number and up to a length of all, but at least one if there
  /// is any.
  ///
  /// **Concurrency.** Wait-free.
  ///
  /// - Parameters:
  ///   - maxCount: How many at most; of 0 or less nothing is taken, nor waited for.
  ///   - maxBytes: How long they may be together; a first element that is longer comes alone.
  /// - Returns: The elements, oldest first.
  /// - Throws: As ``pop()``.
  /// - Complexity: O(elements); one allocation.
  @inlinable
  public mutating func take(
    maxCount: Int, maxBytes: Int = .max
  ) throws(StoreError) -> [Element] {
    let limit = min(maxCount, max(1, maxBytes / max(1, MemoryLayout<Element>.size)))
    let capacity = min(limit, end.channel.geometry.capacity, 4_096)
    return try .filled(capacity: capacity) { bytes throws(StoreError) in
      try end.take(capacity, into: &bytes)
    }
  }

  /// Takes the oldest elements as ``take(maxCount:maxBytes:)``, sleeping until there is one.
  ///
  /// **Concurrency.** The thread spins a little and then sleeps without CPU.
  ///
  /// - Returns: Nothing when none came in time.
  /// - Throws: As ``pop()``.
  /// - Complexity: As ``take(maxCount:maxBytes:)``, each time it looks.
  @inlinable
  public mutating func take(
    maxCount: Int, maxBytes: Int = .max, timeoutNanoseconds: UInt64
  ) throws(StoreError) -> [Element] {
    let deadline = SystemClock.deadline(after: timeoutNanoseconds)
    while true {
      let taken = try take(maxCount: maxCount, maxBytes: maxBytes)
      if !taken.isEmpty || maxCount < 1 || !end.awaitArrival(until: deadline) { return taken }
    }
  }

  /// The oldest element, or `nil` when there is none; it stays.
  ///
  /// **Concurrency.** Never writes.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: `corrupt`, `segmentLost`.
  /// - Complexity: O(1) and O(bytes).
  @inlinable
  public mutating func peek() throws(StoreError) -> Element? {
    try Element.filled { bytes throws(StoreError) in try end.peek(into: &bytes) }
  }

  /// Takes the oldest element, suspending until there is one.
  ///
  /// **Concurrency.** No thread of the caller's executor waits; one thread of the process sleeps
  /// for all that wait.
  ///
  /// - Returns: The element.
  /// - Throws: `CancellationError` when the task is cancelled; as ``pop()``.
  /// - Complexity: As ``pop()``, each time it looks.
  public mutating func receive() async throws -> Element {
    while true {
      try Task.checkCancellation()
      if let element = try pop() { return element }
      await end.awaitArrival()
    }
  }
}
