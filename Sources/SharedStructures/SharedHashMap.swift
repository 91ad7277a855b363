import SharedMemory
import SimDB

/// A named hash map of fixed capacity in a database, between any number of processes.
///
/// Keys are equal when their bytes are. Each operation takes effect at one instant; reads hold up
/// no writes, nor writes reads. What is said of deaths at ``SortedMap`` holds here too.
///
/// ```swift
/// let counts = try database.hashMap("counts", of: UInt64.self, to: UInt32.self, creating: 1_000)
/// try counts.update(7) { ($0 ?? 0) + 1 }
/// ```
///
/// **Concurrency.** As ``SortedMap``.
///
/// - SeeAlso: Michael (2002), doi:10.1145/564870.564881.
public final class SharedHashMap<Key: SharedValue, Value: SharedValue>: Sendable {
  @usableFromInline let list: NodeList<HashedKey<Key>, Value>
  @usableFromInline let hash: KeyHash

  /// Name of the map.
  public var name: String { list.handle.name }

  init(_ handle: StructureHandle) throws(StoreError) {
    try handle.checkVersion(
      .hashMap, expected: NodeLayout.version, headerSize: NodeLayout.headerSize)
    try handle.checkElements(.hashMap, "keys", at: NodeLayout.keys, are: Key.self)
    try handle.checkElements(.hashMap, "values", at: NodeLayout.values, are: Value.self)
    list = try NodeList(handle, .hashMap)
    // The same for all who attach to this map, and another where it is made again.
    hash = KeyHash(seed: handle.instance)
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

  @inlinable @inline(__always)
  func hashed(_ key: Key) -> HashedKey<Key> {
    HashedKey(key, hash: key.withPlainBytes { hash($0) })
  }

  /// The value of `key`, or `nil` when it is absent.
  ///
  /// **Concurrency.** Lock-free; writes nothing to shared memory.
  ///
  /// - Returns: `nil` when the key is absent.
  /// - Throws: `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(1) expected.
  @inlinable
  public func get(_ key: Key) throws(StoreError) -> Value? { try list.get(hashed(key)) }

  /// Puts a value under `key`, whether there is one or not.
  ///
  /// **Concurrency.** Lock-free; takes effect at one instant.
  ///
  /// - Returns: The value before.
  /// - Throws: As ``SortedMap/put(_:_:)``.
  /// - Complexity: O(1) expected; O(n) when there is no free unit.
  @inlinable @discardableResult
  public func put(_ key: Key, _ value: Value) throws(StoreError) -> Value? {
    let old = try list.put(hashed(key), value, .replace).old
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
  public func update(_ key: Key, _ change: (Value?) -> Value?) throws(StoreError) -> Value? {
    let new = try list.update(hashed(key), change)
    try list.checkLoss()
    return new
  }

  /// Removes the entry of `key`.
  ///
  /// **Concurrency.** As ``put(_:_:)``.
  ///
  /// - Returns: Its value; `nil` when there was none.
  /// - Throws: `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(1) expected.
  @inlinable @discardableResult
  public func remove(_ key: Key) throws(StoreError) -> Value? {
    let old = try list.remove(hashed(key))
    try list.checkLive()
    return old
  }

  /// All entries, in no order.
  ///
  /// **Concurrency.** Weakly consistent: an entry that stands from beginning to end comes exactly
  /// once. Writes nothing to shared memory.
  ///
  /// - Parameter body: Gets each entry; `false` from it ends the walk.
  /// - Throws: As ``get(_:)``.
  /// - Complexity: O(capacity).
  @inlinable
  public func forEach(_ body: (Entry) -> Bool) throws(StoreError) {
    for number in 0...Int(list.headMask) {
      var walk = NodeList<HashedKey<Key>, Value>.Walk(
        list: list, head: list.head(number), bound: nil)
      while let element = try walk.next() {
        if !body(Entry(key: element.key.key, value: element.value)) { return }
      }
    }
  }

  /// How many entries there are, at some moment of the count where nothing changes meanwhile.
  ///
  /// **Concurrency.** As ``get(_:)``.
  ///
  /// - Throws: As ``get(_:)``.
  /// - Complexity: O(capacity).
  public var count: Int {
    get throws(StoreError) {
      var count = 0
      try forEach { _ in
        count += 1
        return true
      }
      return count
    }
  }
}

extension Database {
  /// Attaches to the hash map named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the map's entry.
  ///   - keys: Type of its keys.
  ///   - values: Type of its values.
  ///   - capacity: Entries there is room for, when there is no such map; an existing one keeps its
  ///     own.
  /// - Returns: The map.
  /// - Throws: `notFound`, `typeMismatch`, `invalidArgument`, `full`, `corrupt`, `incompatible`,
  ///   `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(1); O(capacity) where it is created.
  public func hashMap<Key: SharedValue, Value: SharedValue>(
    _ name: String, of keys: Key.Type, to values: Value.Type, creating capacity: Int? = nil
  ) throws(StoreError) -> SharedHashMap<Key, Value> {
    typealias List = NodeList<HashedKey<Key>, Value>
    let room = capacity.map { ElementCapacity($0) }
    // As many heads as units.
    let bits =
      room.map { $0.isPossible ? ElementCapacity.bits($0.initial, isUpdated: true) : 6 } ?? 6
    return try SharedHashMap(
      nodePool(
        name, .hashMap, creating: room, keys: SharedLayout(of: keys),
        values: SharedLayout(of: values), stride: List.stride, headsSize: 8 << bits,
        isSorted: false, isUpdated: true))
  }
}
