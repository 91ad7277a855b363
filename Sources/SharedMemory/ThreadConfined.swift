/// Private memory for a value that one thread at a time changes through a shared reference.
///
/// A class property would be guarded by a run-time check of exclusive access at each use, or by a
/// retain of the object in it; both cost more than what is done here with the value.
///
/// **Concurrency.** The owner guarantees one thread at a time, and no access from within `with`.
@safe
public struct ThreadConfined<Value: ~Copyable>: ~Copyable {
  @usableFromInline let storage: UnsafeMutablePointer<Value>

  /// Moves `value` into memory of its own.
  public init(_ value: consuming Value) {
    unsafe storage = .allocate(capacity: 1)
    unsafe storage.initialize(to: value)
  }

  deinit {
    unsafe storage.deinitialize(count: 1)
    unsafe storage.deallocate()
  }

  /// Calls `body` with the value.
  @inlinable @inline(__always)
  public func with<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(&storage.pointee)
  }
}
