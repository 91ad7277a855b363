import CSharedMemory

/// The system's clocks in nanoseconds.
///
/// **Concurrency.** Any thread.
public enum SystemClock {
  /// Time since some fixed moment, never set back; for durations and deadlines.
  public static var monotonicNanoseconds: UInt64 { shm_monotonic_time() }

  /// Time since the Unix epoch; for people.
  public static var wallNanoseconds: UInt64 { shm_wall_time() }
}

extension SystemClock {
  /// Lets the calling thread sleep.
  public static func pause(nanoseconds: UInt64) { shm_pause(nanoseconds) }
}
