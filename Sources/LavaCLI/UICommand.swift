import ArgumentParser
import Fissure
import Foundation
import Inspection
import SimDB

/// `lava ui NAME`.
struct UICommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ui", abstract: "Serve the page over a store, running or not.",
    discussion: "Reads only the store: it shows the last state also when nothing runs any more.")

  @OptionGroup var store: DatabaseArguments
  @Option(help: "Port of the page; any free one by default.") var port: UInt16 = 0
  @Flag(help: "Log what happens.") var verbose = false

  func run() async throws {
    Logs.bootstrap(verbose: verbose)
    let interrupts = Interrupts()
    let inspector = try FileRemoval.told(for: store.name) { () throws(StoreError) in
      try StoreInspector(store.name, sharing: store.trust.sharing)
    }
    let server = try await FissureServer.start(inspector, port: port)
    let environment = ProcessInfo.processInfo.environment
    Terminal.note(server.address)
    if let tunnel = WayIn.tunnel(port: server.port, environment) { Terminal.note(tunnel) }
    _ = await interrupts.next()
    await server.stop()
  }
}

extension FissureError: ReportedError {
  var text: String { description }
  var status: ExitStatus { .environment }
}
