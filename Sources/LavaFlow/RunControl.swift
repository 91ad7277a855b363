import SharedMemory
import Synchronization

/// What every thread of a running graph goes by.
///
/// **Concurrency.** Safe from any thread.
final class RunControl: Sendable {
  let clock: FlowClock
  let timers = FlowTimers()
  /// Raised when the graph may have become quiet, or was abandoned.
  let signal = LocalSignal()
  private let stopping = Atomic<Bool>(false)

  init(clock: FlowClock) { self.clock = clock }

  /// Whether the graph was asked to end.
  var isStopping: Bool {
    // Pair run-stopping.
    stopping.load(ordering: .acquiring)
  }

  /// - Returns: Whether this call was the first to ask.
  func stop() -> Bool {
    // Pair run-stopping.
    !stopping.exchange(true, ordering: .acquiringAndReleasing)
  }
}
