import SharedMemory

/// Finds out what has changed in a database since it was last asked.
///
/// A reader that may write says in the segment that it watches. Publishers then count their changes
/// in the change table, and it compares the slots of those shares of the index whose count differs
/// from what it saw last. It notes the counts before it reads the slots, so that a change which it
/// does not find yet differs the next time. A reader that may not write compares all slots whenever
/// anything has been published, which lanes count anyway.
///
/// Whoever is stopped or dies between its change and the count leaves its announcement; so all that
/// is announced is looked at each time.
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
  /// The state of the index when it was last looked at.
  private var state: IndexState?

  /// What it sleeps on; `nil` where it may not write, and so nobody wakes it.
  var arrival: WakeWord? { watch == nil ? nil : database.changeTable.arrival }

  /// Why there will be no more changes, if so.
  var end: StoreError? {
    let isLive = database.isLive
    // Who deletes the file tells nobody; who watches would wait for a store that nobody finds.
    guard !isLive || database.segment.isRemoved else { return nil }
    return StoreError(
      .dropped, place: "database '\(database.name)'",
      reason: "\(isLive ? "its file was removed" : "it was dropped") while it was watched",
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
    known = KnownEntries(slotCount: 0)
    counts = Array(repeating: 0, count: ChangeTable.shareCount)
  }

  /// What has changed since the last look; the first time, in byte order of the keys, what there
  /// is.
  ///
  /// - Throws: As the initializer.
  /// - Complexity: O(shares) and O(slots of those that have changed); O(slots of the index) while
  ///   it is being moved and anything is published.
  mutating func look() throws(StoreError) -> [Change] {
    let changes = try found()
    // Zeros are no entries.
    try database.segment.checkLoss()
    return changes
  }

  private mutating func found() throws(StoreError) -> [Change] {
    let isUnsure = try noteClearing()
    let now = database.index.state()
    // Before the slots are read: what is published after them differs the next time.
    let count = lanes.changeCount
    let isCounted = count != changeCount
    changeCount = count
    guard now == state, now.isStable else {
      let isNews = now != state || isUnsure || isCounted || !lanes.announcedSlots().isEmpty
      return isNews ? learnAnew() : []
    }
    let table = database.index.current(now)
    var changes: [Change] = []
    let isComplete =
      if isUnsure || watch == nil && isCounted {
        compareAll(of: table, into: &changes)
      } else if watch != nil {
        compareMarkedShares(of: table, into: &changes)
      } else {
        true
      }
    if isComplete, compareAnnounced(in: table, into: &changes) { return changes }
    // The index is on its way to another table: slots tell nothing any more of what was deleted.
    return changes + learnAnew()
  }

  /// Says anew that somebody watches if that was cleared, by whoever took this process for dead.
  ///
  /// - Returns: Whether it was, so that changes may have gone by unannounced.
  private mutating func noteClearing() throws(StoreError) -> Bool {
    guard let watch, database.changeTable.clearCount != watch.clearCount else { return false }
    self.watch = try Watch(database)
    return true
  }

  /// Finds all entries again, wherever they stand by now; they are compared by their keys.
  private mutating func learnAnew() -> [Change] {
    let before = known
    let seen = database.index.state()
    let table = database.index.current(seen)
    known = KnownEntries(slotCount: table.slotCount)
    database.entries.forEachShare(prefix: prefix) { share in
      for entry in share.entries {
        let place = entry.place
        let isInTable = place.epoch == table.epoch && place.position < table.end
        known.learn(
          entry.key, generation: place.word.incarnation,
          slot: isInTable ? table.slotNumber(at: place.position) : nil,
          word: place.observed.incarnation)
      }
    }
    // If the index has moved meanwhile, the next look learns anew.
    state = seen
    return known.changes(since: before).sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  // Each of these returns whether the table was the index all the time.

  private mutating func compareMarkedShares(
    of table: SlotIndex.Table, into changes: inout [Change]
  ) -> Bool {
    for share in counts.indices {
      let count = database.changeTable.count(of: share)
      guard count != counts[share] else { continue }
      counts[share] = count
      let distance = (share - database.changeTable.share(of: table.origin)) & (counts.count - 1)
      for number in stride(from: distance, to: table.groupCount, by: counts.count) {
        guard compareGroup(number, of: table, into: &changes) else { return false }
      }
    }
    return true
  }

  private mutating func compareAll(
    of table: SlotIndex.Table, into changes: inout [Change]
  ) -> Bool {
    for number in 0..<table.groupCount {
      guard compareGroup(number, of: table, into: &changes) else { return false }
    }
    return true
  }

  private mutating func compareAnnounced(
    in table: SlotIndex.Table, into changes: inout [Change]
  ) -> Bool {
    for slot in lanes.announcedSlots() {
      // A mapped number: it may be anything.
      let position = slot &- database.index.table.offset
      guard position >= table.origin, position < table.end else { continue }
      let number = table.groupNumber(at: position)
      guard compareGroup(number, of: table, into: &changes) else { return false }
    }
    return true
  }

  private mutating func compareGroup(
    _ number: Int, of table: SlotIndex.Table, into changes: inout [Change]
  ) -> Bool {
    for slot in 1...SegmentLayout.slotsPerGroup {
      let position = table.group(number) + slot * 8
      // Pair slot-published.
      let word = SlotWord(rawValue: database.index.table.word(at: position).loadAcquiring())
      let held = word.isLive || word.isFrozenEntry ? word.incarnation : 0
      let slotNumber = table.slotNumber(at: position)
      guard held != known.word(in: slotNumber) else { continue }
      let found =
        database.entries.entry(at: position, in: table).map { database.entries.key(at: $0) }
        ?? .gone
      // What is not there may have moved: only as long as nothing moves has it been deleted.
      guard database.index.state() == state else { return false }
      note(found, in: slotNumber, into: &changes)
    }
    return true
  }

  private mutating func note(
    _ found: EntryIndex.KeyLook, in number: Int, into changes: inout [Change]
  ) {
    switch found {
    case .key(let key, let place):
      known.note(
        number, word: place.observed.incarnation, generation: place.word.incarnation,
        key: key.starts(with: prefix) ? key : nil, into: &changes)
    case .gone, .unreadable: known.note(number, word: 0, generation: 0, key: nil, into: &changes)
    }
  }
}
