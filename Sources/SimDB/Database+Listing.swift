import SharedMemory

extension Database {
  /// The keys that begin with `prefix`, in byte order.
  ///
  /// **Concurrency.** Weakly consistent: a key that stood throughout comes exactly once; one that
  /// came or went meanwhile may or may not. Writes nothing.
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
    entries.forEachEntry { place in
      if case .key(let key, _) = key(at: place), key.starts(with: prefix) { keys.append(key) }
    }
    try segment.checkLoss()
    return keys.sorted { $0.lexicographicallyPrecedes($1) }.removingRepetitions { $0 == $1 }
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
      .removingRepetitions { $0.key == $1.key }
  }

  /// Calls `body` with each entry whose key begins with `prefix`, in no particular order.
  ///
  /// An entry that cannot be read ends nothing: all others come.
  ///
  /// **Concurrency.** Each entry is whole; they need not be of one instant. A key that stood
  /// throughout comes at least once, and twice only when the index was moved meanwhile; one that
  /// came or went meanwhile may or may not. Writes nothing,
  /// but to pin an entry that changes faster than it can be copied.
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
    try entries.forEachEntry { place throws(StoreError) in
      switch item(at: place, prefix: prefix) {
      case .success(let item?): try body(item)
      case .success(nil): break
      case .failure(let error):
        left.add(error)
        unreadable?(error)
      }
    }
    try segment.checkLoss()
    if unreadable == nil { try left.throwFirst() }
  }

  /// The entry that `place` names if its key begins with `prefix`; `nil` for any other, and for one
  /// that was deleted meanwhile.
  private func item(
    at place: SlotIndex.Place, prefix: [UInt8]
  ) -> Result<KeyedEntry?, StoreError> {
    switch key(at: place) {
    case .gone: return .success(nil)
    case .unreadable(let error): return .failure(error)
    case .key(let key, let seen):
      guard key.starts(with: prefix) else { return .success(nil) }
      let found: Entry?
      do throws(StoreError) {
        found = try entry(key: key.rawSpan)
      } catch {
        return .failure(error)
      }
      // What stands in its slot all the time is what its key leads to, and nothing else is.
      if found?.generation != seen.word.incarnation, index.isUnchanged(seen) {
        return .failure(strayRecord(seen.word))
      }
      return .success(found.map { KeyedEntry(key: key, entry: $0) })
    }
  }

  private func strayRecord(_ word: SlotWord) -> StoreError {
    StoreError(
      .corrupt, place: "database '\(name)', block \(word.blockIndex)",
      reason: "its key leads to another slot than the one that names it",
      remedy: "save what can be read and create the database again")
  }

  /// What a look at the record that a slot names came to.
  enum KeyLook {
    /// The record's key, and the place where it was seen.
    case key([UInt8], SlotIndex.Place)
    /// The slot names none any more.
    case gone
    case unreadable(StoreError)
  }

  /// The key of the record that `place` names, or of the one that has replaced it meanwhile.
  func key(at place: SlotIndex.Place) -> KeyLook {
    var place = place
    while place.word.isLive {
      guard let record = entries.record(at: place.word) else {
        return .unreadable(entries.missingBlock(place.word.blockIndex))
      }
      let key = record.key(in: space)
      if index.isUnchanged(place) {
        return key.map { .key($0, place) } ?? .unreadable(corruptRecord(place.word))
      }
      guard let now = entries.entry(in: place) else { break }
      place = now
    }
    return .gone
  }
}

extension Array {
  /// The elements without those that repeat the one before.
  fileprivate func removingRepetitions(_ areSame: (Element, Element) -> Bool) -> [Element] {
    var result: [Element] = []
    result.reserveCapacity(count)
    for element in self where result.last.map({ !areSame($0, element) }) ?? true {
      result.append(element)
    }
    return result
  }
}
