import SharedMemory
import SharedStructures

/// A queue that gives out its elements by ascending priority, however many priorities there are.
public protocol QueueByPriority<Element>: Sendable {
  /// What is pushed.
  associatedtype Element: Sendable
  /// The smaller, the sooner.
  associatedtype Priority: FixedWidthInteger & Sendable
  /// An element with its priority.
  associatedtype Entry: EntryByPriority<Element, Priority>

  /// Appends an element behind all of its priority.
  func push(_ element: Element, priority: Priority) throws(StoreError)
  /// Takes the first element of the smallest priority, if there is one.
  func pop() throws(StoreError) -> Entry?
  /// The same, sleeping until there is one.
  func pop(timeoutNanoseconds: UInt64) throws(StoreError) -> Entry?
  /// The same, suspending until there is one.
  func receive() async throws -> Entry
  /// The element that would be taken next.
  func peek() throws(StoreError) -> Entry?
  /// How many elements there are.
  var count: Int { get throws(StoreError) }
  /// How many were pushed.
  var pushedCount: UInt64 { get }
  /// How many died with their takers.
  var lostCount: UInt64 { get }
}

/// An element with its priority.
public protocol EntryByPriority<Element, Priority>: Sendable {
  /// What was pushed.
  associatedtype Element
  /// The smaller, the sooner.
  associatedtype Priority

  /// The element.
  var element: Element { get }
  /// Its priority.
  var priority: Priority { get }
}

extension OrderedQueue: QueueByPriority {}
extension OrderedQueue.Entry: EntryByPriority {}

extension PriorityQueue: QueueByPriority {
  /// Whoever dies has either taken an element or left it.
  public var lostCount: UInt64 { 0 }
}
extension PriorityQueue.Entry: EntryByPriority {}
