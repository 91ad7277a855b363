import SharedMemory
import SimDB

/// The receiving end of a ``CellChannel``, in bytes.
///
/// **Concurrency.** One thread at a time, which the compiler sees to.
@usableFromInline
struct ReceiverEnd: ~Copyable, Sendable {
  @usableFromInline let channel: CellChannel
  private let end: ChannelEnd
  /// Whether who sleeps fences for this process.
  private let isEnlisted: Bool
  /// The next element to take: what the channel's own position is, or is about to be.
  private var head: UInt64

  @usableFromInline
  init(
    _ channel: CellChannel, isEnlisted: Bool = AsymmetricFence.enlist()
  ) throws(StoreError) {
    self.channel = channel
    self.isEnlisted = isEnlisted
    (end, head) = try channel.claimReceiver()
  }

  @inline(__always)
  private mutating func release(_ count: Int) throws(StoreError) {
    head &+= UInt64(count)
    channel.move(channel.head, to: head, waking: channel.departure, isEnlisted: isEnlisted)
    try channel.handle.checkLoss()
  }

  @usableFromInline
  mutating func pop(into bytes: inout MutableRawSpan) throws(StoreError) -> Bool {
    try channel.check(end)
    guard try channel.isSent(head) else {
      try channel.handle.checkLive()
      return false
    }
    channel.region.copy(
      at: channel.element(head), count: channel.elementSize, into: &bytes)
    try release(1)
    return true
  }

  /// Takes the oldest element, lending it to `body`; `false` when there is none.
  @usableFromInline
  mutating func pop(lending body: (RawSpan) -> Void) throws(StoreError) -> Bool {
    try channel.check(end)
    guard try channel.isSent(head) else {
      try channel.handle.checkLive()
      return false
    }
    // Whoever comes after us, should we die, counts what we were lent, or gets it.
    channel.taken.storeRelaxed(head &+ 1)
    channel.region.withSpan(at: channel.element(head), count: channel.elementSize, body)
    try release(1)
    return true
  }

  /// Takes up to `count` elements into the bytes of so many; returns how many.
  @usableFromInline
  mutating func take(_ count: Int, into bytes: inout MutableRawSpan) throws(StoreError) -> Int {
    try channel.check(end)
    var taken = 0
    while taken < count, try channel.isSent(head &+ UInt64(taken)) {
      channel.region.copy(
        at: channel.element(head &+ UInt64(taken)), count: channel.elementSize, into: &bytes,
        at: taken * channel.elementStride)
      taken += 1
    }
    guard taken > 0 else {
      try channel.handle.checkLive()
      return 0
    }
    try release(taken)
    return taken
  }

  /// Copies the oldest element; `false` when there is none.
  @usableFromInline
  func peek(into bytes: inout MutableRawSpan) throws(StoreError) -> Bool {
    let isThere = try channel.isSent(head)
    if isThere {
      channel.region.copy(
        at: channel.element(head), count: channel.elementSize, into: &bytes)
    }
    try channel.handle.checkLoss()
    return isThere
  }

  /// Sleeps until something has come, or until `end`, when it returns `false`.
  @usableFromInline
  func awaitArrival(until end: UInt64) -> Bool {
    let (channel, head) = (channel, head)
    let isIdle = { channel.isIdle(at: head) }
    Waiting.spin(while: isIdle)
    guard isIdle() else { return true }
    let now = SystemClock.monotonicNanoseconds
    guard now < end else { return false }
    channel.sleep(on: channel.arrival, nanoseconds: end - now, while: isIdle)
    return true
  }

  /// Suspends until something may have come.
  @usableFromInline
  func awaitArrival() async {
    let prepared = channel.announce(on: channel.arrival)
    if channel.isIdle(at: head) {
      await WaiterThread.shared.wait(channel.arrival.word, while: prepared)
    }
  }

  /// When a wait that begins now ends.
  @usableFromInline
  static func deadline(_ timeoutNanoseconds: UInt64) -> UInt64 {
    SystemClock.monotonicNanoseconds.addingSaturated(timeoutNanoseconds)
  }
}
