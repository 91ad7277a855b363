import CSharedMemory
import Synchronization

/// Finds and remembers a thread's objects.
///
/// **Concurrency.** Each thread sees what it has remembered itself.
@safe
public enum ThreadCache {
  private static let nextSerial = Atomic<UInt64>(1)
  private static let installed: Void = {
    unsafe shm_thread_set_release(
      { object in
        guard let object = unsafe object else { return true }
        return unsafe Unmanaged<ThreadBound>.fromOpaque(object).takeUnretainedValue()
          .mayBeDisplaced
      },
      { object in
        guard let object = unsafe object else { return }
        // Balances the retain in `remember`.
        unsafe Unmanaged<ThreadBound>.fromOpaque(object).takeRetainedValue().threadEnded()
      })
  }()

  /// A number no other attachment of this process has or had.
  public static func makeSerial() -> UInt64 {
    nextSerial.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  /// This thread's state for `serial`; `nil` when it has none.
  @inlinable @inline(__always)
  public static func state<State: ~Copyable>(
    _ serial: UInt64, as type: State.Type
  ) -> ThreadState<State>? {
    guard let address = unsafe shm_thread_find(serial) else { return nil }
    return unsafe ThreadState(address.assumingMemoryBound(to: State.self))
  }

  /// Keeps `object` and its `state` for this thread under `serial`.
  ///
  /// - Returns: `false` when no place is left and none can be given up.
  public static func remember<State: ~Copyable>(
    _ object: ThreadBound, state: borrowing ThreadConfined<State>, serial: UInt64
  ) -> Bool {
    _ = installed
    let retained = unsafe Unmanaged.passRetained(object)
    if unsafe shm_thread_remember(serial, retained.toOpaque(), state.storage) { return true }
    unsafe retained.release()
    return false
  }

  /// Forgets this thread's object for `serial` without calling `threadEnded()`.
  public static func forget(serial: UInt64) {
    guard let object = unsafe shm_thread_forget(serial) else { return }
    unsafe Unmanaged<ThreadBound>.fromOpaque(object).release()
  }
}
