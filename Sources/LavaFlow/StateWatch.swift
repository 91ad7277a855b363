import SharedMemory
import Synchronization
import Tbl

/// The state of a watched node on its way to the publisher.
///
/// **Concurrency.** `isDue` and `offer` are the running thread's; the rest may be called from
/// anywhere.
final class StateWatch: Sendable {
  /// Shortest time between two states.
  static let interval = Duration.milliseconds(250)

  private let latest = LocalMutex<Tbl?>(nil)
  private let nextTime = Atomic<UInt64>(0)
  /// Whether the node has run since its state was last taken.
  private let isStale = Atomic<Bool>(false)

  /// Whether it is time to take the state; otherwise notes that it has changed.
  func isDue(_ now: FlowInstant) -> Bool {
    if now.nanoseconds >= nextTime.load(ordering: .relaxed) { return true }
    isStale.store(true, ordering: .relaxed)
    return false
  }

  /// Keeps `state` for the publisher.
  func offer(_ state: Tbl?, at now: FlowInstant) {
    isStale.store(false, ordering: .relaxed)
    nextTime.store(now.advanced(by: Self.interval).nanoseconds, ordering: .relaxed)
    if let state { latest.replace(by: state) }
  }

  /// Whether the node changed since its state was taken, and may be asked again.
  func wantsTurn(_ now: FlowInstant) -> Bool {
    isStale.load(ordering: .relaxed) && now.nanoseconds >= nextTime.load(ordering: .relaxed)
  }

  /// The state that was offered since the last call.
  func take() -> Tbl? {
    latest.withLock { state in
      defer { state = nil }
      return state
    }
  }
}
