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
      if try tryFate(fate, at: step, of: kind, number, on: base, baseline) != .missed {
        isMet = true
        report.trials += 1
      }
    }
    guard isMet, try diesLater(kind, number, on: base) else { return isMet }
    for end in sample.steps where end > step {
      let found = try tryFate(.suspended, at: step, end: end, of: kind, number, on: base, baseline)
      guard found == .died else { break }
      report.trials += 1
    }
    return true
  }

  private func diesLater(
    _ kind: StructureOnTrial.Kind, _ number: Int, on base: TrialStore
  ) throws -> Bool {
    try base.database.deleteStructure(Self.name)
    return try kind.make(base.database, Self.name).operations[number].diesLater
  }

  /// What a victim has come to.
  private enum Course { case missed, survived, died }

  /// Lets a victim come to a step in one way.
  private func tryFate(
    _ fate: Victim.Fate, at step: Int, end: Int? = nil, of kind: StructureOnTrial.Kind,
    _ number: Int, on base: TrialStore, _ baseline: TrialStore.Holdings
  ) throws -> Course {
    // The survivor does not wait for ever either.
    alarm(30)
    do {
      try base.database.deleteStructure(Self.name)
      let course = try run(kind, number, fate, at: step, end: end, on: base)
      try base.database.deleteStructure(Self.name)
      try base.database.sweep()
      try base.check(holding: baseline)
      return course
    } catch {
      let later = end.map { " and killed at step \($0)" } ?? ""
      throw Failure(
        "\(kind.name): operation \(number) \(fate.rawValue) at step \(step)\(later): \(error)")
    }
  }

  /// Makes a trial.
  private func run(
    _ kind: StructureOnTrial.Kind, _ number: Int, _ fate: Victim.Fate, at step: Int, end: Int?,
    on base: TrialStore
  ) throws -> Course {
    let trial = try kind.make(base.database, Self.name)
    let operation = trial.operations[number]
    let child = Victim.start(
      operation.name, fate, at: step, end: end, progress,
      prepare: { _ = try base.database.withValue(Self.name) { _, _ in } },
      phases: [operation.run])
    let first = child.wait()
    if first == .stopped {
      defer { child.signal(SIGKILL) }
      try trial.useBeside()
      child.signal(fate == .suspended ? SIGCONT : SIGKILL)
      let last = child.wait()
      let isExpected =
        switch last {
        case .exited(0): fate == .suspended
        case .killed(SIGKILL): fate == .stopped || end != nil
        default: false
        }
      try require(isExpected, "who was stopped was \(last) in the end")
      let found = try trial.drain()
      try require(trial.isPossible(found), "there is \(found) in the end")
      return last == .exited(0) ? .survived : .died
    }
    try require(first == .exited(0) || first == .killed(SIGKILL), "the victim was \(first)")
    let isDone = progress[Victim.phases] == 1
    let possible =
      operation.after + (isDone ? [] : [trial.standing] + operation.interrupted)
    let found = try trial.drain()
    try require(possible.contains(found), "there is \(found), possible are \(possible)")
    return first == .exited(0) ? .missed : .died
  }
}
