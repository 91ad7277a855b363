import SharedMemory
import SimDB

/// A named queue in a database with 256 levels of priority, between any number of processes.
///
/// A smaller priority goes first, and elements of one priority come in the order in which they were
/// pushed. What an element costs does not grow with how many there are; where priorities are more
/// than 256, there is ``OrderedQueue``.
///
/// A push to a full queue throws `full`, and there is no other policy: the oldest is not the one
/// that is needed least, and who waits behind a queue full of what is less urgent would be late.
///
/// Delivery is at most once. A consumer copies an element before it takes it, so that one that dies
/// has either taken an element or left it to others; none is lost in between.
///
/// ```swift
/// let jobs = try database.priorityQueue("jobs", of: UInt32.self, creating: ElementCapacity(1_000))
/// try jobs.push(17, priority: 2)
/// try jobs.push(18, priority: 1)
/// let next = try jobs.pop()  // 18
/// ```
///
/// **Concurrency.** `Sendable`; any number of producers and consumers. Pushing and popping are
/// lock-free, and blocking costs no CPU.
///
/// - SeeAlso: Michael and Scott (1996), doi:10.1145/248052.248106, for the levels.
public final class PriorityQueue<Element: SharedValue>: Sendable {
  @usableFromInline let levels: PriorityLevels

  /// Name of the queue.
  public var name: String { levels.handle.name }

  init(_ handle: StructureHandle) throws(StoreError) {
    try handle.checkVersion(
      .priorityQueue, expected: NodeLayout.version, headerSize: NodeLayout.headerSize)
    try handle.checkElements(.priorityQueue, "elements", at: NodeLayout.values, are: Element.self)
    levels = try PriorityLevels(handle, elementSize: MemoryLayout<Element>.size)
  }

  /// An element with its priority.
  ///
  /// **Concurrency.** A value.
  @frozen
  public struct Entry: Sendable {
    /// The element.
    public let element: Element
    /// Its priority.
    public let priority: UInt8

    @inlinable
    init(element: Element, priority: UInt8) {
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
  /// - Complexity: O(1); O(n) when there is no free unit.
  @inlinable
  public func push(_ element: Element, priority: UInt8) throws(StoreError) {
    try levels.push(Int(priority)) { region, offset in region.setElement(element, at: offset) }
  }

  /// Takes the first element of the smallest priority, if there is one.
  ///
  /// **Concurrency.** Any number of consumers; never waits. An element that is pushed to a smaller
  /// priority while a pop has already passed that one may stay behind.
  ///
  /// - Returns: `nil` when at one instant there was none.
  /// - Throws: `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(1).
  @inlinable
  public func pop() throws(StoreError) -> Entry? {
    let first = try levels.pop { region, offset in region.element(at: offset, as: Element.self) }
    return first.map { Entry(element: $0.element, priority: UInt8(truncatingIfNeeded: $0.level)) }
  }

  /// Takes the first element of the smallest priority, sleeping until there is one.
  ///
  /// **Concurrency.** As ``pop()``; the thread spins a little and then sleeps without CPU.
  ///
  /// - Parameter timeoutNanoseconds: How long to wait.
  /// - Returns: `nil` when none came in time.
  /// - Throws: As ``pop()``.
  /// - Complexity: As ``pop()``, each time that it looks.
  public func pop(timeoutNanoseconds: UInt64) throws(StoreError) -> Entry? {
    try levels.arrival.wait(timeoutNanoseconds: timeoutNanoseconds) { () throws(StoreError) in
      try pop()
    }
  }

  /// Takes the first element of the smallest priority, suspending until there is one.
  ///
  /// **Concurrency.** No thread of the caller's executor waits; one thread of the process sleeps
  /// for all that wait.
  ///
  /// - Returns: The element.
  /// - Throws: `CancellationError` when the task is cancelled; as ``pop()``.
  /// - Complexity: As ``pop()``, each time that it looks.
  public func receive() async throws -> Entry {
    try await levels.arrival.receive { try pop() }
  }

  /// The element that would be taken next, which stays.
  ///
  /// **Concurrency.** Lock-free; writes nothing to shared memory.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(1).
  public func peek() throws(StoreError) -> Entry? {
    let first = try levels.elements(limit: 1) { region, offset in
      region.element(at: offset, as: Element.self)
    }.first
    return first.map { Entry(element: $0.element, priority: UInt8($0.level)) }
  }

  /// How many elements there are, at some moment of the count where nothing changes meanwhile.
  ///
  /// **Concurrency.** As ``peek()``.
  ///
  /// - Throws: As ``peek()``.
  /// - Complexity: O(1): it looks at all levels.
  public var count: Int { get throws(StoreError) { try levels.count() } }

  /// How many elements of one priority there are.
  ///
  /// **Concurrency.** As ``peek()``.
  ///
  /// - Returns: How many there are.
  /// - Throws: As ``peek()``.
  /// - Complexity: O(1).
  public func count(priority: UInt8) throws(StoreError) -> Int {
    let count = try levels.count(Int(priority))
    try levels.handle.checkLive()
    return count
  }

  /// How many elements were pushed so far, but for those whose producers are about to say so; each
  /// priority counts around 2^36.
  ///
  /// **Concurrency.** As ``peek()``.
  ///
  /// - Complexity: O(1): it looks at all levels.
  public var pushedCount: UInt64 { levels.pushedCount }
}

extension Database {
  /// Attaches to the priority queue named `name`, creating it if asked to and absent.
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
  public func priorityQueue<Element: SharedValue>(
    _ name: String, of type: Element.Type, creating capacity: ElementCapacity? = nil
  ) throws(StoreError) -> PriorityQueue<Element> {
    try PriorityQueue(
      nodePool(
        name, .priorityQueue, creating: capacity, keys: nil, values: SharedLayout(of: type),
        stride: PriorityLevels.stride(elementSize: MemoryLayout<Element>.size),
        headsSize: NodeLayout.levelsSize, isSorted: false, isUpdated: false,
        reserved: PriorityLevels.count, fillHeads: PriorityLevels.initialize))
  }
}
