import LavaSchema
import SharedMemory
import SimDB

/// Takes snapshots, and keeps between two of them what has not changed.
struct SnapshotMemory {
  /// More records than this are not looked at.
  static let maximumRecords = 50_000
  /// Between two walks over the whole store at least.
  static let listingIntervalNanoseconds: UInt64 = 250_000_000

  private var store: [UInt8] = []
  private var cache = EntryCache()
  private var listing: Listing?

  /// What only a walk over the whole store tells.
  private struct Listing {
    let statistics: Statistics
    let keys: [(bytes: [UInt8], meaning: SchemaKey)]
    let nextDue: UInt64
  }

  /// - Throws: `segmentLost`.
  mutating func snapshot(
    of database: Database, isGone: Bool
  ) throws(StoreError) -> Snapshot {
    let listing = try currentListing(of: database)
    // Before the records: a change that they miss shows as one afterwards.
    var snapshot = Snapshot(
      change: database.changeCount,
      store: Snapshot.Store(
        name: database.name, path: database.path, isGone: isGone,
        statistics: listing.statistics))
    for (key, meaning) in listing.keys {
      guard let entry = cache.entry(key, meaning: meaning, in: database) else { continue }
      snapshot.add(entry, under: meaning)
    }
    return snapshot
  }

  /// The listing, made anew when it is due: a large store is walked less often, so that walking
  /// takes at most a tenth of the time.
  private mutating func currentListing(of database: Database) throws(StoreError) -> Listing {
    let begin = SystemClock.monotonicNanoseconds
    if store == database.uuid, let listing, begin < listing.nextDue { return listing }
    if store != database.uuid {
      store = database.uuid
      cache = EntryCache()
    }
    var found: [[UInt8]] = []
    for prefix in GraphRecord.prefixes { found += try database.keys(prefix: prefix) }
    let keys =
      found
      .compactMap { bytes -> (bytes: [UInt8], meaning: SchemaKey)? in
        guard let text = String(validating: bytes, as: UTF8.self),
          let meaning = SchemaKey(parsing: text)
        else { return nil }
        return (bytes, meaning)
      }
      .prefix(Self.maximumRecords)
    let kept = Set(keys.map(\.bytes))
    cache.prune(kept.contains)
    let statistics = try database.statistics()
    let end = SystemClock.monotonicNanoseconds
    let fresh = Listing(
      statistics: statistics, keys: Array(keys),
      nextDue: end + max(Self.listingIntervalNanoseconds, 9 * (end - begin)))
    listing = fresh
    return fresh
  }
}
