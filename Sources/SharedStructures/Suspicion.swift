import SharedMemory
import SimDB
import Synchronization

/// Decides when it is worth asking the system whether the holder of a claim has died.
///
/// A claim stands for some tens of nanoseconds, asking costs ten microseconds. So a claim is held
/// suspect only when it was met, unchanged, a millisecond ago, and then asked about once a
/// millisecond. Of who is known to have died each claim is asked about at once: it may have left
/// many.
///
/// **Concurrency.** Safe from any thread; two threads may at worst ask a little too early or late.
final class Suspicion: Sendable {
  /// What is held suspect, and since when.
  private struct Suspect: ~Copyable, Sendable {
    let claim = Atomic<UInt64>(0)
    let since = Atomic<UInt64>(0)
  }

  // A claim has its place by its bits and by the time, a second long: two that are met in turn and
  // share a place, where neither ever would stay for long enough, do not share it for ever.
  private let suspects = InlineArray<8, Suspect> { _ in Suspect() }
  private let lastDead = Atomic<UInt64>(0)

  private static let patienceNanoseconds: UInt64 = 1_000_000

  /// Whether a control word that claims something is of an owner who has died; `false` when it
  /// lives, or may live.
  func isOfDead(_ claim: UInt64, _ owner: ParticipantIdentity, _ handle: StructureHandle) -> Bool {
    guard owner.rawValue == lastDead.load(ordering: .relaxed) || isDue(claim),
      handle.isDead(owner)
    else { return false }
    lastDead.store(owner.rawValue, ordering: .relaxed)
    return true
  }

  /// Whether something that is met again and again has stood for so long that it is worth asking.
  func isDue(_ claim: UInt64) -> Bool {
    let now = SystemClock.monotonicNanoseconds
    let place = ((claim &+ now >> 30) &* 0x9E37_79B9_7F4A_7C15) >> 61
    return Self.isDue(claim, now, suspects[Int(place)])
  }

  private static func isDue(_ claim: UInt64, _ now: UInt64, _ suspect: borrowing Suspect) -> Bool {
    if suspect.claim.load(ordering: .relaxed) != claim {
      suspect.claim.store(claim, ordering: .relaxed)
      suspect.since.store(now, ordering: .relaxed)
      return false
    }
    guard now &- suspect.since.load(ordering: .relaxed) > patienceNanoseconds else { return false }
    suspect.since.store(now, ordering: .relaxed)
    return true
  }
}
