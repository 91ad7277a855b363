import SharedMemory
import SimDB

/// The receiving end of a ``CellChannel``, in bytes.
///
/// **Concurrency.** One thread at a time, which the compiler sees to.
@usableFromInline
struct ReceiverEnd: ~Copyable, Sendable {
  @usableFromInline let channel: CellChannel
  private let end: ChannelEnd
  /// The next element to take: what the channel's own position is, or is about to be.
  private var head: UInt64
  /// The sender's position when it was last looked at.
  private var tail: UInt64

  @usableFromInline
  init(_ channel: CellChannel) throws(StoreError) {
    self.channel = channel
    (end, head, tail) = try channel.claimReceiver()
  }

  /// How many elements there are to take, at least, when `wanted` are wanted.
  @inline(__always)
  private mutating func available(_ wanted: UInt64 = 1) throws(StoreError) -> Int {
    if tail &- head < wanted {
      // Pair channel-filled: the sender's bytes are visible.
      tail = channel.tail.loadAcquiring()
      guard tail &- head <= UInt64(channel.geometry.capacity) else {
        throw channel.contradiction()
      }
    }
    return Int(truncatingIfNeeded: tail &- head)
  }

  @inline(__always)
  private mutating func release(_ count: Int) throws(StoreError) {
    head &+= UInt64(count)
    // Pair channel-taken, pair wake.
    channel.head.exchangeSequential(head)
    channel.departure.wake()
    try channel.handle.checkLoss()
  }

  @usableFromInline
  mutating func pop(into bytes: inout MutableRawSpan) throws(StoreError) -> Bool {
    try channel.check(end)
    guard try available() > 0 else {
      try channel.handle.checkLive()
      return false
    }
    channel.region.copy(
      at: channel.offset(head), count: channel.elementSize, into: &bytes)
    try release(1)
    return true
  }

  /// Takes the oldest element, lending it to `body`; `false` when there is none.
  @usableFromInline
  mutating func pop(lending body: (RawSpan) -> Void) throws(StoreError) -> Bool {
    try channel.check(end)
    guard try available() > 0 else {
      try channel.handle.checkLive()
      return false
    }
    // Whoever comes after us, should we die, counts what we were lent, or gets it.
    channel.taken.storeRelaxed(head &+ 1)
    channel.region.withSpan(at: channel.offset(head), count: channel.elementSize, body)
    try release(1)
    return true
  }

  /// Takes up to `count` elements into the bytes of so many; returns how many.
  @usableFromInline
  mutating func take(_ count: Int, into bytes: inout MutableRawSpan) throws(StoreError) -> Int {
    try channel.check(end)
    let count = min(count, try available(UInt64(clamping: count)))
    guard count > 0 else {
      try channel.handle.checkLive()
      return 0
    }
    var taken = 0
    while taken < count {
      let run = channel.run(head &+ UInt64(taken), count - taken)
      if channel.stride == channel.elementStride {
        channel.region.copy(
          at: channel.offset(head &+ UInt64(taken)),
          count: (run - 1) * channel.stride + channel.elementSize, into: &bytes,
          at: taken * channel.stride)
      } else {
        for index in taken..<taken + run {
          channel.region.copy(
            at: channel.offset(head &+ UInt64(index)), count: channel.elementSize, into: &bytes,
            at: index * channel.elementStride)
        }
      }
      taken += run
    }
    try release(taken)
    return taken
  }

  /// Copies the oldest element; `false` when there is none.
  @usableFromInline
  mutating func peek(into bytes: inout MutableRawSpan) throws(StoreError) -> Bool {
    let isThere = try available() > 0
    if isThere {
      channel.region.copy(
        at: channel.offset(head), count: channel.elementSize, into: &bytes)
    }
    try channel.handle.checkLoss()
    return isThere
  }

  /// Sleeps until something has come, or until `end`, when it returns `false`.
  @usableFromInline
  func awaitArrival(until end: UInt64) -> Bool {
    let (channel, head) = (channel, head)
    // Pair wake: read after the sleeper has announced itself.
    let isIdle = { channel.tail.loadSequential() == head }
    Waiting.spin(while: isIdle)
    guard isIdle() else { return true }
    let now = SystemClock.monotonicNanoseconds
    guard now < end else { return false }
    Waiting.sleep(on: channel.arrival, nanoseconds: end - now, while: isIdle)
    return true
  }

  /// Suspends until something may have come.
  @usableFromInline
  func awaitArrival() async {
    let prepared = channel.arrival.prepare()
    // Pair wake: read after the sleeper has announced itself.
    if channel.tail.loadSequential() == head {
      await WaiterThread.shared.wait(channel.arrival.word, while: prepared)
    }
  }

  /// When a wait that begins now ends.
  @usableFromInline
  static func deadline(_ timeoutNanoseconds: UInt64) -> UInt64 {
    SystemClock.monotonicNanoseconds.addingSaturated(timeoutNanoseconds)
  }
}
