import SharedMemory

/// A condition that did not come true in time.
public struct ConditionTimeout: Error, CustomStringConvertible {
  /// How long it was waited for.
  public let description: String
}

/// Waits until `condition` holds, looking a hundred times a second; the task's thread is free
/// meanwhile.
///
/// Time alone does not end it: while tests that block have all threads of the pool, neither this task
/// nor those that it waits for go on.
///
/// - Throws: ``ConditionTimeout`` after `seconds` and a hundred looks, and what `condition` throws.
public func waitUntil(
  within seconds: Double = 60, isolation: isolated (any Actor)? = #isolation,
  _ condition: () async throws -> Bool
) async throws {
  let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
  var looks = 0
  while try await !condition() {
    looks += 1
    guard looks < 100 || SystemClock.monotonicNanoseconds < deadline else {
      throw ConditionTimeout(description: "not within \(seconds) s")
    }
    try await Task.sleep(for: .milliseconds(10))
  }
}
