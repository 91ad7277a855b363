import SharedMemory

/// Lets a random moment pass, at most `nanoseconds`: for what may happen at any instant of another
/// thread or process.
public func passMoment(
  upTo nanoseconds: UInt64, using generator: inout some RandomNumberGenerator
) {
  let end = SystemClock.monotonicNanoseconds + UInt64.random(in: 0..<nanoseconds, using: &generator)
  while SystemClock.monotonicNanoseconds < end { spinHint() }
}
