import SharedMemory
import SimDB
import Synchronization

/// A named ring of plain values in a database that every subscriber reads from its own place.
///
/// Any number of processes publish; each element goes to every subscriber, in the order in which
/// cells were claimed. The last `capacity` elements stay, so that a late joiner begins with history.
/// A subscriber reads without writing, through a read-only mapping too; where publishers wait for
/// slow subscribers, each has a row in which it says how far it is.
///
/// A publisher that dies between claiming a cell and publishing stalls nobody: its element is lost,
/// which is counted. One that is stopped there holds up subscribers that come to its cell, and, a
/// whole ring later, publishers.
///
/// **Concurrency.** `Sendable`; any number of publishers. Publishing is lock-free as long as no
/// process is stopped in the middle of a cell, and none is waited for.
public final class Topic<Element: SharedValue>: Sendable {
  let core: TopicCore

  /// Name of the topic.
  public var name: String { core.handle.name }
  /// What was chosen at creation.
  public var geometry: TopicGeometry { core.geometry }
  /// Elements that were published so far, those that were lost among them.
  public var publishedCount: UInt64 { core.tail.loadRelaxed() }
  /// Elements that died with the process that was publishing them.
  public var lostCount: UInt64 { core.region.word(at: TopicLayout.lost).loadRelaxed() }
  /// Elements that subscribers who may write have missed, all in all.
  public var missedCount: UInt64 { core.region.word(at: TopicLayout.missed).loadRelaxed() }

  init(_ handle: StructureHandle) throws(StoreError) {
    try handle.checkVersion(
      .topic, expected: TopicLayout.version, headerSize: TopicLayout.headerSize)
    try handle.checkElements(
      .topic, "elements", at: TopicLayout.element, are: Element.self)
    core = try TopicCore(handle, elementSize: MemoryLayout<Element>.size)
  }

  /// Publishes an element to all subscribers.
  ///
  /// **Concurrency.** Any number of publishers. Where the topic waits for slow subscribers the thread
  /// sleeps until the slowest is less than a ring behind.
  ///
  /// - Parameters:
  ///   - element: Copied before returning.
  ///   - timeoutNanoseconds: How long to wait; for ever by default.
  /// - Returns: `false` when a subscriber, or another publisher that is stopped in the middle of the
  ///   oldest cell, did not go on in time.
  /// - Throws: `readOnly`, `corrupt`, `segmentLost`, `dropped`; `notFound` in a forked child that
  ///   comes to a topic that was deleted.
  /// - Complexity: O(size); O(subscribers) where it waits for them.
  @discardableResult
  public func publish(
    _ element: Element, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> Bool {
    let owner = try core.handle.owner()
    while true {
      guard let position = try core.claim(owner, timeoutNanoseconds) else { return false }
      core.region.store(element, at: core.cell(position) + TopicCore.cellHeader)
      if try core.publish(position, owner) { return true }
    }
  }

  /// Where a subscriber begins.
  public enum Start: Hashable, Sendable {
    /// With what is published from now on.
    case new
    /// With so many elements of history, or as many as there are.
    case last(Int)
    /// With the oldest element that is still there; with the next where publishers wait and the ring
    /// is full, since one may be about to take its cell.
    case oldest
  }

  /// Begins to read.
  ///
  /// **Concurrency.** Any number of subscribers where publishers do not wait for them.
  ///
  /// - Parameter start: Where to begin.
  /// - Throws: `full` when all rows are taken by living subscribers, `readOnly` where publishers wait
  ///   and this process may not say how far it is; as ``publish(_:timeoutNanoseconds:)``.
  public func subscribe(from start: Start = .new) throws(StoreError) -> Subscription<Element> {
    let count: Int
    switch start {
    case .new: count = 0
    case .last(let wanted): count = max(0, wanted)
    case .oldest: count = .max
    }
    return Subscription(try SubscriberEnd(core, history: count))
  }
}
