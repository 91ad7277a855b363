import CSharedMemory

/// Byte offsets in a table's entry; the C structures prove them.
///
/// **Concurrency.** Any thread; there is no state.
public enum TableLayout {
  /// Version of the structure that this build reads and writes.
  public static var version: UInt32 { UInt32(shm_table_version) }
  /// Bytes before the first cell.
  public static var headerSize: Int { shm_table_size }
  /// 64 bits: number of cells.
  public static var capacity: Int { shm_table_capacity }
  /// 64 bits: slots of the index.
  public static var slotCount: Int { shm_table_slot_count }
  /// 64 bits: bytes for keys.
  public static var keyCapacity: Int { shm_table_key_capacity }
  /// 64 bits: seed of the hash of keys.
  public static var seed: Int { shm_table_seed }
  /// 64 bits: who writes.
  public static var owner: Int { shm_table_owner }
  /// 64 bits: cells whose key is there.
  public static var count: Int { shm_table_count }
  /// 64 bits: publications.
  public static var changes: Int { shm_table_changes }
  /// 32 bits: sleepers until something is published.
  public static var change: Int { shm_table_change }
  /// Bytes of a cell, which begins with its 64-bit control word.
  public static var cellSize: Int { shm_table_cell_size }
  /// 64 bits in a cell: where its key is.
  public static var cellKey: Int { shm_table_cell_key }
  /// In a cell: its two halves.
  public static var cellHalves: Int { shm_table_cell_halves }
  /// Bytes of a half.
  public static var halfSize: Int { shm_table_half_size }
}
