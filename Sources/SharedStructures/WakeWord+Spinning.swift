import SharedMemory

extension WakeWord {
  private static var spinCount: Int { 2_000 }

  /// Waits a little for `condition` to end before it is worth sleeping.
  ///
  /// Each look takes the line from whoever is about to change it, so the first one is late: the
  /// other side gets a few elements ahead, and both go on without waiting for each other.
  @inline(__always)
  func spin(while condition: () -> Bool) {
    for _ in 0..<4 { spinHint() }
    var spins = 4
    while spins < Self.spinCount, condition() {
      spinHint()
      spins += 1
    }
  }

  /// Sleeps while `condition` holds, until somebody wakes it or the time is up; at most
  /// ``maximumSleepNanoseconds``.
  func sleep(nanoseconds: UInt64, while condition: () -> Bool) {
    let prepared = prepare()
    // Pair wake: announced first, looked at afterwards.
    if condition() { sleep(prepared, nanoseconds: nanoseconds) }
  }

  /// Spins, and then sleeps.
  func spinOrSleep(nanoseconds: UInt64, while condition: () -> Bool) {
    spin(while: condition)
    sleep(nanoseconds: nanoseconds, while: condition)
  }
}
