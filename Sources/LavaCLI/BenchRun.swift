import Foundation
import SimDB
import Synchronization

/// Measures the operations of a database one after the other, in processes that it starts.
///
/// **Concurrency.** One thread measures; any may stop it.
final class BenchRun: Sendable {
  private let settings: BenchSettings
  private let nanoseconds: UInt64
  private let stopped = Atomic(false)
  private let workers = LocalMutex<[BenchWorker]>([])

  /// - Parameter nanoseconds: How long each operation is repeated.
  init(_ settings: BenchSettings, nanoseconds: UInt64) {
    self.settings = settings
    self.nanoseconds = nanoseconds
  }

  /// Whether somebody stopped it.
  var isStopped: Bool { stopped.load(ordering: .relaxed) }

  /// Ends what is being measured; what was measured before stands.
  func stop() {
    stopped.store(true, ordering: .relaxed)
    workers.withLock { workers in
      for worker in workers { worker.stop() }
    }
  }

  /// Measures everything, or what it comes to until it is stopped.
  func measure() throws -> [BenchResult] {
    var parts = [(settings, BenchOperation.all)]
    if let large = settings.withLargeValues { parts.append((large, BenchOperation.ofLargeValues)) }
    let progress = BenchProgress(steps: parts.reduce(0) { $0 + $1.1.count })
    defer { progress.end() }
    var results: [BenchResult] = []
    do {
      for (settings, operations) in parts where !isStopped {
        progress.show(results.count, "filling")
        try withWorkers(settings) { workers in
          for operation in operations where !isStopped {
            progress.show(results.count, operation.title)
            let order = BenchOrder.perform(operation, nanoseconds: nanoseconds)
            for worker in workers { try worker.give(order) }
            let outcomes = try workers.flatMap { try $0.take() }
            results.append(BenchResult(operation, settings, outcomes))
          }
        }
      }
    } catch {
      // Processes that were stopped leave their orders undone.
      guard isStopped else { throw error }
    }
    return results
  }

  /// Runs `body` with processes that have attached to a filled database.
  ///
  /// The database loses its name before it is filled: so it goes with the last process that has it,
  /// however that ends. While it has one, the others are there already, and remove it when this
  /// process ends.
  private func withWorkers(
    _ settings: BenchSettings, _ body: ([BenchWorker]) throws -> Void
  ) throws {
    let name = "bench-\(getpid())-\(UInt32.random(in: .min ... .max))"
    defer {
      for worker in workers.withLock({ $0 }) { worker.close() }
      workers.withLock { $0 = [] }
    }
    for index in 0..<settings.processes {
      let worker = try BenchWorker(index, settings, database: name)
      workers.withLock { $0.append(worker) }
    }
    let started = workers.withLock { $0 }
    // Whoever stopped this meanwhile may not have seen them all.
    if isStopped { stop() }
    for worker in started { try worker.waitUntilReady() }
    let database = try Database.open(name, creating: settings.geometry)
    defer { try? database.drop() }
    for worker in started { try worker.give(.attach) }
    for worker in started { try worker.waitUntilReady() }
    // Without its name nothing is left of it, however this ends; dropped it would be refused to the
    // workers.
    try FileManager.default.removeItem(atPath: database.path)
    var load = BenchLoad(database, settings)
    try load.fill { isStopped }
    try body(started)
  }
}
