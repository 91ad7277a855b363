import SharedMemory
import SimDB

/// A named queue of plain values of one type in a database, between any number of processes.
///
/// With delivery `atMostOnce` an element that its consumer has taken is gone, also when the
/// consumer dies with it; such elements are counted as lost. With `acknowledged` it moves into a
/// claim, where it stays until its consumer acknowledges it, and others take over what the dead, or
/// who is late, has not; see ``claim()``. A producer that dies between claiming a cell and
/// publishing it stalls nobody, and its element is lost.
///
/// Elements of one producer arrive in its order, but for what is delivered again; all arrive in the
/// order in which cells were claimed.
///
/// ```swift
/// struct Job: SharedValue {
///   var number: UInt64
///   var weight: Double
///   static var layoutName: String { "job.1" }
/// }
/// let jobs = try database.queue("jobs", of: Job.self, creating: ElementQueueGeometry())
/// _ = try jobs.push(Job(number: 1, weight: 0.5))
/// if let job = try jobs.pop() { print(job.number) }
/// ```
///
/// **Concurrency.** `Sendable`; any number of producers and consumers. Pushing and popping are
/// lock-free as long as no process is stopped in the middle of a cell; blocking costs no CPU. A
/// consumer that is stopped with a claim holds up nobody.
///
/// - SeeAlso: ``Channel`` for one producer and one consumer; ``MessageQueue`` for bytes of any
///   length.
public final class Queue<Element: SharedValue>: Sendable {
  @usableFromInline let cells: CellQueue

  init(_ cells: CellQueue) { self.cells = cells }

  /// Name of the queue.
  public var name: String { cells.handle.name }
  /// What was chosen at creation.
  public var geometry: ElementQueueGeometry { cells.geometry }

  // MARK: Counters

  /// Elements that can be taken, at some moment of the count.
  ///
  /// - Complexity: O(1); O(claims) where elements are acknowledged.
  public var count: Int { cells.count }
  /// Elements that consumers have and have not acknowledged; 0 with delivery `atMostOnce`.
  ///
  /// - Complexity: O(claims).
  public var heldCount: Int { cells.heldCount }
  /// Claims of elements that had been claimed before.
  public var redeliveredCount: UInt64 { cells.redeliveredCount }
  /// Elements that left by the overflow policy.
  public var droppedCount: UInt64 { cells.droppedCount }
  /// Elements refused by the overflow policy.
  public var rejectedCount: UInt64 { cells.rejectedCount }
  /// Elements that died with the process that was writing or, with delivery `atMostOnce`, reading
  /// them.
  public var lostCount: UInt64 { cells.lostCount }
  /// Cells claimed for pushing so far.
  public var pushedCount: UInt64 { cells.pushedCount }
}

extension Database {
  /// Attaches to the queue of elements named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the queue's entry.
  ///   - type: What its elements are.
  ///   - geometry: What to create when there is no such queue; an existing one keeps its own.
  /// - Returns: The queue.
  /// - Throws: `notFound`, `invalidArgument`, `full`, `corrupt`, `incompatible`, `readOnly`,
  ///   `dropped`, `segmentLost`; `typeMismatch`, also when its elements lie otherwise than those of
  ///   `type`.
  /// - Complexity: O(1); O(capacity) where it is created.
  public func queue<Element: SharedValue>(
    _ name: String, of type: Element.Type, creating geometry: ElementQueueGeometry? = nil
  ) throws(StoreError) -> Queue<Element> {
    let layout = SharedLayout(of: type)
    let handle: StructureHandle
    if let geometry {
      guard let plan = CellQueue.Plan(geometry, of: layout) else {
        throw StoreError(
          .invalidArgument, place: "database '\(self.name)', queue '\(name)'",
          reason: "\(geometry.capacity) cells for \(layout), delivery \(geometry.delivery) with "
            + "\(geometry.claimLimit) claims, are not possible",
          remedy:
            "choose a power of two from 2 to 16777216 cells, 1 to 65536 claims, and more than "
            + "0 ns for each")
      }
      handle = try structure(
        name, type: .elementQueue,
        creating: (
          byteCount: plan.byteCount,
          initialize: { CellQueue.initialize($0, geometry, layout, plan) }
        ))
    } else {
      handle = try structure(name, type: .elementQueue, creating: nil)
    }
    try handle.checkVersion(
      .elementQueue, expected: ElementQueueLayout.version,
      headerSize: ElementQueueLayout.headerSize)
    try handle.checkElements(
      .elementQueue, "elements", at: ElementQueueLayout.elements, are: type)
    return Queue(try CellQueue(handle, of: layout))
  }
}
