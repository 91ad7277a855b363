import SharedMemory
import SimDB
import Synchronization

/// The elements that consumers of a queue have and have not acknowledged: a claim for each, with a copy
/// of the element, so that its cell is free for the next.
///
/// - A claim becomes free only when no cell names it.
/// - While a cell names a claim that is *filling*, the element is in the cell; in the other states it
///   is in the claim, and whoever likes may empty the cell.
///
/// **Concurrency.** `Sendable`; any number of consumers. Nobody waits for one that died, and for one
/// that is stopped only where it is copying, and only who has come round to its cell.
final class ElementClaims: Sendable {
  let ring: ClaimRing
  let handle: StructureHandle
  let region: SharedRegion
  /// How many claims there are.
  let limit: Int
  /// Nanoseconds after which a claim is late; `nil` never.
  private let patience: UInt64?
  private let claims: Int
  private let stride: Int
  private let elementSize: Int
  private let claimElementOffset: Int
  private let cellElementOffset: Int
  /// Where a free claim was last found; -1 before.
  private let hint = Atomic<Int>(-1)
  /// When this process last looked for what the dead and the late hold.
  let lastSearch = Atomic<UInt64>(0)
  let suspicion = Suspicion()

  /// Where the claims of a queue are.
  struct Plan {
    let start: Int
    let elementOffset: Int
    let stride: Int
    let byteCount: Int

    /// The plan of `limit` claims behind `end` bytes.
    init(limit: Int, of layout: SharedLayout, behind end: Int) {
      start = (end + 63) & ~63
      elementOffset = max(QueueClaimLayout.headerSize, layout.alignment)
      stride = (elementOffset + layout.size + 63) & ~63
      byteCount = start + limit * stride
    }
  }

  init(
    _ ring: ClaimRing, _ plan: Plan, limit: Int, patience: UInt64?, elementSize: Int,
    cellElementOffset: Int
  ) {
    self.ring = ring
    self.limit = limit
    self.patience = patience
    self.elementSize = elementSize
    self.cellElementOffset = cellElementOffset
    handle = ring.handle
    region = ring.region
    claims = plan.start
    stride = plan.stride
    claimElementOffset = plan.elementOffset
  }

  // MARK: Parts of a claim

  private func offset(_ number: Int) -> Int { claims &+ number &* stride }
  func control(_ number: Int) -> AtomicWord { region.word(at: offset(number)) }
  func position(_ number: Int) -> AtomicWord {
    region.word(at: offset(number) &+ QueueClaimLayout.position)
  }
  func deadline(_ number: Int) -> AtomicWord {
    region.word(at: offset(number) &+ QueueClaimLayout.deadline)
  }
  private func element(_ number: Int) -> Int { offset(number) &+ claimElementOffset }

  var attention: AtomicWord { region.word(at: ElementQueueLayout.attention) }
  private var redelivered: AtomicWord { region.word(at: ElementQueueLayout.redelivered) }

  /// Claims of elements that had been claimed before.
  var redeliveredCount: UInt64 { redelivered.loadRelaxed() }

  /// How a cell that is being read names a claim, where it names a participant otherwise.
  private func name(_ number: Int) -> ParticipantIdentity {
    ParticipantIdentity(rawValue: UInt64(number))
  }

  func contradiction() -> StoreError {
    handle.corrupt(.elementQueue, "its claims contradict its cells")
  }

  /// A claim that this process has.
  struct Held: Sendable {
    let number: Int
    let word: ClaimWord
  }

  // MARK: Claiming

  /// Takes an element: one that was given back, or whose consumer died or is late, before others.
  ///
  /// - Parameter bytes: Where the element is copied to.
  /// - Returns: `nil` when there is none.
  /// - Throws: `full` when there are elements and no claim is free.
  func claim(
    _ owner: ParticipantIdentity, into bytes: inout MutableRawSpan
  ) throws(StoreError) -> Held? {
    if let held = try takeOver(owner, into: &bytes) { return held }
    // A producer that died on the way is passed by whoever tries to take.
    guard !ring.isEmpty || ring.isHeldUp else { return nil }
    if let reserved = reserve(owner) { return try fill(reserved, owner, into: &bytes) }
    // The dead have claims too.
    if let held = try takeOver(owner, isUrgent: true, into: &bytes) { return held }
    guard let reserved = reserve(owner) else { throw noClaimIsFree }
    return try fill(reserved, owner, into: &bytes)
  }

  private var noClaimIsFree: StoreError {
    StoreError(
      .full, place: handle.place(.elementQueue),
      reason: "all \(limit) claims are held by consumers that have not acknowledged them",
      remedy: "acknowledge before claiming more, or create it with a greater claimLimit")
  }

