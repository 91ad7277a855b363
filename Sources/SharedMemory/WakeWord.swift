/// A word to sleep on until something happened, without a system call when nobody sleeps.
///
/// Bit 0 says that somebody may be asleep; the other bits count wake-ups. A sleeper sets the bit,
/// looks once more at what it waits for, and sleeps while the word is unchanged. A waker makes its
/// change visible with a sequentially consistent operation and then reads the word: one of the two
/// sees the other (pair wake). Nothing is counted that a death could leak: a bit left by a dead
/// sleeper costs one needless wake-up. A waker that dies between its change and the wake-up is made
/// good by sleeping at most ``maximumSleepNanoseconds`` at a time.
///
/// **Concurrency.** Any number of sleepers and wakers in any process.
@frozen
public struct WakeWord: Sendable {
  /// The longest single sleep: 100 ms.
  public static let maximumSleepNanoseconds: UInt64 = 100_000_000

  /// The futex word.
  public let word: AtomicWord32

  /// Sleeps and wakes on `word`.
  @inlinable
  public init(_ word: AtomicWord32) { self.word = word }

  /// Announces a sleeper; the caller then looks once more before it sleeps with the result.
  ///
  /// - Returns: The value to pass to ``sleep(_:nanoseconds:)``.
  public func prepare() -> UInt32 {
    // Pair wake: announced before the caller looks once more; whoever changes things looks
    // afterwards.
    word.setBits(1) | 1
  }

  /// Sleeps until woken, or the word has changed since `prepare`, or the time is up.
  public func sleep(_ prepared: UInt32, nanoseconds: UInt64) {
    _ = word.wait(
      while: prepared, timeoutNanoseconds: min(nanoseconds, Self.maximumSleepNanoseconds))
  }

  /// Wakes all sleepers; one load when there are none.
  ///
  /// The caller's change must be a sequentially consistent operation, or followed by such a fence;
  /// ``AsymmetricFence/light()`` is enough where each sleeper calls ``AsymmetricFence/heavy()``
  /// between ``prepare()`` and its last look.
  @inlinable @inline(__always)
  public func wake() {
    // Pair wake.
    let value = word.loadSequential()
    if value & 1 != 0 { wakeSleepers(value) }
  }

  @usableFromInline
  func wakeSleepers(_ value: UInt32) {
    if word.compareExchange(value, (value & ~1) &+ 2) { word.wakeAll() }
  }
}
