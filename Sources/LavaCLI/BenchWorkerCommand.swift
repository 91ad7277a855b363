import ArgumentParser
import Foundation
import SimDB

/// `lava bench worker`: what `lava bench store` starts for each process that is measured.
struct BenchWorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Measure as one of several; started by 'lava bench store'.",
    shouldDisplay: false)

  @Argument(help: "Name of the database.") var database: String
  @Argument(help: "Number of this process, from 0.") var index: Int
  @Option(help: "Number of keys.") var keys: Int
  @Option(help: "Bytes of each value.") var valueSize: Int
  @Option(help: "Threads of each process.") var threads: Int
  @Option(help: "Processes.") var processes: Int

  func run() throws {
    // Ctrl-C goes to the whole terminal group; the process that started this one decides. When that
    // is gone nobody reads the answers, which is no reason to leave its database behind.
    signal(SIGINT, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    let settings = BenchSettings(
      keys: keys, valueBytes: valueSize, processes: processes, threads: threads)
    let orders = BenchOrders()
    // Whoever was to take the database's name away may be gone, and have left it.
    defer { try? Database.open(database).drop() }
    try answer([])
    guard case .attach? = orders.next() else { return }
    let database = try Database.open(database, as: "bench \(index)")
    try answer([])
    while case .perform(let operation, let nanoseconds)? = orders.next() {
      try answer(
        perform(operation, nanoseconds, on: database, settings) { orders.isEnded })
    }
  }

  private func answer(_ outcomes: [BenchLoad.Outcome]) throws {
    do {
      try Output.print(JSONOutput.line(outcomes))
      try Output.flush()
    } catch {
      // Nobody reads answers any more, nor the reason.
      throw ExitCode(ExitStatus.environment.rawValue)
    }
  }

  /// Lets each thread perform the operation, all at once.
  private func perform(
    _ operation: BenchOperation, _ nanoseconds: UInt64, on database: Database,
    _ settings: BenchSettings, until isEnded: @escaping @Sendable () -> Bool
  ) throws -> [BenchLoad.Outcome] {
    let outcomes = LocalMutex<[Result<BenchLoad.Outcome, any Error>]>([])
    let started = (0..<threads).map { [index, threads] thread in
      LocalThread(name: "bench \(thread)") {
        var load = BenchLoad(database, settings, worker: index * threads + thread)
        let outcome = Result {
          try load.perform(operation, nanoseconds: nanoseconds, until: isEnded)
        }
        outcomes.withLock { $0.append(outcome) }
      }
    }
    for thread in started { thread?.join() }
    guard started.allSatisfy({ $0 != nil }) else {
      throw BenchFailure(text: "the system has no room for \(threads) threads")
    }
    return try outcomes.withLock { $0 }.map { try $0.get() }
  }
}
