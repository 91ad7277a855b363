import SharedMemory
import SimDB
import Synchronization

/// A named ring of plain values in a database that every subscriber reads from its own place.
///
/// Any number of processes publish; each element goes to every subscriber, in the order in which
/// cells were claimed. The last `capacity` elements stay, so that a late joiner begins with
/// history. A subscriber reads without writing, through a read-only mapping too; where publishers
/// wait for slow subscribers, each has a row in which it says how far it is.
///
/// A publisher that dies between claiming a cell and publishing stalls nobody: its element is lost,
/// which is counted. One that is stopped there holds up subscribers that come to its cell, and, a
/// whole ring later, publishers.
///
/// ```swift
/// let readings = try database.topic("readings", of: Double.self, creating: TopicGeometry())
/// try readings.publish(0.5)
/// var subscription = try readings.subscribe(from: .last(10))
/// try readings.publish(1.5)
/// while let reading = try subscription.next() { print(reading) }
/// ```
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
  /// **Concurrency.** Any number of publishers. Where the topic waits for slow subscribers the
  /// thread sleeps until the slowest is less than a ring behind.
  ///
  /// - Parameters:
  ///   - element: Copied before returning.
  ///   - timeoutNanoseconds: How long to wait; for ever by default.
  /// - Returns: `false` when a subscriber, or another publisher that is stopped in the middle of
  ///   the oldest cell, did not go on in time.
  /// - Throws: `readOnly`, `corrupt`, `segmentLost`, `dropped`; `notFound` in a forked child that
  ///   comes to a topic that was deleted.
  /// - Complexity: O(size); O(subscribers) where it waits for them.
  @discardableResult
  public func publish(
    _ element: Element, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> Bool {
    try publish(timeoutNanoseconds) { core.region.store(element, at: $0) }
  }

  /// Publishes an element that is written where subscribers read it.
  ///
  /// **Concurrency.** As ``publish(_:timeoutNanoseconds:)``. Subscribers that come to the element
  /// wait until `fill` returns, and publishers a whole ring later.
  ///
  /// - Parameters:
  ///   - timeoutNanoseconds: How long to wait; for ever by default.
  ///   - fill: Gets the element in place, with whatever bytes were there; what it does not write
  ///     stays so.
  /// - Returns: As ``publish(_:timeoutNanoseconds:)``; `fill` ran only where it is `true`.
  /// - Throws: As ``publish(_:timeoutNanoseconds:)``.
  /// - Complexity: That of `fill`, nothing is copied; O(subscribers) where it waits for them.
  @discardableResult
  public func publish(
    timeoutNanoseconds: UInt64 = .max, filling fill: (inout MutableSpan<Element>) -> Void
  ) throws(StoreError) -> Bool {
    try publish(timeoutNanoseconds) { offset in
      core.region.withMutableSpan(at: offset, count: core.elementSize) { bytes in
        bytes.lend(as: Element.self) { element in fill(&element) }
      }
    }
  }

  /// Publishes what `write` writes at an offset in the region.
  private func publish(
    _ timeoutNanoseconds: UInt64, _ write: (Int) -> Void
  ) throws(StoreError) -> Bool {
    let owner = try core.handle.owner()
    while true {
      guard let position = try core.claim(owner, timeoutNanoseconds) else { return false }
      write(core.cell(position) + TopicCore.cellHeader)
      if try core.publish(position, owner) { return true }
    }
  }

  /// Where a subscriber begins.
  public enum Start: Hashable, Sendable {
    /// With what is published from now on.
    case new
    /// With so many elements of history, or as many as there are.
    case last(Int)
    /// With the oldest element that is still there; with the next where publishers wait and the
    /// ring is full, since one may be about to take its cell.
    case oldest
  }

  /// Begins to read.
  ///
  /// **Concurrency.** Any number of subscribers where publishers do not wait for them.
  ///
  /// - Parameter start: Where to begin.
  /// - Returns: The subscription.
  /// - Throws: `full` when all rows are taken by living subscribers, `readOnly` where publishers
  ///   wait and this process may not say how far it is; as ``publish(_:timeoutNanoseconds:)``.
  /// - Complexity: O(1); O(rows) where publishers wait for subscribers.
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
