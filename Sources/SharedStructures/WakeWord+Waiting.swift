import SharedMemory
import SimDB

/// How consumers of structures that say when something arrives wait for it.
///
/// What they look at may be read by acquiring loads, which alone could pass the announcement that
/// they sleep; so a fence stands between the two.
extension WakeWord {
  /// Calls `take` until it has something or the time is up, sleeping in between.
  func wait<Element>(
    timeoutNanoseconds: UInt64, _ take: () throws(StoreError) -> Element?
  ) throws(StoreError) -> Element? {
    if let taken = try take() { return taken }
    let end = SystemClock.deadline(after: timeoutNanoseconds)
    var spins = 0
    while true {
      if spins < 200 {
        for _ in 0..<10 { spinHint() }
        spins += 1
        if let taken = try take() { return taken }
        continue
      }
      // Pair wake: announced first, looked at afterwards.
      let prepared = prepare()
      Fence.sequential()
      if let taken = try take() { return taken }
      let now = SystemClock.monotonicNanoseconds
      guard now < end else { return nil }
      sleep(prepared, nanoseconds: end - now)
    }
  }

  /// Calls `take` until it has something, suspending in between.
  func receive<Element: Sendable>(_ take: () throws -> Element?) async throws -> Element {
    while true {
      try Task.checkCancellation()
      if let taken = try take() { return taken }
      // Pair wake.
      let prepared = prepare()
      Fence.sequential()
      if let taken = try take() { return taken }
      await WaiterThread.shared.wait(word, while: prepared)
    }
  }
}
