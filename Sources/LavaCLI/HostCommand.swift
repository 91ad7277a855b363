import ArgumentParser
import Foundation
import LavaFlow
import LavaNodes
import LavaSchema
import SimDB
import Tbl

/// `lava host STORE HOST`: what `lava run` starts for each host of a graph.
struct HostCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "host", abstract: "Run one host of a graph; started by 'lava run'.",
    shouldDisplay: false)

  @Argument(help: "The graph's store.") var store: String
  @Argument(help: "Id of the host.") var host: String
  @Option(help: "Process that runs the graph; this one ends with it.") var parent: Int32
  @Option(help: "The graph's file, as its user named it.") var file: String
  @Option(help: "Threads that run nodes.") var workers: Int?
  @Flag(help: "Log what happens.") var verbose = false

  func run() async throws {
    Logs.bootstrap(verbose: verbose)
    // Ctrl-C goes to the whole terminal group; the process that runs the graph decides.
    signal(SIGINT, SIG_IGN)
    let watch = ProcessWatch(ProcessIdentity(pid: UInt32(parent)))
    guard let watch, getppid() == parent else { return }
    let database = try Database.open(store, as: host)
    guard let json = try database.get("\(SchemaKey.graph)") else {
      throw NotFoundError(text: "store '\(store)' holds no graph; start it with 'lava run'")
    }
    var document = try GraphDocument(json: json, file: file)
    // Places in the store's text are none of the file.
    document.origin.positions = [:]
    let graph = try Graph(document: document, registry: StandardNodes.registry())
    var options = GraphRuntime.Options()
    if let workers { options.workers = workers }
    let runtime = try NodeFailure.catching {
      try GraphRuntime(
        graph, host: host, options: options, crossings: StoreCrossings(database),
        sink: StoreRecordSink(database))
    }
    try runtime.start()
    announce(in: database)
    let interrupts = Interrupts([SIGTERM])
    Task {
      if await interrupts.next() { runtime.stop() }
    }
    Thread.detachNewThread {
      watch.wait()
      runtime.stop()
      // Packets that nobody takes any more must not keep this process.
      Thread.sleep(forTimeInterval: 0.5)
      Foundation.exit(0)
    }
    _ = await runtime.result()
  }

  /// Says that this process runs the host's nodes; how often it was started is for the process that
  /// starts it to know.
  private func announce(in database: Database) {
    let key = "\(SchemaKey.host(host))"
    let process = ProcessIdentity.current
    do {
      let known = try database.get(key).flatMap { HostRecord(try Tbl(validating: $0)) }
      let record = HostRecord(
        host: host, pid: UInt64(process.pid), startTime: process.startTime, state: .running,
        restarts: known?.restarts ?? 0, lastExit: known?.lastExit ?? "",
        since: SystemClock.wallNanoseconds)
      try database.put(key, record.tbl, type: .tbl)
    } catch {
      Terminal.error("host '\(host)' cannot be shown: \(error)")
    }
  }
}
