#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads that do something at once, one step of one of them at a time.
protocol Encounter: Sendable {
  var name: String { get }

  /// Lets them meet once.
  ///
  /// - Parameter path: Of a store, which is new.
  /// - Returns: At which step each of them ended.
  /// - Throws: ``Failure`` when something came of it that must not.
  func meet(_ order: TurnOrder, path: String) throws -> [UInt64]
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
      let end = try meet(in: scene, [])[0]
      for first in stride(from: UInt64(worker + 1), through: end, by: workers) {
        if report.othersHaveFailed { return }
        // Once only, which also tells where the second time would come too late.
        let end = try meet(in: scene, [first])[1]
        for second in sample.steps.lazy.map({ first + UInt64($0) }).prefix(while: { $0 <= end }) {
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
