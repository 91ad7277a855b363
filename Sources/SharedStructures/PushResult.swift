import SharedMemory
import SimDB

/// What became of a push.
///
/// **Concurrency.** A value.
public enum PushResult: Hashable, Sendable {
  /// It is in the queue.
  case pushed
  /// The queue was full and refuses.
  case rejected
  /// The queue was full; the element was dropped.
  case dropped
  /// The queue stayed full until the deadline; the element was counted nowhere.
  case timedOut
}

extension MessageQueue {
  /// What became of a push.
  public typealias PushResult = SharedStructures.PushResult
}

extension Sequence {
  /// Pushes the elements one by one, until one is not pushed.
  ///
  /// - Parameter push: Gets an element, and how long it may still wait.
  /// - Returns: How many were pushed.
  @inlinable
  func pushEach(
    _ timeoutNanoseconds: UInt64,
    _ push: (Element, UInt64) throws(StoreError) -> PushResult
  ) throws(StoreError) -> Int {
    let end = SystemClock.deadline(after: timeoutNanoseconds)
    var count = 0
    for element in self {
      let now = timeoutNanoseconds == .max ? 0 : SystemClock.monotonicNanoseconds
      guard try push(element, end - Swift.min(now, end)) == .pushed else { break }
      count += 1
    }
    return count
  }
}
