import SharedMemory

/// The index: tables of cache-line groups of eight tags and seven slots, probed upward.
///
/// Invariants:
/// - A key's slot is the first never-used one on its path at its first insertion; two inserters of
///   one key race for the same slot. Slots on a path are used in order, so a never-used slot ends
///   every search: a miss costs what a hit costs.
/// - A path begins at the key's home group and goes upward, never around.
/// - A tag is set after its slot and depends on the slot's hash alone, which never changes while
///   the table stands. An unset tag means: look.
///
/// **Concurrency.** Searching never writes.
struct SlotIndex: Sendable {
  let table: IndexTable
  /// Hashes a key.
  let hash: KeyHash

  init(_ segment: Segment) {
    table = IndexTable(segment)
    hash = KeyHash(seed: segment.hashSeed)
  }

  /// A slot and what it held.
  struct Place {
    /// Position in the areas of the index.
    let position: Int
    /// Epoch of the table.
    let epoch: UInt64
    /// What the slot held.
    let observed: SlotWord
    /// What that means: the same, or the live word of an entry that was frozen.
    let word: SlotWord

    @inline(__always)
    init(_ position: Int, epoch: UInt64, observed: SlotWord, word: SlotWord? = nil) {
      self.position = position
      self.epoch = epoch
      self.observed = observed
      self.word = word ?? observed
    }

    /// Whether the entry must be moved before it can be changed.
    @inline(__always)
    var isFrozen: Bool { observed.isFrozenEntry && observed.epoch == epoch }
  }

  // MARK: Tables

  /// Byte offset of the group that a path of `hash` begins with, in a table with `homeMask`.
  @inline(__always)
  static func homeOffset(_ hash: UInt64, _ homeMask: Int) -> Int {
    Int(truncatingIfNeeded: hash &<< 3) & homeMask
  }

  /// One table of the index.
  struct Table {
    let epoch: UInt64
    let origin: Int
    let homeMask: Int

    /// Position of the group that a path of `hash` begins with.
    @inline(__always)
    func homeGroup(_ hash: UInt64) -> Int {
      origin &+ SlotIndex.homeOffset(hash, homeMask)
    }

    /// Bytes of the home groups.
    var homeBytes: Int { homeMask + IndexTable.groupStride }

    /// Home groups and tail groups.
    var groupCount: Int { homeBytes / IndexTable.groupStride + SegmentLayout.tailGroupCount }

    /// Words of all groups.
    var slotCount: Int { groupCount * IndexTable.groupStride / 8 }

    /// Slots of the home groups.
    var homeSlotCount: Int { homeBytes / IndexTable.groupStride * SegmentLayout.slotsPerGroup }

    /// Position of the group with `number`.
    func group(_ number: Int) -> Int { origin + number * IndexTable.groupStride }

    /// Number of the group at `position`, or in which it lies.
    func groupNumber(at position: Int) -> Int { (position - origin) / IndexTable.groupStride }

    /// Number of the word at `position`, of all groups.
    func slotNumber(at position: Int) -> Int { (position - origin) / 8 }

    /// Position behind the last group.
    var end: Int { group(groupCount) }

    /// What its slots hold that were not used so far.
    @inline(__always)
    var neverUsed: SlotWord { .neverUsed(epoch: epoch) }
  }

  /// Which table is the index's at this moment.
  @inline(__always)
  func state() -> IndexState {
    // Pair index-moved: the table that has taken over is complete.
    IndexState(rawValue: table.state.loadAcquiring())
  }

  /// The table that is the index in `state`.
  @inline(__always)
  func current(_ state: IndexState) -> Table {
    let epoch = state.rawValue >> 32
    return Table(
      epoch: epoch, origin: table.origin(ofEpoch: epoch),
      homeMask: table.homeMask(Int(truncatingIfNeeded: state.rawValue & 63)))
  }

  /// Where a search begins.
  struct Home {
    let table: Table
    /// Position of the group.
    let group: Int
    /// Whether there is an index at all.
    let isValid: Bool
  }

  /// Where a search for a key of `hash` begins at this moment.
  @inline(__always)
  func home(_ hash: UInt64) -> Home {
    let state = state()
    let table = current(state)
    return Home(table: table, group: table.homeGroup(hash), isValid: state.isValid)
  }

  /// Whether the table of `epoch` is the index, or the next one, at this moment. What was found in
  /// it before was then its own: a live word does not tell.
  func isInUse(_ epoch: UInt64) -> Bool {
    #if STEP_HOOK
      if Protection.tombstoneEpoch.isMissing { return true }
    #endif
    let state = state()
    return epoch == state.epoch || epoch == state.moved.epoch
  }

  /// The table that entries move to in `state`.
  func next(_ state: IndexState) -> Table { current(state.moved) }

  // MARK: Groups

  /// Nonzero, so that it differs from an unset tag.
  @inline(__always)
  static func tag(_ hash: UInt64) -> UInt64 { (hash >> 56) | 1 }

  /// Bytes of `tags` that are zero or equal `tag`, as their top bits; may name some more above one.
  @inline(__always)
  static func candidates(_ tags: UInt64, _ tag: UInt64) -> UInt64 {
    let low: UInt64 = 0x0101_0101_0101_0101
    let difference = tags ^ (tag &* low)
    let matching = (difference &- low) & ~difference
    let unset = (tags &- low) & ~tags
    return (matching | unset) & 0x0080_8080_8080_8080
  }

  /// Position of the first slot that `candidates` names.
  @inline(__always)
  static func position(of candidates: UInt64, inGroup group: Int) -> Int {
    group &+ 8 &+ (candidates.trailingZeroBitCount & 0x38)
  }

  /// Position of the first slot that could be that of a key of `hash`.
  func firstCandidate(_ hash: UInt64) -> Int {
    let group = home(hash).group
    let bits = Self.candidates(table.word(at: group).loadRelaxed(), Self.tag(hash))
    return Self.position(of: bits, inGroup: group)
  }

  /// Asks for the line a search begins with.
  @inline(__always)
  func prefetch(_ home: Home) { table.prefetch(home.group) }

  /// The word in the slot of `place` now.
  @inline(__always)
  func word(_ place: Place) -> AtomicWord { table.word(at: place.position) }

  /// Whether the slot of `place` still names the same incarnation, so that what was read of its
  /// record before was whole.
  @inline(__always)
  func isUnchanged(_ place: Place) -> Bool {
    #if STEP_HOOK
      if Protection.secondLook.isMissing { return true }
    #endif
    // Pair record-reused: bytes of a later incarnation imply that the slot has changed.
    Fence.acquire()
    return isUnchanged(place, now: word(place).loadRelaxed())
  }

  /// Whether `now`, found in the slot of `place`, names the same incarnation.
  @inline(__always)
  func isUnchanged(_ place: Place, now: UInt64) -> Bool {
    SlotWord(rawValue: now).incarnation == place.observed.incarnation
  }

  /// Sets the tag of a slot that was used for the first time in its table.
  func setTag(_ position: Int, epoch: UInt64, hash: UInt64) {
    let slot = position % IndexTable.groupStride / 8 - 1
    let tags = table.word(at: position & ~(IndexTable.groupStride - 1))
    while true {
      let found = tags.loadRelaxed()
      // The area may be another table's by now, to whose slot the tag does not belong: one of
      // another epoch, or of one that differs only in what a group does not tell.
      guard found >> 56 == epoch & 0xff, isInUse(epoch) else { return }
      // No pair: a tag that is not seen means: look.
      if tags.compareExchange(found, found | Self.tag(hash) << UInt64(slot * 8)) { return }
    }
  }
}
