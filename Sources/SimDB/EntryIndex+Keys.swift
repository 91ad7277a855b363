/// The keys of entries.
///
/// **Concurrency.** Writes nothing, and waits for nobody.
extension EntryIndex {
  /// What a look at the record that a slot names came to.
  enum KeyLook {
    /// The record's key, and the place where it was seen.
    case key([UInt8], Place)
    /// The slot names none any more.
    case gone
    case unreadable(StoreError)
  }

  /// The key of the record that `place` names, or of the one that has replaced it meanwhile.
  func key(at place: Place) -> KeyLook {
    var place = place
    while place.word.isLive {
      guard let record = record(at: place.word) else {
        return .unreadable(missingBlock(place.word.blockIndex))
      }
      let key = record.key(in: space)
      if slots.isUnchanged(place) {
        return key.map { .key($0, place) } ?? .unreadable(corruptRecord(place.word))
      }
      guard let now = entry(in: place) else { break }
      place = now
    }
    return .gone
  }
}
