import LavaSchema
import SimDB
import Tbl

/// A record of a running graph, read by what its key says it is.
enum GraphRecord {
  case host(HostRecord)
  case nodeCounters(NodeCounters)
  case nodeError(NodeError)
  case edgeCounters(EdgeCounters)

  /// Records are small; what is longer is not read as one.
  static let longestBytes = 65_536

  /// Beginnings of the keys of all records and states.
  static let prefixes = [SchemaKey.hostPrefix, SchemaKey.nodePrefix, SchemaKey.edgePrefix]

  /// Whether a record is to be expected under `key`, going by what is known without reading it.
  static func mayStand(under key: SchemaKey, _ facts: Database.Facts) -> Bool {
    switch key {
    case .host, .nodeCounters, .nodeError, .edgeCounters:
      facts.type == .tbl && facts.length <= longestBytes
    case .graph, .nodeState, .edgeQueue: false
    }
  }

  /// Reads the record under `key`; `nil` when the entry is not a whole one, or no record belongs
  /// there.
  init?(_ entry: Entry, under key: SchemaKey) {
    guard entry.type == .tbl, entry.bytes.count <= Self.longestBytes,
      let tbl = try? Tbl(validating: entry.bytes)
    else { return nil }
    let record: GraphRecord? =
      switch key {
      case .host: HostRecord(tbl).map(GraphRecord.host)
      case .nodeCounters: NodeCounters(tbl).map(GraphRecord.nodeCounters)
      case .nodeError: NodeError(tbl).map(GraphRecord.nodeError)
      case .edgeCounters: EdgeCounters(tbl).map(GraphRecord.edgeCounters)
      case .graph, .nodeState, .edgeQueue: nil
      }
    guard let record else { return nil }
    self = record
  }
}
