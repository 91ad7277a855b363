/// Owns what a thread works with in one attached segment.
///
/// Entries are keyed by a serial number that a process never uses twice, so that what a forked
/// child or a detached segment left behind is never found again.
///
/// **Concurrency.** Each thread sees its own object. When a thread ends, the object's
/// `threadEnded()` is called on that thread.
open class ThreadBound: @unchecked Sendable {
  /// Makes an object that no thread holds yet.
  public init() {}

  /// Whether the thread may give the object up when it needs the place for another segment.
  open var mayBeDisplaced: Bool { true }

  /// Called when the thread that held the object ends, or needs the place for another.
  open func threadEnded() {}
}
