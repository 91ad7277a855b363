import SharedMemory
import SimDB

/// Who has a cell. Every change of a control word is a compare-and-swap from what was seen, so
/// nothing is ever done to a cell that has moved on, by whomever: a claim that was undone because
/// its owner seemed dead, or that a forked child has ended already.
///
/// Positions are moved on by whoever sees a claimed cell. A position that no run of the protocol
/// could have led to is told from one that others are just moving by a second look, and is an
/// error.
extension ClaimRing {
  /// What looking for a cell to fill came to.
  enum WriteClaim {
    /// The cell is the caller's; its control word was this.
    case claimed(UInt64, CellWord)
    /// The next cell is still in use, as this word says.
    case full(UInt64, CellWord)
  }

  /// Claims the next cell to fill; the position is moved on when it has been filled.
  @inline(__always)
  func claimForWriting(_ owner: ParticipantIdentity) throws(StoreError) -> WriteClaim {
    while true {
      // Pair ring-position: a hint, moved on by whoever sees a claimed cell; the cell decides.
      let position = tail.loadAcquiring()
      // The consumer has the lines; they come at once, and to be written.
      region.prefetchForWriting(cell(position))
      if hasLongCells { region.prefetchForWriting(cell(position) &+ 64) }
      let control = control(position)
      // Pair cell-emptied: the consumer before has read the bytes that will be overwritten.
      let word = CellWord(rawValue: control.loadAcquiring())
      if word.isAt(.empty, lap(position)) {
        let claim = CellWord(.writing, lap: lap(position), owner: owner)
        // Pair cell-claimed: others that come to the cell see whose it is.
        if control.compareExchange(word.rawValue, claim.rawValue) {
          return .claimed(position, word)
        }
      } else if try !moveTail(position, past: word, control) {
        return .full(position, word)
      }
    }
  }

  /// Claims more cells behind `position`, which is the caller's, while they are free.
  ///
  /// - Returns: As ``claimMore(after:_:count:from:to:moving:)``.
  func claimMoreForWriting(
    after position: UInt64, _ owner: ParticipantIdentity, count: Int
  ) -> Int {
    claimMore(after: position, owner, count: count, from: .empty, to: .writing, moving: tail)
  }

  /// Claims more cells behind `position`, which is the caller's, while they are in a state.
  ///
  /// - Returns: How many cells are the caller's now, at most `count`; the ring's position was moved
  ///   past them.
  private func claimMore(
    after position: UInt64, _ owner: ParticipantIdentity, count: Int,
    from state: CellWord.State, to claimed: CellWord.State, moving end: AtomicWord
  ) -> Int {
    var number = 1
    while number < count {
      let next = position &+ UInt64(number)
      let control = control(next)
      // Pair cell-emptied, pair cell-filled: who had the cell before is done with its bytes.
      let word = CellWord(rawValue: control.loadAcquiring())
      let claim = CellWord(claimed, lap: lap(next), owner: owner)
      // Pair cell-claimed.
      guard word.isAt(state, lap(next)), control.compareExchange(word.rawValue, claim.rawValue)
      else { break }
      number += 1
    }
    advance(end, past: position, by: number)
    return number
  }

  /// Looks closer at a cell that is not to be filled; `false` when the ring is full.
  private func moveTail(
    _ position: UInt64, past word: CellWord, _ control: AtomicWord
  ) throws(StoreError) -> Bool {
    let ahead = word.lapsAhead(of: lap(position))
    // Pair ring-position.
    if ahead == 0 || ahead == 1 {
      // Claimed, and perhaps left again, by another who has not moved the position yet.
      _ = tail.compareExchange(position, position &+ 1)
      return true
    }
    guard tail.loadAcquiring() == position else { return true }
    // A lap further on it is only for who has found the position there.
    guard ahead == -1, word.state != .empty else { throw contradiction() }
    if readersAreClaims, word.state == .reading { return false }
    return undoClaimOfDead(word, control, producersSuspicion)
  }

  /// Publishes a cell that the caller has filled, and moves the position on.
  ///
  /// - Returns: `false` when the claim was undone meanwhile and counted as lost.
  @inline(__always)
  func publish(_ position: UInt64, _ owner: ParticipantIdentity) -> Bool {
    let claim = CellWord(.writing, lap: lap(position), owner: owner)
    let full = CellWord(.full, lap: lap(position))
    // Pair cell-filled, pair wake.
    let isPublished = control(position).compareExchange(claim.rawValue, full.rawValue)
    // Late, so that the element does not wait for it; others move the position on if we die before.
    _ = tail.compareExchange(position, position &+ 1)
    if isPublished { arrival.wake() }
    return isPublished
  }

