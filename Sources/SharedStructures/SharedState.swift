import SharedMemory
import SimDB

/// A plain value with a name, which threads and processes read and replace.
///
/// Each version is written beside the one before and published at one instant: readers keep what
/// they have, writers wait for no reader, and nobody sees half of a value. What lies in the
/// database is a ``Pack`` of one element, so that viewers can show its fields.
///
/// ```swift
/// struct Pose: SharedValue {
///   var x: Double, y: Double
///   static var layoutName: String { "robot.pose.1" }
/// }
/// let pose = try database.state("pose", creating: Pose(x: 0, y: 0))
/// try pose.update { $0.x += 1 }
/// print(try pose.load().x)
/// ```
///
/// `Database.anonymous()` makes a database for the threads of one process.
///
/// **Concurrency.** `Sendable`; any number of readers and writers in any process, all lock-free.
public final class SharedState<Value: SharedValue>: Sendable {
  @usableFromInline let entry: PackEntry

  init(_ entry: PackEntry) throws(StoreError) {
    self.entry = entry
    _ = try load()
  }

  /// Name of the entry.
  public var name: String { entry.name }

  /// The value as it is.
  ///
  /// **Concurrency.** Lock-free; whole, and the one of some instant of the call.
  ///
  /// - Returns: The value.
  /// - Throws: `notFound` when it was deleted, `typeMismatch` when something else was put there,
  ///   `corrupt`, `segmentLost`; `contended` on a read-only mapping.
  /// - Complexity: O(bytes).
  @inlinable
  public func load() throws(StoreError) -> Value {
    try entry.lend(as: Value.self) { elements throws(StoreError) in
      guard elements.count == 1 else { throw countError(elements.count) }
      return elements[0]
    }
  }

  /// The value and what names its version.
  ///
  /// **Concurrency.** As ``load()``.
  ///
  /// - Returns: The value, and which version it is.
  /// - Throws: As ``load()``.
  /// - Complexity: O(bytes); one allocation.
  public func loadVersion() throws(StoreError) -> (value: Value, generation: UInt64) {
    let version = try entry.version(of: Value.self)
    guard version.elements.count == 1 else { throw countError(version.elements.count) }
    return (version.elements[0], version.generation)
  }

  /// Lends the value where it lies while `body` runs.
  ///
  /// **Concurrency.** Lock-free; later stores do not change what is lent.
  ///
  /// - Returns: What `body` returned.
  /// - Throws: As ``load()``; what `body` throws.
  /// - Complexity: O(1).
  @inlinable
  public func withValue<Result>(_ body: (borrowing Value) throws -> Result) throws -> Result {
    try entry.withElements(as: Value.self) { elements in
      guard elements.count == 1 else { throw countError(elements.count) }
      return try body(elements[0])
    }
  }

  /// Replaces the value.
  ///
  /// **Concurrency.** Lock-free, at one instant; of several stores at once the last one stays.
  ///
  /// - Returns: The generation, which names this version.
  /// - Throws: `full`, with nothing changed; `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(bytes).
  @inlinable @discardableResult
  public func store(_ value: Value) throws(StoreError) -> UInt64 {
    let values: InlineArray<1, Value> = [value]
    return try entry.store(values.span.plainBytes, count: 1)
  }

  /// Replaces the version that `generation` names.
  ///
  /// **Concurrency.** Lock-free; compares and stores at one instant.
  ///
  /// - Returns: The new generation; `nil` when the value was another, with nothing changed.
  /// - Throws: As ``store(_:)``.
  /// - Complexity: O(bytes); one allocation.
  @inlinable @discardableResult
  public func compareAndSet(_ value: Value, generation: UInt64) throws(StoreError) -> UInt64? {
    let values: InlineArray<1, Value> = [value]
    return try entry.compareAndSet(values.span.plainBytes, count: 1, generation: generation)
  }

  /// Replaces the value by what `change` makes of it.
  ///
  /// **Concurrency.** Lock-free; nothing that others stored meanwhile is lost: where somebody was
  /// faster, `change` is called again with what they stored.
  ///
  /// - Parameters:
  ///   - attempts: How often to try before giving up.
  ///   - change: Has no other effects: it may be called several times.
  /// - Returns: What the last call of `change` returned.
  /// - Throws: `contended` after `attempts`; as ``load()`` and ``store(_:)``; what `change` throws.
  /// - Complexity: O(bytes) if nobody else writes; some allocations.
  @inlinable @discardableResult
  public func update<Result>(
    attempts: Int = 1_000, _ change: (inout Value) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try entry.update(attempts: attempts) { (elements: inout [Value]) throws(StoreError) in
      guard elements.count == 1 else { throw countError(elements.count) }
      return try change(&elements[0])
    }
  }

  /// The values from now on, the present one first.
  ///
  /// This is a feed of latest values: who is slow gets fewer, and the last one always. When the
  /// task is cancelled it ends; while the entry is deleted nothing comes.
  ///
  /// **Concurrency.** Any number of consumers. They sleep without CPU, as those of
  /// `Database.changes`.
  ///
  /// - Returns: The values as they change, the latest each time.
  /// - Throws: `full` in a forked child that finds no row.
  /// - Complexity: As that of the database's changes.
  public func values() throws(StoreError) -> LatestValues<Value> {
    try LatestValues(of: name, in: entry.database) { [self] () throws(StoreError) in try load() }
  }

  @usableFromInline
  func countError(_ count: Int) -> StoreError {
    StoreError(
      .typeMismatch, place: "database '\(entry.database.name)', state '\(name)'",
      reason: "it has \(count) elements and not one", remedy: "read it as a vector")
  }
}

extension Database {
  /// Attaches to the value named `name`, creating it if it is absent and a first value is given.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the entry.
  ///   - type: What the value is.
  ///   - initial: What it is at first.
  /// - Returns: The state.
  /// - Throws: `notFound`, `typeMismatch`, which names both layouts; `full`, `readOnly`, `corrupt`,
  ///   `dropped`, `segmentLost`.
  /// - Complexity: O(bytes), and some microseconds for the layout.
  public func state<Value: SharedValue>(
    _ name: String, of type: Value.Type = Value.self, creating initial: Value? = nil
  ) throws(StoreError) -> SharedState<Value> {
    try SharedState(
      PackEntry(self, name, kind: "state", of: type, creating: initial.map { [$0] }))
  }
}
