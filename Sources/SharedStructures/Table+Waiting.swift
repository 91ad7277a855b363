import SharedMemory
import SimDB

/// Waiting for what the writer publishes.
extension Table {
  /// How often a reader looks that can wake nobody: through a read-only mapping.
  private static let pollNanoseconds: UInt64 = 50_000_000
  private static let spinCount = 2_000

  /// Waits until `key` has been published after `version`.
  ///
  /// **Concurrency.** Any number of waiters, which use no processor. The writer enters the kernel
  /// only when somebody sleeps. Through a read-only mapping it looks 20 times a second.
  ///
  /// - Returns: The version that is there, or `nil` when the time has passed.
  /// - Throws: `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(publications of other keys meanwhile).
  public func waitForChange<Key: ByteSource & ~Escapable>(
    of key: Key, after version: UInt64, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> UInt64? {
    try key.withBytes { key throws(StoreError) in
      try wait(timeoutNanoseconds) { () throws(StoreError) -> UInt64? in
        let now = try self.version(key)
        return now == version ? nil : now
      }
    }
  }

  /// Waits until anything has been published after ``changeCount`` was `count`.
  ///
  /// **Concurrency.** As ``waitForChange(of:after:timeoutNanoseconds:)``.
  ///
  /// - Returns: The count that it is now, or `nil` when the time has passed.
  /// - Throws: `dropped`, `segmentLost`.
  /// - Complexity: O(1).
  public func waitForChange(
    after count: UInt64, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> UInt64? {
    try wait(timeoutNanoseconds) { () throws(StoreError) -> UInt64? in
      let now = changeCount
      return now == count ? nil : now
    }
  }

  /// Suspends until `key` has been published after `version`.
  ///
  /// **Concurrency.** As ``waitForChange(of:after:timeoutNanoseconds:)``; no thread waits.
  ///
  /// - Returns: The version that is there, or `nil` when the task was cancelled.
  /// - Throws: `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(publications of other keys meanwhile).
  public func change(of key: String, after version: UInt64) async throws(StoreError) -> UInt64? {
    while !Task.isCancelled {
      if let now = try changed(key, after: version) { return now }
      try handle.checkLive()
      guard handle.database.isWritable else {
        try? await Task.sleep(nanoseconds: Self.pollNanoseconds)
        continue
      }
      let prepared = change.prepare()
      // Pair wake: announced first, looked at afterwards.
      if let now = try changed(key, after: version) { return now }
      await WaiterThread.shared.wait(change.word, while: prepared)
    }
    return nil
  }

  private func changed(_ key: String, after version: UInt64) throws(StoreError) -> UInt64? {
    let now = try self.version(key)
    return now == version ? nil : now
  }

  private func wait(
    _ timeoutNanoseconds: UInt64, _ look: () throws(StoreError) -> UInt64?
  ) throws(StoreError) -> UInt64? {
    let deadline = SystemClock.deadline(after: timeoutNanoseconds)
    for _ in 0..<Self.spinCount {
      if let found = try look() { return found }
      spinHint()
    }
    while true {
      let isWritable = handle.database.isWritable
      let prepared = isWritable ? change.prepare() : change.word.loadRelaxed()
      // Pair wake: announced first, looked at afterwards.
      if let found = try look() { return found }
      try handle.checkLive()
      let now = SystemClock.monotonicNanoseconds
      guard now < deadline else { return nil }
      change.sleep(
        prepared,
        nanoseconds: isWritable ? deadline - now : min(deadline - now, Self.pollNanoseconds))
    }
  }
}
