import SharedMemory
import SimDB

/// Waits for several queues, channels, stacks and subscriptions at once.
///
/// ```swift
/// let selection = Selection([jobs.inlet, samples.inlet])
/// for number in try selection.wait() {
///   if number == 0 {
///     while let job = try jobs.pop() { print(job.number) }
///   } else {
///     while let sample = try receiver.pop() { print(sample.time) }
///   }
/// }
/// ```
///
/// What is said to be ready is worth an attempt to take from: another may be faster, and where a
/// producer died on the way it is the attempt that clears the way, so it may find nothing.
///
/// Who may only read can ask what is ``ready``, and cannot wait.
///
/// **Concurrency.** `Sendable`; any number of threads and processes may wait for the same.
public struct Selection: Sendable {
  private let inlets: [Inlet]

  /// Waits for `inlets`, at most 127, which may lie in several databases.
  public init(_ inlets: [Inlet]) {
    precondition(inlets.count <= WordToWatch.most, "more than \(WordToWatch.most) at once")
    self.inlets = inlets
  }

  /// The numbers of those that are ready, in rising order.
  ///
  /// - Complexity: O(inlets).
  public var ready: [Int] { inlets.indices.filter { !inlets[$0].isEmpty() } }

  /// Sleeps until any is ready.
  ///
  /// **Concurrency.** The thread spins a little and then sleeps without CPU.
  ///
  /// - Parameter timeoutNanoseconds: How long to wait; for ever by default.
  /// - Returns: The numbers of those that are ready; none when the time is up.
  /// - Throws: `readOnly`, `segmentLost`, when that holds for the database of any; `dropped` when it
  ///   does and nothing is ready.
  /// - Complexity: O(inlets) each time something happens, and ten times a second.
  public func wait(timeoutNanoseconds: UInt64 = .max) throws(StoreError) -> [Int] {
    let end = SystemClock.deadline(after: timeoutNanoseconds)
    Waiting.spin { ready.isEmpty }
    var hasSlept = false
    while true {
      switch look(hasSlept: hasSlept) {
      case .ready(let found): return found
      case .failed(let error): throw error
      case .nothing(let words):
        let now = SystemClock.monotonicNanoseconds
        guard now < end else { return [] }
        let nap = min(end - now, WakeWord.maximumSleepNanoseconds)
        if !WordToWatch.wait(forAny: words, timeoutNanoseconds: nap) {
          // A kernel that cannot wait for several is asked again soon.
          SystemClock.pause(nanoseconds: min(nap, 1_000_000))
        }
      }
      hasSlept = true
    }
  }

  /// Suspends until any is ready.
  ///
  /// **Concurrency.** No thread of the caller's executor waits; one thread of the process sleeps
  /// for all that wait.
  ///
  /// - Returns: The numbers of those that are ready.
  /// - Throws: `CancellationError` when the task is cancelled; as ``wait(timeoutNanoseconds:)``.
  /// - Complexity: As ``wait(timeoutNanoseconds:)``.
  public func next() async throws -> [Int] {
    var hasSlept = false
    while true {
      try Task.checkCancellation()
      switch look(hasSlept: hasSlept) {
      case .ready(let found): return found
      case .failed(let error): throw error
      case .nothing(let words): await WaiterThread.shared.wait(forAny: words)
      }
      hasSlept = true
    }
  }

  /// What one who waits has found.
  private enum Look {
    case ready([Int])
    case failed(StoreError)
    /// He may sleep until one of these changes.
    case nothing([WordToWatch])
  }

  /// Announces a sleeper to all, and looks.
  ///
  /// It tells an error and does not throw it: Swift 6.3 ends with a fault of its own where several typed
  /// errors are thrown on out of an asynchronous function.
  private func look(hasSlept: Bool) -> Look {
    do throws(StoreError) {
      try checkWritable()
      if hasSlept, let found = try afterSleep() { return .ready(found) }
      let words = prepare()
      // Pair wake: announced first, looked at afterwards.
      if let found = try found() { return .ready(found) }
      try checkLive()
      return .nothing(words)
    } catch {
      return .failed(error)
    }
  }

  /// Announces a sleeper to all.
  private func prepare() -> [WordToWatch] {
    inlets.map { WordToWatch($0.arrival.word, while: $0.announce()) }
  }

  /// Those that are ready; else those that only an attempt to take from them can clear.
  private func afterSleep() throws(StoreError) -> [Int]? {
    if let found = try found() { return found }
    try checkLive()
    let heldUp = inlets.indices.filter { inlets[$0].isHeldUp() }
    return heldUp.isEmpty ? nil : heldUp
  }

  /// Those that are ready, if any is.
  private func found() throws(StoreError) -> [Int]? {
    let found = ready
    // Zeros are no answer.
    for inlet in inlets { try inlet.handle.checkLoss() }
    return found.isEmpty ? nil : found
  }

  private func checkLive() throws(StoreError) {
    for inlet in inlets { try inlet.handle.checkLive() }
  }

  private func checkWritable() throws(StoreError) {
    // Who may not write cannot announce that it sleeps.
    for inlet in inlets where !inlet.handle.database.isWritable { _ = try inlet.handle.owner() }
  }
}
