import CSharedMemory

/// Byte offsets in the entry of a channel; the C structure proves them.
///
/// **Concurrency.** Any thread; there is no state.
public enum ChannelLayout {
  /// Version of the structure that this build reads and writes.
  public static var version: UInt32 { UInt32(shm_channel_version) }
  /// Bytes before the first cell.
  public static var headerSize: Int { shm_channel_size }
  /// 32 bits: what a full channel does.
  public static var overflow: Int { shm_channel_overflow }
  /// 64 bits: number of elements.
  public static var capacity: Int { shm_channel_capacity }
  /// 64 bits: bytes from one cell to the next.
  public static var stride: Int { shm_channel_stride }
  /// 64 bits: what becomes of what a receiver dies with.
  public static var delivery: Int { shm_channel_delivery }
  /// 64 bits: position of the next element to take.
  public static var head: Int { shm_channel_head }
  /// 64 bits: position of the next cell to fill, or one a little before.
  public static var tail: Int { shm_channel_tail }
  /// 32 bits: the receiver sleeps until something arrives.
  public static var arrival: Int { shm_channel_arrival }
  /// 32 bits: the sender sleeps until something leaves.
  public static var departure: Int { shm_channel_departure }
  /// 64 bits: who has the receiver's end.
  public static var receiver: Int { shm_channel_receiver }
  /// 64 bits: up to this position elements were lent.
  public static var taken: Int { shm_channel_taken }
  /// 64 bits: elements that died with a receiver.
  public static var lost: Int { shm_channel_lost }
  /// 64 bits: what `lost` becomes.
  public static var lostNext: Int { shm_channel_lost_next }
  /// 64 bits: when everything up to this position is settled.
  public static var lostUntil: Int { shm_channel_lost_until }
  /// 64 bits: who has the sender's end.
  public static var sender: Int { shm_channel_sender }
  /// 64 bits: elements dropped by policy.
  public static var dropped: Int { shm_channel_dropped }
  /// 64 bits: elements refused by policy.
  public static var rejected: Int { shm_channel_rejected }
  /// How the elements lie: see ``ElementLayout``.
  public static var elements: Int { shm_channel_elements }
}
