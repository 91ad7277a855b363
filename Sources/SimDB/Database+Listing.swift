import SharedMemory

extension Database {
  /// The keys that begin with `prefix`, in byte order.
  ///
  /// **Concurrency.** Weakly consistent: a key that stood throughout comes exactly once; one that
  /// came or went meanwhile may or may not. Writes nothing.
  ///
  /// - Complexity: O(slots of the index).
  public func keys(prefix: String = "") -> [[UInt8]] { keys(prefix: Array(prefix.utf8)) }

  /// The keys that begin with the bytes of `prefix`, in byte order.
  ///
  /// **Concurrency.** As ``keys(prefix:)-(String)``.
  ///
  /// - Complexity: O(slots of the index).
  public func keys(prefix: [UInt8]) -> [[UInt8]] {
    var keys: [[UInt8]] = []
    index.forEachLive { place in
      if let key = key(at: place), key.starts(with: prefix) { keys.append(key) }
    }
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
  /// **Concurrency.** Each entry is whole; they need not be of one instant. As ``keys(prefix:)``
  /// otherwise.
  ///
  /// - Throws: As ``get(_:)``.
  /// - Complexity: O(slots of the index) and O(bytes); holds all values at once, for which
  ///   ``forEachEntry(prefix:_:)`` has no need.
  public func entries(prefix: String = "") throws(StoreError) -> [KeyedEntry] {
    var entries: [KeyedEntry] = []
    try forEachEntry(prefix: prefix) { entries.append($0) }
    return entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  /// Calls `body` with each entry whose key begins with `prefix`, in no particular order.
  ///
  /// **Concurrency.** Each entry is whole; they need not be of one instant. A key that stood
  /// throughout comes exactly once; one that came or went meanwhile may or may not. Writes nothing,
  /// but to pin an entry that changes faster than it can be copied.
  ///
  /// - Throws: As ``get(_:)``, and what `body` throws.
  /// - Complexity: O(slots of the index) and O(bytes).
  public func forEachEntry(
    prefix: String = "", _ body: (KeyedEntry) throws(StoreError) -> Void
  ) throws(StoreError) {
    let wanted = Array(prefix.utf8)
    try index.forEachLive { place throws(StoreError) in
      guard let key = key(at: place), key.starts(with: wanted) else { return }
      // What was deleted meanwhile is not there any more.
      if let entry = try entry(key: key.rawSpan) { try body(KeyedEntry(key: key, entry: entry)) }
    }
    try segment.checkLoss()
  }

  /// The key of the record that `place` names, or `nil` when it is gone before it could be copied.
  private func key(at place: SlotIndex.Place) -> [UInt8]? {
    var place = place
    while place.word.isLive, let record = record(at: place.word) {
      let key = record.key(in: space)
      if index.isUnchanged(place) { return key }
      // Pair slot-published.
      place = SlotIndex.Place(
        position: place.position, word: SlotWord(rawValue: index.word(place).loadAcquiring()))
    }
    return nil
  }
}
