import SharedMemory
import SimDB

/// A little spinning, then sleep.
///
/// **Concurrency.** Any thread; there is no state.
enum Waiting {
  private static let spinCount = 2_000

  /// Waits a little for `condition` to end before it is worth sleeping.
  ///
  /// Each look takes the line from whoever is about to change it, so the first one is late: the
  /// other side gets a few cells ahead, and both go on without waiting for each other.
  @inline(__always)
  static func spin(while condition: () -> Bool) {
    for _ in 0..<4 { spinHint() }
    var spins = 4
    while spins < spinCount, condition() {
      spinHint()
      spins += 1
    }
  }

  /// Sleeps until `word` is woken, unless `condition` has ended already.
  static func sleep(on word: WakeWord, nanoseconds: UInt64, while condition: () -> Bool) {
    let prepared = word.prepare()
    // Pair wake: announced first, looked at afterwards.
    if condition() { word.sleep(prepared, nanoseconds: nanoseconds) }
  }

  /// Spins a little and then sleeps on `word` while `condition` holds.
  ///
  /// - Parameters:
  ///   - deadline: The end of the waiting; set when it is nil.
  ///   - timeoutNanoseconds: How long to wait from the first call on.
  /// - Returns: `false` when the time has passed.
  @inline(__always)
  static func rest(
    on word: WakeWord, until deadline: inout UInt64?, _ timeoutNanoseconds: UInt64,
    while condition: () -> Bool
  ) -> Bool {
    let now = SystemClock.monotonicNanoseconds
    let end = deadline ?? now.addingSaturated(timeoutNanoseconds)
    deadline = end
    guard now < end else { return false }
    spin(while: condition)
    sleep(on: word, nanoseconds: end - now, while: condition)
    return true
  }

  /// Calls `attempt` until it succeeds or the time is up, sleeping on `word` while `isIdle`.
  ///
  /// - Returns: Whether it has succeeded.
  @inline(__always)
  static func untilDone(
    on word: WakeWord, _ timeoutNanoseconds: UInt64, isIdle: () -> Bool,
    _ attempt: () throws(StoreError) -> Bool
  ) throws(StoreError) -> Bool {
    if try attempt() { return true }
    guard timeoutNanoseconds > 0 else { return false }
    let end = SystemClock.deadline(after: timeoutNanoseconds)
    while true {
      spin(while: isIdle)
      if try attempt() { return true }
      let now = SystemClock.monotonicNanoseconds
      guard now < end else { return false }
      sleep(on: word, nanoseconds: end - now, while: isIdle)
      if try attempt() { return true }
    }
  }
}

extension SystemClock {
  /// When a wait that begins now ends.
  @usableFromInline
  static func deadline(after nanoseconds: UInt64) -> UInt64 {
    monotonicNanoseconds.addingSaturated(nanoseconds)
  }
}

extension UInt64 {
  /// The sum, or the greatest number when it does not fit.
  func addingSaturated(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
