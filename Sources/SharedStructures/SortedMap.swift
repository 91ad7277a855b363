import SharedMemory
import SimDB

/// A named map in a database, sorted by its keys, between any number of processes.
///
/// Each operation takes effect at one instant; walks show what stood throughout exactly once, in
/// order, and of the rest some. Whoever dies in the middle of an operation has done it or not, and
/// holds nobody up; what it had taken is found again when room is needed.
///
/// ```swift
/// let prices = try database.sortedMap(
///   "prices", of: UInt64.self, to: Double.self,
///   creating: ElementCapacity(initial: 1_000, maximum: 100_000))
/// try prices.put(7, 1.5)
/// let first = try prices.first
/// ```
///
/// **Concurrency.** `Sendable`; any number of threads and processes. All operations are lock-free,
/// and those that only read write nothing to shared memory.
///
/// - SeeAlso: Harris (2001), doi:10.1007/3-540-45414-4_21; Pugh (1990), doi:10.1145/78973.78977.
public final class SortedMap<Key: SharedValue & Comparable, Value: SharedValue>: Sendable {
  @usableFromInline let list: NodeList<OrderedKey<Key>, Value>

  /// Name of the map.
  public var name: String { list.handle.name }

  init(_ handle: StructureHandle) throws(StoreError) {
    try handle.checkVersion(
      .sortedMap, expected: NodeLayout.version, headerSize: NodeLayout.headerSize)
    try handle.checkElements(.sortedMap, "keys", at: NodeLayout.keys, are: Key.self)
    try handle.checkElements(.sortedMap, "values", at: NodeLayout.values, are: Value.self)
    list = try NodeList(handle, .sortedMap)
  }

  /// A key with its value.
  @frozen
  public struct Entry: Sendable {
    /// The key.
    public let key: Key
    /// The value.
    public let value: Value

    @inlinable
    init(key: Key, value: Value) {
      self.key = key
      self.value = value
    }
  }

  // MARK: Reading

  /// The value of `key`, or `nil` when it is absent.
  ///
  /// **Concurrency.** Lock-free; writes nothing to shared memory.
  ///
  /// - Returns: `nil` when the key is absent.
  /// - Throws: `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(log n) expected.
  @inlinable
  public func get(_ key: Key) throws(StoreError) -> Value? {
    try list.get(OrderedKey(key))
  }

  /// Whether there is an entry of `key`.
  ///
  /// **Concurrency.** As ``get(_:)``.
  ///
  /// - Returns: Whether it is there.
  /// - Throws: As ``get(_:)``.
  /// - Complexity: As ``get(_:)``.
  @inlinable
  public func contains(_ key: Key) throws(StoreError) -> Bool { try get(key) != nil }

  /// The entry of the smallest key.
  ///
  /// **Concurrency.** As ``get(_:)``.
  ///
  /// - Throws: As ``get(_:)``.
  /// - Complexity: O(1) and what was removed there last.
  @inlinable
  public var first: Entry? {
    get throws(StoreError) {
      try list.firstElement().map { Entry(key: $0.key.key, value: $0.value) }
    }
  }

  /// The entry of the greatest key.
  ///
  /// **Concurrency.** As ``get(_:)``.
  ///
  /// - Throws: As ``get(_:)``.
  /// - Complexity: O(log n) expected.
  @inlinable
  public var last: Entry? {
    get throws(StoreError) {
      try list.element(before: .end).map { Entry(key: $0.key.key, value: $0.value) }
    }
  }

  /// The entry of the greatest key that is at most `key`.
  ///
  /// **Concurrency.** As ``get(_:)``.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: As ``get(_:)``.
  /// - Complexity: O(log n) expected.
  @inlinable
  public func floor(_ key: Key) throws(StoreError) -> Entry? {
    try list.element(before: .after(OrderedKey(key))).map {
      Entry(key: $0.key.key, value: $0.value)
    }
  }

  /// The entry of the smallest key that is at least `key`.
  ///
  /// **Concurrency.** As ``get(_:)``.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: As ``get(_:)``.
  /// - Complexity: O(log n) expected.
  @inlinable
  public func ceiling(_ key: Key) throws(StoreError) -> Entry? {
    try list.element(at: .at(OrderedKey(key))).map { Entry(key: $0.key.key, value: $0.value) }
  }

  /// How many entries there are, at some moment of the count where nothing changes meanwhile.
  ///
  /// **Concurrency.** As ``get(_:)``.
  ///
  /// - Throws: As ``get(_:)``.
  /// - Complexity: O(n).
  public var count: Int { get throws(StoreError) { try list.count() } }

  // MARK: Changing

  /// Puts a value under `key`, whether there is one or not.
  ///
  /// **Concurrency.** Lock-free; takes effect at one instant.
  ///
  /// - Returns: The value before.
  /// - Throws: `full`; `invalidArgument` for a key that does not equal itself; `readOnly`,
  ///   `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(log n) expected; O(n) when there is no free unit.
  @inlinable @discardableResult
  public func put(_ key: Key, _ value: Value) throws(StoreError) -> Value? {
    try checkKey(key)
    let old = try list.put(OrderedKey(key), value, .replace).old
    try list.checkLoss()
    return old
  }