  /// Makes a free claim the caller's.
  private func reserve(_ owner: ParticipantIdentity) -> Held? {
    let hinted = hint.load(ordering: .relaxed)
    let first = hinted < 0 ? owner.row : hinted
    for step in 0..<limit {
      let number = (first &+ step) % limit
      // Pair claim-freed: who had it before is done with its bytes.
      let word = ClaimWord(rawValue: control(number).loadAcquiring())
      guard word.state == .free else { continue }
      let claim = word.next(.filling, owner: owner, isNextDelivery: true)
      if control(number).compareExchange(word.rawValue, claim.rawValue) {
        if number != hinted { hint.store(number, ordering: .relaxed) }
        return Held(number: number, word: claim)
      }
    }
    return nil
  }

  /// Takes the oldest element of the ring into a claim that is *filling*.
  ///
  /// - Returns: `nil` when there is none, or the caller was taken for dead; the claim is another's or
  ///   nobody's then.
  private func fill(
    _ claim: Held, _ owner: ParticipantIdentity, into bytes: inout MutableRawSpan
  ) throws(StoreError) -> Held? {
    let announced = position(claim.number)
    let position: UInt64?
    do throws(StoreError) {
      position = try ring.claimForReading(name(claim.number)) {
        // Pair cell-claimed: whoever sees the cell finds in the claim which one it is.
        announced.storeRelaxed($0)
      }
    } catch {
      free(claim)
      throw error
    }
    guard let position else {
      free(claim)
      return nil
    }
    region.copy(at: ring.cell(position) &+ cellElementOffset, count: elementSize, into: &bytes)
    region.write(bytes.bytes.extracting(first: elementSize), at: element(claim.number))
    guard let held = hold(claim, owner) else { return nil }
    // Not before the claim has the element.
    ring.release(position, name(claim.number))
    return held
  }

  /// Lets go of a claim that no cell names.
  @discardableResult
  private func free(_ claim: Held) -> ClaimWord {
    let free = claim.word.next(.free)
    // Pair claim-freed: who takes it next comes after whatever was done with it.
    _ = control(claim.number).compareExchange(claim.word.rawValue, free.rawValue)
    return free
  }

  /// Begins the time in which an element is to be acknowledged.
  ///
  /// - Returns: `nil` when the caller was taken for dead meanwhile.
  private func hold(_ claim: Held, _ owner: ParticipantIdentity) -> Held? {
    let end = patience.map { SystemClock.monotonicNanoseconds.addingSaturated($0) } ?? 0
    deadline(claim.number).storeRelaxed(end)
    let held = claim.word.next(.held, owner: owner)
    // Pair claim-held: element and deadline stand before others may look at them.
    guard control(claim.number).compareExchange(claim.word.rawValue, held.rawValue) else {
      return nil
    }
    return Held(number: claim.number, word: held)
  }

  // MARK: Settling

  /// Says that an element is done; `false` when another has taken it over.
  func acknowledge(_ held: Held) -> Bool {
    // Pair claim-freed: no cell has named it since before it was held by us.
    control(held.number).compareExchange(held.word.rawValue, held.word.next(.free).rawValue)
  }

  /// Gives an element back; `false` when another has taken it over.
  func giveBack(_ held: Held) -> Bool {
    let returned = held.word.next(.returned)
    // Pair claim-held: the element is whole.
    guard control(held.number).compareExchange(held.word.rawValue, returned.rawValue) else {
      return false
    }
    announceReturned()
    return true
  }

  private func announceReturned() {
    // Pair attention: after it was given back.
    attention.exchangeSequential(1)
    // Pair wake.
    ring.arrival.wake()
  }

  // MARK: Taking over

