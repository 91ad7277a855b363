import CSharedMemory
import Synchronization

/// What a thread keeps for one attached segment, found without a lock.
///
/// Entries are keyed by a serial number that a process never uses twice, so that what a forked child
/// or a detached segment left behind is never found again.
///
/// **Concurrency.** Each thread sees its own object. When a thread ends, the object's
/// `threadEnded()` is called on that thread.
open class ThreadBound: @unchecked Sendable {
  /// Makes an object that no thread holds yet.
  public init() {}

  /// Called when the thread that held the object ends, or needs the place for another.
  open func threadEnded() {}
}

/// Finds and remembers a thread's objects.
@safe
public enum ThreadCache {
  private static let nextSerial = Atomic<UInt64>(1)
  private static let installed: Void = {
    unsafe shm_thread_set_release { _, object in
      guard let object = unsafe object else { return }
      // Balances the retain in `remember`.
      unsafe Unmanaged<ThreadBound>.fromOpaque(object).takeRetainedValue().threadEnded()
    }
  }()

  /// A number no other attachment of this process has or had.
  public static func makeSerial() -> UInt64 {
    nextSerial.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  /// Calls `body` with this thread's object for `serial`; `nil` when it has none.
  @inlinable @inline(__always)
  public static func withObject<Object: ThreadBound, Result, Failure: Error>(
    _ serial: UInt64, as type: Object.Type, _ body: (Object) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard let address = unsafe shm_thread_find(serial) else { return nil }
    // Kept alive by the retain in `remember`, which only this thread undoes.
    let outcome: Swift.Result<Result, Failure> =
      unsafe Unmanaged<Object>.fromOpaque(address)._withUnsafeGuaranteedRef { object in
        do throws(Failure) {
          return .success(try body(object))
        } catch {
          return .failure(error)
        }
      }
    return try outcome.get()
  }

  /// Keeps `object` for this thread under `serial`.
  public static func remember(_ object: ThreadBound, serial: UInt64) {
    _ = installed
    unsafe shm_thread_remember(serial, Unmanaged.passRetained(object).toOpaque())
  }

  /// Forgets this thread's object for `serial` without calling `threadEnded()`.
  public static func forget(serial: UInt64) {
    if let address = unsafe shm_thread_find(serial) {
      shm_thread_forget(serial)
      unsafe Unmanaged<ThreadBound>.fromOpaque(address).release()
    }
  }
}
