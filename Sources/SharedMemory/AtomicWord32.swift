import CSharedMemory

/// A 32-bit word of a mapping: what the kernel's futex sleeps on.
///
/// **Concurrency.** As ``AtomicWord``.
@safe @frozen
public struct AtomicWord32: @unchecked Sendable {
  #if STEP_HOOK
    @usableFromInline let address: UnsafeMutablePointer<UInt32>

    /// Whoever asks where the word lies is about to access it.
    @inlinable @inline(__always)
    var pointer: UnsafeMutablePointer<UInt32> {
      shm_step()
      return unsafe address
    }
  #else
    @usableFromInline let pointer: UnsafeMutablePointer<UInt32>
  #endif

  @inlinable @inline(__always)
  init(_ pointer: UnsafeMutablePointer<UInt32>) {
    #if STEP_HOOK
      unsafe address = pointer
    #else
      unsafe self.pointer = pointer
    #endif
  }

  /// Reads without ordering.
  @inlinable @inline(__always)
  public func loadRelaxed() -> UInt32 { unsafe shm_load32_relaxed(pointer) }

  /// Reads in the single order of all sequentially consistent operations.
  @inlinable @inline(__always)
  public func loadSequential() -> UInt32 { unsafe shm_load32_seq_cst(pointer) }

  /// Writes without ordering.
  @inlinable @inline(__always)
  public func storeRelaxed(_ value: UInt32) { unsafe shm_store32_relaxed(pointer, value) }

  /// Replaces `expected` by `value`; `false` when the word held something else.
  @inlinable @inline(__always)
  public func compareExchange(_ expected: UInt32, _ value: UInt32) -> Bool {
    unsafe shm_compare_exchange32_seq_cst(pointer, expected, value)
  }

  /// Sets bits and returns the value before.
  @inlinable @inline(__always) @discardableResult
  public func setBits(_ bits: UInt32) -> UInt32 { unsafe shm_fetch_or32_seq_cst(pointer, bits) }

  /// Adds and returns the value before.
  @inlinable @inline(__always) @discardableResult
  public func add(_ value: UInt32) -> UInt32 { unsafe shm_fetch_add32_seq_cst(pointer, value) }

  /// Sleeps in the kernel while the word equals `expected`, at most `timeoutNanoseconds`.
  ///
  /// - Returns: `false` when the time has passed; `true` after a wake-up, a change or a signal.
  public func wait(while expected: UInt32, timeoutNanoseconds: UInt64) -> Bool {
    unsafe shm_futex_wait(pointer, expected, timeoutNanoseconds) == 0
  }

  /// Wakes every sleeper, in any process.
  public func wakeAll() { _ = unsafe shm_futex_wake(pointer, Int32.max) }
}
