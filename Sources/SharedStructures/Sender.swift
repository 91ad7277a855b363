import SharedMemory
import SimDB

/// The sending end of a ``Channel``; it is let go of at the end of its life.
///
/// **Concurrency.** One thread at a time, which the compiler sees to. A forked child cannot use the
/// end of its parent.
public struct Sender<Element: SharedValue>: ~Copyable, Sendable {
  @usableFromInline var end: SenderEnd

  init(_ end: consuming SenderEnd) { self.end = end }

  /// Appends an element, doing what the overflow policy says when the channel is full.
  ///
  /// **Concurrency.** Wait-free where there is room; else the thread sleeps with the policy `wait`.
  ///
  /// - Parameters:
  ///   - element: Copied before returning.
  ///   - timeoutNanoseconds: How long to wait where the policy waits; for ever by default.
  /// - Returns: What became of it.
  /// - Throws: `corrupt`; `segmentLost`; `dropped`, where the element may have been pushed; `inUse`
  ///   in a forked child.
  /// - Complexity: O(1) and O(bytes); never allocates.
  @inlinable
  public mutating func push(
    _ element: Element, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> PushResult {
    try element.withBytes { bytes throws(StoreError) in
      try end.push(bytes, timeoutNanoseconds: timeoutNanoseconds)
    }
  }

  /// Appends elements in their order, publishing as many at once as there is room for.
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
  public mutating func push(
    contentsOf elements: Span<Element>, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> Int {
    try end.push(
      contentsOf: elements.rawBytes, count: elements.count,
      timeoutNanoseconds: timeoutNanoseconds)
  }

  /// Appends the elements of a collection in their order.
  ///
  /// **Concurrency.** As ``push(_:timeoutNanoseconds:)``.
  ///
  /// - Returns: As ``push(contentsOf:timeoutNanoseconds:)-(Span<Element>,_)``.
  /// - Throws: As ``push(_:timeoutNanoseconds:)``; some may have been pushed then.
  /// - Complexity: O(elements); a collection that is no array is copied to one.
  @inlinable @discardableResult
  public mutating func push(
    contentsOf elements: some Collection<Element>, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> Int {
    let array = elements as? [Element] ?? Array(elements)
    return try push(contentsOf: array.span, timeoutNanoseconds: timeoutNanoseconds)
  }

  /// Appends an element that is written where it lies in the channel.
  ///
  /// **Concurrency.** As ``push(_:timeoutNanoseconds:)``.
  ///
  /// - Parameters:
  ///   - timeoutNanoseconds: How long to wait for room where the policy waits.
  ///   - fill: Gets the element in place, with whatever bytes were there; what it does not write
  ///     stays so.
  /// - Returns: What became of it; `fill` ran only where it is `pushed`.
  /// - Throws: As ``push(_:timeoutNanoseconds:)``.
  /// - Complexity: That of `fill`; nothing is copied.
  @inlinable
  public mutating func push(
    timeoutNanoseconds: UInt64 = .max, filling fill: (inout MutableSpan<Element>) -> Void
  ) throws(StoreError) -> PushResult {
    try end.push(timeoutNanoseconds: timeoutNanoseconds) { bytes in
      bytes.lend(as: Element.self) { element in fill(&element) }
      return true
    }!
  }

  /// Appends an element that is written where it lies in the channel by a `fill` that may fail.
  ///
  /// **Concurrency.** As ``push(_:timeoutNanoseconds:)``.
  ///
  /// - Returns: What became of it.
  /// - Throws: What `fill` throws, with nothing pushed; as ``push(_:timeoutNanoseconds:)``.
  /// - Complexity: That of `fill`; nothing is copied.
  @inlinable
  public mutating func push(
    timeoutNanoseconds: UInt64 = .max, filling fill: (inout MutableSpan<Element>) throws -> Void
  ) throws -> PushResult {
    var failure: (any Error)?
    let result = try end.push(timeoutNanoseconds: timeoutNanoseconds) { bytes in
      bytes.lend(as: Element.self) { element in
        do { try fill(&element) } catch { failure = error }
      }
      return failure == nil
    }
    if let failure { throw failure }
    return result!
  }
}
