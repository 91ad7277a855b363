import SharedMemory

/// Walks over all entries.
///
/// A walk goes by shares. An entry that stands while a share is looked at is seen: in the table
/// that was looked at first, or, if it had left that one, in the one that was looked at next; the
/// last one looked at is one that nothing had left so far. So a walk begins nothing anew but the
/// share that it is at, and only when an index moved as a whole while it looked at that share.
///
/// **Concurrency.** Writes nothing, and waits for nobody.
extension EntryIndex {
  /// A record's key, and where it was seen.
  struct SeenRecord {
    let key: [UInt8]
    let place: Place
    /// Whether it stood in a home of the share. Each slot is in a home of one share, with which it
    /// is told whether the record is stray.
    let isAtHome: Bool
  }

  /// What was seen of a share.
  struct SeenShare {
    /// A record of each key of the share.
    var entries: [SeenRecord] = []
    /// Further records of those keys, which have moved or are stray, and records of other shares'
    /// keys, which had no room in their homes or are stray.
    var others: [SeenRecord] = []
    /// Why the keys of further records cannot be read.
    var unreadable: [StoreError] = []

    /// Leaves one record of each key among the entries.
    fileprivate mutating func separateRepetitions() {
      var keys: Set<[UInt8]> = []
      let all = entries
      entries = []
      for record in all {
        if keys.insert(record.key).inserted {
          entries.append(record)
        } else {
          others.append(record)
        }
      }
    }
  }

  /// Calls `body` with all entries whose keys begin with `prefix`, share by share.
  ///
  /// A key that stands throughout comes exactly once; one that comes or goes meanwhile, once or not
  /// at all. The index may move as it likes while `body` runs.
  func forEachShare<Failure: Error>(
    prefix: [UInt8], _ body: (SeenShare) throws(Failure) -> Void
  ) throws(Failure) {
    var shares = IndexShares(of: slots.current(slots.state()))
    var hashes: [UInt64] = []
    while let share = shares.next() {
      var seen = SeenShare()
      shares.noteOverrun(look(at: share, prefix: prefix, &hashes, &seen))
      // Two records of one key are rare; to find out that there are none must cost little.
      hashes.sort()
      if zip(hashes, hashes.dropFirst()).contains(where: ==) { seen.separateRepetitions() }
      hashes.removeAll(keepingCapacity: true)
      try body(seen)
    }
  }

  /// - Parameter hashes: Gets those of the share's keys.
  /// - Returns: How many groups were read that are no homes of the share.
  private func look(
    at share: IndexShare, prefix: [UInt8], _ hashes: inout [UInt64], _ seen: inout SeenShare
  ) -> Int {
    forEachEntry(of: share) { found, isAtHome in
      switch found.map(key(at:)) {
      case .success(.gone): break
      // Of whose key nothing is known belongs where it stands.
      case .success(.unreadable(let error)), .failure(let error):
        if isAtHome { seen.unreadable.append(error) }
      case .success(.key(let key, let place)):
        guard key.starts(with: prefix) else { break }
        let record = SeenRecord(key: key, place: place, isAtHome: isAtHome)
        let hash = slots.hash(key.rawSpan)
        if share.contains(hash) {
          seen.entries.append(record)
          hashes.append(hash)
        } else {
          seen.others.append(record)
        }
      }
    }
  }

  /// Whether a slot holds a record that nobody finds by its key.
  ///
  /// - Parameter generation: Of the entry that the key leads to.
  func isStray(_ record: SeenRecord, keyLeadsTo generation: UInt64?) -> Bool {
    // What stands in its slot all the time is what its key leads to, and nothing else is.
    record.isAtHome && generation != record.place.word.incarnation
      && slots.isUnchanged(record.place)
  }

  /// Whether a slot holds a record that nobody finds by its key.
  func isStray(_ record: SeenRecord) -> Bool {
    guard record.isAtHome else { return false }
    let found = try? search(record.key.rawSpan, hash: slots.hash(record.key.rawSpan))
    return isStray(record, keyLeadsTo: found?.place.word.incarnation)
  }

  /// Calls `body` with every slot that holds an entry when it is looked at.
  ///
  /// An entry that stands throughout comes at least once. It comes again when the index moves
  /// meanwhile, and when its slot is not in the homes of its share.
  func forEachEntry(_ body: (Place) -> Void) {
    var shares = IndexShares(of: slots.current(slots.state()))
    while let share = shares.next() {
      shares.noteOverrun(forEachEntry(of: share) { found, _ in (try? found.get()).map(body) })
    }
  }

  /// What a slot holds where that is no tombstone: an entry, or why its block is none.
  private typealias Found = Result<Place, StoreError>

  /// Calls `body` with the entries of a share, and others that stand among them, and whether they
  /// stand in a home of the share.
  ///
  /// - Returns: How many groups were read that are no homes of the share.
  private func forEachEntry(
    of share: IndexShare, _ body: (Found, _ isAtHome: Bool) -> Void
  ) -> Int {
    var overrun = 0
    var table = slots.current(slots.state())
    while true {
      overrun += forEachEntry(of: share, in: table, body)
      #if STEP_HOOK
        if Protection.walkLook.isMissing { return overrun }
      #endif
      // Pair index-moved: what had left the table was seen to, or stands in a later one.
      let now = slots.state()
      if now.epoch == table.epoch {
        guard now.phase == .moving else { return overrun }
        table = slots.next(now)
      } else {
        // Nothing has left the next table while the one before it is the index.
        if now.phase == .moving, now.moved.epoch == table.epoch { return overrun }
        table = slots.current(now)
      }
    }
  }

  private func forEachEntry(
    of share: IndexShare, in table: Table, _ body: (Found, _ isAtHome: Bool) -> Void
  ) -> Int {
    var groupCount = 0
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
          do throws(StoreError) {
            switch try meaning(of: observed, in: table) {
            case .entry(let word):
              let place = Place(position, epoch: table.epoch, observed: observed, word: word)
              body(.success(place), homes.contains(group))
            case .neverUsed, .left, .foreign: isEnd = true
            case .tombstone, .passed: break
            }
          } catch {
            body(.failure(error), homes.contains(group))
          }
        }
        group += IndexTable.groupStride
        groupCount += 1
      }
    }
    return groupCount - share.homeCount(in: table)
  }
}
