import SharedMemory
import SimDB

/// A ring of elements of one size between one sender and one receiver, whatever they are: what
/// ``Channel`` lends its types to.
///
/// The word of a cell says that the element beside it was sent, so that a message costs the
/// receiver one line of memory and not that of a position too. The receiver's position says what is
/// taken; the sender looks at it once a lap. What a sender has not published was not sent. An end
/// belongs to who has claimed its word by a compare-and-swap, until it lets go or dies.
///
/// **Concurrency.** `Sendable`; one sender and one receiver at a time, in any process.
///
/// - SeeAlso: Giacomoni, Moseley, Vachharajani (2008), FastForward, doi:10.1145/1345206.1345215.
@usableFromInline
final class CellChannel: Sendable {
  @usableFromInline let handle: StructureHandle
  @usableFromInline let geometry: ChannelGeometry
  let cells: ChannelCells

  /// Bytes from one cell to the next; `nil` where the sizes are not possible.
  static func stride(_ geometry: ChannelGeometry, of layout: SharedLayout) -> Int? {
    guard ClaimRing.isPossible(capacity: geometry.capacity), layout.alignment <= 64,
      geometry.overflow != .dropOldest
    else { return nil }
    return ChannelCells.stride(of: layout)
  }

  init(_ handle: StructureHandle, of layout: SharedLayout) throws(StoreError) {
    self.handle = handle
    let region = handle.region
    guard
      let overflow = Overflow(
        rawValue: region.word32(at: ChannelLayout.overflow).loadRelaxed()),
      let delivery = ChannelGeometry.Delivery(
        rawValue: region.word(at: ChannelLayout.delivery).loadRelaxed())
    else { throw handle.corrupt(.channel, "it has a policy that there is none of") }
    geometry = ChannelGeometry(
      capacity: Int(clamping: region.word(at: ChannelLayout.capacity).loadRelaxed()),
      overflow: overflow, delivery: delivery)
    guard let stride = Self.stride(geometry, of: layout),
      region.word(at: ChannelLayout.stride).loadRelaxed() == UInt64(stride),
      region.count == ChannelLayout.headerSize + geometry.capacity * stride
    else { throw handle.corrupt(.channel, "its sizes contradict each other") }
    cells = ChannelCells(region, capacity: geometry.capacity, of: layout)
  }

  static func initialize(
    _ region: SharedRegion, _ geometry: ChannelGeometry, _ layout: SharedLayout, stride: Int
  ) {
    region.word32(at: 0).storeRelaxed(ChannelLayout.version)
    region.word32(at: ChannelLayout.overflow).storeRelaxed(geometry.overflow.rawValue)
    region.word(at: ChannelLayout.capacity).storeRelaxed(UInt64(geometry.capacity))
    region.word(at: ChannelLayout.stride).storeRelaxed(UInt64(stride))
    region.word(at: ChannelLayout.delivery).storeRelaxed(geometry.delivery.rawValue)
    ElementLayout.write(layout, to: region, at: ChannelLayout.elements)
  }

  var region: SharedRegion { cells.region }

  @usableFromInline var count: Int {
    // Pair channel-taken: the count is of some moment.
    let first = cells.head.loadAcquiring()
    return Int(clamping: min(cells.end(after: first) &- first, cells.capacity))
  }
  // Pair channel-taken.
  @usableFromInline var pushedCount: UInt64 { cells.end(after: cells.head.loadAcquiring()) }
  @usableFromInline var droppedCount: UInt64 {
    region.word(at: ChannelLayout.dropped).loadRelaxed()
  }
  @usableFromInline var rejectedCount: UInt64 {
    region.word(at: ChannelLayout.rejected).loadRelaxed()
  }
  @usableFromInline var lostCount: UInt64 { region.word(at: ChannelLayout.lost).loadRelaxed() }

  /// Adds to a counter that one end alone writes.
  func count(_ offset: Int, _ count: Int) {
    let word = region.word(at: offset)
    word.storeRelaxed(word.loadRelaxed() &+ UInt64(count))
  }

  /// Whether there is nothing to take.
  var isEmpty: Bool { cells.isIdle(at: cells.head.loadRelaxed()) }

  func contradiction() -> StoreError {
    handle.corrupt(.channel, "its positions contradict each other")
  }

  // MARK: Looking