  /// Publishes `count` cells in a row, past which the position was moved already, and wakes once.
  ///
  /// What was undone meanwhile has been counted as lost.
  func publish(_ position: UInt64, count: Int, _ owner: ParticipantIdentity) {
    for offset in 0..<UInt64(count) {
      let position = position &+ offset
      let claim = CellWord(.writing, lap: lap(position), owner: owner)
      let full = CellWord(.full, lap: lap(position))
      // Pair cell-filled, pair wake.
      _ = control(position).compareExchange(claim.rawValue, full.rawValue)
    }
    arrival.wake()
  }

  /// Claims the next cell to take; `nil` when the ring is empty, or the cell is refused.
  ///
  /// - Parameters:
  ///   - owner: Whom the cell is to name.
  ///   - isWanted: Called with each position whose cell is about to be claimed.
  @inline(__always)
  func claimForReading(
    _ owner: ParticipantIdentity, if isWanted: (UInt64) -> Bool = { _ in true }
  ) throws(StoreError) -> UInt64? {
    while true {
      // Pair ring-position.
      let position = head.loadAcquiring()
      let control = control(position)
      // Pair cell-filled: the producer's bytes are visible.
      let word = CellWord(rawValue: control.loadAcquiring())
      if word.isAt(.full, lap(position)) {
        // The rest of the element comes while the claim is made.
        if hasLongCells { region.prefetch(cell(position) &+ 64) }
        let claim = CellWord(.reading, lap: lap(position), owner: owner)
        guard isWanted(position) else { return nil }
        // Pair cell-claimed.
        if control.compareExchange(word.rawValue, claim.rawValue) {
          _ = head.compareExchange(position, position &+ 1)
          return position
        }
      } else if try !moveHead(position, past: word, control) {
        return nil
      }
    }
  }

  /// Claims more cells behind `position`, which is the caller's, while they are full.
  ///
  /// - Returns: As ``claimMore(after:_:count:from:to:moving:)``.
  func claimMoreForReading(
    after position: UInt64, _ owner: ParticipantIdentity, count: Int
  ) -> Int {
    claimMore(after: position, owner, count: count, from: .full, to: .reading, moving: head)
  }

  /// Looks at the oldest elements that nobody has taken, without changing anything.
  ///
  /// - Parameters:
  ///   - count: How many at most.
  ///   - copy: Copies what is in the cell of a position, as the element of a number from 0 on;
  ///     called again for the same number when that was torn, or the element gone.
  /// - Returns: How many there were.
  /// - Throws: What `copy` throws; `contended` when elements went faster than one could be looked
  ///   at.
  func peek(
    upTo count: Int, _ copy: (_ position: UInt64, _ number: Int) throws(StoreError) -> Void
  ) throws(StoreError) -> Int {
    // Pair ring-position.
    var position = head.loadAcquiring()
    var found = 0
    // Once round, and some more for those that go meanwhile.
    for _ in 0..<2 * capacity + 1_000 {
      guard found < count else { return found }
      let control = control(position)
      // Pair cell-filled.
      let word = CellWord(rawValue: control.loadAcquiring())
      let ahead = word.lapsAhead(of: lap(position))
      if ahead == 0, word.state == .full {
        try copy(position, found)
        // Pair cell-claimed: had the bytes changed, so would have the word.
        Fence.acquire()
        if control.loadRelaxed() == word.rawValue {
          found += 1
          position &+= 1
        }
      } else if ahead > 0 || ahead == 0 && word.state == .reading {
        // Taken; what lies more than a lap behind the other position is gone.
        let passed = tail.loadAcquiring() &- position
        guard passed <= Int64.max else { return found }
        position &+= max(1, passed &- min(passed, UInt64(capacity)))
      } else {
        return found
      }
    }
    guard found == 0 else { return found }
    throw StoreError(
      .contended, place: handle.place(kind), reason: "its elements go faster than they are seen",
      remedy: "look again, or let fewer producers drop the oldest")
  }

