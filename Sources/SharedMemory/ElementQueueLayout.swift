import CSharedMemory

/// Byte offsets in the entry of a queue of elements of one size; the C structures prove them.
///
/// **Concurrency.** Any thread; there is no state.
public enum ElementQueueLayout {
  /// Version of the structure that this build reads and writes.
  public static var version: UInt32 { UInt32(shm_element_queue_version) }
  /// Bytes before the first claim slot.
  public static var headerSize: Int { shm_element_queue_size }
  /// 32 bits: what a full queue does.
  public static var overflow: Int { shm_element_queue_overflow }
  /// 64 bits: number of cells.
  public static var capacity: Int { shm_element_queue_capacity }
  /// 64 bits: bytes per cell.
  public static var stride: Int { shm_element_queue_stride }
  /// 64 bits: number of claim slots; 0 where delivery is at most once.
  public static var claims: Int { shm_element_queue_claims }
  /// 64 bits: nanoseconds for which a claim is valid.
  public static var within: Int { shm_element_queue_within }
  /// A ring: see ``RingLayout``.
  public static var ring: Int { shm_element_queue_ring }
  /// How the elements lie: see ``ElementLayout``.
  public static var elements: Int { shm_element_queue_elements }
  /// 64 bits: not 0 while a claim slot may hold what was given back.
  public static var attention: Int { shm_element_queue_attention }
}
