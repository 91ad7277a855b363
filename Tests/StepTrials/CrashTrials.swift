#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import SharedMemory
import TestSupport

/// Deaths and stops at every step of every operation, also of those that a store comes or goes with;
/// and of up to three operations in a row, at steps that a seed chooses.
struct CrashTrials {
  /// Whose folder holds nothing else.
  let scratch: Scratch
  /// What this process shares with its victims: see ``Victim``.
  let progress = SharedNumbers(count: 2)
  let report: Workers.Report
  let worker: Int
  let sample: StepSample

  /// No access to shared memory goes by without a step.
  func checkCoverage() throws {
    try withStage(.roomy, hashSeed: 1) { try StepCoverage.check(path: $0.base.path) }
    try FileCoverage.check(in: scratch)
  }

  /// Does everything to a store once without a victim, so that the process is warm that victims are forked from.
  func rehearse() throws {
    for setting in Setting.all {
      try withStage(setting, hashSeed: 1) { stage in
        for operation in setting.operations {
          try operation.prepare(stage)
          for phase in operation.phases { try Steps.call({}) { try phase.run(stage) } }
          stage.own = nil
          _ = try stage.observe()
          try stage.renew()
        }
      }
    }
  }

  /// Kills, stops and suspends a victim at each step of each operation, or at each of a sample.
  ///
  /// Workers share out the operations.
  func enumerate() throws {
    let operations = Setting.all.flatMap { setting in setting.operations.map { (setting, $0) } }
    let names = NameOperation.all
    try report.takeTasks(operations.count + names.count) { task in
      if task < names.count {
        try enumerate("name", names[task].name) { try tryStep($0, of: names[task]) }
      } else {
        let (setting, operation) = operations[task - names.count]
        try enumerate(setting.name, operation.name) { step in
          // A new store each time: much is done only once in one.
          try withStage(setting, hashSeed: 1) { stage in
            try tryStep(step, of: operation, Victim.Fate.allCases, on: stage)
          }
        }
      }
    }
  }

  /// - Parameter isMet: Tries a step, and tells whether there is one.
  private func enumerate(
    _ setting: String, _ operation: String, isMet: (_ step: Int) throws -> Bool
  ) throws {
    let end = try sample.steps.first { try report.othersHaveFailed || !isMet($0) }
    guard let end, !report.othersHaveFailed else { return }
    print("  \(setting): \(operation): \(sample.stride == 1 ? "" : "about ")\(end - 1) steps")
  }

  /// Lets a victim come to a step of what it does with a name.
  ///
  /// - Returns: Whether one did.
  private func tryStep(_ step: Int, of operation: NameOperation) throws -> Bool {
    var isMet = false
    for fate in Victim.Fate.allCases {
      for beginsAnew in [false, true] {
        let trial = NameTrial(operation: operation, step: step, fate: fate, beginsAnew: beginsAnew)
        let stage = try NameStage(operation.before, in: scratch)
        try attempt("name: \(trial)") {
          if try trial.run(on: stage, progress) {
            isMet = true
            report.trials += 1
          }
        }
      }
    }
    return isMet
  }

  /// Two victims, each at each of its steps: a writer, and whoever sweeps after it; a reader, and a
  /// writer that replaces what is being read.
  func enumeratePairs(of workers: Int) throws {
    try enumeratePairs(of: workers, .putOver, .killed, .sweep, [.killed, .suspended])
    try enumeratePairs(of: workers, .lend, .suspended, .putOver, [.killed])
  }

  private func enumeratePairs(
    of workers: Int, _ first: Operation, _ fate: Victim.Fate,
    _ second: Operation, _ fates: [Victim.Fate]
  ) throws {
    for (number, step) in sample.steps.enumerated() {
      if report.othersHaveFailed { return }
      let isMet = try withStage(.roomy, hashSeed: 1) { stage in
        guard try tryStep(step, of: first, [fate], on: stage) else { return false }
        guard number % workers == worker else { return true }
        let victim = Victim(operation: first, step: step, fate: fate)
        var next = 1
        while try tryStep(next, of: second, fates, behind: [victim], on: stage) { next += 1 }
        return true
      }
      if !isMet { return }
    }
  }

  /// Lets victims come to a step of `operation`, behind others.
  ///
  /// - Returns: Whether one did: steps differ in number, by where blocks and slots lie.
  private func tryStep(
    _ step: Int, of operation: Operation, _ fates: [Victim.Fate], behind others: [Victim] = [],
    on stage: Stage
  ) throws -> Bool {
    var isMet = false
    for fate in fates {
      for sweepsFirst in [false, true] {
        let victim = Victim(operation: operation, step: step, fate: fate)
        let trial = Trial(victims: others + [victim], sweepsFirst: sweepsFirst)
        if try run(trial, on: stage).isMet { isMet = true }
      }
    }
    return isMet
  }

  /// How many steps each operation of each setting makes behind another that died, and that it may
  /// have to sweep.
  func lengths() throws -> [[Int]] {
    try Setting.all.map { setting in
      try withStage(setting, hashSeed: 1) { stage in
        try setting.operations.map { operation in
          let dead = Victim(operation: operation, step: 12, fate: .killed)
          let victim = Victim(operation: operation, step: .max, fate: .killed)
          return try run(Trial(victims: [dead, victim], sweepsFirst: true), on: stage).steps
        }
      }
    }
  }

  /// Trials on one store, all chosen by one seed.
  ///
  /// - Parameter lengths: What ``lengths()`` says.
  func round(_ seed: UInt64, _ lengths: [[Int]]) throws {
    var generator = SeededGenerator(seed: seed)
    let number = Int.random(in: 0..<Setting.all.count, using: &generator)
    let operations = Array(zip(Setting.all[number].operations, lengths[number]))
    func someVictim(_ fate: Victim.Fate) -> Victim {
      let (operation, length) = operations.randomElement(using: &generator)!
      let step = Int.random(in: 1...length, using: &generator)
      return Victim(operation: operation, step: step, fate: fate)
    }
    let hashSeed = TrialStore.someHashSeed(Key.all, &generator)
    try withStage(Setting.all[number], hashSeed: hashSeed) { stage in
      for _ in 0..<Self.roundLength {
        let others = Int.random(in: 0...2, using: &generator)
        var victims = (0..<others).map { _ in someVictim(.killed) }
        let victim = someVictim(Victim.Fate.allCases.randomElement(using: &generator)!)
        let place = Int.random(in: 0...others, using: &generator)
        victims.insert(victim, at: stage.queue == nil ? place : others)
        let sweepsFirst = Bool.random(using: &generator)
        _ = try run(Trial(victims: victims, sweepsFirst: sweepsFirst), on: stage)
      }
    }
  }

  private static let roundLength = 16

  private func withStage<Result>(
    _ setting: Setting, hashSeed: UInt64, _ body: (Stage) throws -> Result
  ) throws -> Result {
    let stage = try Stage(setting, in: scratch, hashSeed: hashSeed)
    defer { try? stage.end() }
    return try body(stage)
  }

  private func run(
    _ trial: Trial, on stage: Stage
  ) throws -> (isMet: Bool, steps: Int) {
    try attempt("\(stage.setting.name): \(trial)") {
      let result = try trial.run(on: stage, progress)
      if result.isMet { report.trials += 1 }
      return result
    }
  }

  private func attempt<Result>(_ trial: String, _ body: () throws -> Result) throws -> Result {
    // The survivor does not wait for ever either.
    alarm(30)
    do {
      return try body()
    } catch {
      throw Failure("\(trial): \(error)")
    }
  }
}
