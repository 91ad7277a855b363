import Foundation
import LavaFlow
import LavaSchema
import SimDB
import Tbl

/// A graph's store, held by the one process that runs the graph.
///
/// Whoever replaces the record `host/main` of a process that is gone, or puts the first, holds the
/// store: one compare-and-set decides between two that start at once.
final class GraphSession: Sendable {
  let database: Database
  let name: String
  /// How the store is found by other processes of this machine.
  var path: String { database.path }

  private init(_ database: Database) {
    self.database = database
    name = database.name
  }

  /// Room for counters and states of a large graph, and packets between hosts.
  private static let geometry = Geometry(
    blockSize: 256, blockCount: 131_072, maximumBlockCount: 1_048_576)

  /// Opens the store of a graph for this run alone.
  ///
  /// - Throws: `GraphIsRunning` when another process runs it; `StoreError`.
  static func claim(name: String, graph: Graph) throws -> GraphSession {
    let database = try FileRemoval.told(for: name) { () throws(StoreError) in
      try Database.open(name, creating: geometry, as: name)
    }
    let session = GraphSession(database)
    while true {
      let entry = try database.entry(key(GraphDocument.mainHost))
      if let entry, let holder = Self.holder(entry) { throw GraphIsRunning(name, holder) }
      let claimed = try database.compareAndSet(
        key(GraphDocument.mainHost), session.mainRecord(.starting, page: "").tbl, type: .tbl,
        generation: entry?.generation)
      if claimed != nil { break }
    }
    // The run before may have removed it between our opening and our claim.
    guard database.isLive else { return try claim(name: name, graph: graph) }
    do {
      try session.takeOver(graph)
    } catch {
      session.remove()
      throw error
    }
    return session
  }

  /// The process that runs the graph, if it still does.
  private static func holder(_ entry: Entry) -> HostRecord? {
    guard let tbl = try? Tbl(validating: entry.bytes), let record = HostRecord(tbl) else {
      return nil
    }
    let process = ProcessIdentity(
      pid: UInt32(clamping: record.pid), startTime: record.startTime)
    return process.isAlive && process != .current ? record : nil
  }

  /// Clears away what a run that died left, and puts the graph where everybody can read it.
  private func takeOver(_ graph: Graph) throws {
    for key in try database.keys(prefix: "host/") where key != Array(Self.key("main").utf8) {
      endHost(of: try database.entry(key))
    }
    try database.sweep()
    for key in try database.keys() where key != Array(Self.key("main").utf8) {
      try database.delete(key)
    }
    let document = graph.sharedDocument(from: FileManager.default.currentDirectoryPath)
    try database.put("\(SchemaKey.graph)", document.json, type: .json)
  }

  /// A host ends by itself within moments of the process that started it; a stopped one is killed.
  private func endHost(of entry: Entry?) {
    guard let bytes = entry?.bytes, let tbl = try? Tbl(validating: bytes),
      let record = HostRecord(tbl), record.pid > 1,
      let watch = ProcessWatch(
        ProcessIdentity(pid: UInt32(clamping: record.pid), startTime: record.startTime))
    else { return }
    if watch.wait(milliseconds: 1_000) { return }
    kill(pid_t(record.pid), SIGKILL)
    watch.wait(milliseconds: 1_000)
  }

  // MARK: Records

  private static func key(_ host: String) -> String { "\(SchemaKey.host(host))" }

  private func mainRecord(_ state: HostRecord.State, page: String) -> HostRecord {
    let process = ProcessIdentity.current
    return HostRecord(
      host: GraphDocument.mainHost, pid: UInt64(process.pid), startTime: process.startTime,
      state: state, since: SystemClock.wallNanoseconds, page: page)
  }

  /// Says where this process is in its life.
  func publishMain(_ state: HostRecord.State, page: String) {
    publish(mainRecord(state, page: page))
  }

  /// Says where a host is in its life.
  ///
  /// - Returns: The record's generation; `nil` when there is no room for it.
  @discardableResult
  func publish(_ record: HostRecord) -> UInt64? {
    do {
      return try database.put(Self.key(record.host), record.tbl, type: .tbl)
    } catch {
      Terminal.error("host '\(record.host)' cannot be shown: \(error)")
      return nil
    }
  }

  /// Says where a host is in its life, unless its record is another by now than the one of
  /// `generation`.
  func publish(_ record: HostRecord, replacing generation: UInt64?) {
    do {
      _ = try database.compareAndSet(
        Self.key(record.host), record.tbl, type: .tbl, generation: generation)
    } catch {
      Terminal.error("host '\(record.host)' cannot be shown: \(error)")
    }
  }

  /// Removes the store.
  func remove() {
    do { try database.drop() } catch { Terminal.error(error.description) }
  }
}

/// A second start beside the first.
struct GraphIsRunning: ReportedError {
  let text: String
  var status: ExitStatus { .environment }

  init(_ name: String, _ holder: HostRecord) {
    let page = holder.page.isEmpty ? "it serves no page" : "its page is \(holder.page)"
    text =
      "graph '\(name)' is running already in process \(holder.pid), \(page); "
      + "stop it, or start this one beside it with --name ANOTHER"
  }
}
