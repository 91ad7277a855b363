import CSharedMemory

/// Byte offsets in the entry of a queue of elements of one size; the C structure proves them.
///
/// **Concurrency.** Any thread; there is no state.
public enum ElementQueueLayout {
  /// Version of the structure that this build reads and writes.
  public static var version: UInt32 { UInt32(shm_element_queue_version) }
  /// Bytes before the first cell.
  public static var headerSize: Int { shm_element_queue_size }
  /// 32 bits: what a full queue does.
  public static var overflow: Int { shm_element_queue_overflow }
  /// 64 bits: number of cells.
  public static var capacity: Int { shm_element_queue_capacity }
  /// 64 bits: bytes per cell.
  public static var stride: Int { shm_element_queue_stride }
  /// 32 bits: what becomes of what was taken.
  public static var delivery: Int { shm_element_queue_delivery }
  /// 32 bits: number of claims, where consumers acknowledge.
  public static var claimLimit: Int { shm_element_queue_claim_limit }
  /// 64 bits: nanoseconds after which a claim is late.
  public static var patience: Int { shm_element_queue_patience }
  /// A ring: see ``RingLayout``.
  public static var ring: Int { shm_element_queue_ring }
  /// How the elements lie: see ``ElementLayout``.
  public static var elements: Int { shm_element_queue_elements }
  /// 64 bits: not 0 while something may have been given back.
  public static var attention: Int { shm_element_queue_attention }
  /// 64 bits: claims of elements that had been claimed before.
  public static var redelivered: Int { shm_element_queue_redelivered }
}
