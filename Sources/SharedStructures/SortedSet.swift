import SharedMemory
import SimDB

/// A named set in a database, sorted, between any number of processes.
///
/// A ``SortedMap`` without values: what is said of its operations, walks and deaths holds here too.
///
/// ```swift
/// let seen = try database.sortedSet("seen", of: UInt64.self, creating: ElementCapacity(1_000))
/// let isNew = try seen.insert(7)
/// ```
///
/// **Concurrency.** As ``SortedMap``.
public final class SortedSet<Element: SharedValue & Comparable>: Sendable {
  @usableFromInline let list: NodeList<OrderedKey<Element>, Nothing>

  /// Name of the set.
  public var name: String { list.handle.name }

  init(_ handle: StructureHandle) throws(StoreError) {
    try handle.checkVersion(.set, expected: NodeLayout.version, headerSize: NodeLayout.headerSize)
    try handle.checkElements(.set, "elements", at: NodeLayout.keys, are: Element.self)
    list = try NodeList(handle, .set)
  }

  /// Whether `element` is in the set.
  ///
  /// **Concurrency.** Lock-free; writes nothing to shared memory.
  ///
  /// - Returns: Whether it is there.
  /// - Throws: `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(log n) expected.
  @inlinable
  public func contains(_ element: Element) throws(StoreError) -> Bool {
    try list.get(OrderedKey(element)) != nil
  }

  /// Inserts `element`.
  ///
  /// **Concurrency.** Lock-free; takes effect at one instant.
  ///
  /// - Returns: Whether it was not there.
  /// - Throws: `full`; `invalidArgument` for what does not equal itself; `readOnly`, `corrupt`,
  ///   `dropped`, `segmentLost`.
  /// - Complexity: O(log n) expected; O(n) when there is no free unit.
  @inlinable @discardableResult
  public func insert(_ element: Element) throws(StoreError) -> Bool {
    guard element == element else { throw unordered() }
    let isNew = try list.put(OrderedKey(element), Nothing(), .keep).isChanged
    try list.checkLoss()
    return isNew
  }

  @usableFromInline
  func unordered() -> StoreError {
    StoreError(
      .invalidArgument, place: list.handle.place(.set),
      reason: "the element does not equal itself",
      remedy: "use elements that have an order, not NaN")
  }

  /// Removes `element`.
  ///
  /// **Concurrency.** As ``insert(_:)``.
  ///
  /// - Returns: Whether it was there.
  /// - Throws: `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(log n) expected.
  @inlinable @discardableResult
  public func remove(_ element: Element) throws(StoreError) -> Bool {
    let wasThere = try list.remove(OrderedKey(element)) != nil
    try list.checkLive()
    return wasThere
  }

  /// The smallest element.
  ///
  /// **Concurrency.** As ``contains(_:)``.
  ///
  /// - Throws: As ``contains(_:)``.
  /// - Complexity: O(1) and what was removed there last.
  @inlinable
  public var first: Element? { get throws(StoreError) { try list.firstElement()?.key.key } }

  /// The greatest element.
  ///
  /// **Concurrency.** As ``contains(_:)``.
  ///
  /// - Throws: As ``contains(_:)``.
  /// - Complexity: O(log n) expected.
  @inlinable
  public var last: Element? { get throws(StoreError) { try list.element(before: .end)?.key.key } }

  /// The greatest element that is at most `element`.
  ///
  /// **Concurrency.** As ``contains(_:)``.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: As ``contains(_:)``.
  /// - Complexity: O(log n) expected.
  @inlinable
  public func floor(_ element: Element) throws(StoreError) -> Element? {
    try list.element(before: .after(OrderedKey(element)))?.key.key
  }

  /// The smallest element that is at least `element`.
  ///
  /// **Concurrency.** As ``contains(_:)``.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: As ``contains(_:)``.
  /// - Complexity: O(log n) expected.
  @inlinable
  public func ceiling(_ element: Element) throws(StoreError) -> Element? {
    try list.element(at: .at(OrderedKey(element)))?.key.key
  }

  /// Removes the smallest element.
  ///
  /// **Concurrency.** As ``insert(_:)``. The element was the first at one instant of the call and
  /// is taken at a later one; what others put before it in between stays.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: As ``remove(_:)``.
  /// - Complexity: O(1), amortised.
  @inlinable @discardableResult
  public func popFirst() throws(StoreError) -> Element? {
    _ = try list.owner()
    let first = try list.popFirst(list.head, taker: nil)
    try list.checkLive()
    return first?.key.key
  }

  /// Removes all elements that are there, one after the other.
  ///
  /// **Concurrency.** Lock-free; what others insert meanwhile behind the place it has come to goes
  /// too.
  ///
  /// - Throws: As ``remove(_:)``.
  /// - Complexity: O(n).
  public func removeAll() throws(StoreError) {
    if let last = try last { try list.removeAll(upTo: OrderedKey(last)) }
  }

  /// How many elements there are, at some moment of the count where nothing changes meanwhile.
  ///
  /// **Concurrency.** As ``contains(_:)``.
  ///
  /// - Throws: As ``contains(_:)``.
  /// - Complexity: O(n).
  public var count: Int { get throws(StoreError) { try list.count() } }

  /// The elements from `lower` up to but not including `upper`, one after the other.
  ///
  /// **Concurrency.** Weakly consistent: an element that stands from beginning to end comes exactly
  /// once; elements ascend. Writes nothing to shared memory.
  ///
  /// - Parameters:
  ///   - lower: The first element that may come; all by default.
  ///   - upper: The first element that may not come; none by default.
  ///   - body: Gets each element; `false` from it ends the walk.
  /// - Throws: As ``contains(_:)``.
  /// - Complexity: O(log n) expected, and O(1) for each element.
  @inlinable
  public func forEach(
    from lower: Element? = nil, upTo upper: Element? = nil, _ body: (Element) -> Bool
  ) throws(StoreError) {
    var walk = list.walk(from: lower.map { .at(OrderedKey($0)) })
    while let element = try walk.next() {
      if let upper, !(element.key.key < upper) { return }
      if !body(element.key.key) { return }
    }
  }
}

extension Database {
  /// Attaches to the sorted set named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the set's entry.
  ///   - type: Type of its elements.
  ///   - capacity: What to create when there is no such set; an existing one keeps its own.
  /// - Returns: The set.
  /// - Throws: `notFound`, `typeMismatch`, `invalidArgument`, `full`, `corrupt`, `incompatible`,
  ///   `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(1); O(capacity) where it is created.
  public func sortedSet<Element: SharedValue & Comparable>(
    _ name: String, of type: Element.Type, creating capacity: ElementCapacity? = nil
  ) throws(StoreError) -> SortedSet<Element> {
    typealias List = NodeList<OrderedKey<Element>, Nothing>
    return try SortedSet(
      nodePool(
        name, .set, creating: capacity, keys: SharedLayout(of: type),
        values: SharedLayout(of: Nothing.self), stride: List.stride,
        headsSize: List.sortedHeadSize, isSorted: true, isUpdated: false))
  }
}
