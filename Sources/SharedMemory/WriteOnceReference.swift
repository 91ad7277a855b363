import Synchronization

/// A reference that is stored at most once, and read by any thread without a lock.
///
/// The standard library's `AtomicLazyReference` asks the runtime for metadata each time that it is
/// read, which takes longer than an allocation from a heap does otherwise.
///
/// **Concurrency.** Any number of readers and writers; the first that stores wins.
@safe
public final class WriteOnceReference<Instance: AnyObject & Sendable>: @unchecked Sendable {
  @usableFromInline let address = Atomic<UInt>(0)

  /// Makes a place without a reference.
  public init() {}

  deinit {
    // Pair reference-stored.
    guard let stored = unsafe reference(at: address.load(ordering: .acquiring)) else { return }
    unsafe stored.release()
  }

  @inlinable @inline(__always)
  func reference(at address: UInt) -> Unmanaged<Instance>? {
    guard let pointer = unsafe UnsafeRawPointer(bitPattern: address) else { return nil }
    return unsafe Unmanaged<Instance>.fromOpaque(pointer)
  }

  /// What was stored, or `nil` while nothing was.
  @inlinable @inline(__always)
  public func load() -> Instance? {
    // Pair reference-stored: the instance is whole.
    guard let stored = unsafe reference(at: address.load(ordering: .acquiring)) else { return nil }
    return unsafe stored.takeUnretainedValue()
  }

  /// Stores `instance` unless something was stored before.
  ///
  /// - Returns: What is stored now.
  public func storeIfNil(_ instance: Instance) -> Instance {
    let new = unsafe Unmanaged.passRetained(instance)
    // Pair reference-stored.
    let (isStored, _) = unsafe address.compareExchange(
      expected: 0, desired: UInt(bitPattern: new.toOpaque()), ordering: .acquiringAndReleasing)
    if isStored { return instance }
    unsafe new.release()
    return load() ?? instance
  }
}
