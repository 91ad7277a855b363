import Dispatch
import SharedMemory
import SimDB
import TestSupport

/// Lets one of several threads run at a time: at each step of one, a seed decides who goes on.
///
/// **Concurrency.** Each thread runs a program under its own number; whoever started them lets them
/// run.
final class Scheduler: Sendable {
  private struct State {
    var generator: SeededGenerator
    /// Steps made so far: what all agree on as the time.
    var clock: UInt64 = 0
    var running: [Int]
  }

  /// How many steps make a run that leads nowhere.
  private static let stepLimit: UInt64 = 1_000_000

  private let state: LocalMutex<State>
  private let turns: [DispatchSemaphore]
  private let end = DispatchSemaphore(value: 0)
  /// One step in so many may hand over.
  private let patience: Int

  /// Makes a scheduler of `count` threads.
  init(threads count: Int, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    // Some errors need many changes, others a thread that is overtaken by much that others do.
    patience = 1 << Int.random(in: 0...8, using: &generator)
    state = LocalMutex(State(generator: generator, running: Array(0..<count)))
    turns = (0..<count).map { _ in DispatchSemaphore(value: 0) }
  }

  /// The number of the step at hand.
  var now: UInt64 { state.withLock { $0.clock } }

  /// Lets the threads run until each has ended.
  func run() {
    handOver()
    end.wait()
  }

  /// Waits for the thread's first turn, and runs its program.
  func run(_ program: Program, _ thread: Int, on store: Database) throws -> StoreHistory {
    turns[thread].wait()
    defer {
      state.withLock { state in state.running.removeAll { $0 == thread } }
      handOver()
    }
    var history = StoreHistory()
    try Steps.call {
      self.step(thread)
    } during: {
      history = try program.run(on: store) { now }
    }
    return history
  }

  /// Counts a step of the thread that has the turn, and lets another one go on if the seed says so.
  private func step(_ thread: Int) {
    let next = state.withLock { state in
      state.clock += 1
      precondition(state.clock < Self.stepLimit, "no progress")
      guard Int.random(in: 0..<patience, using: &state.generator) == 0 else { return thread }
      return state.running.randomElement(using: &state.generator)!
    }
    guard next != thread else { return }
    turns[next].signal()
    turns[thread].wait()
  }

  private func handOver() {
    let next = state.withLock { state in state.running.randomElement(using: &state.generator) }
    (next.map { turns[$0] } ?? end).signal()
  }
}
