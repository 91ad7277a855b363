import SharedMemory

/// The index is moved to another table when three quarters of its slots were used: to a greater
/// one, or to one of the same size without the tombstones.
///
///     stable ──▶ preparing ──▶ moving ──▶ stable, with the next epoch
///
/// - *preparing*: every slot of the next table is made one that was never used. Nobody uses it yet.
/// - *moving*: slots are frozen strictly upward, so a slot is frozen only after all below it. Once
///   the end of an entry's path is frozen, the entry is moved: its word is put into the next table,
///   and its slot marked. Until then it is found where it was; a writer moves it before it changes
///   it.
///
/// Every writing operation does a part of the work, and anybody may do any part, again: each step
/// is a compare-and-swap from a word that carries the epoch, or from a live word, which stands in
/// no other table. So who is stopped holds nobody up, and does no harm when it goes on at any later
/// time.
///
/// **Concurrency.** Lock-free; any number of processes at once. `Documentation/Concurrency.md` has
/// the reasons; `Documentation/Models/growth.pml` has every interleaving in small, and
/// `Documentation/Proof.md` says how each step was tried.
extension EntryIndex {
  // MARK: Beginning

  /// Counts slots that were taken for the first time, and begins a move when the table is filling.
  @inline(never)
  func countTaken(_ count: Int) {
    let used = slots.table.used.addRelaxed(UInt64(count)) &+ UInt64(count)
    let state = slots.state()
    guard state.isStable, used > UInt64(slots.current(state).homeSlotCount / 4 * 3) else { return }
    do throws(StoreError) {
      try beginMove(state)
    } catch {
      // There is room left in the table, and who finds none will see the error.
      slots.table.used.storeRelaxed(used / 2)
    }
  }

  /// Moves the index, all of it, because a path has no slot left.
  ///
  /// - Throws: `noRoom` when there is no memory for a greater table; `full` when there can be none.
  func makeRoom() throws(StoreError) {
    let state = try currentState()
    if state.isStable { try beginMove(state, isUrgent: true) }
    try finishMoving()
  }

  /// Brings a move that somebody has begun to its end.
  ///
  /// - Throws: As ``help(with:progress:)``.
  func finishMoving() throws(StoreError) {
    let state = try currentState()
    guard !state.isStable else { return }
    var progress = MoveProgress()
    while true {
      let now = try currentState()
      guard now.epoch == state.epoch, !now.isStable else { return }
      try help(with: Int.max, progress: &progress)
    }
  }

  private func beginMove(_ state: IndexState, isUrgent: Bool = false) throws(StoreError) {
    let table = slots.current(state)
    let counts = estimate(table)
    let isFilling = counts.used >= table.homeSlotCount / 4 * 3
    guard isFilling || isUrgent else {
      slots.table.used.storeRelaxed(UInt64(counts.used))
      return
    }
    let largest = slots.table.largestLogarithm
    var logarithm = state.logarithm + (isFilling ? 0 : 1)
    while logarithm < largest,
      counts.live > table.homeSlotCount << (logarithm - state.logarithm) / 2
    {
      logarithm += 1
    }
    guard logarithm <= largest else {
      throw StoreError(
        .full, place: slots.table.place,
        reason: "no slot of its index is left on the way of a key, and it is as large as it may be",
        remedy: "create the database with more blocks")
    }
    let next = state.preparing(logarithm)
    try slots.table.commit(epoch: next.moved.epoch, logarithm: logarithm)
    // Pair index-moved.
    _ = slots.table.state.compareExchange(state.rawValue, next.rawValue)
  }

  /// About how many slots of a table were used, and hold entries.
  ///
  /// Hashes spread both evenly over the groups, so that some tell of all: nobody is held up by a
  /// look at a large table. A small one is counted.
  private func estimate(_ table: Table) -> (used: Int, live: Int) {
    let step = max(1, table.groupCount / Self.sampleSize)
    var used = 0
    var live = 0
    for number in stride(from: 0, to: table.groupCount, by: step) {
      for slot in 1...SegmentLayout.slotsPerGroup {
        let position = table.group(number) + slot * 8
        let word = SlotWord(rawValue: slots.table.word(at: position).loadRelaxed())
        if word != table.neverUsed { used += 1 }
        if word.isLive || word.isFrozenEntry && !word.isMoved { live += 1 }
      }
    }
    return (used * step, live * step)
  }

  /// Groups that tell of all: of the 7,000 slots in them half a per cent more or less may be used.
  private static var sampleSize: Int { 1_024 }

  // MARK: Helping

  /// Groups that an operation moves when it has done its own work.
  static var usualEffort: Int { 4 }

