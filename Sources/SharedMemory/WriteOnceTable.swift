import Synchronization

/// A short table whose places are each filled at most once, in any order, and read by any thread
/// without a lock or a count.
///
/// **Concurrency.** Any number of readers; the caller lets one thread at most fill each place. What
/// was filled never changes.
@safe
public final class WriteOnceTable<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  @usableFromInline let elements: UnsafeMutablePointer<Element>
  @usableFromInline let isFilled: UnsafeMutablePointer<Atomic<Bool>>
  /// How many places there are.
  public let capacity: Int

  /// Makes an empty table of `capacity` places.
  public init(capacity: Int) {
    unsafe elements = .allocate(capacity: capacity)
    unsafe isFilled = .allocate(capacity: capacity)
    for index in 0..<capacity { unsafe (isFilled + index).initialize(to: Atomic(false)) }
    self.capacity = capacity
  }

  deinit {
    unsafe isFilled.deinitialize(count: capacity)
    unsafe isFilled.deallocate()
    unsafe elements.deallocate()
  }

  /// What the place at `index` was filled with, or `nil` while it is empty.
  @inlinable @inline(__always)
  public subscript(index: Int) -> Element? {
    precondition(index >= 0 && index < capacity, "place outside a table")
    // Pair place-filled: the element is whole.
    return unsafe isFilled[index].load(ordering: .acquiring) ? elements[index] : nil
  }

  /// Fills a place that nobody else has filled or will fill.
  public func fill(_ index: Int, with element: Element) {
    precondition(index >= 0 && index < capacity, "place outside a table")
    precondition(
      unsafe !isFilled[index].load(ordering: .relaxed), "the place was filled before")
    unsafe (elements + index).initialize(to: element)
    // Pair place-filled.
    unsafe isFilled[index].store(true, ordering: .releasing)
  }
}
