import LavaSchema
import Logging
import SimDB
import Synchronization
import Tbl

/// Where a running graph puts its records.
///
/// **Concurrency.** One thread at a time.
public protocol RecordSink: Sendable {
  /// Stores `tbl` under `key`.
  ///
  /// - Throws: When there is no room; the record is offered again later.
  func put(_ key: String, _ tbl: Tbl) throws
}

/// Puts records into the graph's store.
///
/// **Concurrency.** `Sendable`, as its database.
public struct StoreRecordSink: RecordSink {
  private let database: Database

  /// Puts records into `database`.
  public init(_ database: Database) { self.database = database }

  /// Stores `tbl` under `key`.
  public func put(_ key: String, _ tbl: Tbl) throws {
    try database.put(key, tbl.bytes, type: .tbl)
  }
}

/// Publishes what changed since the last time: counters, errors, states.
///
/// **Concurrency.** One thread at a time.
final class Publisher: Sendable {
  private let run: GraphRun
  private let sink: any RecordSink
  private let logger: Logger
  private let published = LocalMutex(Published())

  /// What the sink holds; times of counters are left out, so that they compare.
  private struct Published {
    var nodes: [String: NodeCounters] = [:]
    var edges: [String: EdgeCounters] = [:]
    var errors: [String: UInt64] = [:]
    /// States that found no room.
    var states: [String: Tbl] = [:]
    var isFailing = false
  }

  init(run: GraphRun, sink: any RecordSink, logger: Logger) {
    self.run = run
    self.sink = sink
    self.logger = logger
  }

  /// Publishes what has changed. What finds no room is offered again the next time: the graph goes
  /// on without its mirror.
  func publish() {
    let time = run.control.clock.wallNanoseconds
    published.withLock { published in
      do {
        for node in run.scheduler.nodes[..<run.nodeCount] {
          try publishCounters(node, time, &published)
          try publishError(node, &published)
          try publishState(node, &published)
        }
        for edge in run.edges where edge.consumer < run.nodeCount {
          try publishCounters(edge, time, &published)
        }
        if published.isFailing { logger.notice("publishing works again") }
        published.isFailing = false
      } catch {
        if !published.isFailing { logger.warning("publishing fails: \(error)") }
        published.isFailing = true
      }
    }
  }

  private func publishCounters(
    _ node: NodeCore, _ time: UInt64, _ published: inout Published
  ) throws {
    var counters = NodeCounters(
      host: run.host, packetsIn: node.counters.packetsIn, packetsOut: node.counters.packetsOut,
      errors: node.counters.errors, nanoseconds: node.counters.nanoseconds,
      activations: node.counters.activations,
      pending: node.inputEdges.reduce(0) { $0 + depth(of: $1) }, time: 0)
    let seen = counters
    guard published.nodes[node.id] != seen else { return }
    counters.time = time
    try sink.put(SchemaKey.nodeCounters(node.id).description, counters.tbl)
    published.nodes[node.id] = seen
  }

  private func publishCounters(
    _ edge: EdgeCore, _ time: UInt64, _ published: inout Published
  ) throws {
    var counters = EdgeCounters(
      packets: edge.packetCount, depth: depth(of: edge), capacity: capacity(of: edge),
      dropped: edge.dropped.load(ordering: .relaxed) + (run.inlets[edge.id]?.droppedCount ?? 0),
      time: 0)
    let seen = counters
    guard published.edges[edge.id] != seen else { return }
    counters.time = time
    try sink.put(SchemaKey.edgeCounters(edge.id).description, counters.tbl)
    published.edges[edge.id] = seen
  }

  /// Packets on the edge, and before it between the hosts.
  private func depth(of edge: EdgeCore) -> UInt64 {
    UInt64(edge.depth + (run.inlets[edge.id]?.depth ?? 0))
  }

  /// The most that the depth can be.
  private func capacity(of edge: EdgeCore) -> UInt64 {
    UInt64(edge.capacity + (run.inlets[edge.id]?.capacity ?? 0))
  }

  private func publishError(_ node: NodeCore, _ published: inout Published) throws {
    guard let failure = node.lastError.withLock({ $0 }),
      failure.count != published.errors[node.id]
    else { return }
    let record = NodeError(
      message: failure.message, count: failure.count, cycle: failure.cycle, time: failure.time)
    try sink.put(SchemaKey.nodeError(node.id).description, record.tbl)
    published.errors[node.id] = failure.count
  }

  private func publishState(_ node: NodeCore, _ published: inout Published) throws {
    guard let watch = node.watch else { return }
    if watch.wantsTurn(run.control.clock.now) { run.scheduler.notify(node.index, by: nil) }
    guard let state = watch.take() ?? published.states[node.id] else { return }
    published.states[node.id] = state
    try sink.put(SchemaKey.nodeState(node.id).description, state)
    published.states[node.id] = nil
  }
}
