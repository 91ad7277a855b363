import SharedMemory
import SimDB

/// A value of a table.
///
/// **Concurrency.** A value.
public struct TableValue: Hashable, Sendable {
  /// What the bytes are.
  public let type: TypeID
  /// The value.
  public let bytes: [UInt8]
  /// Which publication of its cell it is; it grows with each.
  public let version: UInt64
}

/// A named table whose values one writer replaces and any number of readers read.
///
/// For what one process knows and others show or follow: a robot's joints, a mixer's levels. A
/// value of at most 24 bytes lies in the line of its key's cell: writing it is a copy and one
/// exchange of a word, reading it a copy between two looks at the word. Larger values lie in the
/// store beside the table. Readers do not slow the writer down, and need no more than a read-only
/// mapping.
///
/// ```swift
/// let table = try database.table("joints", creating: TableGeometry(), keys: ["hip", "knee"])
/// var writer = try table.writer()
/// try writer.set("hip", 0.25)
/// print(try table.get("hip", as: Double.self)!)
/// ```
///
/// Keys are added by the writer and stay in their cells: a key that is removed leaves its cell to
/// itself.
///
/// **Concurrency.** `Sendable`; reading is wait-free but for a bounded number of attempts, each of
/// which fails only because the writer was faster twice.
public final class Table: Sendable {
  let handle: StructureHandle
  let cells: TableRegion
  let change: WakeWord

  /// Name of the table.
  public var name: String { handle.name }
  /// What was chosen at creation.
  public var geometry: TableGeometry { cells.geometry }

  init(_ handle: StructureHandle) throws(StoreError) {
    self.handle = handle
    let region = handle.region
    try handle.checkVersion(
      .table, expected: TableLayout.version, headerSize: TableLayout.headerSize)
    let geometry = TableGeometry(
      capacity: Int(clamping: region.word(at: TableLayout.capacity).loadRelaxed()),
      keyCapacity: Int(clamping: region.word(at: TableLayout.keyCapacity).loadRelaxed()))
    guard geometry.isPossible,
      region.word(at: TableLayout.slotCount).loadRelaxed() == UInt64(geometry.slotCount),
      region.count == TableRegion.byteCount(geometry)
    else { throw handle.corrupt(.table, "its sizes contradict each other") }
    cells = TableRegion(
      region, geometry, seed: region.word(at: TableLayout.seed).loadRelaxed())
    change = WakeWord(region.word32(at: TableLayout.change))
  }

  /// Keys that were added, those of removed values included.
  ///
  /// - Throws: `corrupt`, `segmentLost`.
  /// - Complexity: O(1).
  public var keyCount: Int {
    get throws(StoreError) {
      guard let count = cells.count else { throw contradiction("it has more keys than cells") }
      try handle.checkLoss()
      return count
    }
  }

  /// Publications so far, of all cells.
  public var changeCount: UInt64 {
    // Pair table-changed: the values that were counted are there.
    cells.region.word(at: TableLayout.changes).loadAcquiring()
  }

  /// Whose table it is; `nil` when nobody writes.
  ///
  /// - Complexity: O(participants).
  public var writerFacts: ParticipantFacts? {
    let word = cells.region.word(at: TableLayout.owner).loadRelaxed()
    let owner = ParticipantIdentity(rawValue: word)
    return owner.rawValue == 0 ? nil : handle.participant(owner)
  }

  func contradiction(_ reason: String) -> StoreError { handle.corrupt(.table, reason) }

  /// Where a value lies that does not fit a half.
  func payloadKey(_ cell: Int, half: Int) -> String {
    PayloadKey.key(of: name, number: UInt64(2 * cell + half))
  }
}

extension Database {
  /// Attaches to the table named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the table's entry.
  ///   - geometry: What to create when there is no such table; an existing one keeps its own.
  ///   - keys: What keys it has from the beginning; their values are absent.
  /// - Returns: The table.
  /// - Throws: `notFound`, `typeMismatch`, `invalidArgument`, `full`, `corrupt`, `incompatible`,
  ///   `readOnly`, `dropped`, `segmentLost`.
  /// - Complexity: O(1), and O(bytes) where it is created.
  public func table(
    _ name: String, creating geometry: TableGeometry? = nil, keys: [String] = []
  ) throws(StoreError) -> Table {
    guard let geometry else {
      return try Table(structure(name, type: .table, creating: nil))
    }
    let keys = Set(keys).map { Array($0.utf8) }
    let isRoom =
      keys.count <= geometry.capacity
      && keys.reduce(0) { $0 + $1.count } <= geometry.keyCapacity
      && keys.allSatisfy { (1...Database.maximumKeyLength).contains($0.count) }
    guard geometry.isPossible, isRoom else {
      throw StoreError(
        .invalidArgument, place: "database '\(self.name)', table '\(name)'",
        reason: "\(geometry.capacity) cells with \(geometry.keyCapacity) bytes for keys, "
          + "\(keys.count) of which are given, are not possible",
        remedy: "choose 1 to 16777216 cells, and enough bytes for keys of 1 to 65536 bytes")
    }
    let seed = UInt64.random(in: .min ... .max)
    return try Table(
      structure(
        name, type: .table,
        creating: (
          byteCount: TableRegion.byteCount(geometry),
          initialize: { region in
            let cells = TableRegion(region, geometry, seed: seed)
            cells.initialize(seed: seed)
            var keyEnd = 0
            for (count, key) in keys.enumerated() {
              let isAdded = cells.add(key.rawSpan, at: keyEnd, count: count)
              assert(isAdded, "nobody else knows the bytes")
              keyEnd += key.count
            }
          }
        )))
  }
}