  /// Does a part of what is to be done before the next table is the index.
  ///
  /// - Parameters:
  ///   - effort: About how many groups to move.
  ///   - progress: What the caller has seen done so far.
  /// - Throws: `corrupt`; `full` when the next table is too small.
  @inline(never)
  func help(
    with effort: Int = usualEffort, progress: inout MoveProgress
  ) throws(StoreError) {
    let state = try currentState()
    let next = slots.next(state)
    // To make a group ready, or to see that it has moved, costs a fraction of moving one.
    let glance = min(effort, Int.max / 16) * 16
    switch state.phase {
    case .preparing:
      let claimed = claim(glance, of: next.groupCount, in: state)
      let groups = claimed ?? look(glance, of: next.groupCount, in: state, after: progress)
      guard prepare(groups, of: next, in: state) else { return }
      progress.note(groups, in: state)
      guard progress.isComplete(next.groupCount, in: state) else { return }
      // Pair index-moved: all of the next table was seen ready.
      _ = slots.table.state.compareExchange(state.rawValue, state.moving.rawValue)
    case .moving:
      let table = slots.current(state)
      let claimed = claim(effort, of: table.groupCount, in: state)
      let groups = claimed ?? look(glance, of: table.groupCount, in: state, after: progress)
      for number in groups {
        guard try moveGroup(number, of: table, in: state) else { return }
      }
      progress.note(groups, in: state)
      guard progress.isComplete(table.groupCount, in: state) else { return }
      let used = estimate(next).used
      // Pair index-moved: all of the table was seen moved.
      if slots.table.state.compareExchange(state.rawValue, state.moved.rawValue) {
        slots.table.used.storeRelaxed(UInt64(used))
      }
    default: return
    }
  }

  /// The next groups that nobody has taken, or `nil` when all were: then whoever took them may have
  /// died, and all that the caller has not seen done must be looked through.
  private func claim(_ effort: Int, of count: Int, in state: IndexState) -> Range<Int>? {
    let phase = cursorPhase(state)
    while true {
      let found = slots.table.cursor.loadRelaxed()
      let first = found >> 32 == phase >> 32 ? Int(found & 0xffff_ffff) : 0
      guard first < count, effort < count else { return nil }
      let last = min(count, first + effort)
      // No pair: a hint; what is claimed twice or not at all costs time.
      if slots.table.cursor.compareExchange(found, phase | UInt64(last)) { return first..<last }
    }
  }

  /// The groups to look at when all were taken: the next ones that the caller has not seen done, or
  /// all that are left.
  ///
  /// Whoever performs only a few operations and ends never sees everything done. So the cursor
  /// counts on what all have looked at, and when that is many times the table, somebody looks at
  /// the rest at once.
  private func look(
    _ effort: Int, of count: Int, in state: IndexState, after progress: MoveProgress
  ) -> Range<Int> {
    let found = slots.table.cursor.loadRelaxed()
    guard effort < count, found >> 32 == cursorPhase(state) >> 32,
      Int(found & 0xffff_ffff) < Self.mostLooks * count
    else { return progress.next(count, of: count, in: state) }
    // No pair: a hint; a look that is not counted makes the end a little later.
    _ = slots.table.cursor.compareExchange(found, found + UInt64(effort))
    return progress.next(effort, of: count, in: state)
  }

  /// So many times all may have looked at as many groups as a table has, before one looks at all.
  private static var mostLooks: Int { 16 }

  /// What the cursor holds above the number of a group.
  private func cursorPhase(_ state: IndexState) -> UInt64 {
    (state.epoch << 1 | (state.phase == .moving ? 1 : 0)) << 32
  }

  /// Makes slots ones that were never used.
  ///
  /// - Returns: `false` when the table was ready before.
  private func prepare(_ groups: Range<Int>, of table: Table, in state: IndexState) -> Bool {
    let tags = table.epoch << 56
    for number in groups {
      for position in stride(from: table.group(number), to: table.group(number + 1), by: 8) {
        let word = slots.table.word(at: position)
        let fresh = position % IndexTable.groupStride == 0 ? tags : table.neverUsed.rawValue
        var found = word.loadRelaxed()
        while found != fresh {
          // What was found before the state was seen unchanged is of the epoch before.
          guard slots.state() == state else { return false }
          // Pair index-moved: ready before the state says so.
          if word.compareExchange(found, fresh) { break }
          found = word.loadRelaxed()
        }
      }
    }
    return slots.state() == state
  }

  // MARK: Freezing

  /// Freezes all slots up to the end of every path that goes through a group.
  ///
  /// - Returns: `false` when the table is not the index any more.
  private func freeze(throughPathsOf number: Int, of table: Table, in state: IndexState) -> Bool {
    for last in number..<table.groupCount {
      guard freeze(through: last, of: table, in: state) else { return false }
      let lastSlot = slots.table.word(at: table.group(last + 1) - 8).loadRelaxed()
      if SlotWord(rawValue: lastSlot).isFrozenEmpty { break }
    }
    return true
  }

  private func freeze(through number: Int, of table: Table, in state: IndexState) -> Bool {
    // Pair index-front: everything below was frozen before.
    let front = slots.table.front.loadAcquiring()
    var group = front >> 32 == table.epoch ? Int(front & 0xffff_ffff) : 0
    while group <= number {
      guard freeze(group, of: table, in: state) else { return false }
      group += 1
      // Pair index-front.
      slots.table.front.raise(to: table.epoch << 32 | UInt64(group))
    }
    return true
  }

