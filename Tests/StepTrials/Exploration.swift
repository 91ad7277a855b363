#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads that do something at once, one step of one of them at a time.
protocol Encounter: Sendable {
  var name: String { get }
  /// How many of a sample of its handovers are enough.
  var density: SampleDensity { get }

  /// Lets them meet once.
  ///
  /// - Parameter path: Of a store, which is new.
  /// - Returns: At which step each of them ended.
  /// - Throws: ``Failure`` when something came of it that must not.
  func meet(_ order: TurnOrder, path: String) throws -> [UInt64]
}

extension Encounter {
  var density: SampleDensity { .usual }
}

/// How many handovers of a scene a sample has, where not all are tried.
enum SampleDensity {
  /// All first ones, and the sample of the second.
  case usual
  /// All first ones, and an eighth of the sample of the second.
  case low
  /// An eighth of the first ones, and of the sample of the second.
  case lowest
}

/// Threads of one process that hand over at most twice: the first one is stopped at a step, then the
/// second one; a third one comes to its end, and the others go on. All pairs of steps are tried, or a
/// sample of the second ones.
///
/// Most errors need few changes of turn, but at steps that chance hardly ever chooses.
///
/// - SeeAlso: Musuvathi, Qadeer (2007), doi:10.1145/1250734.1250785.
struct Exploration {
  let path: String
  let report: Workers.Report
  let worker: Int
  let sample: StepSample

  /// Tries scenes, until something is found wrong.
  ///
  /// - Parameter workers: How many share out the first handovers.
  func run(_ scenes: [any Encounter], of workers: Int) throws {
    for scene in scenes {
      let firsts = sample.ofFirsts(scene.density).steps
      let seconds = sample.ofSeconds(scene.density).steps
      let end = try meet(in: scene, [])[0]
      let mine = firsts.lazy.map { UInt64($0) }.prefix { $0 <= end }.enumerated()
      for (number, first) in mine where number % workers == worker {
        if report.othersHaveFailed { return }
        // Once only, which also tells where the second time would come too late.
        let end = try meet(in: scene, [first])[1]
        for second in seconds.lazy.map({ first + UInt64($0) }).prefix(while: { $0 <= end }) {
          _ = try meet(in: scene, [first, second])
        }
      }
      if worker == 0 { print("  \(scene.name): \(end) steps") }
    }
  }

  /// - Returns: At which step each of the threads ended.
  private func meet(in scene: any Encounter, _ handovers: Set<UInt64>) throws -> [UInt64] {
    // Nothing is waited for for ever.
    alarm(30)
    report.trials += 1
    do {
      return try scene.meet(TurnOrder(handovers: handovers), path: path)
    } catch {
      throw Failure("\(scene.name), handing over at \(handovers.sorted()): \(error)")
    }
  }
}
