#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The one thread of a process that sleeps on behalf of everything that waits with `await`.
///
/// It sleeps on all registered words at once and on a private one that a new registration changes.
/// A waiter is resumed when its word has changed, or after 50 to 100 ms, and looks again itself;
/// that others are resumed meanwhile makes no difference. The thread starts with the first waiter
/// and stays.
///
/// **Concurrency.** Any thread may wait.
@safe
public final class WaiterThread: Sendable {
  /// The process's waiter.
  public static let shared = WaiterThread()

  private struct Waiter {
    let identifier: UInt64
    let words: [WordToWatch]
    let deadline: UInt64
    let continuation: CheckedContinuation<Void, Never>
  }

  private struct State {
    /// Those who began to wait first come first.
    var waiters: [Waiter] = []
    var cancelled: Set<UInt64> = []
    var nextIdentifier: UInt64 = 0
    var isRunning = false
  }

  private let state = LocalMutex(State())
  private let control: AtomicWord32

  private init() {
    let pointer = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    unsafe pointer.initialize(to: 0)
    control = unsafe AtomicWord32(pointer)
  }

  /// Suspends until `word` may differ from `expected`, at most 100 ms; returns at once when the
  /// task is cancelled.
  public func wait(_ word: AtomicWord32, while expected: UInt32) async {
    await wait(forAny: [WordToWatch(word, while: expected)])
  }

  /// Suspends until any of `words`, at most ``WordToWatch/most``, may differ from what is expected,
  /// at most 100 ms; returns at once when the task is cancelled.
  public func wait(forAny words: [WordToWatch]) async {
    let identifier = state.withLock { state in
      state.nextIdentifier += 1
      return state.nextIdentifier
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let deadline = SystemClock.monotonicNanoseconds + WakeWord.maximumSleepNanoseconds
        add(
          Waiter(
            identifier: identifier, words: words, deadline: deadline, continuation: continuation))
      }
    } onCancel: {
      cancel(identifier)
    }
    // Cancelled after it was resumed, nobody else would take the note away.
    if Task.isCancelled { state.withLock { _ = $0.cancelled.remove(identifier) } }
  }

  private func add(_ waiter: Waiter) {
    enum Outcome { case cancelled, added, addedFirst }
    let outcome: Outcome = state.withLock { state in
      if state.cancelled.remove(waiter.identifier) != nil { return .cancelled }
      state.waiters.append(waiter)
      defer { state.isRunning = true }
      return state.isRunning ? .added : .addedFirst
    }
    switch outcome {
    case .cancelled: waiter.continuation.resume()
    case .added: interrupt()
    case .addedFirst: startThread()
    }
  }

  private func cancel(_ identifier: UInt64) {
    let waiter: Waiter? = state.withLock { state in
      guard let index = state.waiters.firstIndex(where: { $0.identifier == identifier }) else {
        state.cancelled.insert(identifier)
        return nil
      }
      return state.waiters.remove(at: index)
    }
    waiter?.continuation.resume()
  }

  private func interrupt() {
    // Pair waiter-control: who waits was registered before.
    control.add(1)
    control.wakeAll()
  }

  private func startThread() {
    if let thread = LocalThread(name: "waiter", { WaiterThread.shared.run() }) {
      return thread.detach()
    }
    // No room for a thread: whoever waits looks again, now and then, until there is.
    usleep(1_000)
    let waiters = state.withLock { state in
      state.isRunning = false
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.continuation.resume() }
  }

  private func run() -> Never {
    while true {
      // Pair waiter-control: whoever registers later changes the word.
      let before = control.loadSequential()
      // A copy of its own: the list that is guarded is not touched outside.
      let (waiting, deadline) = state.withLock { state in
        (
          Array(state.waiters.lazy.map(\.words).joined().prefix(WordToWatch.most)),
          state.waiters.first?.deadline
        )
      }
      // With nobody waiting only a registration can bring work: it changes the control word.
      let now = SystemClock.monotonicNanoseconds
      let timeout = deadline.map { $0 - min(now, $0) } ?? 3_600_000_000_000
      let words = [WordToWatch(control, while: before)] + waiting
      if !WordToWatch.wait(forAny: words, timeoutNanoseconds: timeout) {
        _ = control.wait(while: before, timeoutNanoseconds: 1_000_000)
      }
      resumeReady()
    }
  }

  private func resumeReady() {
    // Those who may not wait much longer go at once: many waiters cost few wake-ups.
    let soon = SystemClock.monotonicNanoseconds + WakeWord.maximumSleepNanoseconds / 2
    let ready = state.withLock { state in
      // Pair wake: the waiter looks again itself; a number that moved is enough to let it.
      let ready = state.waiters.filter {
        $0.deadline <= soon || $0.words.contains(where: \.hasChanged)
      }
      let identifiers = Set(ready.map(\.identifier))
      state.waiters.removeAll { identifiers.contains($0.identifier) }
      return ready
    }
    for waiter in ready { waiter.continuation.resume() }
  }
}
