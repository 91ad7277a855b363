import CSharedMemory
import Synchronization

/// Owns what a thread works with in one attached segment.
///
/// Entries are keyed by a serial number that a process never uses twice, so that what a forked child
/// or a detached segment left behind is never found again.
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

/// What a thread works with, lent to that thread.
///
/// No object is retained: a locked instruction for each operation costs more than finding the state.
///
/// **Concurrency.** To be used at once, by the thread that asked for it, whose cache keeps it alive.
@safe @frozen
public struct ThreadState<State: ~Copyable> {
  @usableFromInline let pointer: UnsafeMutablePointer<State>

  @inlinable @inline(__always)
  init(_ pointer: UnsafeMutablePointer<State>) { unsafe self.pointer = pointer }

  /// The state.
  @inlinable
  public var value: State {
    @inline(__always) _read { yield unsafe pointer.pointee }
    @inline(__always) nonmutating _modify { yield unsafe &pointer.pointee }
  }
}
