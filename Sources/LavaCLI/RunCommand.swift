import ArgumentParser
import Fissure
import Foundation
import Inspection
import LavaFlow
import LavaNodes
import LavaSchema
import Logging
import SimDB

/// `lava run GRAPH [ARGUMENT...]`.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a graph until it ends or Ctrl-C.",
    discussion: """
      Starts the graph, a process for each of its other hosts, and a page to watch it. What follows \
      the graph is bound to the parameters that the graph lists under 'arguments'. Ctrl-C ends it \
      cleanly; a second one at once, with status 130, and then the store stays for the next run.
      """)

  @Argument(help: "The graph file (*.lava.json).", completion: .file()) var graph: String
  @Argument(parsing: .remaining, help: "What the graph takes from the command line.")
  var arguments: [String] = []
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Set a parameter; may be repeated.", valueName: "NODE.PARAMETER=VALUE"),
    transform: ParameterOverride.argument)
  var settings: [ParameterOverride] = []
  @Option(name: .customLong("for"), help: "End by itself after this time, such as 10s or 2m.")
  var duration: DurationArgument?
  @Option(help: "Port of the page; any free one by default.") var port: UInt16 = 0
  @Flag(name: .customLong("no-page"), help: "Serve no page.") var noPage = false
  @Option(help: "Threads that run nodes; as many as processors by default.") var workers: Int?
  @Option(help: "Name of the graph's store; the graph's own name by default.") var name: String?
  @Flag(help: "Keep the store, however the graph ends.") var keep = false
  @Flag(help: "Log what happens.") var verbose = false

  func validate() throws {
    if let workers, !(1...64).contains(workers) {
      throw ValidationError("--workers \(workers): choose 1 to 64")
    }
    if let name, !SegmentLocation.isValid(name) {
      throw ValidationError(
        "--name '\(name)': use 1 to 100 letters, digits, '.', '_' or '-', beginning with a letter "
          + "or digit")
    }
  }

  func run() async throws {
    Logs.bootstrap(verbose: verbose)
    let progress = ReadProgress()
    let checked = try GraphFile.load(
      graph, settings: settings, arguments, progress: progress)
    let session = try GraphSession.claim(name: name ?? checked.name, graph: checked)
    let status: ExitStatus
    do {
      status = try await run(checked, in: session, progress: ProgressLine(progress))
    } catch {
      if !keep { session.remove() }
      throw error
    }
    if !keep { session.remove() }
    if status != .success { throw ExitCode(status.rawValue) }
  }

  private func run(
    _ graph: Graph, in session: GraphSession, progress: ProgressLine
  ) async throws -> ExitStatus {
    let interrupts = Interrupts()
    let runtime = try makeRuntime(graph, session)
    let server =
      noPage ? nil : try await FissureServer.start(StoreInspector(session.path), port: port)
    let hosts = HostSupervisor(
      session: session, file: graph.document.origin.file, workers: workers, verbose: verbose)
    do {
      try runtime.start()
    } catch {
      await server?.stop()
      throw error
    }
    session.publishMain(.running, page: server?.origin ?? "")
    let others = graph.hosts.filter { $0 != GraphDocument.mainHost }
    await hosts.start(others) { runtime.stop() }
    let wayIn = WayIn(
      page: server.map { ($0.address, $0.port) }, host: await hosts.first, store: session.name)
    for line in wayIn.lines { Terminal.note(line) }
    let ending = Task { [duration] in
      guard await interrupts.firstOrTimeout(duration?.nanoseconds) else { return }
      await hosts.stop()
      runtime.stop()
      guard await interrupts.next() else { return }
      await hosts.kill()
      Terminal.note("stopped at once; the store '\(session.name)' stays for the next run")
      Foundation.exit(ExitStatus.interrupted.rawValue)
    }
    let showing = progress.start()
    let result = await runtime.result()
    showing?.cancel()
    await showing?.value
    await hosts.stop()
    await hosts.waitUntilEnded()
    ending.cancel()
    await server?.stop()
    session.publishMain(.ended, page: "")
    if let failure = await hosts.failure { throw failure }
    let report = RunReport(result, store: session.database)
    for line in report.lines { Terminal.error(line) }
    return report.status
  }

  private func makeRuntime(_ graph: Graph, _ session: GraphSession) throws -> GraphRuntime {
    var options = GraphRuntime.Options()
    if let workers { options.workers = workers }
    return try NodeFailure.catching {
      try GraphRuntime(
        graph, options: options, crossings: StoreCrossings(session.database),
        sink: StoreRecordSink(session.database))
    }
  }
}
