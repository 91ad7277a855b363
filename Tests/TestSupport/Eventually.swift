import SharedMemory

/// Looks until `condition` holds, at most `seconds`; returns whether it came to hold.
///
/// A test that waits for something says what for, and how long is too long.
public func eventually(
  within seconds: Double = 60, _ condition: () throws -> Bool
) rethrows -> Bool {
  let end = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
  while true {
    if try condition() { return true }
    if SystemClock.monotonicNanoseconds > end { return false }
    SystemClock.pause(nanoseconds: 5_000_000)
  }
}
