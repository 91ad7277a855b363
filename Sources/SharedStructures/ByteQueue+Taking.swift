import SharedMemory
import SimDB
import Synchronization

/// Who has an element that is being read.
extension ByteQueue {
  /// An element that this process has claimed.
  struct Taken: Sendable {
    let segment: QueueSegment
    let offset: Int
    /// The claim, as it stands in the record.
    let claim: RecordWord

    /// Bytes of the element; 0 where damaged bytes say nothing of it.
    var byteCount: Int { (try? segment.element(of: offset, claim).count) ?? 0 }

    /// Lends the element, which stays as it is while the segment is pinned.
    func withBytes<Result, Failure: Error>(
      _ body: (RawSpan, TypeID) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
      guard let element = try? segment.element(of: offset, claim) else { return nil }
      return try segment.records.withSpan(at: element.offset, count: element.count) {
        span throws(Failure) in try body(span, element.type)
      }
    }
  }

  /// The first record of a segment that was not claimed to be read.
  ///
  /// - Returns: Offset and word, which may be that of a record which nobody has claimed to write;
  ///   `nil` behind the last record.
  @inline(__always)
  func firstRecord(of segment: QueueSegment) throws(StoreError) -> (Int, RecordWord)? {
    // Its words are its own only as long as somebody here has the segment.
    defer { withExtendedLifetime(segment) {} }
    var offset = segment.readHint
    while let record = segment.record(at: offset) {
      // Pair record-filled: the producer's bytes are visible. Pair wake: read after a sleeper has
      // announced itself.
      let word = RecordWord(rawValue: record.control.loadSequential())
      switch word.state {
      case .full, .writing, .unused: return (offset, word)
      case .end: return nil
      case .reading, .held, .returned, .done: offset = try segment.end(of: offset, word)
      }
    }
    return nil
  }

  /// Claims the oldest element that was never claimed.
  ///
  /// - Parameter mostBytes: How long it may be.
  /// - Returns: `nil` when there is none, or it is too long.
  @inline(__always)
  func claimForReading(
    _ owner: ParticipantIdentity, mostBytes: Int = .max
  ) throws(StoreError) -> Taken? {
    while let segment = try headSegment() {
      guard let (offset, word) = try firstRecord(of: segment) else {
        guard try moveHead(past: segment) else { return nil }
        continue
      }
      let control = segment.records.word(at: offset)
      switch word.state {
      case .full:
        if mostBytes != .max, try segment.element(of: offset, word).count > mostBytes {
          return nil
        }
        let claim = word.changed(to: .reading, owner: owner, isNextDelivery: true)
        // Pair record-claimed.
        guard control.compareExchange(word.rawValue, claim.rawValue) else { continue }
        segment.raiseReadHint(try segment.end(of: offset, word))
        return Taken(segment: segment, offset: offset, claim: claim)
      case .writing:
        // It takes some tens of nanoseconds, no longer than asking for the time does.
        var spins = 0
        while spins < 100, control.loadRelaxed() == word.rawValue { spins += 1 }
        guard spins == 100 else { continue }
        guard isClaimOfDead(word) else { return nil }
        endClaimOfDead(segment, offset, word)
      default: return nil
      }
    }
    return nil
  }

  /// Claims an element: one that was given back, or whose consumer died or is late, before others.
  func claim(_ owner: ParticipantIdentity) throws(StoreError) -> Taken? {
    guard isAcknowledged else { return try claimForReading(owner) }
    if let taken = try takeOver(owner) { return hold(taken, owner) }
    return try claimForReading(owner).map { hold($0, owner) }
  }

  /// Begins the time in which an element is to be acknowledged.
  func hold(_ taken: Taken, _ owner: ParticipantIdentity) -> Taken {
    guard case .acknowledged(let patience) = geometry.delivery else { return taken }
    let deadline = patience.map { SystemClock.deadline(after: $0) } ?? 0
    let control = taken.segment.records.word(at: taken.offset)
    taken.segment.records.word(at: taken.offset + QueueSegmentLayout.deadline)
      .storeRelaxed(deadline)
    let held = taken.claim.changed(to: .held, owner: owner)
    // Pair record-held: the time stands before others may look at it. Only who takes us for dead
    // changes the record meanwhile, and then what we have is late.
    _ = control.compareExchange(taken.claim.rawValue, held.rawValue)
    return Taken(segment: taken.segment, offset: taken.offset, claim: held)
  }

