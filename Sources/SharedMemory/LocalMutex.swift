#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A value that one thread of this process at a time may use.
///
/// The system's own mutex, because the thread sanitizer knows it; it does not see into the one of
/// the standard library, and reports what that guards as races.
///
/// **Concurrency.** Safe from any thread. A thread that holds it must not take it again.
@safe
public final class LocalMutex<Value: Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  /// Makes a mutex that guards `value`.
  public init(_ value: Value) {
    self.value = value
    // Its own allocation: a mutex must not move.
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    let failure = unsafe pthread_mutex_init(mutex, nil)
    precondition(failure == 0, "the system made no mutex")
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// Calls `body` with the value, when no other thread does.
  @discardableResult
  public func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try body(&value)
  }

  /// Replaces the value; what stood there goes when others may use the new one already.
  public func replace(by value: Value) {
    var value = value
    withLock { swap(&$0, &value) }
  }
}