  /// Puts a value under `key` if there is none.
  ///
  /// **Concurrency.** As ``put(_:_:)``.
  ///
  /// - Returns: The value that is there; `nil` when `value` was put.
  /// - Throws: As ``put(_:_:)``.
  /// - Complexity: As ``put(_:_:)``.
  @inlinable @discardableResult
  public func insertIfAbsent(_ key: Key, _ value: Value) throws(StoreError) -> Value? {
    try checkKey(key)
    let old = try list.put(OrderedKey(key), value, .keep).old
    try list.checkLoss()
    return old
  }

  /// Replaces the value of `key` by what `change` makes of it, again when another was faster.
  ///
  /// **Concurrency.** Lock-free; the value that `change` was given is the one that is replaced.
  ///
  /// - Parameters:
  ///   - key: Whose value.
  ///   - change: Gets the value, or `nil`; `nil` from it removes the entry.
  /// - Returns: What it made.
  /// - Throws: As ``put(_:_:)``.
  /// - Complexity: As ``put(_:_:)``, for each time.
  @inlinable @discardableResult
  public func update(
    _ key: Key, _ change: (Value?) -> Value?
  ) throws(StoreError) -> Value? {
    try checkKey(key)
    let new = try list.update(OrderedKey(key), change)
    try list.checkLoss()
    return new
  }

  /// Removes the entry of `key`.
  ///
  /// **Concurrency.** As ``put(_:_:)``.
  ///
  /// - Returns: Its value; `nil` when there was none.
  /// - Throws: `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(log n) expected.
  @inlinable @discardableResult
  public func remove(_ key: Key) throws(StoreError) -> Value? {
    let old = try list.remove(OrderedKey(key))
    try list.checkLive()
    return old
  }

  /// Removes the entry of the smallest key.
  ///
  /// **Concurrency.** As ``put(_:_:)``. The entry was the first at one instant of the call and is
  /// taken at a later one; what others put before it in between stays.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: As ``remove(_:)``.
  /// - Complexity: O(1), amortised.
  @inlinable @discardableResult
  public func popFirst() throws(StoreError) -> Entry? {
    _ = try list.owner()
    let first = try list.popFirst(list.head, taker: nil)
    try list.checkLive()
    return first.map { Entry(key: $0.key.key, value: $0.value) }
  }

  /// Removes all entries that are there, one after the other.
  ///
  /// **Concurrency.** Lock-free; what others put meanwhile behind the place it has come to goes
  /// too.
  ///
  /// - Throws: As ``remove(_:)``.
  /// - Complexity: O(n).
  public func removeAll() throws(StoreError) {
    if let last = try last { try list.removeAll(upTo: OrderedKey(last.key)) }
  }

  @inlinable @inline(__always)
  func checkKey(_ key: Key) throws(StoreError) {
    guard key == key else { throw unordered() }
  }

  @usableFromInline
  func unordered() -> StoreError {
    StoreError(
      .invalidArgument, place: list.handle.place(.sortedMap),
      reason: "the key does not equal itself", remedy: "use keys that have an order, not NaN")
  }

  // MARK: Walking

  /// The entries whose keys lie between two others, one after the other.
  ///
  /// **Concurrency.** Weakly consistent: an entry that stands from beginning to end comes exactly
  /// once; keys ascend. Writes nothing to shared memory.
  ///
  /// - Parameters:
  ///   - lower: The first key that may come; all by default.
  ///   - upper: The first key that may not come; none by default.
  ///   - body: Gets each entry; `false` from it ends the walk.
  /// - Throws: As ``get(_:)``.
  /// - Complexity: O(log n) expected, and O(1) for each entry.
  @inlinable
  public func forEach(
    from lower: Key? = nil, upTo upper: Key? = nil, _ body: (Entry) -> Bool
  ) throws(StoreError) {
    var walk = list.walk(from: lower.map { .at(OrderedKey($0)) })
    while let element = try walk.next() {
      if let upper, !(element.key.key < upper) { return }
      if !body(Entry(key: element.key.key, value: element.value)) { return }
    }
  }
}

extension Database {
  /// Attaches to the sorted map named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the map's entry.
  ///   - keys: Type of its keys.
  ///   - values: Type of its values.
  ///   - capacity: What to create when there is no such map; an existing one keeps its own.
  /// - Returns: The map.
  /// - Throws: `notFound`, `typeMismatch`, `invalidArgument`, `full`, `corrupt`, `incompatible`,
  ///   `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(1); O(capacity) where it is created.
  public func sortedMap<Key: SharedValue & Comparable, Value: SharedValue>(
    _ name: String, of keys: Key.Type, to values: Value.Type,
    creating capacity: ElementCapacity? = nil
  ) throws(StoreError) -> SortedMap<Key, Value> {
    typealias List = NodeList<OrderedKey<Key>, Value>
    return try SortedMap(
      nodePool(
        name, .sortedMap, creating: capacity, keys: SharedLayout(of: keys),
        values: SharedLayout(of: values), stride: List.stride, headsSize: List.sortedHeadSize,
        isSorted: true, isUpdated: true))
  }
}
