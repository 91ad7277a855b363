import SharedMemory
import SimDB

extension Queue {
  /// Takes the oldest element, or `nil` when there is none.
  ///
  /// With delivery `acknowledged` it is acknowledged at once; ``claim()`` lets its caller say when.
  ///
  /// **Concurrency.** Any number of consumers; never waits.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: `readOnly`, `corrupt`, `segmentLost`; `dropped` when a store that was dropped has no
  ///   more; `notFound` as ``push(_:timeoutNanoseconds:)``; `full` as ``claim()``.
  /// - Complexity: O(1) and O(bytes); never allocates.
  @inlinable
  public func pop() throws(StoreError) -> Element? {
    try Element.filled { bytes throws(StoreError) in try cells.pop(into: &bytes) }
  }

  /// Takes the oldest element, sleeping until there is one.
  ///
  /// **Concurrency.** As ``pop()``; the thread spins a little and then sleeps without CPU.
  ///
  /// - Returns: `nil` when none came in time.
  /// - Throws: As ``pop()``.
  /// - Complexity: As ``pop()``, each time it looks.
  @inlinable
  public func pop(timeoutNanoseconds: UInt64) throws(StoreError) -> Element? {
    try Element.filled { bytes throws(StoreError) in
      try cells.pop(timeoutNanoseconds: timeoutNanoseconds, into: &bytes)
    }
  }

  /// Takes the oldest element, lending it where it lies.
  ///
  /// With delivery `acknowledged` a copy is lent, and acknowledged when `body` has returned; who is
  /// late by then has read what another reads as well.
  ///
  /// **Concurrency.** As ``pop()``; others pass by the cell while `body` runs, until they come
  /// round to it again.
  ///
  /// - Returns: Whether there was one.
  /// - Throws: As ``pop()``; `segmentLost` also when the element vanished under `body`.
  /// - Complexity: That of `body`; nothing is copied but what is acknowledged.
  @inlinable @discardableResult
  public func pop(lending body: (Span<Element>) -> Void) throws(StoreError) -> Bool {
    if cells.isAcknowledged {
      guard let claim = try claim() else { return false }
      claim.lend(body)
      _ = try claim.acknowledge()
      return true
    }
    return try cells.pop { bytes in bytes.lend(as: Element.self, body) }
  }

  /// Takes the oldest element, lending it where it lies to a `body` that may fail.
  ///
  /// The element counts as delivered also when `body` throws, but with delivery `acknowledged`,
  /// where it is given back.
  ///
  /// **Concurrency.** As ``pop(lending:)-((Span<Element>)->Void)``.
  ///
  /// - Returns: Whether there was one.
  /// - Throws: What `body` throws; as ``pop()``.
  /// - Complexity: As ``pop(lending:)-((Span<Element>)->Void)``.
  @inlinable @discardableResult
  public func pop(lending body: (Span<Element>) throws -> Void) throws -> Bool {
    if cells.isAcknowledged { return try popAcknowledging(lending: body) }
    var failure: (any Error)?
    let isTaken = try cells.pop { bytes in
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
  /// With delivery `acknowledged` they are acknowledged one by one, at once.
  ///
  /// **Concurrency.** As ``pop()``; what comes while it runs may be left.
  ///
  /// - Parameters:
  ///   - maxCount: How many at most; of 0 or less nothing is taken, nor waited for.
  ///   - maxBytes: How long they may be together; a first element that is longer comes alone.
  /// - Returns: The elements, oldest first.
  /// - Throws: As ``pop()``.
  /// - Complexity: O(elements); one allocation.
  @inlinable
  public func take(maxCount: Int, maxBytes: Int = .max) throws(StoreError) -> [Element] {
    let limit = min(maxCount, max(1, maxBytes / max(1, MemoryLayout<Element>.size)))
    if cells.isAcknowledged { return try takeAcknowledging(min(limit, cells.mostToTake)) }
    return try .filled(capacity: min(limit, cells.mostToTake)) { bytes throws(StoreError) in
      try cells.take(limit, into: &bytes)
    }
  }

  /// Takes the oldest elements as ``take(maxCount:maxBytes:)``, sleeping until there is one.
  ///
  /// **Concurrency.** As ``take(maxCount:maxBytes:)``; the thread spins a little and then sleeps
  /// without CPU.
  ///
  /// - Returns: Nothing when none came in time.
  /// - Throws: As ``pop()``.
  /// - Complexity: As ``take(maxCount:maxBytes:)``, each time it looks.
  @inlinable
  public func take(
    maxCount: Int, maxBytes: Int = .max, timeoutNanoseconds: UInt64
  ) throws(StoreError) -> [Element] {
    var taken: [Element] = []
    _ = try cells.waitForArrival(timeoutNanoseconds) { () throws(StoreError) in
      taken = try take(maxCount: maxCount, maxBytes: maxBytes)
      return !taken.isEmpty || maxCount < 1
    }
    return taken
  }

  /// The oldest element that nobody has taken, or `nil` when there is none; it stays.
  ///
  /// One that was given back comes before others.
  ///
  /// **Concurrency.** Never writes: a read-only mapping is enough. Another may take the element at
  /// any time.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: `segmentLost`; `contended` when elements went faster than one could be looked at.
  /// - Complexity: O(elements that others are just taking), and O(claims) where they are
  ///   acknowledged.
  @inlinable
  public func peek() throws(StoreError) -> Element? {
    try Element.filled { bytes throws(StoreError) in try cells.peek(into: &bytes) }
  }

  /// Takes the oldest element, suspending until there is one.
  ///
  /// **Concurrency.** No thread of the caller's executor waits; one thread of the process sleeps
  /// for all that wait.
  ///
  /// - Returns: The element.
  /// - Throws: `CancellationError` when the task is cancelled; as ``pop()``.
  /// - Complexity: As ``pop()``, each time it looks.
  public func receive() async throws -> Element {
    while true {
      try Task.checkCancellation()
      if let element = try pop() { return element }
      await cells.awaitArrival()
    }
  }
}
