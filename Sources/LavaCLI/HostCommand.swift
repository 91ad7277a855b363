import ArgumentParser
import Foundation
import LavaFlow
import LavaNodes
import LavaSchema
import SimDB

/// `lava host STORE HOST`: what `lava run` starts for each host of a graph.
struct HostCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "host", abstract: "Run one host of a graph; started by 'lava run'.",
    shouldDisplay: false)

  @Argument(help: "The graph's store.") var store: String
  @Argument(help: "Id of the host.") var host: String
  @Option(help: "Process that runs the graph; this one ends with it.") var parent: Int32
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
    let document = try GraphDocument(json: json, file: "\(store)/graph")
    let graph = try Graph(document: document, registry: StandardNodes.registry())
    var options = GraphRuntime.Options()
    if let workers { options.workers = workers }
    let runtime = try NodeFailure.catching {
      try GraphRuntime(
        graph, host: host, options: options, crossings: StoreCrossings(database),
        sink: StoreRecordSink(database))
    }
    try runtime.start()
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
}
