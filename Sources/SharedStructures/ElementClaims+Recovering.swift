import SharedMemory
import SimDB
import Synchronization

/// How elements come to the next consumer that were given back, or that the dead and the late have.
extension ElementClaims {
  /// Takes over the oldest element that was given back, or that the dead or the late have.
  ///
  /// - Parameters:
  ///   - isUrgent: Whether to look without having been told, or the time for it having come.
  ///   - bytes: Where the element is copied to.
  /// - Complexity: O(claims) where it looks.
  func takeOver(
    _ owner: ParticipantIdentity, isUrgent: Bool = false, into bytes: inout MutableRawSpan
  ) throws(StoreError) -> Held? {
    // Pair attention: cleared before it looks.
    let isCalled = attention.loadRelaxed() != 0 && attention.exchangeSequential(0) != 0
    guard isCalled || isUrgent || search.isDue() else { return nil }
    while let oldest = try oldestAbandoned(owner) {
      let claim = Held(
        number: oldest.number,
        word: oldest.word.next(.reading, owner: owner, isNextDelivery: true))
      let control = control(claim.number)
      // Pair claim-held: the element that was left is whole.
      guard control.compareExchange(oldest.word.rawValue, claim.word.rawValue) else { continue }
      // Its last owner may have died before it did so.
      ring.release(position(claim.number).loadRelaxed(), name(claim.number))
      region.copy(at: element(claim.number), count: elementSize, into: &bytes)
      redelivered.addRelaxed(1)
      // There may be more of them.
      // Pair attention.
      attention.exchangeSequential(1)
      if let held = hold(claim, owner) { return held }
    }
    return nil
  }

  /// The oldest element that waits for the next consumer; what the dead were taking is rescued
  /// first.
  private func oldestAbandoned(_ owner: ParticipantIdentity) throws(StoreError) -> Held? {
    var oldest: (held: Held, position: UInt64)?
    var deaths = Deaths(handle, besides: owner)
    let now = SystemClock.monotonicNanoseconds
    for number in 0..<limit {
      // Pair claim-held.
      var word = ClaimWord(rawValue: control(number).loadAcquiring())
      if word.state == .filling, deaths.isDead(word.owner) {
        word = rescue(Held(number: number, word: word), owner)
      }
      guard try isAbandoned(number, word, now, &deaths) else { continue }
      let position = position(number).loadRelaxed()
      // By their distance: a position that lies is no reason to stop.
      if let found = oldest, Int64(bitPattern: position &- found.position) >= 0 { continue }
      oldest = (Held(number: number, word: word), position)
    }
    return oldest?.held
  }

  /// Whether the element in a claim is for the next consumer.
  func isAbandoned(
    _ number: Int, _ word: ClaimWord, _ now: UInt64, _ deaths: inout Deaths
  ) throws(StoreError) -> Bool {
    switch word.state {
    case .returned: return true
    case .held:
      // Pair claim-held.
      let deadline = deadline(number).loadRelaxed()
      return deadline != 0 && deadline < now || deaths.isDead(word.owner)
    case .reading: return deaths.isDead(word.owner)
    case .free, .filling: return false
    case nil: throw contradiction()
    }
  }

  /// Ends what a dead consumer was about: its element is given back, if it had one.
  ///
  /// - Returns: How the claim stands now, as far as is known.
  private func rescue(_ dead: Held, _ owner: ParticipantIdentity) -> ClaimWord {
    let control = control(dead.number)
    let claim = dead.word.next(.filling, owner: owner)
    // Pair cell-claimed: the dead does nothing after it.
    guard control.compareExchange(dead.word.rawValue, claim.rawValue) else {
      return ClaimWord(rawValue: control.loadAcquiring())
    }
    let position = position(dead.number).loadRelaxed()
    let cell = CellWord(.reading, lap: ring.lap(position), owner: name(dead.number))
    guard ring.control(position).loadSequential() == cell.rawValue else {
      return free(Held(number: dead.number, word: claim))
    }
    let bytes = region.bytes(
      at: ring.cell(position) &+ cellElementOffset, count: elementSize)
    region.write(bytes.rawSpan, at: element(dead.number))
    let returned = claim.next(.returned)
    // Pair claim-held.
    guard control.compareExchange(claim.rawValue, returned.rawValue) else { return claim }
    ring.release(position, name(dead.number))
    announceReturned()
    return returned
  }

  /// Empties the cell that a producer needs and a claim names, where its element is in the claim.
  ///
  /// - Returns: `false` while a consumer that lives is copying it.
  func clear(
    _ position: UInt64, _ cell: CellWord, _ owner: ParticipantIdentity
  ) throws(StoreError) -> Bool {
    let number = Int(cell.owner.rawValue)
    guard number < limit else { throw contradiction() }
    // Pair claim-held.
    let word = ClaimWord(rawValue: control(number).loadSequential())
    switch word.state {
    case .reading, .held, .returned:
      ring.empty(position, cell)
      return true
    case .filling:
      guard suspicion.isOfDead(word.rawValue, word.owner, handle) else { return false }
      _ = rescue(Held(number: number, word: word), owner)
      return true
    case .free, nil:
      // It is free only when no cell names it, unless the cell has moved on since it was seen.
      guard ring.isStill(cell, at: position) else { return true }
      throw contradiction()
    }
  }
}
