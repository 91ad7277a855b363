import Dispatch
import SharedMemory
import TestSupport

/// Lets one of several threads run at a time.
///
/// **Concurrency.** Each thread runs a program under its own number; whoever started them lets them
/// run.
final class Scheduler: Sendable {
  private struct State {
    /// Steps made so far: what all agree on as the time.
    var clock: UInt64 = 0
    /// In ascending order.
    var running: [Int]
    /// At which step each thread has ended.
    var ends: [UInt64]
    var order: TurnOrder
  }

  /// How many steps make a run that leads nowhere.
  private static let stepLimit: UInt64 = 1_000_000

  private let state: LocalMutex<State>
  private let turns: [DispatchSemaphore]
  private let end = DispatchSemaphore(value: 0)

  /// Makes a scheduler of `count` threads.
  init(threads count: Int, order: TurnOrder) {
    state = LocalMutex(
      State(running: Array(0..<count), ends: Array(repeating: 0, count: count), order: order))
    turns = (0..<count).map { _ in DispatchSemaphore(value: 0) }
  }

  /// The number of the step at hand.
  var now: UInt64 { state.withLock { $0.clock } }

  /// At which step each thread has ended, when all have.
  var ends: [UInt64] { state.withLock { $0.ends } }

  /// Lets the threads run until each has ended.
  func run() {
    handOver(after: nil)
    end.wait()
  }

  /// Waits for the thread's first turn, and runs its program.
  func run(_ program: Program, _ thread: Int, on base: TrialStore) throws -> StoreHistory {
    turns[thread].wait()
    defer {
      state.withLock { state in
        state.running.removeAll { $0 == thread }
        state.ends[thread] = state.clock
      }
      handOver(after: thread)
    }
    return try program.run(on: base, { now }) { self.step(thread) }
  }

  /// Counts a step of the thread that has the turn, and lets another one go on where the order says so.
  private func step(_ thread: Int) {
    let next = state.withLock { state in
      state.clock += 1
      precondition(state.clock < Self.stepLimit, "no progress")
      guard state.order.endsTurn(at: state.clock) else { return thread }
      return state.order.next(after: thread, of: state.running)!
    }
    guard next != thread else { return }
    turns[next].signal()
    turns[thread].wait()
  }

  private func handOver(after thread: Int?) {
    let next = state.withLock { $0.order.next(after: thread, of: $0.running) }
    (next.map { turns[$0] } ?? end).signal()
  }
}
