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
  // Their own allocations: a mutex must not move, and a stored property would be guarded by the
  // runtime as well.
  @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
  @usableFromInline let value: UnsafeMutablePointer<Value>

  /// Makes a mutex that guards `value`.
  public init(_ value: Value) {
    unsafe self.value = .allocate(capacity: 1)
    unsafe self.value.initialize(to: value)
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    let failure = unsafe pthread_mutex_init(mutex, nil)
    precondition(failure == 0, "the system made no mutex")
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
    unsafe value.deinitialize(count: 1)
    unsafe value.deallocate()
  }

  /// Calls `body` with the value, when no other thread does.
  ///
  /// Inlined, because a call costs as much as the lock. The compiler may then let go of what `body`
  /// gives back, and is not used, before the lock is free; ``replace(by:)`` keeps it till after.
  @inlinable @inline(__always) @discardableResult
  public func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer {
      unsafe pthread_mutex_unlock(mutex)
      // Where this was the last use of the mutex, nothing else keeps what the pointers lead to.
      extendLifetime(self)
    }
    return try unsafe body(&value.pointee)
  }

  /// Replaces the value; what stood there goes when others may use the new one already.
  @inlinable
  public func replace(by value: Value) {
    var value = value
    withLock { swap(&$0, &value) }
    // Without this it may go as soon as it is out, which is under the lock.
    extendLifetime(value)
  }
}
