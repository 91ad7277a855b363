import SharedMemory
import SimDB

/// A named list in a database, ordered by insertion, between any number of processes.
///
/// Every element has a position, which it keeps for as long as it is there and which no other
/// element of the list ever has: a later one where it was appended later, an earlier one where it
/// was prepended. Of two that are inserted at the same time either may be first.
///
/// ```swift
/// let list = try database.list("steps", of: UInt64.self, creating: ElementCapacity(1_000))
/// let position = try list.append(17)
/// try list.update(at: position) { $0 + 1 }
/// ```
///
/// **Concurrency.** As ``SortedMap``, of which the positions are the keys.
public final class SharedList<Element: SharedValue>: Sendable {
  @usableFromInline let list: NodeList<OrderedKey<Int64>, Element>

  /// Where an element is, for as long as it is there.
  public typealias Position = Int64

  /// Name of the list.
  public var name: String { list.handle.name }

  init(_ handle: StructureHandle) throws(StoreError) {
    try handle.checkVersion(.list, expected: NodeLayout.version, headerSize: NodeLayout.headerSize)
    try handle.checkElements(.list, "elements", at: NodeLayout.values, are: Element.self)
    list = try NodeList(handle, .list)
  }

  /// An element with its position.
  @frozen
  public struct Entry: Sendable {
    /// Where it is.
    public let position: Position
    /// The element.
    public let element: Element

    @inlinable
    init(position: Position, element: Element) {
      self.position = position
      self.element = element
    }
  }

  // MARK: Changing

  /// Inserts `element` behind all that were there.
  ///
  /// **Concurrency.** Lock-free; takes effect at one instant.
  ///
  /// - Returns: Its position.
  /// - Throws: `full`, `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(log n) expected; O(n) when there is no free unit.
  @inlinable @discardableResult
  public func append(_ element: Element) throws(StoreError) -> Position {
    _ = try list.owner()
    let number = list.pool.region.word(at: NodeLayout.sequence).addRelaxed(1)
    return try insert(element, at: Int64(truncatingIfNeeded: number))
  }

  /// Inserts `element` before all that were there.
  ///
  /// **Concurrency.** As ``append(_:)``.
  ///
  /// - Returns: Its position.
  /// - Throws: As ``append(_:)``.
  /// - Complexity: As ``append(_:)``.
  @inlinable @discardableResult
  public func prepend(_ element: Element) throws(StoreError) -> Position {
    _ = try list.owner()
    let number = list.pool.region.word(at: NodeLayout.front).addRelaxed(1)
    return try insert(element, at: -1 &- Int64(truncatingIfNeeded: number))
  }

  @inlinable
  func insert(_ element: Element, at position: Position) throws(StoreError) -> Position {
    guard try list.put(OrderedKey(position), element, .keep).isChanged else {
      throw list.pool.corrupt("a position was given out twice")
    }
    try list.checkLive()
    return position
  }

  /// Replaces the element at `position` by what `change` makes of it, again when another was
  /// faster.
  ///
  /// **Concurrency.** Lock-free; the element that `change` was given is the one that is replaced.
  ///
  /// - Returns: What it made; `nil` when there is no such element.
  /// - Throws: As ``append(_:)``.
  /// - Complexity: As ``append(_:)``, for each time.
  @inlinable @discardableResult
  public func update(
    at position: Position, _ change: (Element) -> Element
  ) throws(StoreError) -> Element? {
    let new = try list.update(OrderedKey(position)) { $0.map(change) }
    try list.checkLive()
    return new
  }

  /// Removes the element at `position`.
  ///
  /// **Concurrency.** As ``append(_:)``.
  ///
  /// - Returns: The element; `nil` when there is no such element.
  /// - Throws: `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(log n) expected.
  @inlinable @discardableResult
  public func remove(at position: Position) throws(StoreError) -> Element? {
    let old = try list.remove(OrderedKey(position))
    try list.checkLive()
    return old
  }

  /// Removes the first element.
  ///
  /// **Concurrency.** As ``append(_:)``. The element was the first at one instant of the call and
  /// is taken at a later one; what others put before it in between stays.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: As ``remove(at:)``.
  /// - Complexity: O(1), amortised.
  @inlinable @discardableResult
  public func popFirst() throws(StoreError) -> Entry? {
    _ = try list.owner()
    let first = try list.popFirst(list.head, taker: nil)
    try list.checkLive()
    return first.map { Entry(position: $0.key.key, element: $0.value) }
  }

  // MARK: Reading

  /// The element at `position`; `nil` when there is no such element.
  ///
  /// **Concurrency.** Lock-free; writes nothing to shared memory.
  ///
  /// - Returns: `nil` when nothing is there.
  /// - Throws: `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(log n) expected.
  @inlinable
  public func get(at position: Position) throws(StoreError) -> Element? {
    try list.get(OrderedKey(position))
  }

  /// The first element.
  ///
  /// **Concurrency.** As ``get(at:)``.
  ///
  /// - Throws: As ``get(at:)``.
  /// - Complexity: O(1) and what was removed there last.
  @inlinable
  public var first: Entry? {
    get throws(StoreError) {
      try list.firstElement().map { Entry(position: $0.key.key, element: $0.value) }
    }
  }

  /// The last element.
  ///
  /// **Concurrency.** As ``get(at:)``.
  ///
  /// - Throws: As ``get(at:)``.
  /// - Complexity: O(log n) expected.
  @inlinable
  public var last: Entry? {
    get throws(StoreError) {
      try list.element(before: .end).map { Entry(position: $0.key.key, element: $0.value) }
    }
  }

  /// How many elements there are, at some moment of the count where nothing changes meanwhile.
  ///
  /// **Concurrency.** As ``get(at:)``.
  ///
  /// - Throws: As ``get(at:)``.
  /// - Complexity: O(n).
  public var count: Int { get throws(StoreError) { try list.count() } }

  /// The elements from `position` on, one after the other.
  ///
  /// **Concurrency.** Weakly consistent: an element that stands from beginning to end comes exactly
  /// once; positions ascend. Writes nothing to shared memory.
  ///
  /// - Parameters:
  ///   - position: The first that may come; all by default.
  ///   - body: Gets each element; `false` from it ends the walk.
  /// - Throws: As ``get(at:)``.
  /// - Complexity: O(log n) expected, and O(1) for each element.
  @inlinable
  public func forEach(
    from position: Position? = nil, _ body: (Entry) -> Bool
  ) throws(StoreError) {
    var walk = list.walk(from: position.map { .at(OrderedKey($0)) })
    while let element = try walk.next() {
      if !body(Entry(position: element.key.key, element: element.value)) { return }
    }
  }
}

extension Database {
  /// Attaches to the list named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the list's entry.
  ///   - type: Type of its elements.
  ///   - capacity: What to create when there is no such list; an existing one keeps its own.
  /// - Returns: The list.
  /// - Throws: `notFound`, `typeMismatch`, `invalidArgument`, `full`, `corrupt`, `incompatible`,
  ///   `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(1); O(capacity) where it is created.
  public func list<Element: SharedValue>(
    _ name: String, of type: Element.Type, creating capacity: ElementCapacity? = nil
  ) throws(StoreError) -> SharedList<Element> {
    typealias List = NodeList<OrderedKey<Int64>, Element>
    return try SharedList(
      nodePool(
        name, .list, creating: capacity, keys: SharedLayout(of: Int64.self),
        values: SharedLayout(of: type), stride: List.stride, headsSize: List.sortedHeadSize,
        isSorted: true, isUpdated: true))
  }
}
