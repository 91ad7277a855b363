import SharedMemory
import SimDB

/// The sending end of a ``CellChannel``, in bytes.
///
/// **Concurrency.** One thread at a time, which the compiler sees to.
@usableFromInline
struct SenderEnd: ~Copyable, Sendable {
  private let channel: CellChannel
  private let end: ChannelEnd
  /// What of the channel each operation needs.
  private let cells: ChannelCells
  private let watch: StructureWatch
  /// Whether who sleeps fences for this process.
  private let isEnlisted: Bool
  /// The next element to fill: what the channel's own position is, or is about to be.
  private var tail: UInt64
  /// The receiver's position when it was last looked at.
  private var head: UInt64

  @usableFromInline
  init(
    _ channel: CellChannel, isEnlisted: Bool = AsymmetricFence.enlist()
  ) throws(StoreError) {
    let watch = try channel.handle.watch()
    let claimed = try channel.claimSender()
    self.channel = channel
    self.watch = watch
    self.isEnlisted = isEnlisted
    cells = channel.cells
    (end, head, tail) = claimed
  }

  /// Refuses an end that a forked child has from its parent.
  @inline(__always)
  private func check() throws(StoreError) {
    guard watch.isOwn else { throw channel.foreignEnd() }
  }

  /// Refuses what nobody will find any more.
  @inline(__always)
  private func checkLive() throws(StoreError) {
    if !watch.isLive { try channel.handle.checkLive() }
  }

  /// How many elements can be filled at once, in a row or not.
  @inline(__always)
  private mutating func room() throws(StoreError) -> Int {
    let capacity = cells.capacity
    if tail &- head == capacity {
      // Pair channel-taken: the receiver has read what will be overwritten.
      head = cells.head.loadAcquiring()
      guard tail &- head <= capacity else { throw channel.contradiction() }
    }
    return Int(truncatingIfNeeded: capacity &- (tail &- head))
  }

  /// Waits for room, or does what the policy says; `nil` when there is room.
  @inline(never)
  private mutating func makeRoom(
    for count: Int, _ deadline: inout UInt64?, _ timeoutNanoseconds: UInt64
  ) throws(StoreError) -> PushResult? {
    try checkLive()
    switch channel.geometry.overflow {
    case .reject:
      channel.count(ChannelLayout.rejected, count)
      return .rejected
    case .dropNewest:
      channel.count(ChannelLayout.dropped, count)
      return .dropped
    case .wait, .dropOldest:
      let now = SystemClock.monotonicNanoseconds
      let end = deadline ?? now.addingSaturated(timeoutNanoseconds)
      deadline = end
      guard now < end else { return .timedOut }
      let (cells, seen) = (cells, head)
      // Pair wake: read after the sleeper has announced itself.
      let isFull = { cells.head.loadSequential() == seen }
      Waiting.spin(while: isFull)
      cells.sleep(on: cells.departure, nanoseconds: end - now, while: isFull)
      return nil
    }
  }

  /// Sends the element that was filled.
  @inline(__always)
  private mutating func send() {
    let control = cells.control(tail)
    tail &+= 1
    // Pair channel-filled.
    control.storeReleasing(tail)
  }

  /// Says how far the sender is, which is what wakes the receiver.
  @inline(__always)
  private func announce() throws(StoreError) {
    cells.move(cells.tail, to: tail, waking: cells.arrival, isEnlisted: isEnlisted)
    // Nobody will find what lies in memory that nobody shares any more.
    try checkLive()
  }

  @usableFromInline
  mutating func push(_ bytes: RawSpan, timeoutNanoseconds: UInt64) throws(StoreError) -> PushResult
  {
    try check()
    var deadline: UInt64?
    while try room() == 0 {
      if let result = try makeRoom(for: 1, &deadline, timeoutNanoseconds) { return result }
    }
    cells.region.write(bytes, at: cells.element(tail))
    send()
    try announce()
    return .pushed
  }

  /// Pushes what `fill` writes in place; nothing, and `nil`, when it returns `false`.
  @usableFromInline
  mutating func push(
    timeoutNanoseconds: UInt64, filling fill: (inout MutableRawSpan) -> Bool
  ) throws(StoreError) -> PushResult? {
    try check()
    var deadline: UInt64?
    while try room() == 0 {
      if let result = try makeRoom(for: 1, &deadline, timeoutNanoseconds) { return result }
    }
    let isFilled = cells.region.withMutableSpan(
      at: cells.element(tail), count: cells.elementSize, fill)
    guard isFilled else { return nil }
    send()
    try announce()
    return .pushed
  }

  /// Pushes `count` elements; returns how many of them, from the first on, are in the channel.
  @usableFromInline
  mutating func push(
    contentsOf bytes: RawSpan, count: Int, timeoutNanoseconds: UInt64
  ) throws(StoreError) -> Int {
    try check()
    var deadline: UInt64?
    var pushed = 0
    while pushed < count {
      let room = try room()
      guard room > 0 else {
        let result = try makeRoom(for: count - pushed, &deadline, timeoutNanoseconds)
        if result != nil { return pushed }
        continue
      }
      let run = min(room, count - pushed)
      for index in 0..<run {
        cells.region.write(
          bytes, from: (pushed + index) * cells.elementStride, count: cells.elementSize,
          at: cells.element(tail &+ UInt64(index)))
      }
      for _ in 0..<run { send() }
      try announce()
      pushed += run
    }
    return pushed
  }
}
