import SharedMemory
import SimDB

/// A ring of equal cells between any number of producers and consumers: who has which cell, and who
/// waits.
///
/// The first word of a cell is its control word (``CellWord``); what else is in it is the business
/// of the queue that the ring is part of. A position counts cells from the first on; the cell it
/// falls on is its remainder by the capacity, and its lap the quotient.
///
/// **Concurrency.** `Sendable`; lock-free as long as no process is stopped in the middle of a cell.
///
/// - SeeAlso: Vyukov's bounded queue, with a claim that names its owner in place of a ticket.
final class ClaimRing: Sendable {
  let handle: StructureHandle
  let region: SharedRegion
  /// Cells, a power of two.
  let capacity: Int
  let arrival: WakeWord
  let departure: WakeWord
  let producersSuspicion = Suspicion()
  let consumersSuspicion = Suspicion()
  let kind: TypeID
  private let ring: Int
  private let cells: Int
  private let stride: Int
  private let cellMask: UInt64
  private let wakeMask: UInt64
  private let lapShift: UInt64
  /// Whether whoever comes to a cell needs two of its lines.
  let hasLongCells: Bool
  /// Whether a cell that is being read names a claim, not a participant: see ``ElementClaims``.
  let readersAreClaims: Bool

  /// The ring in a structure whose sizes have been checked.
  ///
  /// - Parameters:
  ///   - ring: Where its words are in the structure, see `RingLayout`.
  ///   - cells: Where the first cell is.
  ///   - stride: Bytes from one cell to the next.
  ///   - overflow: What producers do when it is full.
  ///   - readersAreClaims: Whether consumers acknowledge.
  init(
    _ handle: StructureHandle, _ kind: TypeID, ring: Int, cells: Int, stride: Int, capacity: Int,
    overflow: Overflow, readersAreClaims: Bool = false
  ) {
    self.handle = handle
    self.kind = kind
    self.ring = ring
    self.cells = cells
    self.stride = stride
    self.capacity = capacity
    region = handle.region
    cellMask = UInt64(capacity - 1)
    // Who drops the oldest waits for one certain cell.
    wakeMask = overflow == .dropOldest ? 0 : UInt64(max(1, capacity / 4) - 1)
    lapShift = UInt64(capacity.trailingZeroBitCount)
    hasLongCells = stride >= 128
    self.readersAreClaims = readersAreClaims
    arrival = WakeWord(region.word32(at: ring + RingLayout.arrival))
    departure = WakeWord(region.word32(at: ring + RingLayout.departure))
  }

  /// Wakes the producers that sleep, after a consumer has emptied the cell of `position`, when a
  /// quarter of the ring has been emptied since the last time.
  ///
  /// A producer that is woken for one cell takes the processor from a consumer, pushes one element,
  /// and sleeps again. A consumer that is late with its cell, while others have gone on into
  /// another quarter, wakes as well: it may be that cell which the producers need.
  @inline(__always)
  func wakeProducers(behind position: UInt64) {
    // Pair wake, pair ring-position: read after the cell was emptied. Whoever moves the head on
    // later empties its cell later, too.
    if head.loadSequential() & ~wakeMask != position & ~wakeMask { departure.wake() }
  }

  static func isPossible(capacity: Int) -> Bool {
    (2...1 << 24).contains(capacity) && capacity & (capacity - 1) == 0
  }

  // MARK: Positions

  @inline(__always)
  var head: AtomicWord { region.word(at: ring &+ RingLayout.head) }
  @inline(__always)
  var tail: AtomicWord { region.word(at: ring &+ RingLayout.tail) }

  /// The number of the cell that `position` falls on.
  func number(_ position: UInt64) -> UInt64 { position & cellMask }

  /// Offset of the cell that `position` falls on.
  @inline(__always)
  func cell(_ position: UInt64) -> Int {
    cells &+ Int(truncatingIfNeeded: position & cellMask) &* stride
  }

  @inline(__always)
  func lap(_ position: UInt64) -> UInt64 { position &>> lapShift }

  /// The control word of the cell that `position` falls on.
  @inline(__always)
  func control(_ position: UInt64) -> AtomicWord { region.word(at: cell(position)) }

  func contradiction() -> StoreError { handle.corrupt(kind, "its positions contradict its cells") }

  // MARK: Counters

  /// Elements in the ring, at some moment of the count.
  var count: Int {
    // Pair ring-position: the count is of some moment.
    let first = head.loadAcquiring()
    let last = tail.loadAcquiring()
    return last > first ? Int(clamping: min(last - first, UInt64(capacity))) : 0
  }

  /// Cells claimed for filling so far.
  var claimedCount: UInt64 { tail.loadRelaxed() }
  var droppedCount: UInt64 { counter(RingLayout.dropped).loadRelaxed() }
  var rejectedCount: UInt64 { counter(RingLayout.rejected).loadRelaxed() }
  var lostCount: UInt64 { counter(RingLayout.lost).loadRelaxed() }

  func countDropped(_ count: Int = 1) { counter(RingLayout.dropped).addRelaxed(UInt64(count)) }
  func countRejected(_ count: Int = 1) { counter(RingLayout.rejected).addRelaxed(UInt64(count)) }
  func countLost() { counter(RingLayout.lost).addRelaxed(1) }

  private func counter(_ offset: Int) -> AtomicWord { region.word(at: ring + offset) }

  // MARK: Waiting

  /// Whether the oldest cell holds nothing that could be taken.
  var isEmpty: Bool {
    let position = head.loadRelaxed()
    // Pair wake: read after the sleeper has announced itself.
    let word = CellWord(rawValue: control(position).loadSequential())
    let ahead = word.lapsAhead(of: lap(position))
    return ahead < 0 || ahead == 0 && (word.state == .empty || word.state == .writing)
  }

  /// Whether the oldest cell is being written.
  var isHeldUp: Bool {
    let position = head.loadRelaxed()
    // No pair: a hint.
    return CellWord(rawValue: control(position).loadRelaxed()).isAt(.writing, lap(position))
  }

  /// Whether the next cell to fill still is as `word` says.
  func isStill(_ word: CellWord, at position: UInt64) -> Bool {
    // Pair wake: read after the sleeper has announced itself.
    control(position).loadSequential() == word.rawValue
  }

  /// Sleeps until the cell that a producer needs is no longer as `word` says.
  ///
  /// - Returns: `false` when the time has passed.
  func waitForRoom(
    _ position: UInt64, _ word: CellWord, _ overflow: Overflow, _ deadline: inout UInt64?,
    _ timeoutNanoseconds: UInt64
  ) -> Bool {
    // Whoever is still writing a lap behind makes an oldest to drop by its arrival.
    let isWritten = overflow == .dropOldest && word.state == .writing
    return Waiting.rest(
      on: isWritten ? arrival : departure, until: &deadline, timeoutNanoseconds
    ) { isStill(word, at: position) }
  }

  /// Calls `attempt` until it succeeds or the time is up, spinning a little and then sleeping until
  /// something arrives.
  ///
  /// - Returns: Whether it has succeeded.
  @inline(__always)
  func waitForArrival(
    _ timeoutNanoseconds: UInt64, _ attempt: () throws(StoreError) -> Bool
  ) throws(StoreError) -> Bool {
    try Waiting.untilDone(
      on: arrival, timeoutNanoseconds, isIdle: { isEmpty }, attempt)
  }
}
