import SharedMemory

/// The index: cache-line groups of eight tags and seven slots, probed in order.
///
/// Invariants:
/// - A key's slot is the first never-used one on its path at its first insertion; two inserters of
///   one key race for the same slot. Slots on a path are used in order, so a never-used slot ends
///   every search: a miss costs what a hit costs.
/// - A tag is set after its slot and depends on the slot's hash alone, which never changes. An unset
///   tag means: look.
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
    /// Position in the table.
    let position: Int
    let word: SlotWord
  }

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

  @inline(__always)
  func firstGroup(_ hash: UInt64) -> Int { table.group(hash >> 3) }

  /// Position of the first slot that could be that of a key of `hash`.
  func firstCandidate(_ hash: UInt64) -> Int {
    let group = firstGroup(hash)
    let bits = Self.candidates(table.word(at: group).loadRelaxed(), Self.tag(hash))
    return Self.position(of: bits, inGroup: group)
  }

  /// Asks for the line a search for `hash` begins with.
  @inline(__always)
  func prefetch(_ hash: UInt64) { table.prefetch(firstGroup(hash)) }

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
    return SlotWord(rawValue: word(place).loadRelaxed()).incarnation == place.word.incarnation
  }

  /// Sets the tag of a slot that was just used for the first time.
  func setTag(_ place: Place, hash: UInt64) {
    let slot = place.position % IndexTable.groupStride / 8 - 1
    // No pair: a tag that is not seen means: look.
    table.word(at: place.position & ~(IndexTable.groupStride - 1))
      .setBits(Self.tag(hash) << UInt64(slot * 8))
  }

  /// Calls `body` with every slot that is live when it is looked at.
  func forEachLive<Failure: Error>(
    _ body: (Place) throws(Failure) -> Void
  ) throws(Failure) {
    for group in 0..<table.groupCount {
      for slot in 1...SegmentLayout.slotsPerGroup {
        let position = group * IndexTable.groupStride + slot * 8
        // Pair slot-published.
        let word = SlotWord(rawValue: table.word(at: position).loadAcquiring())
        if word.isLive { try body(Place(position: position, word: word)) }
      }
    }
  }
}
