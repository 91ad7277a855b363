import SharedMemory

/// Walks over all entries.
///
/// A walk goes by shares. An entry that stands while a share is looked at is seen: in the table
/// that was looked at first, or, if it had left that one, in the one that was looked at next; the
/// last one looked at is one that nothing had left so far. So a walk begins nothing anew but the
/// share that it is at, and only when an index moved as a whole while it looked at some groups.
///
/// **Concurrency.** Writes nothing, and waits for nobody.
extension EntryIndex {
  /// A key, and where its entry was seen.
  struct SeenEntry {
    let key: [UInt8]
    let place: Place
  }

  /// What was seen of a share.
  struct SeenShare {
    /// The entries whose keys could be read, each key once.
    var entries: [SeenEntry] = []
    /// Why others could not, or are none.
    var unreadable: [StoreError] = []
  }

  /// Calls `body` with all entries whose keys begin with `prefix`, share by share.
  ///
  /// A key that stands throughout comes exactly once; one that comes or goes meanwhile, once or not
  /// at all. The index may move as it likes while `body` runs.
  func forEachShare<Failure: Error>(
    prefix: [UInt8], _ body: (SeenShare) throws(Failure) -> Void
  ) throws(Failure) {
    for share in IndexShare.all(of: slots.current(slots.state())) {
      try body(look(at: share, prefix: prefix))
    }
  }

  private func look(at share: IndexShare, prefix: [UInt8]) -> SeenShare {
    var seen = SeenShare()
    var hashes: Set<UInt64> = []
    var unreadable: Set<UInt64> = []
    func note(_ error: StoreError, _ place: Place) {
      if unreadable.insert(place.word.incarnation).inserted { seen.unreadable.append(error) }
    }
    forEachEntry(of: share) { place, isAtHome in
      switch key(at: place) {
      case .gone: break
      // Of whose key nothing is known belongs where it stands.
      case .unreadable(let error): if isAtHome { note(error, place) }
      case .key(let key, let place):
        guard key.starts(with: prefix) else { break }
        let hash = slots.hash(key.rawSpan)
        if share.contains(hash) {
          let isNew = hashes.insert(hash).inserted || !seen.entries.contains { $0.key == key }
          if isNew { seen.entries.append(SeenEntry(key: key, place: place)) }
        } else if isAtHome, isStray(key, hash: hash, at: place) {
          note(strayRecord(place.word), place)
        }
      }
    }
    return seen
  }

  /// Calls `body` with every slot that holds an entry when it is looked at.
  ///
  /// An entry that stands throughout comes at least once. It comes again when the index moves
  /// meanwhile, and when its slot is not that of its home.
  func forEachEntry(_ body: (Place) -> Void) {
    for share in IndexShare.all(of: slots.current(slots.state())) {
      forEachEntry(of: share) { place, _ in body(place) }
    }
  }

  /// Calls `body` with the entries of a share, and others that stand among them, and whether they
  /// stand in a home of the share.
  private func forEachEntry(of share: IndexShare, _ body: (Place, _ isAtHome: Bool) -> Void) {
    var table = slots.current(slots.state())
    while true {
      forEachEntry(of: share, in: table, body)
      // Pair index-moved: what had left the table was seen to, or stands in a later one.
      let now = slots.state()
      if now.epoch == table.epoch {
        guard now.phase == .moving else { return }
        table = slots.next(now)
      } else {
        // Nothing has left the next table while the one before it is the index.
        if now.phase == .moving, now.moved.epoch == table.epoch { return }
        table = slots.current(now)
      }
    }
  }

  private func forEachEntry(
    of share: IndexShare, in table: Table, _ body: (Place, _ isAtHome: Bool) -> Void
  ) {
    for homes in share.groups(of: table) {
      var group = homes.lowerBound
      var isEnd = false
      // Behind its homes the share reaches as far as the path of the last one.
      while homes.contains(group) || !isEnd && group < table.end {
        isEnd = false
        for slot in 1...SegmentLayout.slotsPerGroup {
          let position = group + slot * 8
          // Pair slot-published.
          let observed = SlotWord(rawValue: slots.table.word(at: position).loadAcquiring())
          switch try? meaning(of: observed, in: table) {
          case .entry(let word):
            let place = Place(position, epoch: table.epoch, observed: observed, word: word)
            body(place, homes.contains(group))
          case .neverUsed, .left, .foreign: isEnd = true
          case .tombstone, .passed, nil: break
          }
        }
        group += IndexTable.groupStride
      }
    }
  }

  // MARK: Keys

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

  /// Whether a slot holds a record that nobody finds by its key.
  private func isStray(_ key: [UInt8], hash: UInt64, at place: Place) -> Bool {
    let found = try? search(key.rawSpan, hash: hash)
    return found?.place.word.incarnation != place.word.incarnation && slots.isUnchanged(place)
  }

  func strayRecord(_ word: SlotWord) -> StoreError {
    corruptBlock(word, "its key leads to another slot than the one that names it")
  }

  func corruptRecord(_ word: SlotWord) -> StoreError {
    slots.table.lossError ?? corruptBlock(word, "its lengths contradict each other")
  }

  private func corruptBlock(_ word: SlotWord, _ reason: String) -> StoreError {
    StoreError(
      .corrupt, place: "\(slots.table.place), block \(word.blockIndex)", reason: reason,
      remedy: "save what can be read and create the database again")
  }
}
