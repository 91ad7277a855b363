import LavaSchema
import SimDB

/// What is known of an entry without reading it again.
struct KnownEntry {
  let generation: UInt64
  let type: TypeID
  let lengthBytes: Int
  /// The record that its bytes are; `nil` when they are none, or it was not asked for.
  let record: GraphRecord?
}

/// Remembers entries by generation, so that looking at a store again costs one lookup for each key
/// that has not changed since.
struct EntryCache {
  private var entries: [[UInt8]: KnownEntry] = [:]

  /// What stands under `key` now, or `nil` when nothing does or it cannot be read.
  ///
  /// - Parameter meaning: What the key means, where its record is wanted; the same in every call
  ///   for a key.
  /// - Complexity: O(1), and O(bytes) when a record changed; other values are not copied.
  mutating func entry(
    _ key: [UInt8], meaning: SchemaKey? = nil, in database: Database
  ) -> KnownEntry? {
    let known = entries[key]
    do {
      guard let generation = try database.generation(key) else {
        entries[key] = nil
        return nil
      }
      if let known, known.generation == generation { return known }
      guard let fresh = try fresh(key, meaning, in: database) else {
        entries[key] = nil
        return nil
      }
      entries[key] = fresh
      return fresh
    } catch {
      // Overwritten faster than it can be read: what stood before is the best there is. Damaged:
      // it is as good as absent.
      if error.code == .contended { return known }
      entries[key] = nil
      return nil
    }
  }

  private func fresh(
    _ key: [UInt8], _ meaning: SchemaKey?, in database: Database
  ) throws(StoreError) -> KnownEntry? {
    guard let facts = try database.facts(key) else { return nil }
    guard let meaning, GraphRecord.mayStand(under: meaning, facts) else {
      return KnownEntry(
        generation: facts.generation, type: facts.type, lengthBytes: facts.length, record: nil)
    }
    return try database.entry(key).map { entry in
      KnownEntry(
        generation: entry.generation, type: entry.type, lengthBytes: entry.bytes.count,
        record: GraphRecord(entry, under: meaning))
    }
  }

  /// Forgets every entry whose key `isKept` refuses.
  mutating func prune(_ isKept: ([UInt8]) -> Bool) {
    entries = entries.filter { isKept($0.key) }
  }
}
