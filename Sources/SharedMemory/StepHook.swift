#if STEP_HOOK
  import CSharedMemory

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Darwin)
    import Darwin
  #endif

  /// Calls a function before each access to shared memory: to a word, by whatever operation; to the
  /// bytes of a region; and at each fence. Also before each call of the system that changes a file,
  /// or looks at what others change.
  ///
  /// Copies and comparisons of bytes are made in two halves, each of which is a step, so that what
  /// they move may be torn. Only a build with the package trait `StepHook` has any of this.
  ///
  /// **Concurrency.** Each thread has its own function.
  @safe
  public enum StepHook {
    /// Calls `step` before each access and call that `body` makes on this thread.
    ///
    /// - Parameters:
    ///   - step: What it accesses itself is no step.
    ///   - body: Must not call this function again.
    public static func call<Result, Failure: Error>(
      _ step: @escaping () -> Void, during body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
      let context = UnsafeMutablePointer<() -> Void>.allocate(capacity: 1)
      unsafe context.initialize(to: step)
      unsafe shm_set_step(
        { unsafe $0!.assumingMemoryBound(to: (() -> Void).self).pointee() }, context)
      defer {
        shm_set_step(nil, nil)
        unsafe context.deinitialize(count: 1)
        unsafe context.deallocate()
      }
      return try body()
    }

    /// A step of the caller's own, such as between two looks at bytes that were lent to it.
    public static func step() { shm_step() }
  }

  // These stand before the functions of C that have the same names, wherever this module calls one.

  func shm_create_unnamed_file(_ directory: UnsafePointer<CChar>!, _ mode: UInt32) -> Int32 {
    if Protection.namelessFile.isMissing { return -ENOTSUP }
    return unsafe CSharedMemory.shm_create_unnamed_file(directory, mode)
  }

  @inlinable
  func shm_fence_acquire() {
    shm_step()
    CSharedMemory.shm_fence_acquire()
  }

  @inlinable
  func shm_fence_release() {
    shm_step()
    CSharedMemory.shm_fence_release()
  }

  @inlinable
  func shm_fence_seq_cst() {
    shm_step()
    CSharedMemory.shm_fence_seq_cst()
  }

  @inlinable
  func shm_copy_out(
    _ privateBytes: UnsafeMutableRawPointer!, _ mapped: UnsafeRawPointer!, _ count: Int
  ) {
    shm_step()
    let half = firstHalf(count)
    unsafe CSharedMemory.shm_copy_out(privateBytes, mapped, half)
    guard half < count else { return }
    shm_step()
    unsafe CSharedMemory.shm_copy_out(privateBytes + half, mapped + half, count - half)
  }

  @inlinable
  func shm_copy_in(
    _ mapped: UnsafeMutableRawPointer!, _ privateBytes: UnsafeRawPointer!, _ count: Int
  ) {
    shm_step()
    let half = firstHalf(count)
    unsafe CSharedMemory.shm_copy_in(mapped, privateBytes, half)
    guard half < count else { return }
    shm_step()
    unsafe CSharedMemory.shm_copy_in(mapped + half, privateBytes + half, count - half)
  }

  @inlinable
  func shm_equal(
    _ mapped: UnsafeRawPointer!, _ privateBytes: UnsafeRawPointer!, _ count: Int
  ) -> Bool {
    shm_step()
    let half = firstHalf(count)
    guard unsafe CSharedMemory.shm_equal(mapped, privateBytes, half) else { return false }
    guard half < count else { return true }
    shm_step()
    return unsafe CSharedMemory.shm_equal(mapped + half, privateBytes + half, count - half)
  }

  /// How many of `count` bytes go first: whole words, since mapped addresses stay aligned; all
  /// where there is only one.
  @inlinable
  func firstHalf(_ count: Int) -> Int { count < 16 ? count : count / 2 & ~7 }
#endif
