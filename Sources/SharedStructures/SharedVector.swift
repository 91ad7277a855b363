import SharedMemory
import SimDB

/// A vector of plain values with a name, which threads and processes read and replace as a whole.
///
/// Each version is written beside the one before and published at one instant; readers are lent one
/// version, however long they take. What lies in the database is a ``Pack`` of elements.
///
/// ```swift
/// let samples = try database.vector("samples", creating: [0.5, 1.5] as [Double])
/// try samples.append(2.5)
/// let sum = try samples.withElements { span in span.indices.reduce(0) { $0 + span[$1] } }
/// ```
///
/// **Concurrency.** `Sendable`; any number of readers and writers in any process, all lock-free.
public final class SharedVector<Element: SharedValue>: Sendable {
  @usableFromInline let entry: PackEntry

  init(_ entry: PackEntry) { self.entry = entry }

  /// Name of the entry.
  public var name: String { entry.name }

  /// Lends the elements of one version where they lie while `body` runs.
  ///
  /// **Concurrency.** Lock-free; later stores do not change what is lent.
  ///
  /// - Returns: What `body` returned.
  /// - Throws: `notFound` when it was deleted, `typeMismatch` when something else was put there,
  ///   `corrupt`, `segmentLost`; `contended` on a read-only mapping; what `body` throws.
  /// - Complexity: O(1), whatever the number of elements; on a read-only mapping O(elements).
  @inlinable
  public func withElements<Result>(_ body: (Span<Element>) throws -> Result) throws -> Result {
    try entry.withElements(as: Element.self, body)
  }

  /// A copy of the elements.
  ///
  /// **Concurrency.** As ``withElements(_:)``.
  ///
  /// - Returns: A copy of the elements.
  /// - Throws: As ``withElements(_:)``.
  /// - Complexity: O(elements).
  @inlinable
  public func load() throws(StoreError) -> [Element] {
    try entry.lend(as: Element.self) { elements throws(StoreError) in [Element](copying: elements) }
  }

  /// A copy of the elements and what names their version.
  ///
  /// **Concurrency.** As ``withElements(_:)``.
  ///
  /// - Returns: A copy of the elements, and which version they are.
  /// - Throws: As ``withElements(_:)``.
  /// - Complexity: O(elements).
  @inlinable
  public func loadVersion() throws(StoreError) -> (elements: [Element], generation: UInt64) {
    try entry.version(of: Element.self)
  }

  /// Number of elements.
  ///
  /// - Throws: As ``withElements(_:)``.
  /// - Complexity: As ``withElements(_:)``.
  public var count: Int {
    get throws(StoreError) {
      try entry.lend(as: Element.self) { elements throws(StoreError) in elements.count }
    }
  }

  /// Replaces all elements.
  ///
  /// **Concurrency.** Lock-free, at one instant; of several stores at once the last one stays.
  ///
  /// - Returns: The generation, which names this version.
  /// - Throws: `full`, with nothing changed; `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(elements).
  @inlinable @discardableResult
  public func store(_ elements: [Element]) throws(StoreError) -> UInt64 {
    try entry.store(elements.span.plainBytes, count: elements.count)
  }

  /// Replaces the version that `generation` names.
  ///
  /// **Concurrency.** Lock-free; compares and stores at one instant.
  ///
  /// - Returns: The new generation; `nil` when there was another version, with nothing changed.
  /// - Throws: As ``store(_:)``.
  /// - Complexity: O(elements).
  @inlinable @discardableResult
  public func compareAndSet(
    _ elements: [Element], generation: UInt64
  ) throws(StoreError) -> UInt64? {
    try entry.compareAndSet(
      elements.span.plainBytes, count: elements.count, generation: generation)
  }

  /// Replaces the elements by what `change` makes of them.
  ///
  /// **Concurrency.** Lock-free; nothing that others stored meanwhile is lost: where somebody was
  /// faster, `change` is called again with what they stored.
  ///
  /// - Parameters:
  ///   - attempts: How often to try before giving up.
  ///   - change: Has no other effects: it may be called several times.
  /// - Returns: What the last call of `change` returned.
  /// - Throws: `contended` after `attempts`; as ``load()`` and ``store(_:)``; what `change` throws.
  /// - Complexity: O(elements) if nobody else writes.
  @inlinable @discardableResult
  public func update<Result>(
    attempts: Int = 1_000, _ change: (inout [Element]) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try entry.update(attempts: attempts, change)
  }

  /// Appends an element.
  ///
  /// **Concurrency.** As ``update(attempts:_:)``: each of several that append at once is there.
  ///
  /// - Throws: As ``update(attempts:_:)``.
  /// - Complexity: O(elements): the vector is written anew.
  public func append(_ element: Element) throws(StoreError) {
    try update { elements throws(StoreError) in elements.append(element) }
  }

  /// The versions from now on, the present one first; as ``SharedState/values()``.
  ///
  /// **Concurrency.** As ``SharedState/values()``.
  ///
  /// - Returns: The versions as they change, the latest each time.
  /// - Throws: As ``SharedState/values()``.
  /// - Complexity: As ``SharedState/values()``, and O(elements) for each.
  public func values() throws(StoreError) -> LatestValues<[Element]> {
    try LatestValues(of: name, in: entry.database) { [self] () throws(StoreError) in try load() }
  }
}

extension Database {
  /// Attaches to the vector named `name`, creating it if it is absent and first elements are given.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the entry.
  ///   - type: What the elements are.
  ///   - initial: What is in it at first.
  /// - Returns: The vector.
  /// - Throws: `notFound`, `typeMismatch`, which names both layouts; `full`, `readOnly`, `corrupt`,
  ///   `dropped`, `segmentLost`.
  /// - Complexity: O(elements), and some microseconds for the layout.
  public func vector<Element: SharedValue>(
    _ name: String, of type: Element.Type = Element.self, creating initial: [Element]? = nil
  ) throws(StoreError) -> SharedVector<Element> {
    try SharedVector(PackEntry(self, name, kind: "vector", of: type, creating: initial))
  }
}
