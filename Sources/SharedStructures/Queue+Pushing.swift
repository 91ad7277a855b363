import SharedMemory
import SimDB

extension Queue {
  /// Appends an element, doing what the overflow policy says when the queue is full.
  ///
  /// **Concurrency.** Any number of producers. With policy `wait` the thread sleeps while the
  /// queue is full, until a quarter of it is free or a tenth of a second has passed; with
  /// `dropOldest` while the cell it needs is being read, which a stopped consumer may draw out.
  /// Pushing to a full queue while taking from it in the same thread would wait for itself.
  ///
  /// - Parameters:
  ///   - element: Copied before returning.
  ///   - timeoutNanoseconds: How long to wait where the policy waits; for ever by default.
  /// - Returns: What became of it.
  /// - Throws: `readOnly`; `corrupt`; `segmentLost`; `dropped`, where the element may have been
  ///   pushed; `notFound` in a forked child that comes to a queue that was deleted.
  /// - Complexity: O(1) and O(bytes); never allocates.
  @inlinable
  public func push(
    _ element: Element, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> PushResult {
    try element.withBytes { bytes throws(StoreError) in
      try cells.push(bytes, timeoutNanoseconds: timeoutNanoseconds)
    }
  }

  /// Appends elements in their order, with others' among them.
  ///
  /// Cells are claimed several at a time, and positions and sleepers seen to once for those.
  ///
  /// **Concurrency.** As ``push(_:timeoutNanoseconds:)``.
  ///
  /// - Parameters:
  ///   - elements: Copied before returning.
  ///   - timeoutNanoseconds: How long to wait for room, for all of them together.
  /// - Returns: How many of them, from the first on, were pushed; the rest is counted where the
  ///   policy refuses or drops it.
  /// - Throws: As ``push(_:timeoutNanoseconds:)``; some may have been pushed then.
  /// - Complexity: O(elements); never allocates.
  @inlinable @discardableResult
  public func push(
    contentsOf elements: Span<Element>, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> Int {
    try cells.push(
      contentsOf: elements.rawBytes, count: elements.count,
      timeoutNanoseconds: timeoutNanoseconds)
  }

  /// Appends the elements of a collection in their order, with others' among them.
  ///
  /// **Concurrency.** As ``push(_:timeoutNanoseconds:)``.
  ///
  /// - Returns: As ``push(contentsOf:timeoutNanoseconds:)-(Span<Element>,_)``.
  /// - Throws: As ``push(_:timeoutNanoseconds:)``; some may have been pushed then.
  /// - Complexity: O(elements); a collection that is no array is copied to one.
  @inlinable @discardableResult
  public func push(
    contentsOf elements: some Collection<Element>, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> Int {
    let array = elements as? [Element] ?? Array(elements)
    return try push(contentsOf: array.span, timeoutNanoseconds: timeoutNanoseconds)
  }

  /// Appends an element that is written where it lies in the queue.
  ///
  /// **Concurrency.** As ``push(_:timeoutNanoseconds:)``; others pass by the cell while `fill`
  /// runs, and consumers wait for it.
  ///
  /// - Parameters:
  ///   - timeoutNanoseconds: How long to wait for room where the policy waits.
  ///   - fill: Gets the element in place, with whatever bytes were there; what it does not write
  ///     stays so.
  /// - Returns: What became of it; `fill` ran only where it is `pushed`.
  /// - Throws: As ``push(_:timeoutNanoseconds:)``.
  /// - Complexity: That of `fill`; nothing is copied.
  @inlinable
  public func push(
    timeoutNanoseconds: UInt64 = .max, filling fill: (inout MutableSpan<Element>) -> Void
  ) throws(StoreError) -> PushResult {
    try cells.push(timeoutNanoseconds: timeoutNanoseconds) { bytes in
      bytes.lend(as: Element.self) { element in fill(&element) }
      return true
    }!
  }

  /// Appends an element that is written where it lies in the queue by a `fill` that may fail.
  ///
  /// **Concurrency.** As ``push(timeoutNanoseconds:filling:)-(_,(MutableSpan<Element>)->Void)``.
  ///
  /// - Returns: What became of it.
  /// - Throws: What `fill` throws, with nothing pushed; as ``push(_:timeoutNanoseconds:)``.
  /// - Complexity: That of `fill`; nothing is copied.
  @inlinable
  public func push(
    timeoutNanoseconds: UInt64 = .max, filling fill: (inout MutableSpan<Element>) throws -> Void
  ) throws -> PushResult {
    var failure: (any Error)?
    let result = try cells.push(timeoutNanoseconds: timeoutNanoseconds) { bytes in
      bytes.lend(as: Element.self) { element in
        do { try fill(&element) } catch { failure = error }
      }
      return failure == nil
    }
    if let failure { throw failure }
    return result!
  }
}
