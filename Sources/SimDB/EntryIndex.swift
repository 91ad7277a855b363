import SharedMemory

/// Finds entries by their keys: the index, and the headers and blocks that it names.
///
/// Nearly all searches end at the first slot that they look at. That case is inlined into its
/// callers and needs little but registers, so that the processor begins the next search while this
/// one waits for memory; everything else is in functions of its own.
///
/// **Concurrency.** Searching never writes, and waits for nobody.
struct EntryIndex: Sendable {
  let slots: SlotIndex
  let blocks: BlockTable
  let space: BlockSpace

  init(_ segment: Segment) {
    slots = SlotIndex(segment)
    blocks = BlockTable(segment)
    space = BlockSpace(segment)
  }

  typealias Place = SlotIndex.Place
  typealias Table = SlotIndex.Table

  /// A slot whose record has the key that was looked for.
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

  /// Looks at the first slot that could be that of `key`.
  ///
  /// - Parameter prefetching: Whether to ask for the record's bytes before its key was compared:
  ///   who has to order accesses between them would wait for one after the other.
  @inline(__always)
  func firstLook(
    _ key: RawSpan, hash: UInt64, at home: SlotIndex.Home, prefetching: Bool = false
  ) -> FirstLook {
    let table = home.table
    let bits = SlotIndex.candidates(
      slots.table.word(at: home.group).loadRelaxed(), SlotIndex.tag(hash))
    let position = SlotIndex.position(of: bits, inGroup: home.group)
    // Pair slot-published: what the publisher wrote into the block is visible.
    let word = SlotWord(rawValue: slots.table.word(at: position).loadAcquiring())
    let isEntry = word.isLive || word.hasArrived(inEpoch: table.epoch)
    guard isEntry, let header = blocks.headers.header(of: word.blockIndex) else {
      return bits != 0 && word == table.neverUsed && home.isValid
        ? .neverUsed(Place(position, epoch: table.epoch, observed: word)) : .open
    }
    if prefetching { space.prefetch(word.blockIndex) }
    let record = Record(word.blockIndex, header)
    guard record.isWhole(with: key, in: space) else { return .open }
    let live =
      word.isLive ? word : word.live(BlockWord(rawValue: header.state.loadRelaxed()).generation)
    let place = Place(position, epoch: table.epoch, observed: word, word: live)
    return .match(Match(place: place, record: record))
  }

  /// What a slot means in a table.
  enum Meaning {
    case neverUsed
    /// The word of an entry; the live one where the slot is frozen and its entry has not moved.
    case entry(SlotWord)
    case tombstone
    /// Nothing: it held a tombstone, or its entry has moved.
    case passed
    /// It was frozen before it was used: what does not stand before it is in the next table.
    case left
    /// It belongs to another table, which has taken the place of this one.
    case foreign
  }

  func meaning(of observed: SlotWord, in table: Table) throws(StoreError) -> Meaning {
    switch observed.kind {
    case SlotWord.live: return .entry(observed)
    case SlotWord.tombstone: return .tombstone
    case SlotWord.frozen:
      if observed.epoch == table.epoch, observed.isMoved { return .passed }
      guard observed.epoch == table.epoch || observed.hasArrived(inEpoch: table.epoch) else {
        return .foreign
      }
      return .entry(observed.live(try header(of: observed.blockIndex).generation))
    default:
      if observed == table.neverUsed { return .neverUsed }
      if observed.isDead { return .passed }
      return observed == table.neverUsed.frozen(epoch: table.epoch) ? .left : .foreign
    }
  }

  /// How a walk along a path ended.
  enum Walk<Outcome> {
    case found(Outcome)
    /// At a slot that was never used.
    case end(Place)
    /// At a slot that was frozen before it was used.
    case left
    /// Every slot was used.
    case exhausted
    /// At a word of another table.
    case foreign

    /// Whether what was not found is in the next table, if it is anywhere: a path that has no end
    /// has none to be frozen either.
    var leadsOn: Bool {
      switch self {
      case .left, .exhausted: true
      default: false
      }
    }
  }

  /// What a look at an entry or a tombstone came to.
  enum Look<Outcome> {
    case goOn
    /// The slot changed meanwhile.
    case lookAgain
    case found(Outcome)
  }

  /// Looks at each slot on the path of `hash` that could be that of a key of the hash.
  ///
  /// - Parameter look: Is shown entries and tombstones.
  @inline(__always)
  func walk<Outcome>(
    _ hash: UInt64, in table: Table, _ look: (Place) throws(StoreError) -> Look<Outcome>
  ) throws(StoreError) -> Walk<Outcome> {
    let tag = SlotIndex.tag(hash)
    var group = table.homeGroup(hash)
    while group < table.end {
      var bits = SlotIndex.candidates(slots.table.word(at: group).loadRelaxed(), tag)
      while bits != 0 {
        let position = SlotIndex.position(of: bits, inGroup: group)
        // Pair slot-published.
        let observed = SlotWord(rawValue: slots.table.word(at: position).loadAcquiring())
        var word = observed
        switch try meaning(of: observed, in: table) {
        case .neverUsed: return .end(Place(position, epoch: table.epoch, observed: observed))
        case .left: return .left
        case .foreign: return .foreign
        case .passed:
          bits &= bits &- 1
          continue
        case .tombstone: break
        case .entry(let live): word = live
        }
        switch try look(Place(position, epoch: table.epoch, observed: observed, word: word)) {
        case .goOn: bits &= bits &- 1
        case .lookAgain: break
        case .found(let outcome): return .found(outcome)
        }
      }
      group += IndexTable.groupStride
    }
    return .exhausted
  }

