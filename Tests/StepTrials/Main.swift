#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import SharedMemory
import TestSupport

/// Trials of what a store holds to when its users die, are stopped or overtake each other at any
/// access to shared memory, or to a file.
///
///     StepTrials enumerate [N]        a death or stop at every step of every operation, or every Nth
///     StepTrials structures [N [KIND]] the same with every operation of every structure, or those
///                                     whose names begin so
///     StepTrials crash ROUNDS         rounds of 16 trials with up to three victims
///     StepTrials interleave COUNT     threads that hand over to each other at any step
///     StepTrials explore [N [SCENE]]  threads that hand over twice, at any two steps or every Nth; in
///                                     all scenes, or those whose names begin so
///     StepTrials meet [N [SCENE]]     the same with two users of a structure
///
/// `without PROTECTION` behind any of these takes a protection of the store away, which must be
/// noticed. `LAVA_SEED` is the seed of the first round or interleaving, and each further one has the
/// next number; a failure names its seed, with which and a count of 1 it comes again. It also says with
/// which step a sample of the steps begins.
@main
struct StepTrials {
  private enum Work: String {
    case enumerate, structures, crash, interleave, explore, meet
  }

  static func main() {
    guard Steps.areCounted else { refuse("it was built without the package trait StepHook") }
    var arguments = CommandLine.arguments.dropFirst()
    let protection = arguments.dropLast().last == "without" ? arguments.last : nil
    if let protection {
      guard Steps.protections.contains(protection) else {
        refuse("the protections are \(Steps.protections.joined(separator: ", "))")
      }
      Steps.takeAway(protection)
      arguments.removeLast(2)
    }
    guard let work = arguments.popFirst().flatMap({ Work(rawValue: $0) }),
      let count = UInt64(arguments.popFirst() ?? "1"), count > 0
    else { refuse(usage) }
    let allScenes: [any Encounter] = work == .meet ? StructureScene.all : Scene.all
    var scenes = allScenes
    if work == .explore || work == .meet, let name = arguments.popFirst() {
      scenes.removeAll { !$0.name.hasPrefix(name) }
      guard !scenes.isEmpty else {
        refuse("the scenes are\n  " + allScenes.map { $0.name }.joined(separator: "\n  "))
      }
    }
    var kinds = StructureOnTrial.Kind.all
    if work == .structures, let name = arguments.popFirst() {
      kinds.removeAll { !$0.name.hasPrefix(name) }
      guard !kinds.isEmpty else { refuse("no structure's name begins with '\(name)'") }
    }
    guard arguments.isEmpty else { refuse(usage) }
    let begun = SystemClock.monotonicNanoseconds
    let (trials, isClean) = run(work, count: count, scenes, kinds)
    let spent = "\(trials) trials in \((SystemClock.monotonicNanoseconds - begun) / 1_000_000) ms"
    if let protection {
      print("\(work) without \(protection): \(isClean ? "NOT NOTICED" : "noticed"), \(spent)")
    } else {
      print("\(work): \(isClean ? "passed" : "FAILED"), \(spent)")
    }
    fflush(nil)
    exit(isClean == (protection == nil) ? 0 : 1)
  }

  private static let usage =
    "usage: enumerate [N] | structures [N [KIND]] | crash ROUNDS | interleave COUNT | explore [N [SCENE]] | meet [N [SCENE]] [without PROTECTION]"

  private static func run(
    _ work: Work, count: UInt64, _ scenes: [any Encounter], _ kinds: [StructureOnTrial.Kind]
  ) -> (trials: Int, isClean: Bool) {
    let workers = Workers()
    let scratches = (0..<workers.count).map { _ in Scratch() }
    // A worker ends within: none of them removes what the others use.
    return withExtendedLifetime(scratches) {
      run(work, count: count, scenes, kinds, workers, in: scratches)
    }
  }

  private static func run(
    _ work: Work, count: UInt64, _ scenes: [any Encounter], _ kinds: [StructureOnTrial.Kind],
    _ workers: Workers, in scratches: [Scratch]
  ) -> (trials: Int, isClean: Bool) {
    let isWhole = work != .crash && work != .interleave && count == 1
    let first = isWhole ? 0 : seed(of: work)
    let sample = StepSample(stride: Int(clamping: count), seed: first)
    return workers.run { worker, report in
      let scratch = scratches[worker]
      setEnvironment("LAVA_DIR", scratch.path)
      let crashes = CrashTrials(
        scratch: scratch, report: report, worker: worker, sample: sample)
      func each(_ body: (UInt64) throws -> Void) rethrows {
        for number in stride(from: UInt64(worker), to: count, by: workers.count) {
          report.seed = first &+ number
          try body(first &+ number)
        }
      }
      switch work {
      case .enumerate:
        if worker == 0 { try crashes.checkCoverage() }
        try crashes.rehearse()
        try crashes.enumerate()
        try crashes.enumeratePairs(of: workers.count)
      case .structures:
        let trials = StructureTrials(path: scratch.database(), report: report, sample: sample)
        try trials.enumerate(kinds)
      case .crash:
        try crashes.rehearse()
        let lengths = try crashes.lengths()
        try each { try crashes.round($0, lengths) }
      case .explore, .meet:
        let exploration = Exploration(
          path: scratch.database(), report: report, worker: worker, sample: sample)
        try exploration.run(scenes, of: workers.count)
      case .interleave:
        try each { seed in
          report.trials += 1
          try Interleaving(seed: seed, path: scratch.database()).run()
        }
      }
    }
  }

  /// The seed that the environment names, or a new one.
  private static func seed(of work: Work) -> UInt64 {
    let seed = environment("LAVA_SEED").flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
    print("seed of \(work): \(seed)")
    return seed
  }

  private static func refuse(_ text: String) -> Never {
    print("StepTrials: \(text)")
    fflush(nil)
    exit(2)
  }
}
