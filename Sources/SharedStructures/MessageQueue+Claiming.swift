import SharedMemory
import SimDB

/// Who has a cell. Every change of a control word is a compare-and-swap from what was seen, so
/// nothing is ever done to a cell that has moved on, by whomever: a claim that was undone because
/// its owner seemed dead, or that a forked child has ended already.
///
/// Positions are moved on by whoever sees a claimed cell. A position that no run of the protocol
/// could have led to is told from one that others are just moving by a second look, and is an
/// error.
extension MessageQueue {
  /// What looking for a cell to fill came to.
  enum WriteClaim {
    /// The cell is the caller's; a payload may have been left there.
    case claimed(UInt64, hasLeftover: Bool)
    /// The next cell is still in use, as this word says.
    case full(UInt64, CellWord)
  }

  /// Claims the next cell to fill; the position is moved on when it has been filled.
  @inline(__always)
  func claimForWriting(_ owner: ParticipantIdentity) throws(StoreError) -> WriteClaim {
    while true {
      // Pair queue-position: a hint, moved on by whoever sees a claimed cell; the cell decides.
      let position = tail.loadAcquiring()
      // The consumer has both lines; they come at once, and to be written.
      region.prefetchForWriting(cell(position))
      region.prefetchForWriting(cell(position) &+ 64)
      let control = control(position)
      // Pair cell-emptied: the consumer before has read the bytes that will be overwritten.
      let word = CellWord(rawValue: control.loadAcquiring())
      if word.isAt(.empty, lap(position)) {
        let claim = CellWord(.writing, lap: lap(position), owner: owner)
        // Pair cell-claimed: others that come to the cell see whose it is.
        if control.compareExchange(word.rawValue, claim.rawValue) {
          return .claimed(position, hasLeftover: word.hasLeftover)
        }
      } else if try !moveTail(position, past: word, control) {
        return .full(position, word)
      }
    }
  }

  /// Looks closer at a cell that is not to be filled; `false` when the queue is full.
  private func moveTail(
    _ position: UInt64, past word: CellWord, _ control: AtomicWord
  ) throws(StoreError) -> Bool {
    let ahead = word.lapsAhead(of: lap(position))
    // Pair queue-position.
    if ahead == 0 || ahead == 1 {
      // Claimed, and perhaps left again, by another who has not moved the position yet.
      _ = tail.compareExchange(position, position &+ 1)
      return true
    }
    guard tail.loadAcquiring() == position else { return true }
    // A lap further on it is only for who has found the position there.
    guard ahead == -1, word.state != .empty else { throw contradiction() }
    return undoClaimOfDead(word, control, producersSuspicion)
  }

  /// Claims the next cell to take; `nil` when the queue is empty.
  @inline(__always)
  func claimForReading(_ owner: ParticipantIdentity) throws(StoreError) -> UInt64? {
    while true {
      // Pair queue-position.
      let position = head.loadAcquiring()
      let control = control(position)
      // Pair cell-filled: the producer's bytes are visible.
      let word = CellWord(rawValue: control.loadAcquiring())
      if word.isAt(.full, lap(position)) {
        // The rest of the envelope comes while the claim is made.
        region.prefetch(cell(position) &+ 64)
        let claim = CellWord(.reading, lap: lap(position), owner: owner)
        if control.compareExchange(word.rawValue, claim.rawValue) {
          _ = head.compareExchange(position, position &+ 1)
          return position
        }
      } else if try !moveHead(position, past: word, control) {
        return nil
      }
    }
  }

  /// Looks closer at a cell that is not to be taken; `false` when the queue is empty.
  private func moveHead(
    _ position: UInt64, past word: CellWord, _ control: AtomicWord
  ) throws(StoreError) -> Bool {
    let ahead = word.lapsAhead(of: lap(position))
    switch (ahead, word.state) {
    case (1..., _), (0, .reading):
      // Whoever claimed the cell had found the other position there, and who sees the claim sees
      // that.
      // Pair queue-position.
      let passed = tail.loadAcquiring() &- position
      if passed <= Int64.max {
        // What lies more than a lap behind it is gone.
        let gone = max(1, passed &- min(passed, UInt64(geometry.capacity)))
        _ = head.compareExchange(position, position &+ gone)
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
      // Pair queue-position.
      guard head.loadAcquiring() == position else { return true }
      throw contradiction()
    }
    return head.loadAcquiring() != position
  }

  /// Empties a cell whose claimer died; `false` when it lives, or may live, or there is none.
  private func undoClaimOfDead(
    _ word: CellWord, _ control: AtomicWord, _ suspicion: Suspicion
  ) -> Bool {
    guard word.isClaim, suspicion.isDue(word.rawValue), handle.isDead(word.owner) else {
      return false
    }
    // What the dead put into the store stays until the cell is filled: here it could already be
    // that of another who was faster.
    // Pair cell-claimed: the dead does nothing after its claim.
    if control.compareExchange(word.rawValue, word.emptied(leftover: word.owner).rawValue) {
      count(QueueLayout.lost)
      // Pair wake: a consumer may have slept behind it, or a producer.
      wakeAll()
    }
    return true
  }

  /// Turns the full cell at the tail into one being written: its element, the oldest, is gone.
  ///
  /// - Returns: `nil` when another was faster.
  func replaceOldest(
    _ position: UInt64, _ word: CellWord, _ owner: ParticipantIdentity
  ) -> WriteClaim? {
    let control = control(position)
    let claim = CellWord(.writing, lap: lap(position), owner: owner)
    // Pair cell-filled: the element that is dropped was whole.
    guard control.compareExchange(word.rawValue, claim.rawValue) else { return nil }
    count(QueueLayout.dropped)
    let oldest = Message(in: region, at: cell(position) + 8)
    return .claimed(position, hasLeftover: oldest.kind == .storeReference)
  }

  /// Gives up a cell whose work failed.
  func abandon(_ position: UInt64, _ claim: CellWord) {
    let emptied = claim.emptied(leftover: claim.owner)
    // Pair cell-emptied.
    if control(position).compareExchange(claim.rawValue, emptied.rawValue) { wakeAll() }
  }

  private func wakeAll() {
    arrival.wake()
    departure.wake()
  }

  /// Whether the oldest cell holds nothing that could be taken.
  var isEmpty: Bool {
    let position = head.loadRelaxed()
    // Pair wake: read after the sleeper has announced itself.
    let word = CellWord(rawValue: control(position).loadSequential())
    let ahead = word.lapsAhead(of: lap(position))
    return ahead < 0 || ahead == 0 && (word.state == .empty || word.state == .writing)
  }

  /// Whether the next cell to fill still is as `word` says.
  func isStill(_ word: CellWord, at position: UInt64) -> Bool {
    // Pair wake: read after the sleeper has announced itself.
    control(position).loadSequential() == word.rawValue
  }
}
