import CSharedMemory

/// A 64-bit word of a mapping that several processes read and change.
///
/// **Concurrency.** Every method is one wait-free instruction. The name carries the ordering; the
/// caller's comment names the partner at the other end.
///
/// The word lives as long as the mapping it was taken from; whoever holds the mapping's owner (a
/// `Segment`, a `LocalMemory`) holds the word.
@safe @frozen
public struct AtomicWord: @unchecked Sendable {
  #if STEP_HOOK
    @usableFromInline let address: UnsafeMutablePointer<UInt64>

    /// Whoever asks where the word lies is about to access it.
    @inlinable @inline(__always)
    var pointer: UnsafeMutablePointer<UInt64> {
      shm_step()
      return unsafe address
    }
  #else
    @usableFromInline let pointer: UnsafeMutablePointer<UInt64>
  #endif

  @inlinable @inline(__always)
  init(_ pointer: UnsafeMutablePointer<UInt64>) {
    #if STEP_HOOK
      unsafe address = pointer
    #else
      unsafe self.pointer = pointer
    #endif
  }

  /// Reads without ordering.
  @inlinable @inline(__always)
  public func loadRelaxed() -> UInt64 { unsafe shm_load_relaxed(pointer) }

  /// Reads; what the storing side wrote before its releasing store is visible afterwards.
  @inlinable @inline(__always)
  public func loadAcquiring() -> UInt64 { unsafe shm_load_acquire(pointer) }

  /// Reads in the single order of all sequentially consistent operations.
  @inlinable @inline(__always)
  public func loadSequential() -> UInt64 { unsafe shm_load_seq_cst(pointer) }

  /// Writes without ordering.
  @inlinable @inline(__always)
  public func storeRelaxed(_ value: UInt64) { unsafe shm_store_relaxed(pointer, value) }

  /// Writes; everything written before is visible to whoever acquires the value.
  @inlinable @inline(__always)
  public func storeReleasing(_ value: UInt64) { unsafe shm_store_release(pointer, value) }

  /// Replaces the value in the single order of all sequentially consistent operations.
  @inlinable @inline(__always) @discardableResult
  public func exchangeSequential(_ value: UInt64) -> UInt64 {
    unsafe shm_exchange_seq_cst(pointer, value)
  }

  /// Replaces `expected` by `value`; `false` when the word held something else.
  @inlinable @inline(__always)
  public func compareExchange(_ expected: UInt64, _ value: UInt64) -> Bool {
    unsafe shm_compare_exchange_seq_cst(pointer, expected, value)
  }

  /// Adds without ordering and returns the value before.
  @inlinable @inline(__always) @discardableResult
  public func addRelaxed(_ value: UInt64) -> UInt64 { unsafe shm_fetch_add_relaxed(pointer, value) }

  /// Adds; everything written before is visible to whoever acquires the value.
  @inlinable @inline(__always)
  public func addReleasing(_ value: UInt64) { _ = unsafe shm_fetch_add_release(pointer, value) }

  /// Adds in the single order of all sequentially consistent operations and returns the value
  /// before.
  @inlinable @inline(__always) @discardableResult
  public func addSequential(_ value: UInt64) -> UInt64 {
    unsafe shm_fetch_add_seq_cst(pointer, value)
  }

  /// Sets bits and returns the value before.
  @inlinable @inline(__always) @discardableResult
  public func setBits(_ bits: UInt64) -> UInt64 { unsafe shm_fetch_or_seq_cst(pointer, bits) }

  /// Asks for the word's line before it is needed.
  @inlinable @inline(__always)
  public func prefetch() { unsafe shm_prefetch(pointer) }

  /// Raises the word to `value` unless it is there already.
  @inlinable
  public func raise(to value: UInt64) {
    while true {
      let current = loadRelaxed()
      if current >= value || compareExchange(current, value) { return }
    }
  }
}

/// Tells the processor that the caller is spinning.
@inlinable @inline(__always)
public func spinHint() { shm_spin_hint() }
