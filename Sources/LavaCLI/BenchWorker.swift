import Foundation

/// A process that measures, as the one that started it sees it.
///
/// It says on its standard output that it is there, and then answers each order. It ends when its
/// standard input does, so that it never outlives the process that started it.
///
/// **Concurrency.** One thread gives, takes and closes; any may stop it.
final class BenchWorker: @unchecked Sendable {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var unread = Data()

  /// Starts the process.
  init(_ index: Int, _ settings: BenchSettings, database: String) throws {
    process.executableURL = URL(fileURLWithPath: ProgramPath.current)
    process.arguments = [
      "bench", "worker", database, "\(index)", "--keys", "\(settings.keys)", "--value-size",
      "\(settings.valueBytes)", "--threads", "\(settings.threads)", "--processes",
      "\(settings.processes)",
    ]
    process.standardInput = input
    process.standardOutput = output
    do {
      try process.run()
    } catch {
      throw BenchFailure(text: "a process to measure with cannot be started: \(error.systemWords)")
    }
  }

  /// Waits until it runs, or has attached as it was told.
  func waitUntilReady() throws { _ = try line() }

  func give(_ order: BenchOrder) throws {
    let line = try JSONEncoder().encode(order) + [10]
    do {
      try input.fileHandleForWriting.write(contentsOf: line)
    } catch {
      // Nobody reads the other end any more.
      throw BenchFailure.hasEnded
    }
  }

  /// The outcomes of its threads for the last order.
  func take() throws -> [BenchLoad.Outcome] {
    try JSONDecoder().decode([BenchLoad.Outcome].self, from: line())
  }

  /// Ends it in the middle of whatever it does; the database that it may leave half changed goes
  /// with it.
  func stop() {
    // Signals that can be held back were, by the process that waits for them.
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  /// Lets it end, and waits until it has.
  func close() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  private func line() throws -> Data {
    while true {
      if let end = unread.firstIndex(of: 10) {
        defer { unread = Data(unread[(end + 1)...]) }
        return Data(unread[..<end])
      }
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw BenchFailure.hasEnded }
      unread += more
    }
  }
}

/// Why nothing could be measured.
struct BenchFailure: ReportedError {
  let text: String
  var status: ExitStatus { .environment }

  static let hasEnded = BenchFailure(
    text: "a process that measures has ended before it was done")
}
