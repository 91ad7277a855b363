import CSharedMemory

/// Orderings that belong to no single word.
///
/// **Concurrency.** Each is an instruction, or none but a limit to what the compiler may move.
public enum Fence {
  /// Later reads stay later than earlier ones.
  @inlinable @inline(__always)
  public static func acquire() { shm_fence_acquire() }

  /// Earlier writes stay earlier than later ones.
  @inlinable @inline(__always)
  public static func release() { shm_fence_release() }

  /// No read or write moves across, in the single order of all such fences.
  @inlinable @inline(__always)
  public static func sequential() { shm_fence_seq_cst() }
}
