import Foundation
import LavaSchema
import SimDB

/// Runs the processes of a graph's other hosts, and starts one again that dies.
///
/// **Concurrency.** An actor; each host has a task that waits for its process.
actor HostSupervisor {
  private let session: GraphSession
  private let file: String
  private let program: String
  private let workers: Int?
  private let verbose: Bool
  private var processes: [String: Process] = [:]
  private var tasks: [Task<Void, Never>] = []
  private var isStopping = false
  /// Why a host cannot run at all.
  private(set) var failure: HostFailure?
  /// The first host with its process, for people to try things on.
  private(set) var first: (name: String, pid: Int32)?

  /// Makes a supervisor that runs no host yet.
  ///
  /// - Parameters:
  ///   - session: The graph's store.
  ///   - file: The graph's file, for the errors of hosts.
  ///   - workers: Threads that run nodes in each host.
  ///   - verbose: Whether hosts log what happens.
  ///   - program: What is run with the arguments of `lava host`.
  init(
    session: GraphSession, file: String, workers: Int?, verbose: Bool,
    program: String = ProgramPath.current
  ) {
    self.session = session
    self.file = file
    self.program = program
    self.workers = workers
    self.verbose = verbose
  }

  /// Starts a process for each host.
  ///
  /// - Parameter onFailure: Called when a host cannot run at all.
  func start(_ hosts: [String], onFailure: @escaping @Sendable () -> Void) {
    for host in hosts {
      let record = HostRecord(
        host: host, pid: 0, startTime: 0, state: .starting, since: SystemClock.wallNanoseconds)
      let exit = launch(host, replacing: session.publish(record))
      tasks.append(Task { await supervise(host, firstExit: exit, onFailure: onFailure) })
    }
  }

  private static let shortestPause: UInt64 = 100_000_000
  private static let longestPause: UInt64 = 5_000_000_000
  /// A process that ran this long did not die of how it was started.
  private static let steadyNanoseconds: UInt64 = 10_000_000_000

  private func supervise(
    _ host: String, firstExit: AsyncStream<ProcessExit>?, onFailure: @Sendable () -> Void
  ) async {
    var exits = firstExit
    var restarts: UInt64 = 0
    var pause = Self.shortestPause
    while true {
      let begun = SystemClock.monotonicNanoseconds
      let exit = await exits?.first { _ in true } ?? .notStarted
      processes[host] = nil
      sweep()
      if isStopping || exit == .status(0) {
        publish(host, .ended, restarts, exit)
        return
      }
      if exit.isFinal {
        publish(host, .failed, restarts, exit)
        failure = HostFailure(host: host, exit: exit)
        return onFailure()
      }
      restarts += 1
      let published = publish(host, .restarting, restarts, exit)
      if SystemClock.monotonicNanoseconds - begun > Self.steadyNanoseconds {
        pause = Self.shortestPause
      }
      try? await Task.sleep(nanoseconds: pause)
      pause = min(pause * 2, Self.longestPause)
      if isStopping {
        publish(host, .ended, restarts, exit)
        return
      }
      exits = launch(host, replacing: published, restarts: restarts, after: exit)
    }
  }

  private func sweep() {
    do { try session.database.sweep() } catch { Terminal.error(error.description) }
  }

  /// Starts the process of a host; `nil` when the system refuses.
  ///
  /// The host itself says that it runs, which may be before its process id is known here: then the
  /// record is another than that of `generation`, and stays.
  private func launch(
    _ host: String, replacing generation: UInt64?, restarts: UInt64 = 0,
    after exit: ProcessExit? = nil
  ) -> AsyncStream<ProcessExit>? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = [
      "host", session.path, host, "--parent", "\(getpid())", "--file=\(file)",
    ]
    if let workers { process.arguments? += ["--workers", "\(workers)"] }
    if verbose { process.arguments?.append("--verbose") }
    process.standardInput = FileHandle.nullDevice
    let (stream, continuation) = AsyncStream<ProcessExit>.makeStream()
    process.terminationHandler = { process in
      continuation.yield(
        process.terminationReason == .uncaughtSignal
          ? .signal(process.terminationStatus) : .status(process.terminationStatus))
      continuation.finish()
    }
    do {
      try process.run()
    } catch {
      Terminal.error("host '\(host)' cannot be started: \(error.systemWords)")
      return nil
    }
    processes[host] = process
    let pid = process.processIdentifier
    if first == nil || first?.name == host { first = (host, pid) }
    let identity = ProcessIdentity(pid: UInt32(pid))
    session.publish(
      HostRecord(
        host: host, pid: UInt64(pid), startTime: identity.startTime, state: .starting,
        restarts: restarts, lastExit: exit?.description ?? "",
        since: SystemClock.wallNanoseconds), replacing: generation)
    return stream
  }

  @discardableResult
  private func publish(
    _ host: String, _ state: HostRecord.State, _ restarts: UInt64, _ exit: ProcessExit
  ) -> UInt64? {
    session.publish(
      HostRecord(
        host: host, pid: 0, startTime: 0, state: state, restarts: restarts,
        lastExit: exit.description, since: SystemClock.wallNanoseconds))
  }

  /// Asks every host to end, again and again: a process that has just begun may not listen.
  func stop() {
    guard !isStopping else { return }
    isStopping = true
    Task {
      while !processes.isEmpty {
        for process in processes.values { process.terminate() }
        try? await Task.sleep(nanoseconds: Self.shortestPause)
      }
    }
  }

  /// Ends every host at once.
  func kill() {
    isStopping = true
    for process in processes.values { Foundation.kill(process.processIdentifier, SIGKILL) }
  }

  /// Waits for all hosts, and kills those that do not end within two seconds.
  func waitUntilEnded() async {
    let patience = Task {
      try await Task.sleep(nanoseconds: 2_000_000_000)
      kill()
    }
    for task in tasks { await task.value }
    patience.cancel()
  }
}

/// How a process ended.
enum ProcessExit: Hashable, CustomStringConvertible {
  case status(Int32)
  case signal(Int32)
  case notStarted

  /// Whether starting again would end the same way.
  var isFinal: Bool {
    self == .status(ExitStatus.usage.rawValue) || self == .status(ExitStatus.environment.rawValue)
  }

  var description: String {
    switch self {
    case .status(0): ""
    case .status(let status): "exit status \(status)"
    case .signal(let number): "killed by signal \(number)"
    case .notStarted: "could not be started"
    }
  }
}

/// A host that cannot run at all; it has said why itself.
struct HostFailure: ReportedError {
  let host: String
  let exit: ProcessExit
  var text: String { "host '\(host)' cannot run: \(exit)" }
  var status: ExitStatus { .environment }
}
