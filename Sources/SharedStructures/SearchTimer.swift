import SharedMemory
import Synchronization

/// Sees to it that what costs much, such as a search for what the dead have left, is done by one
/// thread of the process, ten times a second at most.
///
/// **Concurrency.** Any thread.
struct SearchTimer: ~Copyable, Sendable {
  private let last = Atomic<UInt64>(0)

  private static let nanoseconds: UInt64 = 100_000_000

  /// Whether the caller is to search now; the first is.
  func isDue() -> Bool {
    let now = SystemClock.monotonicNanoseconds
    let last = last.load(ordering: .relaxed)
    guard now &- last > Self.nanoseconds else { return false }
    // No pair: nothing depends on whose turn it is.
    return self.last.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
  }
}
