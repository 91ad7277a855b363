import SharedMemory
import SimDB

/// A ring of elements of one size between one sender and one receiver, whatever they are: what
/// ``Channel`` lends its types to.
///
/// The word of a cell says that the element beside it was sent, so that a message costs the receiver
/// one line of memory and not that of a position too. The receiver's position says what is taken; the
/// sender looks at it once a lap. What a sender has not published was not sent. An end belongs to who
/// has claimed its word by a compare-and-swap, until it lets go or dies.
///
/// **Concurrency.** `Sendable`; one sender and one receiver at a time, in any process.
///
/// - SeeAlso: Giacomoni, Moseley, Vachharajani (2008), FastForward, doi:10.1145/1345206.1345215.
@usableFromInline
final class CellChannel: Sendable {
  @usableFromInline let handle: StructureHandle
  @usableFromInline let geometry: ChannelGeometry
  let region: SharedRegion
  let arrival: WakeWord
  let departure: WakeWord
  /// Bytes of an element, and from one to the next in private memory.
  let elementSize: Int
  let elementStride: Int
  /// Bytes from a cell to the next, and from its beginning to the element.
  private let stride: Int
  private let elementOffset: Int
  private let mask: UInt64

  /// Bytes from one cell to the next; `nil` where the sizes are not possible.
  ///
  /// A cell that fits into a line lies in one; a larger one shares none with its neighbours.
  static func stride(_ geometry: ChannelGeometry, of layout: SharedLayout) -> Int? {
    guard ClaimRing.isPossible(capacity: geometry.capacity), layout.alignment <= 64,
      geometry.overflow != .dropOldest
    else { return nil }
    let size = elementOffset(layout) + layout.size
    guard size < 64 else { return (size + 63) & ~63 }
    return 1 << (Int.bitWidth - (size - 1).leadingZeroBitCount)
  }

  private static func elementOffset(_ layout: SharedLayout) -> Int { max(8, layout.alignment) }

