import ArgumentParser
import Foundation

/// `lava bench store`.
struct BenchStoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store", abstract: "Measure what reading and writing a database costs.",
    discussion: """
      Keys are 16 bytes and chosen at random, and every value that is read is checked. A figure is \
      the time over the operations of all threads of all processes: with two at once, half of what \
      one alone takes is perfect scaling. Each process attaches for itself; threads of one process \
      share what it attached. Values of 1 MiB are measured in a database of their own.

      Each thread has keys of its own to take away and put back, so there are at least as many keys \
      as threads of all processes; of these there are at most \(BenchSettings.maximumWorkers), each \
      of which writes in a lane of the database.

      Ctrl-C ends it, prints what was measured until then, and exits with 130. A value that is not \
      what was put exits with 1.
      """)

  @Option(help: "Number of keys, from 1000 on.") var keys = 100_000
  @Option(help: ArgumentHelp("Size of each value, from 8 on.", valueName: "bytes"))
  var valueSize = 64
  @Option(help: "Threads of each process, up to 64.") var threads = 1
  @Option(help: "Processes, up to 64.") var processes = 1
  @Option(help: "How long each operation is repeated, from 0.001 to 3600.") var seconds = 1.0
  @Flag(help: "Print JSON: machine, settings, and a list of results.") var json = false

  func validate() throws {
    guard (1_000...1 << 28).contains(keys) else {
      throw ValidationError("--keys is from 1000 to \(1 << 28), not \(keys)")
    }
    guard (8...1 << 30).contains(valueSize) else {
      throw ValidationError("--value-size is from 8 to \(1 << 30), not \(valueSize)")
    }
    guard (1...64).contains(threads) else {
      throw ValidationError("--threads is from 1 to 64, not \(threads)")
    }
    guard (1...64).contains(processes) else {
      throw ValidationError("--processes is from 1 to 64, not \(processes)")
    }
    let workers = processes * threads
    guard workers <= BenchSettings.maximumWorkers else {
      throw ValidationError(
        "--processes \(processes) of --threads \(threads) are \(workers) threads; a database has "
          + "room for \(BenchSettings.maximumWorkers)")
    }
    guard keys >= workers else {
      throw ValidationError(
        "--keys \(keys) are too few for \(workers) threads, each of which has keys of its own; "
          + "choose \(workers) or more")
    }
    guard (0.001...3_600).contains(seconds) else {
      throw ValidationError("--seconds is from 0.001 to 3600, not \(seconds)")
    }
  }

  func run() async throws {
    // A process that measures may end before it is told what to do.
    signal(SIGPIPE, SIG_IGN)
    let interrupts = Interrupts()
    #if DEBUG
      Terminal.note("this is a debug build, and its figures mean nothing: build with -c release")
    #endif
    let settings = BenchSettings(
      keys: keys, valueBytes: valueSize, processes: processes, threads: threads)
    let run = BenchRun(settings, nanoseconds: UInt64(seconds * 1e9))
    let watch = Task {
      if await interrupts.next() { run.stop() }
    }
    let results = try await onOwnThread { try run.measure() }
    watch.cancel()
    signal(SIGPIPE, SIG_DFL)
    let report = BenchReport(
      results, settings, seconds: seconds, isInterrupted: run.isStopped)
    if json { try JSONOutput.print(report) } else { try report.print() }
    if let wrong = BenchWrongResult(results) { throw wrong }
    if run.isStopped { throw ExitCode(ExitStatus.interrupted.rawValue) }
  }
}