  // MARK: Reading

  /// The slot that holds `key` and its record, or `nil` when the key is absent.
  ///
  /// - Throws: `corrupt` when a word names a block that does not exist, or the index makes no
  ///   sense.
  func search(_ key: RawSpan, hash: UInt64) throws(StoreError) -> Match? {
    var lookedAgain: IndexState?
    while true {
      let state = try currentState()
      var (walk, isSettled) = try search(key, hash: hash, in: slots.current(state))
      if state.phase == .moving, walk.leadsOn {
        (walk, _) = try search(key, hash: hash, in: slots.next(state))
        #if STEP_HOOK
          if Protection.settledPath.isMissing { isSettled = true }
        #endif
        // The key may have come back into a slot that was not frozen when it was passed, and be on
        // its way from there: nobody may change it before that slot is marked.
        if case .found = walk, !isSettled {
          // By now it is frozen, as all of a path is whose key is in the next table.
          if lookedAgain == state { throw corruptIndex("a slot before a frozen one is not") }
          lookedAgain = state
          continue
        }
      }
      switch walk {
      case .found(let match): return match
      case .end: return nil
      case .exhausted where slots.state() == state: return nil
      default: try checkChange(since: state)
      }
    }
  }

  /// - Returns: How the walk ended, and whether all that it passed was frozen.
  private func search(
    _ key: RawSpan, hash: UInt64, in table: Table
  ) throws(StoreError) -> (Walk<Match>, isSettled: Bool) {
    var isSettled = true
    let walk: Walk<Match> = try walk(hash, in: table) { place throws(StoreError) in
      if !place.isFrozen { isSettled = false }
      guard place.word.isLive else { return .goOn }
      let record = try anyRecord(at: place.word)
      if record.hasKey(key, in: space) { return .found(Match(place: place, record: record)) }
      // Another incarnation's bytes may have been compared: only an unchanged word counts.
      return slots.isUnchanged(place) ? .goOn : .lookAgain
    }
    return (walk, isSettled)
  }

  /// The state of the index.
  ///
  /// - Throws: `corrupt` when it is none.
  func currentState() throws(StoreError) -> IndexState {
    let state = slots.state()
    guard state.isValid, state.phase != nil else {
      throw slots.table.lossError ?? corruptIndex("its state is \(state.rawValue)")
    }
    return state
  }

  /// Makes sure that a search which met another table's words did so because the index has changed.
  func checkChange(since state: IndexState) throws(StoreError) {
    guard slots.state() == state else { return }
    throw corruptIndex("slots of a table that is not in use stand where one is")
  }

  func corruptIndex(_ reason: String) -> StoreError {
    StoreError(
      .corrupt, place: "index of \(slots.table.place)", reason: reason,
      remedy: "save what can be read and create the database again")
  }

  // MARK: Writing

  /// What a writer found on a key's path.
  struct WritePlace {
    let place: Place
    /// Blocks of the one run of the key's record, which the slot names; 0 where there is none.
    let runLength: Int
  }

  /// The slot that holds `key`, or else the one an insertion must take; none of them is frozen.
  ///
  /// - Throws: `full` or `noRoom` when the index must grow and cannot, `corrupt` as `search`.
  func searchForWriting(_ key: RawSpan, hash: UInt64) throws(StoreError) -> WritePlace {
    var lookedAgain: IndexState?
    while true {
      let state = try currentState()
      var reusable: Place?
      var walk = try searchForWriting(
        key, hash: hash, in: slots.current(state), reusable: &reusable)
      if case .left = walk, state.phase == .moving {
        #if STEP_HOOK
          if Protection.settledPath.isMissing { reusable = nil }
        #endif
        // The key may have come back into a tombstone that was not frozen when it was passed.
        if reusable != nil {
          // By now it is frozen, as all is before a frozen end.
          if lookedAgain == state { throw corruptIndex("a slot before a frozen one is not") }
          lookedAgain = state
          continue
        }
        walk = try searchForWriting(key, hash: hash, in: slots.next(state), reusable: &reusable)
      }
      switch walk {
      case .found(let found):
        if !found.place.isFrozen { return found }
        try thaw(found.place)
      case .end(let place): return WritePlace(place: reusable ?? place, runLength: 0)
      case .exhausted:
        if let reusable { return WritePlace(place: reusable, runLength: 0) }
        // Nothing may be put into the next table before all of the key's path is frozen.
        if slots.state() == state { try makeRoom() }
      default: try checkChange(since: state)
      }
    }
  }