  /// Takes over what was given back, or what the dead and the late hold.
  ///
  /// - Complexity: O(elements in the segments there are) where it looks: when something was said to
  ///   have been given back, and ten times a second.
  private func takeOver(_ owner: ParticipantIdentity) throws(StoreError) -> Taken? {
    // Pair attention: cleared before it looks.
    let isCalled = attention.loadRelaxed() != 0 && attention.exchangeSequential(0) != 0
    guard isCalled || search.isDue() else { return nil }
    let now = SystemClock.monotonicNanoseconds
    var deaths = Deaths(handle, besides: owner)
    var taken: Taken?
    try forEachSegment { segment throws(StoreError) in
      try segment.forEachRecord { offset, word throws(StoreError) in
        guard isAbandoned(word, in: segment, at: offset, now, &deaths) else { return true }
        let claim = word.changed(to: .reading, owner: owner, isNextDelivery: true)
        // Pair record-claimed.
        if segment.records.word(at: offset).compareExchange(word.rawValue, claim.rawValue) {
          taken = Taken(segment: segment, offset: offset, claim: claim)
        }
        return taken == nil
      }
      return taken == nil
    }
    guard taken != nil else { return nil }
    count(ByteQueueLayout.redelivered)
    // There may be more of it.
    // Pair attention.
    attention.exchangeSequential(1)
    return taken
  }

  /// Whether an element was given back, or is of a consumer that died or is late.
  func isAbandoned(
    _ word: RecordWord, in segment: QueueSegment, at offset: Int, _ now: UInt64,
    _ deaths: inout Deaths
  ) -> Bool {
    switch word.state {
    case .returned: return true
    case .held:
      // Pair record-held.
      let deadline = segment.records.word(at: offset + QueueSegmentLayout.deadline).loadRelaxed()
      if deadline != 0, deadline < now { return true }
    case .reading: break
    default: return false
    }
    return deaths.isDead(word.owner)
  }

  /// Says that an element is done.
  ///
  /// - Returns: `false` when another has taken it over, or ended the claim, or in a forked child,
  ///   whose parent it is that has it.
  @discardableResult
  func finish(_ taken: Taken) throws(StoreError) -> Bool {
    guard try handle.owner() == taken.claim.owner else { return false }
    // Pair segment-done: before the head is looked at.
    let isOurs = taken.segment.records.word(at: taken.offset).compareExchange(
      taken.claim.rawValue, taken.claim.changed(to: .done).rawValue)
    guard isOurs else { return false }
    wakeDroppers()
    try removeIfDone(taken.segment)
    return true
  }

  /// Gives an element back, to be read first by the next.
  ///
  /// - Returns: `false` when another has taken it over already, or in a forked child.
  @discardableResult
  func giveBack(_ taken: Taken) -> Bool {
    guard let owner = try? handle.owner(), owner == taken.claim.owner else { return false }
    // Pair record-claimed: whoever takes it over finds it whole.
    let isOurs = taken.segment.records.word(at: taken.offset).compareExchange(
      taken.claim.rawValue, taken.claim.changed(to: .returned).rawValue)
    guard isOurs else { return false }
    wakeDroppers()
    // Pair attention: after it was given back.
    attention.exchangeSequential(1)
    // Pair wake.
    arrival.wake()
    return true
  }

  /// Whether there is nothing to take.
  var isEmpty: Bool {
    // Pair attention, pair wake: read after a sleeper has announced itself.
    if attention.loadSequential() != 0 { return false }
    // Who pops is told what is wrong.
    guard (try? headSegment()) != nil else { return true }
    // Within the lock: a segment that another takes the place of there may be gone at once, and its
    // bytes somebody else's.
    return reading.withLock { segment in segment.map(isEmpty) ?? false }
  }

  /// Whether what is next is in the hands of a producer, who may have died, or of a consumer that
  /// did or is late.
  ///
  /// - Complexity: O(elements in the segments there are) where they are acknowledged.
  var isHeldUp: Bool {
    do throws(StoreError) {
      if let segment = try headSegment(), let (_, word) = try firstRecord(of: segment),
        word.state == .writing
      {
        return true
      }
      guard isAcknowledged else { return false }
      return try hasAbandoned()
    } catch {
      // Who pops is told what is wrong.
      return true
    }
  }

  private func hasAbandoned() throws(StoreError) -> Bool {
    let now = SystemClock.monotonicNanoseconds
    var deaths = Deaths(handle)
    var isFound = false
    try forEachSegment { segment throws(StoreError) in
      try segment.forEachRecord { offset, word throws(StoreError) in
        isFound = isAbandoned(word, in: segment, at: offset, now, &deaths)
        return !isFound
      }
      return !isFound
    }
    return isFound
  }

  /// Whether there is nothing to take in a segment, nor one behind it.
  private func isEmpty(_ segment: QueueSegment) -> Bool {
    do throws(StoreError) {
      guard let (_, word) = try firstRecord(of: segment) else {
        // Pair queue-sequence.
        return tail.loadSequential() <= segment.sequence
      }
      return word.state != .full
    } catch {
      return false
    }
  }
}
