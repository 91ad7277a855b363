import LavaSchema
import SharedMemory
import SimDB
import Tbl

/// What a store tells of a graph at about one moment, on its way into a tbl of columns.
struct Snapshot {
  /// The version of the tbl's members.
  static let schemaVersion: UInt64 = 1

  /// A node that has counters or failed.
  struct Node {
    let id: String
    var counters = NodeCounters(host: "", time: 0)
    var error = ""
  }

  /// An edge.
  struct Edge {
    let id: String
    let counters: EdgeCounters
  }

  /// A state that a node publishes.
  struct State {
    let id: String
    let entry: KnownEntry
  }

  let change: UInt64
  let store: Store
  var hosts: [(id: String, record: HostRecord)] = []
  var nodes: [Node] = []
  var edges: [Edge] = []
  var states: [State] = []

  /// Facts of the store itself.
  struct Store {
    let name: String
    let path: String
    let isGone: Bool
    let statistics: Statistics
  }

  init(change: UInt64, store: Store) {
    self.change = change
    self.store = store
  }

  /// Adds what stands under a key.
  ///
  /// Keys come in byte order, so that those of one node follow one another.
  mutating func add(_ entry: KnownEntry, under key: SchemaKey) {
    switch (key, entry.record) {
    case (.host(let id), .host(let record)): hosts.append((id, record))
    case (.nodeCounters(let id), .nodeCounters(let counters)):
      withNode(id) { $0.counters = counters }
    case (.nodeError(let id), .nodeError(let error)): withNode(id) { $0.error = error.message }
    case (.edgeCounters(let id), .edgeCounters(let counters)):
      edges.append(Edge(id: id, counters: counters))
    case (.nodeState(let id), _): states.append(State(id: id, entry: entry))
    default: break
    }
  }

  private mutating func withNode(_ id: String, _ body: (inout Node) -> Void) {
    if nodes.last?.id != id { nodes.append(Node(id: id)) }
    body(&nodes[nodes.count - 1])
  }

  /// The snapshot as viewers read it.
  func tbl(time: UInt64) throws(TblError) -> Tbl {
    var snapshot = Tbl.Builder()
    snapshot.set("schema", Self.schemaVersion)
    snapshot.set("time", time)
    snapshot.set("change", change)
    snapshot.set("store", try storeTable())
    snapshot.set("hosts", hostTable())
    snapshot.set("nodes", nodeTable())
    snapshot.set("edges", edgeTable())
    snapshot.set("states", stateTable())
    return try snapshot.finish()
  }

  private func storeTable() throws(TblError) -> Tbl.Builder {
    let statistics = store.statistics
    var table = Tbl.Builder()
    table.set("name", store.name)
    table.set("path", store.path)
    table.set("gone", store.isGone)
    table.set("usedBlocks", UInt64(statistics.usedBlocks))
    table.set("freeBlocks", UInt64(statistics.freeBlocks))
    table.set("blockCount", UInt64(statistics.blockCount))
    table.set("blockSize", UInt64(statistics.blockSize))
    table.set("entries", UInt64(statistics.entries))
    var participants: [Tbl] = []
    for participant in statistics.participants {
      var row = Tbl.Builder()
      row.set("pid", UInt64(participant.pid))
      row.set("name", participant.name)
      row.set("alive", participant.isAlive)
      row.set("pins", UInt64(participant.pins))
      participants.append(try row.finish())
    }
    table.set("participants", vector: participants)
    return table
  }

  /// Each host's record and whether its process runs now.
  private func hostTable() -> Tbl.Builder {
    var table = Tbl.Builder()
    for (id, record) in hosts {
      var host = Tbl.Builder()
      host.set("schema", HostRecord.schemaVersion)
      record.write(to: &host)
      host.set("alive", isAlive(record))
      table.set(id, host)
    }
    return table
  }

  /// Its row as a participant knows better where the process lives in another pid namespace.
  private func isAlive(_ host: HostRecord) -> Bool {
    guard let pid = UInt32(exactly: host.pid) else { return false }
    let participant = store.statistics.participants.first {
      $0.pid == pid && $0.startTime == host.startTime
    }
    return participant?.isAlive ?? ProcessIdentity.isAlive(pid: pid, startTime: host.startTime)
  }

  private func nodeTable() -> Tbl.Builder {
    var table = Tbl.Builder()
    table.set("id", vector: nodes.map(\.id))
    table.set("host", vector: nodes.map(\.counters.host))
    table.set("packetsIn", vector: nodes.map(\.counters.packetsIn))
    table.set("packetsOut", vector: nodes.map(\.counters.packetsOut))
    table.set("errors", vector: nodes.map(\.counters.errors))
    table.set("nanoseconds", vector: nodes.map(\.counters.nanoseconds))
    table.set("activations", vector: nodes.map(\.counters.activations))
    table.set("pending", vector: nodes.map(\.counters.pending))
    table.set("time", vector: nodes.map(\.counters.time))
    table.set("error", vector: nodes.map(\.error))
    return table
  }

  private func edgeTable() -> Tbl.Builder {
    var table = Tbl.Builder()
    table.set("id", vector: edges.map(\.id))
    table.set("packets", vector: edges.map(\.counters.packets))
    table.set("depth", vector: edges.map(\.counters.depth))
    table.set("capacity", vector: edges.map(\.counters.capacity))
    table.set("dropped", vector: edges.map(\.counters.dropped))
    table.set("time", vector: edges.map(\.counters.time))
    return table
  }

  private func stateTable() -> Tbl.Builder {
    var table = Tbl.Builder()
    table.set("id", vector: states.map(\.id))
    table.set("generation", vector: states.map(\.entry.generation))
    table.set("length", vector: states.map { UInt64($0.entry.lengthBytes) })
    table.set("type", vector: states.map { UInt64($0.entry.type.rawValue) })
    return table
  }
}
