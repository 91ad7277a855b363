#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import SharedMemory
import SimDB
import TestSupport

/// Two threads of one process that hand over to each other at most twice: at any two steps, all of which
/// are tried, or a sample.
///
/// Most errors need few changes of turn, but at steps that chance hardly ever chooses.
///
/// - SeeAlso: Musuvathi, Qadeer (2007), doi:10.1145/1250734.1250785.
struct Exploration {
  let path: String
  let report: Workers.Report
  let worker: Int
  let sample: StepSample

  /// Where two threads begin, and what each does with one key.
  private struct Scene {
    let name: String
    let start: Start
    let programs: [[Program.Step]]
  }

  private enum Start { case absent, there, deleted }

  private static let scenes = [
    // A block is used again after two puts.
    Scene(name: "get and put over", start: .there, programs: [[.get], [.put, .put, .put]]),
    Scene(name: "lend and put over", start: .there, programs: [[.withValue], [.put, .put, .put]]),
    Scene(name: "delete and put", start: .deleted, programs: [[.delete], [.put]]),
    Scene(name: "delete and put over", start: .there, programs: [[.delete], [.put]]),
    Scene(name: "put and put", start: .deleted, programs: [[.put], [.put]]),
    Scene(name: "put and put a new key", start: .absent, programs: [[.put], [.put]]),
    Scene(name: "put if absent and delete", start: .there, programs: [[.putIfAbsent], [.delete]]),
    Scene(
      name: "delete, and delete and put", start: .there, programs: [[.delete], [.delete, .put]]),
  ]

  /// Tries all scenes, while the index stands and while it moves.
  ///
  /// - Parameter workers: How many share out the first handovers.
  func run(of workers: Int) throws {
    for scene in Self.scenes {
      for isMoving in [false, true] {
        for isReversed in [false, true] {
          try explore(scene, isMoving: isMoving, isReversed: isReversed, of: workers)
        }
      }
    }
  }

  private func explore(
    _ scene: Scene, isMoving: Bool, isReversed: Bool, of workers: Int
  ) throws {
    var programs = scene.programs.enumerated().map {
      Program(id: $0.offset + 1, $0.element, key: Key.one)
    }
    if isReversed { programs.reverse() }
    func meet(_ handovers: Set<UInt64>) throws -> UInt64 {
      report.trials += 1
      do {
        return try meetOnce(scene.start, programs, handovers, isMoving: isMoving)
      } catch {
        let order = isReversed ? "the second begins" : "the first begins"
        let place = isMoving ? "while the index moves" : "while the index stands"
        throw Failure(
          "\(scene.name) \(place), \(order), handing over at \(handovers.sorted()): \(error)")
      }
    }
    var first = UInt64(worker + 1)
    while true {
      // Once only, which also tells where the second time would come too late.
      let end = try meet([first])
      guard first <= end else { break }
      for second in sample.steps.lazy.map({ first + UInt64($0) }).prefix(while: { $0 <= end }) {
        _ = try meet([first, second])
      }
      first += UInt64(workers)
    }
    if worker == 0 {
      print("  \(scene.name)\(isMoving ? " while the index moves" : ""): \(first - 1) steps")
    }
  }

  /// Lets the programs meet once.
  ///
  /// - Returns: How many steps they made.
  private func meetOnce(
    _ start: Start, _ programs: [Program], _ handovers: Set<UInt64>, isMoving: Bool
  ) throws -> UInt64 {
    // Nothing is waited for for ever.
    alarm(30)
    let base = try TrialStore(Meeting.geometry, path: path, hashSeed: Self.hashSeed)
    let store = base.database
    defer { try? store.drop() }
    if start != .absent { try store.put(Key.one, NumberedValue(1, count: 16).bytes) }
    if start == .deleted { try store.delete(Key.one) }
    if isMoving { try base.beginMove(with: Key.new, NumberedValue(2, count: 16)) }
    let meeting = Meeting(base: base, keys: [Key.one, Key.new], programs: programs)
    return try meeting.run(TurnOrder(handovers: handovers))
  }

  /// A seed with which the key's path begins with the first group, which is the first to move.
  private static let hashSeed: UInt64 = (1...).first {
    TrialStore.homeGroup(of: Key.one, hashSeed: $0) == 0
  }!
}
