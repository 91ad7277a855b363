import CSharedMemory

/// Byte offsets in a topic's entry; the C structure proves them.
///
/// **Concurrency.** Any thread; there is no state.
public enum TopicLayout {
  /// Version of the structure that this build reads and writes.
  public static var version: UInt32 { UInt32(shm_topic_version) }
  /// Bytes before the first row of a subscriber.
  public static var headerSize: Int { shm_topic_size }
  /// 32 bits: what slow subscribers mean to publishers.
  public static var policy: Int { shm_topic_policy }
  /// 64 bits: number of cells.
  public static var capacity: Int { shm_topic_capacity }
  /// 64 bits: bytes per cell.
  public static var stride: Int { shm_topic_stride }
  /// 64 bits: number of rows for subscribers.
  public static var subscriberCapacity: Int { shm_topic_subscriber_capacity }
  /// 64 bits: position of the next cell to fill.
  public static var tail: Int { shm_topic_tail }
  /// 32 bits: sleepers until something is published.
  public static var arrival: Int { shm_topic_arrival }
  /// 32 bits: sleepers until a subscriber goes on.
  public static var departure: Int { shm_topic_departure }
  /// 64 bits: elements that died with a publisher.
  public static var lost: Int { shm_topic_lost }
  /// 64 bits: elements that subscribers missed.
  public static var missed: Int { shm_topic_missed }
  /// The layout of the elements.
  public static var element: Int { shm_topic_element }

  /// Bytes of a subscriber's row, which begins with its owner.
  public static var rowSize: Int { shm_subscriber_size }
  /// 64 bits of a row: low bits of the serial, and position of the next element to read.
  public static var cursor: Int { shm_subscriber_cursor }
}
