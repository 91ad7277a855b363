import SharedMemory

/// Finds out what has changed in a database since it was last asked.
///
/// A reader that may write says in the segment that it watches. Publishers then count their changes in
/// the change table, and it compares the slots of those shares of the index whose count differs from
/// what it saw last. It notes the counts before it reads the slots, so that a change which it does not
/// find yet differs the next time. A reader that may not write compares all slots whenever anything
/// has been published, which lanes count anyway.
///
/// Whoever is stopped or dies between its change and the count leaves its announcement; so all that is
/// announced is looked at each time.
///
/// **Concurrency.** A value, for one task at a time.
struct ChangeReader: Sendable {
  private let database: Database
  private let prefix: [UInt8]
  private let lanes: Lanes
  /// Where this reader may write.
  private var watch: Watch?
  private var known: KnownEntries
  /// The change table as last seen, or nothing but the count of all changes.
  private var counts: [UInt64]
  private var changeCount: UInt64?
  private var epoch: UInt64?

  /// What it sleeps on; `nil` where it may not write, and so nobody wakes it.
  var arrival: WakeWord? { watch == nil ? nil : database.changeTable.arrival }

  /// Why there will be no more changes, if so.
  var end: StoreError? {
    guard !database.isLive else { return nil }
    return StoreError(
      .dropped, place: "database '\(database.name)'", reason: "it was dropped while it was watched",
      remedy: "open it again to watch what has its name now")
  }

  /// Knows of no entries.
  ///
  /// - Throws: `full` in a forked child that finds no row.
  init(_ database: Database, prefix: [UInt8]) throws(StoreError) {
    self.database = database
    self.prefix = prefix
    lanes = Lanes(database.segment)
    watch = database.isWritable ? try Watch(database) : nil
    known = KnownEntries(slotCount: database.changeTable.indexLength / 8)
    counts = Array(repeating: 0, count: ChangeTable.shareCount)
  }

  /// What has changed since the last look; the first time, in byte order of the keys, what there is.
  ///
  /// - Throws: As the initializer.
  /// - Complexity: O(shares) and O(slots of those that have changed).
  mutating func look() throws(StoreError) -> [Change] {
    let isUnsure = try noteClearing()
    // No pair: no slot moves in a segment of this layout.
    let found = database.segment.region.word(at: indexEpochOffset).loadAcquiring()
    if found != epoch {
      epoch = found
      return learnAnew()
    }
    var changes: [Change] = []
    if isUnsure {
      compare(0..<database.changeTable.indexLength, into: &changes)
    } else if watch != nil {
      compareMarkedShares(into: &changes)
    } else {
      let count = lanes.changeCount
      if count != changeCount { compare(0..<database.changeTable.indexLength, into: &changes) }
      changeCount = count
    }
    compareAnnounced(into: &changes)
    return changes
  }

  /// Says anew that somebody watches if that was cleared, by whoever took this process for dead.
  ///
  /// - Returns: Whether it was, so that changes may have gone by unannounced.
  private mutating func noteClearing() throws(StoreError) -> Bool {
    guard let watch, database.changeTable.clearCount != watch.clearCount else { return false }
    self.watch = try Watch(database)
    return true
  }

  /// Finds all slots again after they were moved; entries are compared by their keys.
  private mutating func learnAnew() -> [Change] {
    let before = known
    known = KnownEntries(slotCount: database.changeTable.indexLength / 8)
    var ignored: [Change] = []
    database.index.forEachLive { note($0, into: &ignored) }
    return known.changes(since: before).sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  private mutating func compareMarkedShares(into changes: inout [Change]) {
    for share in counts.indices {
      let count = database.changeTable.count(of: share)
      guard count != counts[share] else { continue }
      counts[share] = count
      compare(database.changeTable.positions(of: share), into: &changes)
    }
  }

  private mutating func compareAnnounced(into changes: inout [Change]) {
    for slot in lanes.announcedSlots() {
      let position = slot - database.index.table.offset
      // A mapped number: it may be anything.
      guard position % 8 == 0, (0..<database.changeTable.indexLength).contains(position) else {
        continue
      }
      compare(position..<position + 8, into: &changes)
    }
  }

  private mutating func compare(_ positions: Range<Int>, into changes: inout [Change]) {
    for position in stride(from: positions.lowerBound, to: positions.upperBound, by: 8)
    // The first word of a group holds its tags.
    where position % IndexTable.groupStride != 0 {
      // Pair slot-published.
      let word = SlotWord(rawValue: database.index.table.word(at: position).loadAcquiring())
      let incarnation = word.isLive ? word.incarnation : 0
      if incarnation != known.incarnation(in: position / 8) {
        note(SlotIndex.Place(position: position, word: word), into: &changes)
      }
    }
  }

  private mutating func note(_ place: SlotIndex.Place, into changes: inout [Change]) {
    let found = database.keyed(place)
    let word = found.place.word
    known.note(
      place.position / 8, incarnation: word.isLive ? word.incarnation : 0,
      key: found.key.flatMap { $0.starts(with: prefix) ? $0 : nil }, into: &changes)
  }
}

/// What keeps a database watched for as long as it stands.
final class Watch: Sendable {
  /// As ``ChangeTable/clearCount`` when it began.
  let clearCount: UInt64
  private let attachment: Attachment
  /// Kept: it must not detach before the watch has ended.
  private let database: Database

  init(_ database: Database) throws(StoreError) {
    self.database = database
    attachment = try database.currentAttachment()
    clearCount = attachment.beginWatching()
  }

  deinit { attachment.endWatching() }
}
