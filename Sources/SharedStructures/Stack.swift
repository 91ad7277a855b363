import SharedMemory
import SimDB

/// A named stack in a database, between any number of processes: what was pushed last is popped
/// first.
///
/// A consumer copies an element before it takes it, so that one that dies has either taken an
/// element or left it to others; none is lost in between.
///
/// ```swift
/// let tickets = try database.stack("tickets", of: UInt32.self, creating: ElementCapacity(1_000))
/// try tickets.push(17)
/// let last = try tickets.pop(timeoutNanoseconds: 1_000_000)  // 17
/// ```
///
/// **Concurrency.** `Sendable`; any number of threads and processes. Pushing and popping are
/// lock-free and take effect at one instant, and blocking costs no CPU; they all meet at one word,
/// so that more than a few at once gain nothing.
///
/// - SeeAlso: Treiber (1986), IBM RJ 5118.
public final class Stack<Element: SharedValue>: Sendable {
  @usableFromInline let stack: UnitStack

  /// Name of the stack.
  public var name: String { stack.handle.name }

  init(_ handle: StructureHandle) throws(StoreError) {
    try handle.checkVersion(.stack, expected: NodeLayout.version, headerSize: NodeLayout.headerSize)
    try handle.checkElements(.stack, "elements", at: NodeLayout.values, are: Element.self)
    stack = try UnitStack(handle, elementSize: MemoryLayout<Element>.size)
  }

  /// Puts `element` on top.
  ///
  /// **Concurrency.** Lock-free; takes effect at one instant.
  ///
  /// - Parameter element: Copied before returning.
  /// - Throws: `full`, `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(1); O(n) when there is no free unit.
  @inlinable
  public func push(_ element: Element) throws(StoreError) {
    try stack.push { region, offset in region.setElement(element, at: offset) }
  }

  /// Takes the element on top, if there is one.
  ///
  /// **Concurrency.** As ``push(_:)``.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: `readOnly`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(1).
  @inlinable
  public func pop() throws(StoreError) -> Element? {
    try stack.pop { region, offset in region.element(at: offset, as: Element.self) }
  }

  /// Takes the element on top, sleeping until there is one.
  ///
  /// **Concurrency.** As ``pop()``; the thread spins a little and then sleeps without CPU.
  ///
  /// - Parameter timeoutNanoseconds: How long to wait.
  /// - Returns: `nil` when none came in time.
  /// - Throws: As ``pop()``.
  /// - Complexity: As ``pop()``, each time it looks.
  public func pop(timeoutNanoseconds: UInt64) throws(StoreError) -> Element? {
    try stack.arrival.wait(timeoutNanoseconds: timeoutNanoseconds) { () throws(StoreError) in
      try pop()
    }
  }

  /// Takes the element on top, suspending until there is one.
  ///
  /// **Concurrency.** No thread of the caller's executor waits; one thread of the process sleeps
  /// for all that wait.
  ///
  /// - Returns: The element.
  /// - Throws: `CancellationError` when the task is cancelled; as ``pop()``.
  /// - Complexity: As ``pop()``, each time it looks.
  public func receive() async throws -> Element {
    try await stack.arrival.receive { try pop() }
  }

  /// The element on top, which stays.
  ///
  /// **Concurrency.** Lock-free; writes nothing to shared memory.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(1).
  public func peek() throws(StoreError) -> Element? {
    try stack.elements(limit: 1) { region, offset in
      region.element(at: offset, as: Element.self)
    }.first
  }

  /// How many elements there are, at one instant.
  ///
  /// **Concurrency.** As ``peek()``.
  ///
  /// - Throws: As ``peek()``.
  /// - Complexity: O(1).
  public var count: Int {
    get throws(StoreError) {
      let count = try stack.count()
      try stack.handle.checkLive()
      return count
    }
  }
}

extension Database {
  /// Attaches to the stack named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the stack's entry.
  ///   - type: Type of its elements.
  ///   - capacity: What to create when there is no such stack; an existing one keeps its own.
  /// - Returns: The stack.
  /// - Throws: `notFound`, `typeMismatch`, `invalidArgument`, `full`, `corrupt`, `incompatible`,
  ///   `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(1); O(capacity) where it is created.
  public func stack<Element: SharedValue>(
    _ name: String, of type: Element.Type, creating capacity: ElementCapacity? = nil
  ) throws(StoreError) -> Stack<Element> {
    try Stack(
      nodePool(
        name, .stack, creating: capacity, keys: nil, values: SharedLayout(of: type),
        stride: UnitStack.stride(elementSize: MemoryLayout<Element>.size),
        headsSize: NodeLayout.stackSize, isSorted: false, isUpdated: false))
  }
}
