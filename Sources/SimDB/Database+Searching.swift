import SharedMemory

/// Searches of the index.
///
/// Nearly all end at the first slot that they look at. That case is inlined into its callers and
/// needs little but registers, so that the processor begins the next search while this one waits
/// for memory; everything else is in functions of its own.
extension Database {
  typealias Place = SlotIndex.Place

  /// A live slot whose record has the key that was looked for.
  struct Match {
    let place: Place
    let record: Record
  }

  /// What the first slot tells that could be a key's.
  enum FirstLook {
    /// It holds the key, in a record of one run.
    case match(Match)
    /// It was never used, so the key is absent, and would be inserted here.
    case neverUsed(Place)
    /// Neither.
    case open
  }

  @inline(__always)
  func firstLook(_ key: RawSpan, hash: UInt64) -> FirstLook {
    let group = index.firstGroup(hash)
    let bits = SlotIndex.candidates(
      index.table.word(at: group).loadRelaxed(), SlotIndex.tag(hash))
    let position = SlotIndex.position(of: bits, inGroup: group)
    // Pair slot-published: what the publisher wrote into the block is visible.
    let word = SlotWord(rawValue: index.table.word(at: position).loadAcquiring())
    let place = Place(position: position, word: word)
    guard word.isLive, let header = blocks.headers.header(of: word.blockIndex) else {
      return bits != 0 && word.rawValue == SlotWord.neverUsed ? .neverUsed(place) : .open
    }
    let record = Record(word.blockIndex, header)
    guard record.isWhole(with: key, in: space) else { return .open }
    return .match(Match(place: place, record: record))
  }

  /// The slot that holds `key` and its record, or `nil` when the key is absent.
  ///
  /// - Throws: `corrupt` when a word names a block that does not exist.
  @inline(__always)
  func find(_ key: RawSpan, hash: UInt64) throws(StoreError) -> Match? {
    switch firstLook(key, hash: hash) {
    case .match(let match): match
    case .neverUsed: nil
    case .open: try search(key, hash: hash)
    }
  }

  /// What a look at a slot of a path came to.
  private enum Look<Outcome> {
    case goOn
    /// The slot changed meanwhile.
    case lookAgain
    case end(Outcome)
  }

  /// Looks at each slot on the path of `hash` that could be that of a key of the hash.
  ///
  /// - Returns: `nil` when every slot on the path was used, and none ended the walk.
  @inline(__always)
  private func walk<Outcome>(
    _ hash: UInt64, _ look: (Place) throws(StoreError) -> Look<Outcome>
  ) throws(StoreError) -> Outcome? {
    let tag = SlotIndex.tag(hash)
    var group = index.firstGroup(hash)
    for _ in 0..<index.table.groupCount {
      var bits = SlotIndex.candidates(index.table.word(at: group).loadRelaxed(), tag)
      while bits != 0 {
        let position = SlotIndex.position(of: bits, inGroup: group)
        // Pair slot-published.
        let word = SlotWord(rawValue: index.table.word(at: position).loadAcquiring())
        switch try look(Place(position: position, word: word)) {
        case .goOn: bits &= bits &- 1
        case .lookAgain: break
        case .end(let outcome): return outcome
        }
      }
      group = index.table.group(after: group)
    }
    return nil
  }

  @inline(never)
  private func search(_ key: RawSpan, hash: UInt64) throws(StoreError) -> Match? {
    let found: Match?? = try walk(hash) { place throws(StoreError) in
      if place.word.rawValue == SlotWord.neverUsed { return .end(nil) }
      guard place.word.isLive else { return .goOn }
      let record = try anyRecord(at: place.word)
      if record.hasKey(key, in: space) { return .end(Match(place: place, record: record)) }
      // Another incarnation's bytes may have been compared: only an unchanged word counts.
      return index.isUnchanged(place) ? .goOn : .lookAgain
    }
    return found ?? nil
  }

  /// What a writer found on a key's path.
  struct WritePlace {
    let place: Place
    /// Blocks of the one run of the key's record, which the slot names; 0 where there is none.
    let runLength: Int
  }

  /// The slot that holds `key`, or else the one an insertion must take.
  ///
  /// - Throws: `full` when every slot on the path was used, `corrupt` as `find`.
  @inline(__always)
  func findForWriting(_ key: RawSpan, hash: UInt64) throws(StoreError) -> WritePlace {
    switch firstLook(key, hash: hash) {
    case .match(let match):
      WritePlace(place: match.place, runLength: match.record.runLength(in: space))
    case .neverUsed(let place): WritePlace(place: place, runLength: 0)
    case .open: try searchForWriting(key, hash: hash)
    }
  }

  @inline(never)
  private func searchForWriting(_ key: RawSpan, hash: UInt64) throws(StoreError) -> WritePlace {
    var reusable: Place?
    let found = try walk(hash) { place throws(StoreError) -> Look<WritePlace> in
      if place.word.rawValue == SlotWord.neverUsed {
        return .end(WritePlace(place: reusable ?? place, runLength: 0))
      }
      guard place.word.isLive else {
        if reusable == nil, place.word.isReusableTombstone(for: hash) { reusable = place }
        return .goOn
      }
      let record = try anyRecord(at: place.word)
      if record.hasKey(key, in: space) {
        return .end(WritePlace(place: place, runLength: record.runLength(in: space)))
      }
      guard index.isUnchanged(place) else { return .lookAgain }
      return markCollision(place, hash: hash) ? .goOn : .lookAgain
    }
    if let found { return found }
    if let reusable { return WritePlace(place: reusable, runLength: 0) }
    throw StoreError(
      .full, place: "database '\(name)'",
      reason: "all \(index.table.groupCount * SegmentLayout.slotsPerGroup) slots of its index "
        + "have been used",
      remedy: "create the database with more blocks")
  }

  /// Marks a slot that another key of the very same hash holds, so that after that key's deletion no
  /// key ever takes it: otherwise a key that went past it could come to stand in two slots.
  ///
  /// - Returns: `false` when the slot changed and must be looked at again.
  private func markCollision(_ place: Place, hash: UInt64) -> Bool {
    guard place.word.collided == 0 else { return true }
    let slot = index.word(place)
    let other = record(at: place.word)?.key(in: space)
    // Pair record-reused.
    Fence.acquire()
    guard slot.loadRelaxed() == place.word.rawValue else { return false }
    guard let other, index.hash(other.rawSpan) & ~7 == hash & ~7 else { return true }
    return slot.compareExchange(
      place.word.rawValue, place.word.rawValue | SlotWord.collidedBit)
  }

  /// What lies where `word` says, be it a record or not; `nil` when there is no such block.
  func record(at word: SlotWord) -> Record? {
    blocks.headers.header(of: word.blockIndex).map { Record(word.blockIndex, $0) }
  }

  /// What lies where `word` says, be it a record or not.
  func anyRecord(at word: SlotWord) throws(StoreError) -> Record {
    guard let record = record(at: word) else { throw missingBlock(word) }
    return record
  }

  func missingBlock(_ word: SlotWord) -> StoreError {
    StoreError(
      .corrupt, place: "index of database '\(name)'",
      reason: "a slot names block \(word.blockIndex) of \(blocks.count)",
      remedy: "save what can be read and create the database again")
  }
}