  /// Copies of the oldest elements, `count` at most; writes nothing, and needs no end.
  ///
  /// - Throws: `corrupt`, `segmentLost`; `contended` when elements went faster than they were
  ///   copied.
  func peek(upTo count: Int) throws(StoreError) -> [[UInt8]] {
    for _ in 0..<1_000 {
      // Pair channel-taken.
      let first = cells.head.loadAcquiring()
      let there = cells.end(after: first) &- first
      let seen = UInt64(min(max(0, count), Int(clamping: there), geometry.capacity))
      let elements = (0..<seen).map {
        region.bytes(at: cells.element(first &+ $0), count: cells.elementSize)
      }
      // Pair channel-taken: what was taken before the copies were made is told by the position.
      Fence.acquire()
      let gone = cells.head.loadRelaxed() &- first
      try handle.checkLoss()
      if gone == 0, there > UInt64(geometry.capacity) { throw contradiction() }
      if seen == 0 || gone < seen { return Array(elements.dropFirst(Int(gone))) }
    }
    throw StoreError(
      .contended, place: handle.place(.channel),
      reason: "its elements go faster than they are seen",
      remedy: "look again")
  }

  // MARK: Ends

  /// Claims the sender's end; returns it with both positions.
  func claimSender() throws(StoreError) -> (ChannelEnd, head: UInt64, tail: UInt64) {
    try withPositions(of: claim("sender", at: ChannelLayout.sender))
  }

  /// Claims the receiver's end; returns it with its position.
  func claimReceiver() throws(StoreError) -> (ChannelEnd, head: UInt64) {
    let end = try claim("receiver", at: ChannelLayout.receiver)
    try settleTaken()
    let (_, head, _) = try withPositions(of: end)
    return (end, head)
  }

  private func withPositions(
    of end: ChannelEnd
  ) throws(StoreError) -> (ChannelEnd, head: UInt64, tail: UInt64) {
    // Pair channel-taken.
    let first = cells.head.loadAcquiring()
    let last = cells.end(after: first)
    guard last &- first <= UInt64(geometry.capacity) else { throw contradiction() }
    return (end, first, last)
  }

  /// Claims an end that nobody has, or whose owner died.
  ///
  /// - Throws: `inUse`, `readOnly`, `dropped`.
  private func claim(_ role: String, at offset: Int) throws(StoreError) -> ChannelEnd {
    let owner = try handle.owner()
    let control = region.word(at: offset)
    while true {
      try handle.checkLive()
      // Pair end-claimed: what the end's last owner wrote is visible.
      let word = EndWord(rawValue: control.loadAcquiring())
      if word.isHeld, !handle.isDead(word.owner) {
        throw StoreError(
          .inUse, place: handle.place(.channel),
          reason: "its \(role) belongs to "
            + (word.owner == owner ? "another part of this process" : "another process"),
          remedy: "let that one go first, or use a queue, which has any number of users")
      }
      let claim = word.claimed(by: owner)
      // Pair end-claimed: the dead does nothing any more.
      if control.compareExchange(word.rawValue, claim.rawValue) {
        return ChannelEnd(self, claim, at: offset)
      }
    }
  }

  /// What a forked child gets that uses its parent's end.
  func foreignEnd() -> StoreError {
    StoreError(
      .inUse, place: handle.place(.channel),
      reason: "this end belongs to the process that this one was forked from",
      remedy: "make an end of its own in each process")
  }

  /// Finishes with what the receiver before was lent and did not return.
  ///
  /// Whoever dies on the way leaves it to the next, who comes to the same numbers.
  private func settleTaken() throws(StoreError) {
    let first = cells.head.loadRelaxed()
    let last = cells.taken.loadRelaxed()
    let count = last &- first
    guard geometry.delivery == .atMostOnce, count > 0, count <= Int64.max else { return }
    guard count <= UInt64(geometry.capacity) else { throw contradiction() }
    let lost = region.word(at: ChannelLayout.lost)
    let next = region.word(at: ChannelLayout.lostNext)
    let until = region.word(at: ChannelLayout.lostUntil)
    if until.loadRelaxed() != last {
      next.storeRelaxed(lost.loadRelaxed() &+ count)
      // Pair lost-settled: the sum stands before it is said to.
      until.storeReleasing(last)
    }
    // Pair lost-settled: counted before the elements are gone.
    lost.storeReleasing(next.loadRelaxed())
    // Pair channel-taken, pair wake.
    cells.head.exchangeSequential(last)
    cells.departure.wake()
  }
}