  init(_ handle: StructureHandle, of layout: SharedLayout) throws(StoreError) {
    self.handle = handle
    region = handle.region
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
    self.stride = stride
    elementOffset = Self.elementOffset(layout)
    elementSize = layout.size
    elementStride = layout.stride
    mask = UInt64(geometry.capacity - 1)
    arrival = WakeWord(region.word32(at: ChannelLayout.arrival))
    departure = WakeWord(region.word32(at: ChannelLayout.departure))
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

  // MARK: Words

  @inline(__always)
  var head: AtomicWord { region.word(at: ChannelLayout.head) }
  @inline(__always)
  var tail: AtomicWord { region.word(at: ChannelLayout.tail) }
  var taken: AtomicWord { region.word(at: ChannelLayout.taken) }

  @inline(__always)
  private func offset(_ position: UInt64) -> Int {
    ChannelLayout.headerSize &+ Int(truncatingIfNeeded: position & mask) &* stride
  }

  /// Offset of the element at `position`.
  @inline(__always)
  func element(_ position: UInt64) -> Int { offset(position) &+ elementOffset }

  /// The word of the cell at `position`: that position + 1 once its element was sent.
  @inline(__always)
  func control(_ position: UInt64) -> AtomicWord { region.word(at: offset(position)) }

  /// Whether the element at `position`, which the receiver has not passed, was sent.
  ///
  /// - Throws: `corrupt` when its word is neither that nor what the lap before has left; `segmentLost`.
  @inline(__always)
  func isSent(_ position: UInt64) throws(StoreError) -> Bool {
    // Pair channel-filled: the sender's bytes are visible.
    let word = control(position).loadAcquiring()
    if word == position &+ 1 { return true }
    let capacity = UInt64(geometry.capacity)
    guard word == (position < capacity ? 0 : position &+ 1 &- capacity) else {
      try handle.checkLoss()
      throw contradiction()
    }
    return false
  }

  /// The position after the last element that was sent, at some moment of the call; of none before
  /// `first`, which the receiver has come to.
  func end(after first: UInt64) -> UInt64 {
    // Pair channel-filled.
    var last = tail.loadAcquiring()
    // A sender sends its elements first, and says how far it is then.
    if Int64(bitPattern: last &- first) < 0 { last = first }
    // Pair channel-filled.
    while last &- first < UInt64(geometry.capacity), control(last).loadAcquiring() == last &+ 1 {
      last &+= 1
    }
    return last
  }

  @usableFromInline var count: Int {
    // Pair channel-taken: the count is of some moment.
    let first = head.loadAcquiring()
    return Int(clamping: min(end(after: first) &- first, UInt64(geometry.capacity)))
  }
  // Pair channel-taken.
  @usableFromInline var pushedCount: UInt64 { end(after: head.loadAcquiring()) }
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
  var isEmpty: Bool { isIdle(at: head.loadRelaxed()) }

  /// Whether nothing was sent at `position` or, when others have taken that meanwhile, later.
  func isIdle(at position: UInt64) -> Bool {
    // Pair wake: read after the sleeper has announced itself.
    Int64(bitPattern: control(position).loadSequential() &- position) <= 0
  }

  /// Moves the position of an end, and wakes who sleeps until that happens.
  ///
  /// - Parameter isEnlisted: Whether sleepers fence for this process.
  @inline(__always)
  func move(_ end: AtomicWord, to position: UInt64, waking sleepers: WakeWord, isEnlisted: Bool) {
    if isEnlisted {
      // Pair channel-filled, pair channel-taken.
      end.storeReleasing(position)
      AsymmetricFence.light()
    } else {
      // Pair channel-filled, pair channel-taken, pair wake.
      end.exchangeSequential(position)
    }
    sleepers.wake()
  }

  /// Announces a sleeper to an end that may look for sleepers without a fence of its own.
  func announce(on word: WakeWord) -> UInt32 {
    let prepared = word.prepare()
    AsymmetricFence.heavy()
    return prepared
  }

  /// Sleeps until `word` is woken, unless `condition` has ended already.
  func sleep(on word: WakeWord, nanoseconds: UInt64, while condition: () -> Bool) {
    let prepared = announce(on: word)
    // Pair wake: announced first, looked at afterwards.
    if condition() { word.sleep(prepared, nanoseconds: nanoseconds) }
  }

  func contradiction() -> StoreError {
    handle.corrupt(.channel, "its positions contradict each other")
  }

  // MARK: Looking

  /// Copies of the oldest elements, `count` at most; writes nothing, and needs no end.
  ///
  /// - Throws: `corrupt`, `segmentLost`; `contended` when elements went faster than they were copied.
  func peek(upTo count: Int) throws(StoreError) -> [[UInt8]] {
    for _ in 0..<1_000 {
      // Pair channel-taken.
      let first = head.loadAcquiring()
      let there = end(after: first) &- first
      let seen = UInt64(min(max(0, count), Int(clamping: there), geometry.capacity))
      let elements = (0..<seen).map { region.bytes(at: element(first &+ $0), count: elementSize) }
      // Pair channel-taken: what was taken before the copies were made is told by the position.
      Fence.acquire()
      let gone = head.loadRelaxed() &- first
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
    let first = head.loadAcquiring()
    let last = self.end(after: first)
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

  /// Refuses an end that a forked child has from its parent.
  @inline(__always)
  func check(_ end: ChannelEnd) throws(StoreError) {
    guard try handle.owner() == end.word.owner else { throw foreignEnd() }
  }

  private func foreignEnd() -> StoreError {
    StoreError(
      .inUse, place: handle.place(.channel),
      reason: "this end belongs to the process that this one was forked from",
      remedy: "make an end of its own in each process")
  }

  /// Finishes with what the receiver before was lent and did not return.
  ///
  /// Whoever dies on the way leaves it to the next, who comes to the same numbers.
  private func settleTaken() throws(StoreError) {
    let first = head.loadRelaxed()
    let last = taken.loadRelaxed()
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
    head.exchangeSequential(last)
    departure.wake()
  }
}
