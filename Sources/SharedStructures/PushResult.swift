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
