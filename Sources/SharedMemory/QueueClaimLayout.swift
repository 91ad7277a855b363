import CSharedMemory

/// Byte offsets in a claim of a queue whose elements are acknowledged; the C structure proves them.
///
/// **Concurrency.** Any thread; there is no state.
public enum QueueClaimLayout {
  /// Bytes before the element, unless its alignment asks for more.
  public static var headerSize: Int { shm_queue_claim_size }
  /// 64 bits: position of the cell that the element came in.
  public static var position: Int { shm_queue_claim_position }
  /// 64 bits: when the claim is late.
  public static var deadline: Int { shm_queue_claim_deadline }
}
