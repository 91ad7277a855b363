import CSharedMemory

/// Byte offsets in the entry of a structure that is made of units; the C structure proves them.
///
/// **Concurrency.** Any thread; there is no state.
public enum NodeLayout {
  /// Version of the structure that this build reads and writes.
  public static var version: UInt32 { UInt32(shm_nodes_version) }
  /// Bytes before the heads.
  public static var headerSize: Int { shm_nodes_size }
  /// 32 bits: bytes of a unit.
  public static var stride: Int { shm_nodes_stride }
  /// 64 bits: the binary logarithm of how many units the first extent has.
  public static var unitBits: Int { shm_nodes_unit_bits }
  /// 64 bits: the same of all extents together.
  public static var maximumBits: Int { shm_nodes_maximum_bits }
  /// 64 bits: bytes of the heads.
  public static var headsSize: Int { shm_nodes_heads_size }
  /// 32 bits: sleepers until something arrives.
  public static var arrival: Int { shm_nodes_arrival }
  /// 64 bits: numbers given out so far, upwards.
  public static var sequence: Int { shm_nodes_sequence }
  /// 64 bits: numbers given out so far, downwards.
  public static var front: Int { shm_nodes_front }
  /// 64 bits: elements whose taker died with them.
  public static var lost: Int { shm_nodes_lost }
  /// How the keys lie.
  public static var keys: Int { shm_nodes_keys }
  /// How the values lie.
  public static var values: Int { shm_nodes_values }

  /// Of a unit's next word.
  @inlinable public static var next: Int { shm_unit_next }
  /// Of a unit's key.
  @inlinable public static var key: Int { shm_unit_key }

  // Of the heads of a priority queue.

  /// Bytes before the levels: words that say which of them have elements.
  @inlinable public static var firstLevel: Int { shm_levels_first }
  /// Bytes of all.
  public static var levelsSize: Int { shm_levels_size }
  /// Bytes of a level, which begins with its head.
  @inlinable public static var levelSize: Int { shm_level_size }
  /// 64 bits: the tail, in a level.
  @inlinable public static var levelTail: Int { shm_level_tail }

  /// Bytes of the head of a stack.
  public static var stackSize: Int { shm_stack_size }
}