  /// Takes over the oldest element that was given back, or that the dead or the late have.
  ///
  /// - Parameters:
  ///   - isUrgent: Whether to look without having been told, or the time for it having come.
  ///   - bytes: Where the element is copied to.
  /// - Complexity: O(claims) where it looks.
  private func takeOver(
    _ owner: ParticipantIdentity, isUrgent: Bool = false, into bytes: inout MutableRawSpan
  ) throws(StoreError) -> Held? {
    // Pair attention: cleared before it looks.
    let isCalled = attention.loadRelaxed() != 0 && attention.exchangeSequential(0) != 0
    guard isCalled || isUrgent || isSearchDue() else { return nil }
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

  private static let searchNanoseconds: UInt64 = 100_000_000

  private func isSearchDue() -> Bool {
    let now = SystemClock.monotonicNanoseconds
    let last = lastSearch.load(ordering: .relaxed)
    guard now &- last > Self.searchNanoseconds else { return false }
    // One thread of the process is enough. No pair: nothing depends on who that is.
    return lastSearch.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
  }

  /// The oldest element that waits for the next consumer; what the dead were taking is rescued first.
  private func oldestAbandoned(_ owner: ParticipantIdentity) throws(StoreError) -> Held? {
    var oldest: (held: Held, position: UInt64)?
    var lives = Lives(of: owner, handle)
    let now = SystemClock.monotonicNanoseconds
    for number in 0..<limit {
      // Pair claim-held.
      var word = ClaimWord(rawValue: control(number).loadAcquiring())
      if word.state == .filling, lives.isDead(word.owner) {
        word = rescue(Held(number: number, word: word), owner)
      }
      guard try isAbandoned(number, word, now, &lives) else { continue }
      let position = position(number).loadRelaxed()
      // By their distance: a position that lies is no reason to stop.
      if let found = oldest, Int64(bitPattern: position &- found.position) >= 0 { continue }
      oldest = (Held(number: number, word: word), position)
    }
    return oldest?.held
  }

  private func isAbandoned(
    _ number: Int, _ word: ClaimWord, _ now: UInt64, _ lives: inout Lives
  ) throws(StoreError) -> Bool {
    switch word.state {
    case .returned: return true
    case .held:
      // Pair claim-held.
      let deadline = deadline(number).loadRelaxed()
      return deadline != 0 && deadline < now || lives.isDead(word.owner)
    case .reading: return lives.isDead(word.owner)
    case .free, .filling: return false
    case nil: throw contradiction()
    }
  }

  /// Who has been found alive or dead in one search: each is asked about once.
  private struct Lives {
    private let caller: ParticipantIdentity
    private let handle: StructureHandle
    private var known: [ParticipantIdentity: Bool] = [:]

    init(of caller: ParticipantIdentity, _ handle: StructureHandle) {
      self.caller = caller
      self.handle = handle
    }

    mutating func isDead(_ identity: ParticipantIdentity) -> Bool {
      if identity == caller { return false }
      if let isDead = known[identity] { return isDead }
      let isDead = handle.isDead(identity)
      known[identity] = isDead
      return isDead
    }
  }

  // MARK: Rescuing

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
      guard suspicion.isDue(word.rawValue), handle.isDead(word.owner) else { return false }
      _ = rescue(Held(number: number, word: word), owner)
      return true
    case .free, nil:
      // It is free only when no cell names it, unless the cell has moved on since it was seen.
      guard ring.isStill(cell, at: position) else { return true }
      throw contradiction()
    }
  }

  // MARK: Looking

  /// Whether there is nothing to take.
  var isEmpty: Bool {
    // Pair attention, pair wake: read after a sleeper has announced itself.
    attention.loadSequential() == 0 && ring.isEmpty
  }

  /// Whether somebody has an element who is late or dead.
  func hasAbandoned() -> Bool {
    let now = SystemClock.monotonicNanoseconds
    var known: [ParticipantIdentity: Bool] = [:]
    return (0..<limit).contains { number in
      // Pair claim-held.
      let word = ClaimWord(rawValue: control(number).loadAcquiring())
      switch word.state {
      case .returned, nil: return true
      case .free: return false
      case .held:
        let deadline = deadline(number).loadRelaxed()
        if deadline != 0, deadline < now { return true }
      case .filling, .reading: break
      }
      let isDead = known[word.owner] ?? handle.isDead(word.owner)
      known[word.owner] = isDead
      return isDead
    }
  }

  /// How many elements wait in claims, and how many consumers have.
  func contents() -> (returned: Int, held: Int) {
    var (returned, held) = (0, 0)
    for number in 0..<limit {
      // Pair claim-held.
      switch ClaimWord(rawValue: control(number).loadAcquiring()).state {
      case .returned: returned += 1
      case .reading, .held: held += 1
      case .filling:
        let position = position(number).loadRelaxed()
        let cell = CellWord(.reading, lap: ring.lap(position), owner: name(number))
        if ring.control(position).loadRelaxed() == cell.rawValue { held += 1 }
      case .free, nil: break
      }
    }
    return (returned, held)
  }

  /// Copies of the elements that were given back and that nobody has claimed since, the oldest first.
  func returned(upTo count: Int) -> [[UInt8]] {
    var found: [(position: UInt64, bytes: [UInt8])] = []
    for number in 0..<limit {
      let control = control(number)
      // Pair claim-held.
      let word = control.loadAcquiring()
      guard ClaimWord(rawValue: word).state == .returned else { continue }
      let position = position(number).loadRelaxed()
      let bytes = region.bytes(at: element(number), count: elementSize)
      // Pair claim-freed: had the bytes changed, so would have the word.
      Fence.acquire()
      if control.loadRelaxed() == word { found.append((position, bytes)) }
    }
    found.sort { $0.position < $1.position }
    return found.prefix(count).map(\.bytes)
  }
}
