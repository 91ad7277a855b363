import CSharedMemory

/// Byte offsets in the entry of a topic whose subscribers have a byte queue each; the C structure
/// proves them.
///
/// **Concurrency.** Any thread; there is no state.
public enum ByteTopicLayout {
  /// Version of the structure that this build reads and writes.
  public static var version: UInt32 { UInt32(shm_byte_topic_version) }
  /// Bytes before the first subscriber's word.
  public static var headerSize: Int { shm_byte_topic_size }
  /// 64 bits: number of subscribers' words.
  public static var subscriberCapacity: Int { shm_byte_topic_subscriber_capacity }
  /// 64 bits: bytes for records in a usual segment of a subscriber's queue.
  public static var segmentCapacity: Int { shm_byte_topic_segment_capacity }
  /// 64 bits: most segments of a subscriber's queue.
  public static var segmentLimit: Int { shm_byte_topic_segment_limit }
  /// 64 bits: how many of the first words publishers look at.
  public static var rows: Int { shm_byte_topic_rows }
}
