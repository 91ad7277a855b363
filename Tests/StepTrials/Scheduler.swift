import Dispatch
import SharedMemory
import SimDB
import TestSupport

/// Lets one of several threads run at a time.
///
/// **Concurrency.** For one meeting: its threads, and who waits for them.
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

  /// Runs each of `bodies` on a thread of its own, until all have ended. A body is given what each of its
  /// steps calls.
  ///
  /// - Returns: What they returned, in their order.
  /// - Throws: What one of them threw.
  func run<Value: Sendable>(
    on base: TrialStore, _ bodies: [@Sendable (_ step: @escaping () -> Void) throws -> Value]
  ) throws -> [Value] {
    let results = LocalMutex<[Int: Result<Value, any Error>]>([:])
    let threads = try bodies.enumerated().map { number, body in
      let isReady = LocalSignal()
      let ticket = isReady.ticket
      let thread = LocalThread(name: "program \(number)") {
        let result = Result {
          // It claims its lane first: a lock guards that, and no thread must be stopped with it.
          defer { isReady.raise() }
          _ = try base.database.withValue("nothing") { _, _ in }
        }.flatMap { _ in Result { try self.run(number, body) } }
        results.withLock { $0[number] = result }
      }
      guard let thread else { throw Failure("the system has no thread") }
      while isReady.ticket == ticket { isReady.sleep(ticket) }
      return thread
    }
    handOver(after: nil)
    end.wait()
    for thread in threads { thread.join() }
    return try results.withLock { results in try bodies.indices.map { try results[$0]!.get() } }
  }

  /// Waits for the thread's first turn, and runs its body.
  private func run<Value>(
    _ thread: Int, _ body: (_ step: @escaping () -> Void) throws -> Value
  ) throws -> Value {
    turns[thread].wait()
    defer {
      state.withLock { state in
        state.running.removeAll { $0 == thread }
        state.ends[thread] = state.clock
      }
      handOver(after: thread)
    }
    return try body { self.step(thread) }
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
