import SharedMemory
import SimDB
import Synchronization

/// The elements that consumers of a queue have and have not acknowledged: a claim for each, with a
/// copy of the element, so that its cell is free for the next.
///
/// - A claim becomes free only when no cell names it.
/// - While a cell names a claim that is *filling*, the element is in the cell; in the other states
///   it is in the claim, and whoever likes may empty the cell.
///
/// **Concurrency.** `Sendable`; any number of consumers. Nobody waits for one that died, and for
/// one that is stopped only where it is copying, and only who has come round to its cell.
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
  let elementSize: Int
  private let claimElementOffset: Int
  let cellElementOffset: Int
  /// Where a free claim was last found; -1 before.
  private let hint = Atomic<Int>(-1)
  /// When this process looks for what the dead and the late hold.
  let search = SearchTimer()
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

  func offset(_ number: Int) -> Int { claims &+ number &* stride }
  func control(_ number: Int) -> AtomicWord { region.word(at: offset(number)) }
  func position(_ number: Int) -> AtomicWord {
    region.word(at: offset(number) &+ QueueClaimLayout.position)
  }
  func deadline(_ number: Int) -> AtomicWord {
    region.word(at: offset(number) &+ QueueClaimLayout.deadline)
  }
  func element(_ number: Int) -> Int { offset(number) &+ claimElementOffset }

  var attention: AtomicWord { region.word(at: ElementQueueLayout.attention) }
  var redelivered: AtomicWord { region.word(at: ElementQueueLayout.redelivered) }

  /// Claims of elements that had been claimed before.
  var redeliveredCount: UInt64 { redelivered.loadRelaxed() }

  /// How a cell that is being read names a claim, where it names a participant otherwise.
  func name(_ number: Int) -> ParticipantIdentity {
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
  /// - Returns: `nil` when there is none, or the caller was taken for dead; the claim is another's
  ///   or nobody's then.
  private func fill(
    _ claim: Held, _ owner: ParticipantIdentity, into bytes: inout MutableRawSpan
  ) throws(StoreError) -> Held? {
    let announced = position(claim.number)
    let position: UInt64?
    do throws(StoreError) {
      position = try ring.claimForReading(name(claim.number)) {
        // Pair cell-claimed: whoever sees the cell finds in the claim which one it is.
        announced.storeRelaxed($0)
        return true
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
  func free(_ claim: Held) -> ClaimWord {
    let free = claim.word.next(.free)
    // Pair claim-freed: who takes it next comes after whatever was done with it.
    _ = control(claim.number).compareExchange(claim.word.rawValue, free.rawValue)
    return free
  }

  /// Begins the time in which an element is to be acknowledged.
  ///
  /// - Returns: `nil` when the caller was taken for dead meanwhile.
  func hold(_ claim: Held, _ owner: ParticipantIdentity) -> Held? {
    let end = patience.map { SystemClock.deadline(after: $0) } ?? 0
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

  func announceReturned() {
    // Pair attention: after it was given back.
    attention.exchangeSequential(1)
    // Pair wake.
    ring.arrival.wake()
  }
}