  /// Looks closer at a cell that is not to be taken; `false` when the ring is empty.
  private func moveHead(
    _ position: UInt64, past word: CellWord, _ control: AtomicWord
  ) throws(StoreError) -> Bool {
    let ahead = word.lapsAhead(of: lap(position))
    switch (ahead, word.state) {
    case (1..., _), (0, .reading):
      // Whoever claimed the cell had found the other position there, and who sees the claim sees
      // that; but of several claimed in a row only the first: the position may be behind by a lap.
      // Pair ring-position.
      let passed = Int64(bitPattern: tail.loadAcquiring() &- position)
      if passed >= -Int64(capacity) {
        // What lies more than a lap behind it is gone.
        let gone = max(1, passed - Int64(capacity))
        // Nobody empties a cell that was given up: who passes it wakes.
        // Pair ring-position.
        if head.compareExchange(position, position &+ UInt64(gone)) {
          wakeProducers(behind: position)
        }
        return true
      }
      guard head.loadAcquiring() == position else { return true }
      throw contradiction()
    case (0, .writing):
      // It takes some tens of nanoseconds, no longer than asking for the time does.
      for _ in 0..<100 where control.loadRelaxed() != word.rawValue { return true }
      // The dead may have filled the cell before, or another undone the claim: look again.
      if undoClaimOfDead(word, control, consumersSuspicion) { return true }
    case (0, .empty), (-1, .reading): break
    default:
      // Pair ring-position.
      guard head.loadAcquiring() == position else { return true }
      throw contradiction()
    }
    return head.loadAcquiring() != position
  }

  /// Empties a cell whose element the caller has taken.
  @inline(__always)
  func release(_ position: UInt64, _ owner: ParticipantIdentity) {
    let claim = CellWord(.reading, lap: lap(position), owner: owner)
    // Pair cell-emptied, pair wake.
    _ = control(position).compareExchange(claim.rawValue, claim.emptied().rawValue)
    wakeProducers(behind: position)
  }

  /// Empties `count` cells in a row and wakes once.
  func release(_ position: UInt64, count: Int, _ owner: ParticipantIdentity) {
    for offset in 0..<UInt64(count) {
      let position = position &+ offset
      let claim = CellWord(.reading, lap: lap(position), owner: owner)
      // Pair cell-emptied, pair wake.
      _ = control(position).compareExchange(claim.rawValue, claim.emptied().rawValue)
    }
    wakeProducers(behind: position)
  }

  /// Empties the cell at `position`, a lap behind it, unless it is no longer as `word` says.
  func empty(_ position: UInt64, _ word: CellWord) {
    // Pair cell-emptied, pair wake.
    _ = control(position).compareExchange(word.rawValue, word.emptied().rawValue)
    departure.wake()
  }

  /// Moves a position past `count` cells that the caller has claimed from `position` on, unless
  /// others have.
  private func advance(_ word: AtomicWord, past position: UInt64, by count: Int) {
    // Pair ring-position: whoever meets the cells meanwhile moves it on cell by cell.
    while true {
      let current = word.loadAcquiring()
      let passed = current &- position
      guard passed < UInt64(count) else { return }
      if word.compareExchange(current, position &+ UInt64(count)) { return }
    }
  }

  /// Empties a cell whose claimer died; `false` when it lives, or may live, or there is none.
  private func undoClaimOfDead(
    _ word: CellWord, _ control: AtomicWord, _ suspicion: Suspicion
  ) -> Bool {
    guard word.isClaim, suspicion.isOfDead(word.rawValue, word.owner, handle) else { return false }
    // What the dead put into the store stays until the cell is filled: here it could already be
    // that of another who was faster.
    // Pair cell-claimed: the dead does nothing after its claim.
    if control.compareExchange(word.rawValue, word.emptied(leftover: word.owner).rawValue) {
      countLost()
      // Pair wake: a consumer may have slept behind it, or a producer.
      wakeAll()
    }
    return true
  }

  /// Turns the full cell at the tail into one being written: its element, the oldest, is gone.
  ///
  /// - Returns: `false` when another was faster.
  func replaceOldest(_ position: UInt64, _ word: CellWord, _ owner: ParticipantIdentity) -> Bool {
    let claim = CellWord(.writing, lap: lap(position), owner: owner)
    // Pair cell-filled: the element that is dropped was whole.
    guard control(position).compareExchange(word.rawValue, claim.rawValue) else { return false }
    countDropped()
    return true
  }

  /// Gives up a cell whose work failed.
  func abandon(_ position: UInt64, _ state: CellWord.State, _ owner: ParticipantIdentity) {
    let claim = CellWord(state, lap: lap(position), owner: owner)
    let emptied = claim.emptied(leftover: owner)
    // Pair cell-emptied.
    if control(position).compareExchange(claim.rawValue, emptied.rawValue) { wakeAll() }
  }

  private func wakeAll() {
    arrival.wake()
    departure.wake()
  }
}
