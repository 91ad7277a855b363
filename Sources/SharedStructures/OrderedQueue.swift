import SharedMemory
import SimDB

/// A named queue in a database that gives out its elements by ascending priority, and those of one
/// priority in the order in which they were pushed, between any number of processes.
///
/// Elements that two push at the same time may come in either order. Delivery is at most once: an
/// element that its taker had claimed when it died is gone, and counted as lost when somebody next
/// comes by. A push to a full queue throws `full`, as of a ``PriorityQueue``.
///
/// ```swift
/// let jobs = try database.orderedQueue("jobs", of: UInt32.self, creating: ElementCapacity(1_000))
/// try jobs.push(17, priority: 2)
/// try jobs.push(18, priority: 1)
/// let next = try jobs.pop()  // 18
/// ```
///
/// **Concurrency.** `Sendable`; any number of producers and consumers. Pushing and popping are
/// lock-free, and blocking costs no CPU.
///
/// - SeeAlso: Shavit and Lotan (2000), doi:10.1109/IPDPS.2000.845994, and Lindén and Jonsson
///   (2013), doi:10.1007/978-3-319-03850-6_15, for removing in batches.
public final class OrderedQueue<Element: SharedValue>: Sendable {
  @usableFromInline let list: NodeList<QueueKey, Element>
  @usableFromInline let arrival: WakeWord

  /// Name of the queue.
  public var name: String { list.handle.name }

  init(_ handle: StructureHandle) throws(StoreError) {
    try handle.checkVersion(
      .orderedQueue, expected: NodeLayout.version, headerSize: NodeLayout.headerSize)
    try handle.checkElements(.orderedQueue, "elements", at: NodeLayout.values, are: Element.self)
    list = try NodeList(handle, .orderedQueue)
    arrival = WakeWord(handle.region.word32(at: NodeLayout.arrival))
  }

  /// An element with its priority.
  @frozen
  public struct Entry: Sendable {
    /// The element.
    public let element: Element
    /// Its priority.
    public let priority: UInt64

    @inlinable
    init(element: Element, priority: UInt64) {
      self.element = element
      self.priority = priority
    }
  }

  /// Appends `element` behind all of its priority.
  ///
  /// **Concurrency.** Any number of producers; never waits.
  ///
  /// - Parameters:
  ///   - element: Copied before returning.
  ///   - priority: The smaller, the sooner.
  /// - Throws: `full`, `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(log n) expected; O(n) when there is no free unit.
  @inlinable
  public func push(_ element: Element, priority: UInt64) throws(StoreError) {
    // Before a number is taken: a read-only mapping is not to be written to.
    _ = try list.owner()
    let number = list.pool.region.word(at: NodeLayout.sequence).addRelaxed(1)
    _ = try list.put(QueueKey(priority: priority, number: number), element, .keep)
    // Pair wake: the element was linked by a compare-and-swap.
    arrival.wake()
    try list.checkLive()
  }

  /// Takes the element of the smallest priority, if there is one.
  ///
  /// **Concurrency.** Any number of consumers; never waits. An element that is smaller than all
  /// others when it is pushed, while a pop has already seen the first one, may stay behind it.
  ///
  /// - Returns: `nil` when there was none.
  /// - Throws: `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(1), amortised.
  @inlinable
  public func pop() throws(StoreError) -> Entry? {
    let owner = try list.owner()
    guard let first = try list.popFirst(list.head, taker: owner) else {
      try list.checkLive()
      return nil
    }
    try list.checkLoss()
    return Entry(element: first.value, priority: first.key.priority)
  }

  /// Takes the element of the smallest priority, sleeping until there is one.
  ///
  /// **Concurrency.** As ``pop()``; the thread spins a little and then sleeps without CPU.
  ///
  /// - Returns: `nil` when none came in time.
  /// - Throws: As ``pop()``.
  /// - Complexity: As ``pop()``, each time it looks.
  public func pop(timeoutNanoseconds: UInt64) throws(StoreError) -> Entry? {
    try arrival.wait(timeoutNanoseconds: timeoutNanoseconds) { () throws(StoreError) in
      try pop()
    }
  }

  /// Takes the element of the smallest priority, suspending until there is one.
  ///
  /// **Concurrency.** No thread of the caller's executor waits; one thread of the process sleeps
  /// for all that wait.
  ///
  /// - Returns: The element.
  /// - Throws: `CancellationError` when the task is cancelled; as ``pop()``.
  /// - Complexity: As ``pop()``, each time it looks.
  public func receive() async throws -> Entry {
    try await arrival.receive { try pop() }
  }

  /// The element that would be taken next, which stays.
  ///
  /// **Concurrency.** Lock-free; writes nothing to shared memory.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(1) and what was taken there last.
  @inlinable
  public func peek() throws(StoreError) -> Entry? {
    try list.firstElement().map { Entry(element: $0.value, priority: $0.key.priority) }
  }

  /// How many elements there are, at some moment of the count where nothing changes meanwhile.
  ///
  /// **Concurrency.** As ``peek()``.
  ///
  /// - Throws: As ``peek()``.
  /// - Complexity: O(n).
  public var count: Int { get throws(StoreError) { try list.count() } }

  /// Numbers given out to elements so far, also to those that found no room.
  public var pushedCount: UInt64 {
    list.pool.region.word(at: NodeLayout.sequence).loadRelaxed()
  }
  /// Elements whose taker died with them, as far as somebody has come by.
  public var lostCount: UInt64 { list.pool.region.word(at: NodeLayout.lost).loadRelaxed() }
}

extension Database {
  /// Attaches to the ordered queue named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the queue's entry.
  ///   - type: Type of its elements.
  ///   - capacity: What to create when there is no such queue; an existing one keeps its own.
  /// - Returns: The queue.
  /// - Throws: `notFound`, `typeMismatch`, `invalidArgument`, `full`, `corrupt`, `incompatible`,
  ///   `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(1); O(capacity) where it is created.
  public func orderedQueue<Element: SharedValue>(
    _ name: String, of type: Element.Type, creating capacity: ElementCapacity? = nil
  ) throws(StoreError) -> OrderedQueue<Element> {
    typealias List = NodeList<QueueKey, Element>
    return try OrderedQueue(
      nodePool(
        name, .orderedQueue, creating: capacity, keys: SharedLayout(of: QueueKey.self),
        values: SharedLayout(of: type), stride: List.stride, headsSize: List.sortedHeadSize,
        isSorted: true, isUpdated: false))
  }
}
