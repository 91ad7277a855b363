import LavaSchema
import SharedMemory
import SimDB
import Synchronization
import Tbl

/// A read-only look into a store: its facts, keys, values, and the snapshot of a graph.
///
/// Nothing in the store shows that somebody looks. The processes that wrote it may be dead. When
/// the store's file is removed, the last state stays readable and ``absence`` says so; when another
/// store appears under the name, that one is looked at from then on.
///
/// **Concurrency.** `Sendable`; calls from several threads take turns where they share memory.
public final class StoreInspector: Sendable {
  /// The name or path that the inspector was made with.
  public let name: String
  private let sharing: Sharing
  private let attachment: Mutex<Attachment>
  private let memory = Mutex(SnapshotMemory())
  private let listed = Mutex(EntryCache())

  /// How often it is checked whether the store under the name is still the same one.
  static let checkIntervalNanoseconds: UInt64 = 500_000_000

  private struct Attachment {
    var database: Database
    var absence: StoreError?
    var nextCheck: UInt64
  }

  /// Attaches to a store.
  ///
  /// - Parameters:
  ///   - name: A name, or a path with a slash.
  ///   - sharing: Whose store is trusted besides the user's own, now and when another appears under
  ///     the name.
  /// - Throws: As `Database.openReadOnly`.
  public init(_ name: String, sharing: Sharing = .owner) throws(StoreError) {
    self.name = name
    self.sharing = sharing
    attachment = Mutex(
      Attachment(
        database: try Database.openReadOnly(name, sharing: sharing), absence: nil,
        nextCheck: SystemClock.monotonicNanoseconds + Self.checkIntervalNanoseconds))
  }

  /// Path of the store's file.
  public var path: String { database().path }

  /// Why the store is no longer under its name, or `nil` while it is.
  ///
  /// - Complexity: O(1); some 50 microseconds twice a second, when the name is looked up again.
  public var absence: StoreError? { attached().absence }

  /// The key under which a store holds its graph document.
  public static let graphKey = SchemaKey.graph.description

  /// The graph document as stored, or `nil` when the store holds none.
  ///
  /// - Throws: `contended`, `corrupt`.
  public func graph() throws(StoreError) -> [UInt8]? {
    try database().get(Self.graphKey)
  }

  /// The value under `key` with its type and generation, or `nil` when there is none.
  ///
  /// - Throws: `contended`, `corrupt`; `invalidArgument` for a key that no store can hold.
  public func value(_ key: [UInt8]) throws(StoreError) -> Entry? {
    try database().entry(key)
  }

  /// Length, type and generation of the value under `key`, or `nil` when there is none; copies
  /// nothing.
  ///
  /// - Throws: As ``value(_:)``.
  public func facts(_ key: [UInt8]) throws(StoreError) -> Database.Facts? {
    try database().facts(key)
  }

  /// Counts of blocks, entries and participants.
  ///
  /// - Throws: `segmentLost`.
  /// - Complexity: O(blocks + slots of the index).
  public func statistics() throws(StoreError) -> Statistics { try database().statistics() }

  /// The keys that begin with `prefix`, with length and type of their values.
  ///
  /// **Concurrency.** Weakly consistent.
  ///
  /// - Parameters:
  ///   - prefix: What the keys begin with.
  ///   - limit: How many at most; the rest is only counted.
  /// - Throws: `segmentLost`.
  /// - Complexity: O(slots of the index); no value is copied.
  public func keys(prefix: String = "", limit: Int = 5_000) throws(StoreError) -> KeyListing {
    let database = database()
    let found = try database.keys(prefix: prefix)
    let shown = found.prefix(max(0, limit))
    return listed.withLock { cache in
      var listing = KeyListing(total: found.count)
      for key in shown {
        guard let entry = cache.entry(key, in: database) else { continue }
        listing.keys.append(
          KeyListing.Key(bytes: key, lengthBytes: entry.lengthBytes, type: entry.type))
      }
      // The cache holds one listing, so that its size has the bound that listings have.
      let kept = Set(shown)
      cache.prune(kept.contains)
      return listing
    }
  }

  /// What a viewer that polls compares; it differs when anything in the store may have changed.
  ///
  /// - Complexity: O(thread lanes of the store); writes nothing.
  public func changeMark() -> ChangeMark {
    let attached = attached()
    return ChangeMark(
      change: attached.database.changeCount, store: attached.database.uuid,
      isGone: attached.absence != nil)
  }

  /// Everything a viewer draws, at about this moment: store, hosts, nodes, edges, states.
  ///
  /// Records that are damaged, of an unknown version, or no records at all are left out.
  ///
  /// - Returns: A tbl as `Documentation/HTTP.md` describes it: `schema`, `time`, `change`, `store`,
  ///   `hosts`, and the tables of columns `nodes`, `edges` and `states`.
  /// - Throws: `TblError` when ids were made to collide; `tooLarge` beyond 4 GiB; `segmentLost`.
  /// - Complexity: One lookup for each record, and O(bytes) for each that changed; keys and blocks
  ///   are counted anew at most four times a second, and for at most a tenth of the time.
  public func snapshot() throws -> Tbl {
    let attached = attached()
    let snapshot = try memory.withLock { memory throws(StoreError) in
      try memory.snapshot(of: attached.database, isGone: attached.absence != nil)
    }
    return try snapshot.tbl(time: SystemClock.wallNanoseconds)
  }

  private func database() -> Database { attached().database }

  private func attached() -> (database: Database, absence: StoreError?) {
    attachment.withLock { attachment in
      let now = SystemClock.monotonicNanoseconds
      if now >= attachment.nextCheck {
        attachment.nextCheck = now + Self.checkIntervalNanoseconds
        do throws(StoreError) {
          let present = try Database.openReadOnly(name, sharing: sharing)
          if present.uuid != attachment.database.uuid { attachment.database = present }
          attachment.absence = nil
        } catch {
          attachment.absence = error
        }
      }
      return (attachment.database, attachment.absence)
    }
  }
}

/// A state of a store, to be compared with a later one.
///
/// **Concurrency.** A value.
public struct ChangeMark: Hashable, Sendable {
  /// The store's count of changes.
  public let change: UInt64
  /// Identity of the store.
  public let store: [UInt8]
  /// Whether the store is no longer under its name.
  public let isGone: Bool
}

/// Keys of a store with what is known of their values.
///
/// **Concurrency.** A value.
public struct KeyListing: Hashable, Sendable {
  /// A key and what its value is.
  public struct Key: Hashable, Sendable {
    /// The key.
    public let bytes: [UInt8]
    /// Length of the value.
    public let lengthBytes: Int
    /// What the value's bytes are.
    public let type: TypeID
  }

  /// The keys, in byte order.
  public internal(set) var keys: [Key] = []
  /// How many keys there are, with those left out.
  public let total: Int

  init(total: Int) { self.total = total }
}
