import SharedMemory
import Synchronization

/// Decides when it is worth asking the system whether the holder of a claimed cell has died.
///
/// A claim stands for some tens of nanoseconds, asking costs ten microseconds. So a claim is held
/// suspect only when it was met, unchanged, a millisecond ago, and then asked about once a
/// millisecond.
///
/// **Concurrency.** Safe from any thread; two threads may at worst ask a little too early or late.
final class Suspicion: Sendable {
  private let suspect = Atomic<UInt64>(0)
  private let since = Atomic<UInt64>(0)

  private static let patienceNanoseconds: UInt64 = 1_000_000

  /// Whether a control word that claims something has stood for so long that its holder may be dead.
  func isDue(_ claim: UInt64) -> Bool {
    let now = SystemClock.monotonicNanoseconds
    if suspect.load(ordering: .relaxed) != claim {
      suspect.store(claim, ordering: .relaxed)
      since.store(now, ordering: .relaxed)
      return false
    }
    guard now &- since.load(ordering: .relaxed) > Self.patienceNanoseconds else { return false }
    since.store(now, ordering: .relaxed)
    return true
  }
}
