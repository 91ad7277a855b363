import CSharedMemory

/// Byte offsets in the entry of a queue of elements of any size; the C structure proves them.
///
/// **Concurrency.** Any thread; there is no state.
public enum ByteQueueLayout {
  /// Version of the structure that this build reads and writes.
  public static var version: UInt32 { UInt32(shm_byte_queue_version) }
  /// Bytes of the entry.
  public static var size: Int { shm_byte_queue_size }
  /// 32 bits: what a full queue does.
  public static var overflow: Int { shm_byte_queue_overflow }
  /// 32 bits: 0 at most once, 1 acknowledged.
  public static var delivery: Int { shm_byte_queue_delivery }
  /// 64 bits: bytes for records in a usual segment.
  public static var segmentCapacity: Int { shm_byte_queue_segment_capacity }
  /// 64 bits: most segments at once.
  public static var segmentLimit: Int { shm_byte_queue_segment_limit }
  /// 64 bits: nanoseconds after which a claim is late; 0 never.
  public static var patience: Int { shm_byte_queue_patience }
  /// 64 bits: sequence of the first segment with something to take.
  public static var head: Int { shm_byte_queue_head }
  /// 64 bits: sequence of the segment that is being filled.
  public static var tail: Int { shm_byte_queue_tail }
  /// 64 bits: all segments before it are gone.
  public static var oldest: Int { shm_byte_queue_oldest }
  /// 64 bits: not 0 while something may have been given back.
  public static var attention: Int { shm_byte_queue_attention }
  /// 32 bits: sleepers until something arrives.
  public static var arrival: Int { shm_byte_queue_arrival }
  /// 32 bits: sleepers until a segment leaves.
  public static var departure: Int { shm_byte_queue_departure }
  /// 64 bits: elements dropped by policy.
  public static var dropped: Int { shm_byte_queue_dropped }
  /// 64 bits: elements refused by policy.
  public static var rejected: Int { shm_byte_queue_rejected }
  /// 64 bits: elements that died with a process.
  public static var lost: Int { shm_byte_queue_lost }
  /// 64 bits: claims of elements that had been claimed before.
  public static var redelivered: Int { shm_byte_queue_redelivered }
}

/// Byte offsets in a segment of such a queue, and in a record.
///
/// **Concurrency.** Any thread; there is no state.
public enum QueueSegmentLayout {
  /// Version of the segment that this build reads and writes.
  public static var version: UInt32 { UInt32(shm_queue_segment_version) }
  /// Bytes before the first record.
  public static var headerSize: Int { shm_queue_segment_size }
  /// 32 bits: 1 before the tail goes past it.
  public static var closed: Int { shm_queue_segment_closed }
  /// 64 bits: number of the segment.
  public static var sequence: Int { shm_queue_segment_sequence }
  /// 64 bits: bytes for records.
  public static var capacity: Int { shm_queue_segment_capacity }
  /// 64 bits: who made it, and the how many-eth that was.
  public static var creator: Int { shm_queue_segment_creator }
  /// 64 bits: how many records the segments before it have.
  public static var first: Int { shm_queue_segment_first }
  /// 64 bits: units of 16 bytes at or before the first record that nobody has claimed, and how many
  /// records those are, in the lower half.
  public static var writeHint: Int { shm_queue_segment_write_hint }
  /// 64 bits: offset at or before the first record to take.
  public static var readHint: Int { shm_queue_segment_read_hint }

  /// Bytes before an element.
  public static var recordHeaderSize: Int { shm_queue_record_size }
  /// 64 bits of a record: bytes of the element.
  public static var length: Int { shm_queue_record_length }
  /// 32 bits of a record: type id of the element.
  public static var type: Int { shm_queue_record_type }
  /// 64 bits of a record: when its claim is late.
  public static var deadline: Int { shm_queue_record_deadline }
}
