import CSharedMemory

/// Byte offsets in what the users of a ring share; the C structure proves them.
///
/// **Concurrency.** Any thread; there is no state.
public enum RingLayout {
  /// Bytes it takes, whole cache lines.
  public static var byteCount: Int { shm_ring_size }
  /// 64 bits: position of the next cell to take.
  public static var head: Int { shm_ring_head }
  /// 64 bits: position of the next cell to fill.
  public static var tail: Int { shm_ring_tail }
  /// 32 bits: sleepers until something arrives.
  public static var arrival: Int { shm_ring_arrival }
  /// 32 bits: sleepers until something leaves.
  public static var departure: Int { shm_ring_departure }
  /// 64 bits: elements dropped by policy.
  public static var dropped: Int { shm_ring_dropped }
  /// 64 bits: elements refused by policy.
  public static var rejected: Int { shm_ring_rejected }
  /// 64 bits: elements that died with a process.
  public static var lost: Int { shm_ring_lost }
}
