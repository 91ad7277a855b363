import SharedMemory
import SimDB

/// The receiving end of a ``CellChannel``, in bytes.
///
/// **Concurrency.** One thread at a time, which the compiler sees to.
@usableFromInline
struct ReceiverEnd: ~Copyable, Sendable {
  @usableFromInline let channel: CellChannel
  private let end: ChannelEnd
  /// What of the channel each operation needs.
  private let cells: ChannelCells
  private let watch: StructureWatch
  /// Whether who sleeps fences for this process.
  private let isEnlisted: Bool
  /// The next element to take: what the channel's own position is, or is about to be.
  private var head: UInt64

  @usableFromInline
  init(
    _ channel: CellChannel, isEnlisted: Bool = AsymmetricFence.enlist()
  ) throws(StoreError) {
    let watch = try channel.handle.watch()
    let claimed = try channel.claimReceiver()
    self.channel = channel
    self.watch = watch
    self.isEnlisted = isEnlisted
    cells = channel.cells
    (end, head) = claimed
  }

  /// Refuses an end that a forked child has from its parent.
  @inline(__always)
  private func check() throws(StoreError) {
    guard watch.isOwn else { throw channel.foreignEnd() }
  }

  /// Refuses a store that was dropped, or whose bytes are gone, when there is nothing in the
  /// channel.
  @inline(__always)
  private func checkLive() throws(StoreError) {
    if !watch.isLive { try channel.handle.checkLive() }
  }

  /// Refuses zeros of memory that is gone.
  @inline(__always)
  private func checkLoss() throws(StoreError) {
    if watch.isLost { try channel.handle.checkLoss() }
  }

  /// Whether the element at `position` was sent.
  ///
  /// - Throws: `corrupt`, `segmentLost`.
  @inline(__always)
  private func isSent(_ position: UInt64) throws(StoreError) -> Bool {
    guard let isSent = cells.isSent(position) else {
      try channel.handle.checkLoss()
      throw channel.contradiction()
    }
    return isSent
  }

  @inline(__always)
  private mutating func release(_ count: Int) throws(StoreError) {
    head &+= UInt64(count)
    cells.move(cells.head, to: head, waking: cells.departure, isEnlisted: isEnlisted)
    try checkLoss()
  }

  @usableFromInline
  mutating func pop(into bytes: inout MutableRawSpan) throws(StoreError) -> Bool {
    try check()
    guard try isSent(head) else {
      try checkLive()
      return false
    }
    cells.region.copy(
      at: cells.element(head), count: cells.elementSize, into: &bytes)
    try release(1)
    return true
  }

  /// Takes the oldest element, lending it to `body`; `false` when there is none.
  @usableFromInline
  mutating func pop(lending body: (RawSpan) -> Void) throws(StoreError) -> Bool {
    try check()
    guard try isSent(head) else {
      try checkLive()
      return false
    }
    // Whoever comes after us, should we die, counts what we were lent, or gets it.
    cells.taken.storeRelaxed(head &+ 1)
    cells.region.withSpan(at: cells.element(head), count: cells.elementSize, body)
    try release(1)
    return true
  }

  /// Takes up to `count` elements into the bytes of so many; returns how many.
  @usableFromInline
  mutating func take(_ count: Int, into bytes: inout MutableRawSpan) throws(StoreError) -> Int {
    try check()
    var taken = 0
    while taken < count, try isSent(head &+ UInt64(taken)) {
      cells.region.copy(
        at: cells.element(head &+ UInt64(taken)), count: cells.elementSize, into: &bytes,
        at: taken * cells.elementStride)
      taken += 1
    }
    guard taken > 0 else {
      try checkLive()
      return 0
    }
    try release(taken)
    return taken
  }

  /// Copies the oldest element; `false` when there is none.
  @usableFromInline
  func peek(into bytes: inout MutableRawSpan) throws(StoreError) -> Bool {
    let isThere = try isSent(head)
    if isThere {
      cells.region.copy(
        at: cells.element(head), count: cells.elementSize, into: &bytes)
    }
    try checkLoss()
    return isThere
  }

  /// Sleeps until something has come, or until `end`, when it returns `false`.
  @usableFromInline
  func awaitArrival(until end: UInt64) -> Bool {
    let (cells, head) = (cells, head)
    let isIdle = { cells.isIdle(at: head) }
    Waiting.spin(while: isIdle)
    guard isIdle() else { return true }
    let now = SystemClock.monotonicNanoseconds
    guard now < end else { return false }
    cells.sleep(on: cells.arrival, nanoseconds: end - now, while: isIdle)
    return true
  }

  /// Suspends until something may have come.
  @usableFromInline
  func awaitArrival() async {
    let prepared = cells.announce(on: cells.arrival)
    if cells.isIdle(at: head) {
      await WaiterThread.shared.wait(cells.arrival.word, while: prepared)
    }
  }
}
