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
  let region: SharedRegion
  let layout: SegmentLayout
  let seed: UInt64
  let blocks: BlockTable

  /// A slot and what it held.
  struct Place {
    /// Segment offset of the slot.
    let offset: Int
    let word: SlotWord
  }

  @inline(__always)
  private var groupMask: Int { layout.indexGroupCount &- 1 }

  @inline(__always)
  private func groupOffset(_ group: Int) -> Int { layout.indexOffset &+ group &* 64 }

  @inline(__always)
  private func firstGroup(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: hash >> 3) & groupMask
  }

  /// Nonzero, so that it differs from an unset tag.
  @inline(__always)
  private static func tag(_ hash: UInt64) -> UInt64 { (hash >> 56) | 1 }

  /// Bytes of `tags` that are zero or equal `tag`, as their top bits; may name some more above one.
  @inline(__always)
  private static func candidates(_ tags: UInt64, _ tag: UInt64) -> UInt64 {
    let low: UInt64 = 0x0101_0101_0101_0101
    let difference = tags ^ (tag &* low)
    let matching = (difference &- low) & ~difference
    let unset = (tags &- low) & ~tags
    return (matching | unset) & 0x0080_8080_8080_8080
  }

  @inline(__always)
  func hash(_ key: RawSpan) -> UInt64 { seededHash(key, seed: seed) }

  /// Asks for the line a search for `hash` begins with.
  @inline(__always)
  func prefetch(_ hash: UInt64) { region.prefetch(groupOffset(firstGroup(hash))) }

  /// The slot that holds `key`, or `nil` when the key is absent.
  ///
  /// - Throws: `corrupt` when a word names a block that does not exist.
  @inline(__always)
  func find(_ key: RawSpan, hash: UInt64) throws(StoreError) -> Place? {
    let tag = Self.tag(hash)
    var group = firstGroup(hash)
    for _ in 0..<layout.indexGroupCount {
      let offset = groupOffset(group)
      var bits = Self.candidates(region.word(at: offset).loadRelaxed(), tag)
      while bits != 0 {
        let slot = offset + 8 + bits.trailingZeroBitCount & ~7
        bits &= bits &- 1
        while true {
          // Pair slot-published: what the publisher wrote into the block is visible.
          let word = SlotWord(rawValue: region.word(at: slot).loadAcquiring())
          if word.rawValue == SlotWord.neverUsed { return nil }
          guard word.isLive else { break }
          if try recordHasKey(key, word) { return Place(offset: slot, word: word) }
          Fence.acquire()
          // Another incarnation's bytes may have been compared: only an unchanged word counts.
          if region.word(at: slot).loadRelaxed() == word.rawValue { break }
        }
      }
      group = (group + 1) & groupMask
    }
    return nil
  }

  /// The slot that holds `key`, or else the one an insertion must take.
  ///
  /// - Throws: `full` when every slot on the path was used, `corrupt` as `find`.
  @inline(__always)
  func findForWriting(_ key: RawSpan, hash: UInt64) throws(StoreError) -> Place {
    let tag = Self.tag(hash)
    var group = firstGroup(hash)
    var reusable: Place?
    for _ in 0..<layout.indexGroupCount {
      let offset = groupOffset(group)
      var bits = Self.candidates(region.word(at: offset).loadRelaxed(), tag)
      while bits != 0 {
        let slot = offset + 8 + bits.trailingZeroBitCount & ~7
        bits &= bits &- 1
        while true {
          // Pair slot-published.
          let word = SlotWord(rawValue: region.word(at: slot).loadAcquiring())
          if word.rawValue == SlotWord.neverUsed {
            return reusable ?? Place(offset: slot, word: word)
          }
          if !word.isLive {
            if reusable == nil, word.isReusableTombstone(for: hash) {
              reusable = Place(offset: slot, word: word)
            }
            break
          }
          blocks.prefetch(word.blockIndex)
          if try recordHasKey(key, word) { return Place(offset: slot, word: word) }
          Fence.acquire()
          guard region.word(at: slot).loadRelaxed() == word.rawValue else { continue }
          if try markCollision(slot, word, hash: hash) { break }
        }
      }
      group = (group + 1) & groupMask
    }
    if let reusable { return reusable }
    throw StoreError(
      .full, place: "index",
      reason: "all \(layout.indexGroupCount * SegmentLayout.slotsPerGroup) slots have been used",
      remedy: "create the database with more blocks")
  }

  /// Marks a slot that another key of the very same hash holds, so that after that key's deletion no
  /// key ever takes it: otherwise a key that went past it could come to stand in two slots.
  ///
  /// - Returns: `false` when the slot changed and must be looked at again.
  private func markCollision(
    _ slot: Int, _ word: SlotWord, hash: UInt64
  ) throws(StoreError) -> Bool {
    guard word.collided == 0 else { return true }
    guard let header = RecordHeader(at: word.blockIndex, in: region, layout: layout),
      let other = header.key(in: region, layout: layout)
    else { return region.word(at: slot).loadRelaxed() == word.rawValue }
    Fence.acquire()
    guard region.word(at: slot).loadRelaxed() == word.rawValue else { return false }
    guard self.hash(other.rawSpan) & ~7 == hash & ~7 else { return true }
    let marked = word.rawValue | SlotWord.collidedBit
    return region.word(at: slot).compareExchange(word.rawValue, marked)
  }

  /// Sets the tag of a slot that was just used for the first time.
  func setTag(_ slot: Int, hash: UInt64) {
    let group = slot & ~63
    let position = (slot & 63) / 8 - 1
    region.word(at: group).setBits(Self.tag(hash) << UInt64(position * 8))
  }

  @inline(__always)
  private func recordHasKey(_ key: RawSpan, _ word: SlotWord) throws(StoreError) -> Bool {
    let block = word.blockIndex
    guard block < layout.blockCount else { throw noSuchBlock(block) }
    // The common case first: one comparison of the length, one of the bytes.
    let record = region.region(
      at: layout.blocksOffset &+ block &* layout.blockSize, count: RecordHeader.size)
    guard record.word(at: 0).loadRelaxed() & 0xffff_ffff == UInt64(key.byteCount) else {
      return false
    }
    if record.word(at: 8).loadRelaxed() & RecordHeader.fragmentedBit == 0 {
      let offset = layout.blocksOffset &+ block &* layout.blockSize &+ RecordHeader.size
      return offset <= region.count &- key.byteCount && region.equals(key, at: offset)
    }
    return fragmentedRecordHasKey(key, block)
  }

  @inline(never)
  private func fragmentedRecordHasKey(_ key: RawSpan, _ block: Int) -> Bool {
    RecordHeader(at: block, in: region, layout: layout)?
      .hasKey(key, in: region, layout: layout) ?? false
  }

  @inline(never)
  private func noSuchBlock(_ block: Int) -> StoreError {
    StoreError(
      .corrupt, place: "index",
      reason: "a slot names block \(block) of \(layout.blockCount)",
      remedy: "save what can be read and create the database again")
  }

  /// Calls `body` with every slot that is live when it is looked at.
  func forEachLive<Failure: Error>(
    _ body: (Place) throws(Failure) -> Void
  ) throws(Failure) {
    for group in 0..<layout.indexGroupCount {
      for position in 1...SegmentLayout.slotsPerGroup {
        let offset = groupOffset(group) + position * 8
        let word = SlotWord(rawValue: region.word(at: offset).loadAcquiring())
        if word.isLive, word.blockIndex < layout.blockCount {
          try body(Place(offset: offset, word: word))
        }
      }
    }
  }
}