  /// Freezes the slots of a group, the lowest first; all below it are frozen.
  private func freeze(_ number: Int, of table: Table, in state: IndexState) -> Bool {
    for slot in 1...SegmentLayout.slotsPerGroup {
      let word = slots.table.word(at: table.group(number) + slot * 8)
      while true {
        // Pair slot-published.
        let found = SlotWord(rawValue: word.loadAcquiring())
        // What was found before the state was seen unchanged is of this epoch.
        guard slots.state() == state else { return false }
        if found.isFrozen(inEpoch: table.epoch) { break }
        var frozen = found.frozen(epoch: table.epoch)
        if found.isLive {
          // A sweeper that finds the block still allocated must find the word as well.
          if blocks.headers.header(of: found.blockIndex) == nil {
            frozen = .dead(epoch: table.epoch)
          } else {
            _ = blocks.ensureLive(found)
          }
        }
        // Pair slot-published.
        if word.compareExchange(found.rawValue, frozen.rawValue) { break }
      }
    }
    return true
  }

  // MARK: Moving

  /// Moves an entry that is frozen, so that it can be changed.
  ///
  /// - Throws: As ``help(with:progress:)``.
  func thaw(_ place: Place) throws(StoreError) {
    let state = try currentState()
    let table = slots.current(state)
    guard table.epoch == place.epoch, state.phase == .moving else {
      // The slots of a table are frozen when it is the index, and never before.
      if place.epoch == table.epoch || place.epoch == slots.next(state).epoch {
        try checkChange(since: state)
      }
      return
    }
    let number = table.groupNumber(at: place.position)
    guard freeze(throughPathsOf: number, of: table, in: state) else { return }
    try move(place.position, of: table, in: state)
  }

  /// Moves the entries of a group.
  ///
  /// - Returns: `false` when the table is not the index any more.
  private func moveGroup(
    _ number: Int, of table: Table, in state: IndexState
  ) throws(StoreError) -> Bool {
    guard freeze(throughPathsOf: number, of: table, in: state) else { return false }
    for slot in 1...SegmentLayout.slotsPerGroup {
      try move(table.group(number) + slot * 8, of: table, in: state)
    }
    return slots.state() == state
  }

  /// Moves the entry of a slot to whose path's end all is frozen.
  private func move(
    _ position: Int, of table: Table, in state: IndexState
  ) throws(StoreError) {
    let slot = slots.table.word(at: position)
    while true {
      // Pair slot-published.
      let frozen = SlotWord(rawValue: slot.loadAcquiring())
      guard frozen.isFrozenEntry, frozen.epoch == table.epoch, !frozen.isMoved else { return }
      let key = record(at: frozen)?.key(in: space)
      // Pair record-reused: while the entry has not moved, the block is its.
      Fence.acquire()
      guard slot.loadRelaxed() == frozen.rawValue else { continue }
      guard let key else {
        // Damaged: nobody could find it by its key.
        _ = slot.compareExchange(frozen.rawValue, SlotWord.dead(epoch: table.epoch).rawValue)
        return
      }
      if try insert(frozen, key: key, in: slots.next(state), unlessMovedFrom: slot) {
        // Pair slot-published: the entry is in the next table.
        _ = slot.compareExchange(frozen.rawValue, frozen.moved.rawValue)
      } else if slot.loadRelaxed() == frozen.rawValue {
        return try checkChange(since: state)
      }
    }
  }

  /// Puts a frozen word into the next table, unless somebody else has done so.
  ///
  /// The target is one and the same for all who try: the first slot on the key's path that was
  /// never used. The entry is changed there only after its old slot was marked; so while that is
  /// not, it stands in no slot before, and who else puts it there takes this one.
  ///
  /// - Returns: Whether the entry is there; `false` when its slot was marked already, or the table
  ///   has been replaced.
  private func insert(
    _ frozen: SlotWord, key: [UInt8], in next: Table, unlessMovedFrom slot: AtomicWord
  ) throws(StoreError) -> Bool {
    let hash = slots.hash(key.rawSpan)
    while true {
      let walk: Walk<Void> = try walk(hash, in: next) { place in
        place.observed.incarnation == frozen.rawValue ? .found(()) : .goOn
      }
      switch walk {
      case .found: return true
      case .end(let place):
        // Pair slot-published: after the slot was seen never used, and before it is taken.
        guard slot.loadSequential() == frozen.rawValue else { return false }
        // Pair slot-published.
        guard slots.word(place).compareExchange(place.observed.rawValue, frozen.rawValue) else {
          continue
        }
        slots.setTag(place.position, epoch: next.epoch, hash: hash)
        return true
      case .left, .foreign: return false
      case .exhausted:
        throw StoreError(
          .full, place: slots.table.place,
          reason: "its index is being moved, and the way of a key in the new one is full",
          remedy: "save what can be read and create the database with more blocks")
      }
    }
  }
}
