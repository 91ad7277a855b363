import CSharedMemory

/// Byte offsets in the entry of a queue of messages; the C structure proves them.
///
/// **Concurrency.** Any thread; there is no state.
public enum QueueLayout {
  /// Version of the structure that this build reads and writes.
  public static var version: UInt32 { UInt32(shm_queue_version) }
  /// Bytes before the first cell.
  public static var headerSize: Int { shm_queue_size }
  /// 32 bits: what a full queue does.
  public static var overflow: Int { shm_queue_overflow }
  /// 64 bits: number of cells.
  public static var capacity: Int { shm_queue_capacity }
  /// 64 bits: bytes per cell.
  public static var stride: Int { shm_queue_stride }
  /// 64 bits: bytes a cell carries inline.
  public static var payloadCapacity: Int { shm_queue_payload_capacity }
  /// A ring: see ``RingLayout``.
  public static var ring: Int { shm_queue_ring }
  /// 64 bits: position of the next cell to take.
  public static var head: Int { ring + RingLayout.head }
  /// 64 bits: position of the next cell to fill.
  public static var tail: Int { ring + RingLayout.tail }
  /// 32 bits: sleepers until something arrives.
  public static var arrival: Int { ring + RingLayout.arrival }
  /// 32 bits: sleepers until something leaves.
  public static var departure: Int { ring + RingLayout.departure }
}
