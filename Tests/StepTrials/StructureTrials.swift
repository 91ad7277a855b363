import TestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import SharedMemory
import SimDB

/// Deaths and stops at every step of every operation on every structure.
struct StructureTrials {
  /// Of the store.
  let path: String
  /// What this process shares with its victims: see ``Victim``.
  let progress = SharedNumbers(count: 2)
  let report: Workers.Report
  let sample: StepSample

  private static let name = "structure"
  private static let geometry = Geometry(
    blockSize: 256, blockCount: 2_048, participantCount: 16)

  /// Kills, stops and suspends a victim at each step of each operation, or at each of a sample.
  ///
  /// Workers share out the operations.
  func enumerate(_ kinds: [StructureOnTrial.Kind]) throws {
    let tasks = try kinds.flatMap { kind in
      try withStore { base in
        try kind.make(base.database, Self.name).operations.indices.map { (kind, $0) }
      }
    }
    try report.takeTasks(tasks.count) { task in
      let (kind, number) = tasks[task]
      try withStore { base in
        let (name, baseline) = try rehearse(kind, number, on: base)
        let end = try sample.steps.first { step in
          try report.othersHaveFailed || !tryStep(step, of: kind, number, on: base, baseline)
        }
        guard let end, !report.othersHaveFailed else { return }
        let about = sample.stride == 1 ? "" : "about "
        print("  \(kind.name): \(name): \(about)\(end - 1) steps")
      }
    }
  }

  private func withStore<Result>(_ body: (TrialStore) throws -> Result) throws -> Result {
    let base = try TrialStore(Self.geometry, path: path, hashSeed: 1)
    defer { try? base.database.drop() }
    return try body(base)
  }

  /// Does an operation without a victim.
  ///
  /// - Returns: Its name, and what is held when the structure is gone.
  private func rehearse(
    _ kind: StructureOnTrial.Kind, _ number: Int, on base: TrialStore
  ) throws -> (String, TrialStore.Holdings) {
    var name = ""
    for isBefore in [true, false] {
      try base.database.deleteStructure(Self.name)
      let trial = try kind.make(base.database, Self.name)
      let operation = trial.operations[number]
      name = operation.name
      if !isBefore { try Steps.call({}) { try operation.run() } }
      let found = try trial.drain()
      let expected = isBefore ? [trial.standing] : operation.after
      try require(
        expected.contains(found), "\(kind.name): \(name): there is \(found), not \(expected)")
      // Who drains keeps the lanes that this takes once others have used it.
      try trial.useBeside()
      _ = try trial.drain()
    }
    try base.database.deleteStructure(Self.name)
    try base.database.sweep()
    return (name, try base.holdings())
  }

  /// Lets a victim come to a step in each way.
  ///
  /// - Returns: Whether one did.
  private func tryStep(
    _ step: Int, of kind: StructureOnTrial.Kind, _ number: Int, on base: TrialStore,
    _ baseline: TrialStore.Holdings
  ) throws -> Bool {
    var isMet = false
    for fate in Victim.Fate.allCases {
      // The survivor does not wait for ever either.
      alarm(30)
      do {
        try base.database.deleteStructure(Self.name)
        if try run(kind, number, fate, at: step, on: base) {
          isMet = true
          report.trials += 1
        }
        try base.database.deleteStructure(Self.name)
        try base.database.sweep()
        try base.check(holding: baseline)
      } catch {
        throw Failure(
          "\(kind.name): operation \(number) \(fate.rawValue) at step \(step): \(error)")
      }
    }
    return isMet
  }

  /// Makes a trial.
  ///
  /// - Returns: Whether the victim came to its step.
  private func run(
    _ kind: StructureOnTrial.Kind, _ number: Int, _ fate: Victim.Fate, at step: Int,
    on base: TrialStore
  ) throws -> Bool {
    let trial = try kind.make(base.database, Self.name)
    let operation = trial.operations[number]
    let child = Victim.start(
      operation.name, fate, at: step, progress,
      prepare: { _ = try base.database.withValue(Self.name) { _, _ in } },
      phases: [operation.run])
    let end = child.wait()
    if end == .stopped {
      defer { child.signal(SIGKILL) }
      try trial.useBeside()
      child.signal(fate == .suspended ? SIGCONT : SIGKILL)
      let last = child.wait()
      try require(
        last == (fate == .suspended ? .exited(0) : .killed(SIGKILL)),
        "who was stopped was \(last) in the end")
      let found = try trial.drain()
      try require(trial.isPossible(found), "there is \(found) in the end")
      return true
    }
    try require(end == .exited(0) || end == .killed(SIGKILL), "the victim was \(end)")
    let isDone = progress[Victim.phases] == 1
    let possible =
      operation.after + (isDone ? [] : [trial.standing] + operation.interrupted)
    let found = try trial.drain()
    try require(possible.contains(found), "there is \(found), possible are \(possible)")
    return end != .exited(0)
  }
}
