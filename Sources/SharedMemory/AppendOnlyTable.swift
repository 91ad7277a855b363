import Synchronization

/// A short table that threads read while one of them, at a time, appends to it.
///
/// **Concurrency.** Any number of readers; the caller lets one thread at a time append. An element
/// never moves or changes.
@safe
public final class AppendOnlyTable<Element: Sendable>: @unchecked Sendable {
  @usableFromInline let elements: UnsafeMutablePointer<Element>
  @usableFromInline let published = Atomic<Int>(0)
  private let capacity: Int

  /// Makes an empty table for at most `capacity` elements.
  public init(capacity: Int) {
    unsafe elements = .allocate(capacity: capacity)
    self.capacity = capacity
  }

  deinit {
    unsafe elements.deinitialize(count: published.load(ordering: .relaxed))
    unsafe elements.deallocate()
  }

  /// How many elements there are by now.
  @inlinable @inline(__always)
  // Pair table-appended: the elements below are whole.
  public var count: Int { published.load(ordering: .acquiring) }

  /// The element at `index`, which must have been below ``count``.
  @inlinable @inline(__always)
  public subscript(index: Int) -> Element {
    precondition(index >= 0 && index < count, "element outside a table")
    return unsafe elements[index]
  }

  /// Appends an element.
  public func append(_ element: Element) {
    let count = published.load(ordering: .relaxed)
    precondition(count < capacity, "the table is full")
    unsafe (elements + count).initialize(to: element)
    // Pair table-appended.
    published.store(count + 1, ordering: .releasing)
  }
}