  private func searchForWriting(
    _ key: RawSpan, hash: UInt64, in table: Table, reusable: inout Place?
  ) throws(StoreError) -> Walk<WritePlace> {
    var firstReusable: Place?
    defer { reusable = firstReusable }
    return try walk(hash, in: table) { place throws(StoreError) in
      guard place.word.isLive else {
        if firstReusable == nil,
          place.observed.isReusableTombstone(for: hash, epoch: table.epoch)
        {
          firstReusable = place
        }
        return .goOn
      }
      let record = try anyRecord(at: place.word)
      if record.hasKey(key, in: space) {
        return .found(WritePlace(place: place, runLength: record.runLength(in: space)))
      }
      guard slots.isUnchanged(place) else { return .lookAgain }
      return markCollision(place, hash: hash) ? .goOn : .lookAgain
    }
  }

  /// Marks a slot that another key of the very same hash holds, so that after that key's deletion
  /// no key ever takes it: otherwise a key that went past it could come to stand in two slots.
  ///
  /// - Returns: `false` when the slot changed and must be looked at again.
  func markCollision(_ place: Place, hash: UInt64) -> Bool {
    // Where a slot is frozen, no tombstone can follow.
    guard !place.isFrozen, place.observed.collided == 0 else { return true }
    let slot = slots.word(place)
    let other = record(at: place.word)?.key(in: space)
    // Pair record-reused.
    Fence.acquire()
    guard slot.loadRelaxed() == place.observed.rawValue else { return false }
    guard let other, SlotWord.areTwins(slots.hash(other.rawSpan), hash) else { return true }
    return slot.compareExchange(
      place.observed.rawValue, place.observed.rawValue | SlotWord.collidedBit)
  }

  // MARK: Records

  /// What lies where `word` says, be it a record or not; `nil` when there is no such block.
  func record(at word: SlotWord) -> Record? {
    blocks.headers.header(of: word.blockIndex).map { Record(word.blockIndex, $0) }
  }

  /// What lies where `word` says, be it a record or not.
  func anyRecord(at word: SlotWord) throws(StoreError) -> Record {
    guard let record = record(at: word) else { throw missingBlock(word.blockIndex) }
    return record
  }

  func missingBlock(_ block: Int) -> StoreError {
    corruptIndex("a slot names block \(block) of \(blocks.count)")
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

  /// The header of a block that a slot names.
  func header(of block: Int) throws(StoreError) -> BlockWord {
    guard let header = blocks.headers.header(of: block) else { throw missingBlock(block) }
    // Pair header-step.
    return BlockWord(rawValue: header.state.loadAcquiring())
  }

  // MARK: Everything

  /// How many entries there are; those that come, go or are moved meanwhile count once, twice or
  /// not.
  func count() -> Int {
    var count = 0
    // Whoever moves the index all the time is no reason to count for ever.
    for _ in 0..<8 {
      let state = slots.state()
      count = entryCount(of: slots.current(state))
      if state.phase == .moving { count += entryCount(of: slots.next(state)) }
      if slots.state() == state { break }
    }
    return count
  }

  private func entryCount(of table: Table) -> Int {
    var count = 0
    for group in stride(from: table.origin, to: table.end, by: IndexTable.groupStride) {
      for slot in 1...SegmentLayout.slotsPerGroup
      where entry(at: group + slot * 8, in: table) != nil {
        count += 1
      }
    }
    return count
  }

  /// Calls `body` with every slot that holds what no slot of its table can, or with the state of
  /// the index, which has no position, where that is none.
  func forEachContradiction(_ body: (_ position: Int?, _ word: UInt64) -> Void) {
    let state = slots.state()
    guard state.isValid, state.phase != nil else { return body(nil, state.rawValue) }
    for table in state.phase == .moving
      ? [slots.current(state), slots.next(state)] : [slots.current(state)]
    {
      let isBeingLeft = state.phase == .moving && table.epoch == state.epoch
      for group in stride(from: table.origin, to: table.end, by: IndexTable.groupStride) {
        for slot in 1...SegmentLayout.slotsPerGroup {
          let position = group + slot * 8
          // Pair slot-published.
          let word = SlotWord(rawValue: slots.table.word(at: position).loadAcquiring())
          switch try? meaning(of: word, in: table) {
          case .entry, .tombstone, .neverUsed: break
          case .passed where isBeingLeft, .left where isBeingLeft: break
          default: body(position, word.rawValue)
          }
        }
      }
    }
  }

  /// The entry that a slot holds now.
  func entry(in place: Place) -> Place? {
    let state = slots.state()
    let table = slots.current(state)
    return entry(
      at: place.position, in: place.epoch == table.epoch ? table : slots.next(state))
  }

  /// The entry that the slot at `position` of a table holds now.
  func entry(at position: Int, in table: Table) -> Place? {
    // Pair slot-published.
    let observed = SlotWord(rawValue: slots.table.word(at: position).loadAcquiring())
    guard case .entry(let word)? = try? meaning(of: observed, in: table) else { return nil }
    return Place(position, epoch: table.epoch, observed: observed, word: word)
  }
}
