import CSharedMemory

/// Byte offsets in the entry of a heap and in its large allocations; the C structures prove them.
///
/// **Concurrency.** Any thread; there is no state.
public enum HeapLayout {
  /// Version of the structure that this build reads and writes.
  public static var version: UInt32 { UInt32(shm_heap_version) }
  /// Bytes of the entry.
  public static var headerSize: Int { shm_heap_size }
  /// 64 bits: numbers given out to large allocations so far.
  public static var large: Int { shm_heap_large_count }

  /// Bytes before those of a large allocation, which begin with its state.
  public static var largeHeaderSize: Int { shm_heap_large_size }
  /// 64 bits, of a large allocation: its type.
  public static var largeFacts: Int { shm_heap_large_facts }
}
