import SharedMemory
import SimDB

/// A subscriber's place in a topic, in bytes.
///
/// **Concurrency.** One thread at a time, which the compiler sees to.
@usableFromInline
struct SubscriberEnd: ~Copyable, Sendable {
  private let core: TopicCore
  private let row: SubscriberRow?
  @usableFromInline private(set) var position: UInt64
  @usableFromInline private(set) var missedCount: UInt64 = 0

  init(_ core: TopicCore, history: Int) throws(StoreError) {
    self.core = core
    let start = try core.register(history: history)
    row = start.row.map { SubscriberRow($0, of: core) }
    position = start.position
  }

  /// Copies the next element.
  ///
  /// - Returns: `false` when there is none.
  @usableFromInline
  mutating func next(into bytes: inout MutableRawSpan) throws(StoreError) -> Bool {
    if let row, try !row.isOurs() { throw inherited() }
    while true {
      switch core.look(position) {
      case .element(let word):
        core.region.copy(
          at: core.cell(position) + TopicCore.cellHeader, count: core.elementSize, into: &bytes)
        guard core.isUnchanged(word, at: position) else { continue }
        try core.handle.checkLoss()
        goOn(to: position &+ 1)
        return true
      case .nothing: goOn(to: position &+ 1)
      case .gone: try skip()
      case .notYet:
        try core.handle.checkLive()
        return false
      }
    }
  }

  private func inherited() -> StoreError {
    StoreError(
      .inUse, place: core.handle.place(.topic),
      reason: "publishers wait for this subscription in the process that this one was forked from",
      remedy: "subscribe in each process")
  }

  private mutating func goOn(to next: UInt64) {
    position = next
    if let row { core.setCursor(row.row, next) }
  }

  /// Goes on with the oldest element that is still there.
  private mutating func skip() throws(StoreError) {
    let oldest = core.oldest
    // Of a ring whose cells are ahead of its position no run of the protocol is known.
    guard oldest >= position, position <= core.tail.loadRelaxed() else {
      throw core.contradiction()
    }
    // The oldest is the next to go: some room, or it would be gone as well.
    let next = max(position &+ 1, oldest &+ UInt64(core.geometry.capacity) / 8)
    missedCount &+= next &- position
    if core.handle.database.isWritable {
      core.region.word(at: TopicLayout.missed).addRelaxed(next &- position)
    }
    goOn(to: next)
  }

  var inlet: Inlet { Inlet(core, at: position) }

  /// Waits until there may be an element; `false` when the time is up.
  @usableFromInline
  func awaitArrival(until deadline: UInt64) -> Bool {
    let (core, position) = (core, position)
    Waiting.spin { core.isWaiting(at: position) }
    let now = SystemClock.monotonicNanoseconds
    guard now < deadline else { return false }
    if core.handle.database.isWritable {
      Waiting.sleep(on: core.arrival, nanoseconds: deadline - now) { core.isWaiting(at: position) }
    } else if core.isWaiting(at: position) {
      SystemClock.pause(nanoseconds: min(deadline - now, 50_000_000))
    }
    return true
  }

  /// Suspends until there may be an element, at most 100 ms.
  @usableFromInline
  func awaitArrival() async throws(StoreError) {
    // Who may not write cannot be woken.
    _ = try core.handle.owner()
    await core.awaitArrival(at: position)
  }
}

/// A row that is given back when its subscriber ends.
private final class SubscriberRow: Sendable {
  let row: TopicCore.Row
  private let core: TopicCore

  init(_ row: TopicCore.Row, of core: TopicCore) {
    self.row = row
    self.core = core
  }

  /// Whether it is this process's own, and not of the one that it was forked from.
  func isOurs() throws(StoreError) -> Bool { try core.handle.owner() == row.identity }

  deinit {
    if (try? isOurs()) == true { core.unregister(row) }
  }
}
