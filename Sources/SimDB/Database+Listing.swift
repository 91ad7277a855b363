import SharedMemory

extension Database {
  /// The keys that begin with `prefix`, in byte order.
  ///
  /// **Concurrency.** Weakly consistent: a key that stood throughout comes exactly once; one that
  /// came or went meanwhile, once or not at all. Writes nothing, and ends however often others move
  /// the index.
  ///
  /// - Returns: The keys that can be read; ``check()`` names what cannot.
  /// - Throws: `segmentLost`.
  /// - Complexity: O(slots of the index).
  public func keys(prefix: String = "") throws(StoreError) -> [[UInt8]] {
    try keys(prefix: Array(prefix.utf8))
  }

  /// The keys that begin with the bytes of `prefix`, in byte order.
  ///
  /// **Concurrency.** As ``keys(prefix:)-(String)``.
  ///
  /// - Throws: As ``keys(prefix:)-(String)``.
  /// - Complexity: O(slots of the index).
  public func keys(prefix: [UInt8]) throws(StoreError) -> [[UInt8]] {
    var keys: [[UInt8]] = []
    entries.forEachShare(prefix: prefix) { share in keys += share.entries.map(\.key) }
    try segment.checkLoss()
    return keys.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// An entry with its key.
  public struct KeyedEntry: Hashable, Sendable {
    /// The key.
    public let key: [UInt8]
    /// What stands under it.
    public let entry: Entry
  }

  /// The entries whose keys begin with `prefix`, in byte order of their keys.
  ///
  /// **Concurrency.** Each entry is whole; they need not be of one instant. As
  /// ``keys(prefix:)-(String)`` otherwise.
  ///
  /// - Parameters:
  ///   - prefix: What the keys begin with.
  ///   - unreadable: As of ``forEachEntry(prefix:unreadable:_:)-(String,_,_)``.
  /// - Throws: As ``forEachEntry(prefix:unreadable:_:)-(String,_,_)``.
  /// - Complexity: O(slots of the index) and O(bytes); holds all values at once, for which
  ///   ``forEachEntry(prefix:unreadable:_:)-(String,_,_)`` has no need.
  public func entries(
    prefix: String = "", unreadable: ((StoreError) -> Void)? = nil
  ) throws(StoreError) -> [KeyedEntry] {
    try entries(prefix: Array(prefix.utf8), unreadable: unreadable)
  }

  /// The entries whose keys begin with the bytes of `prefix`, in byte order of their keys.
  ///
  /// **Concurrency.** As ``entries(prefix:unreadable:)-(String,_)``.
  ///
  /// - Throws: As ``entries(prefix:unreadable:)-(String,_)``.
  /// - Complexity: As ``entries(prefix:unreadable:)-(String,_)``.
  public func entries(
    prefix: [UInt8], unreadable: ((StoreError) -> Void)? = nil
  ) throws(StoreError) -> [KeyedEntry] {
    var found: [KeyedEntry] = []
    try forEachEntry(prefix: prefix, unreadable: unreadable) { found.append($0) }
    return found.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  /// Calls `body` with each entry whose key begins with `prefix`, in no particular order.
  ///
  /// An entry that cannot be read ends nothing: all others come.
  ///
  /// **Concurrency.** Each entry is whole; they need not be of one instant. As
  /// ``keys(prefix:)-(String)``, but that it pins an entry which changes faster than it can be
  /// copied. The database may change while `body` runs, by `body` too.
  ///
  /// - Parameters:
  ///   - prefix: What the keys begin with.
  ///   - unreadable: Gets, for each entry that cannot be read, the reason. Where nobody takes it,
  ///     it is thrown when all others have come. A record whose very key cannot be read may have
  ///     had any prefix.
  ///   - body: Gets the entries. What it throws ends the walk at once.
  /// - Throws: What `body` throws; `corrupt` or `contended` of an entry, as ``get(_:)``, at the
  ///   end.
  /// - Complexity: O(slots of the index) and O(bytes).
  public func forEachEntry(
    prefix: String = "", unreadable: ((StoreError) -> Void)? = nil,
    _ body: (KeyedEntry) throws(StoreError) -> Void
  ) throws(StoreError) {
    try forEachEntry(prefix: Array(prefix.utf8), unreadable: unreadable, body)
  }

  /// Calls `body` with each entry whose key begins with the bytes of `prefix`, in no particular
  /// order.
  ///
  /// **Concurrency.** As ``forEachEntry(prefix:unreadable:_:)-(String,_,_)``.
  ///
  /// - Throws: As ``forEachEntry(prefix:unreadable:_:)-(String,_,_)``.
  /// - Complexity: As ``forEachEntry(prefix:unreadable:_:)-(String,_,_)``.
  public func forEachEntry(
    prefix: [UInt8], unreadable: ((StoreError) -> Void)? = nil,
    _ body: (KeyedEntry) throws(StoreError) -> Void
  ) throws(StoreError) {
    var left = UnreadableEntries()
    func leave(_ error: StoreError) {
      left.add(error)
      unreadable?(error)
    }
    try entries.forEachShare(prefix: prefix) { share throws(StoreError) in
      share.unreadable.forEach(leave)
      for seen in share.entries {
        let found: Entry?
        do throws(StoreError) {
          found = try entry(key: seen.key.rawSpan)
        } catch {
          leave(error)
          continue
        }
        if entries.isStray(seen, keyLeadsTo: found?.generation) {
          leave(entries.strayRecord(seen.place.word))
        }
        if let found { try body(KeyedEntry(key: seen.key, entry: found)) }
      }
      for other in share.others where entries.isStray(other) {
        leave(entries.strayRecord(other.place.word))
      }
    }
    try segment.checkLoss()
    if unreadable == nil { try left.throwFirst() }
  }
}
