import SharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Processes that share out work, two for each processor: some of them wait.
struct Workers {
  /// What a worker tells who started it, also when it dies.
  struct Report {
    fileprivate let numbers: SharedNumbers
    /// Whether something was found wrong by any worker.
    fileprivate let failures: SharedNumbers
    fileprivate let tasks: SharedNumbers
    fileprivate let first: Int
    fileprivate static let count = 3

    /// How many trials were made.
    var trials: Int {
      get { numbers[first] }
      nonmutating set { numbers[first] = newValue }
    }

    /// Whether another worker has found something wrong.
    var othersHaveFailed: Bool { failures[0] != 0 }

    /// Takes tasks, numbered from 0, each of which is one worker's.
    func takeTasks(_ count: Int, _ body: (_ task: Int) throws -> Void) rethrows {
      while true {
        let task = tasks.next(0)
        guard task < count else { return }
        try body(task)
      }
    }

    /// The seed of what is being tried, if it has one.
    var seed: UInt64? {
      get { numbers[first + 1] == 0 ? nil : UInt64(bitPattern: Int64(numbers[first + 2])) }
      nonmutating set {
        numbers[first + 1] = newValue == nil ? 0 : 1
        numbers[first + 2] = Int(Int64(bitPattern: newValue ?? 0))
      }
    }
  }

  let count = 2 * LocalThread.processorCount

  /// Runs `body` in each of the workers; says what it throws, and how a worker died.
  ///
  /// - Returns: How many trials were made, and whether nothing was found wrong.
  func run(_ body: (_ worker: Int, Report) throws -> Void) -> (trials: Int, isClean: Bool) {
    let numbers = SharedNumbers(count: count * Report.count)
    let failures = SharedNumbers(count: 1)
    let tasks = SharedNumbers(count: 1)
    let reports = (0..<count).map {
      Report(numbers: numbers, failures: failures, tasks: tasks, first: $0 * Report.count)
    }
    let children = reports.enumerated().map { worker, report in
      Child {
        do {
          try body(worker, report)
          return 0
        } catch {
          failures[0] = 1
          say(error, report)
          return 1
        }
      }
    }
    var isClean = true
    for (child, report) in zip(children, reports) {
      let end = child.wait()
      if end != .exited(0) { isClean = false }
      if case .killed = end { say("the survivor itself was \(end)", report) }
    }
    return (reports.reduce(0) { $0 + $1.trials }, isClean)
  }

  private func say(_ failure: Any, _ report: Report) {
    print("FAILED\(report.seed.map { " with LAVA_SEED=\($0)" } ?? ""): \(failure)")
    fflush(nil)
  }
}
