import SharedMemory
import Synchronization

/// The clock a graph goes by: the system's, or one that a test moves.
///
/// **Concurrency.** `Sendable`; reading and moving it on are one atomic operation each.
public enum FlowClock: Sendable {
  /// The system's clocks.
  case system
  /// A clock that stands still until it is moved.
  case manual(ManualClock)

  /// The present moment.
  public var now: FlowInstant {
    switch self {
    case .system: FlowInstant(nanoseconds: SystemClock.monotonicNanoseconds)
    case .manual(let clock): clock.now
    }
  }

  /// Nanoseconds since the Unix epoch, for people.
  public var wallNanoseconds: UInt64 {
    switch self {
    case .system: SystemClock.wallNanoseconds
    case .manual(let clock): clock.now.nanoseconds
    }
  }
}

/// A clock for tests: time passes only when somebody says so.
///
/// **Concurrency.** Safe from any thread.
public final class ManualClock: Sendable {
  private let nanoseconds: Atomic<UInt64>

  /// Makes a clock that shows `start`.
  public init(start: FlowInstant = FlowInstant(nanoseconds: 1_000_000_000)) {
    nanoseconds = Atomic(start.nanoseconds)
  }

  /// The moment it shows.
  public var now: FlowInstant {
    // Pair clock-moved.
    FlowInstant(nanoseconds: nanoseconds.load(ordering: .acquiring))
  }

  /// Moves it on.
  public func advance(by duration: Duration) {
    // Pair clock-moved: what was done before the clock moved on.
    nanoseconds.store(now.advanced(by: duration).nanoseconds, ordering: .releasing)
  }
}
