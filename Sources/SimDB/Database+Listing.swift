import SharedMemory

extension Database {
  /// The keys that begin with `prefix`, in byte order.
  ///
  /// **Concurrency.** Weakly consistent: a key that stood throughout comes exactly once; one that
  /// came or went meanwhile may or may not. Writes nothing.
  ///
  /// - Complexity: O(slots of the index).
  public func keys(prefix: String = "") -> [[UInt8]] {
    let wanted = Array(prefix.utf8)
    var keys: [[UInt8]] = []
    index.forEachLive { place in
      if let key = key(at: place), key.starts(with: wanted) { keys.append(key) }
    }
    return keys.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// The key of the record that `place` names, or `nil` when it is gone before it could be copied.
  private func key(at place: SlotIndex.Place) -> [UInt8]? {
    var place = place
    while place.word.isLive, let record = record(at: place.word) {
      let key = record.key(in: space)
      if index.isUnchanged(place) { return key }
      place = SlotIndex.Place(
        position: place.position, word: SlotWord(rawValue: index.word(place).loadAcquiring()))
    }
    return nil
  }
}
