import CSharedMemory

/// Byte offsets in a pack; the C structures prove them.
///
/// **Concurrency.** Any thread; there is no state.
public enum PackLayout {
  /// Version of the format that this build reads and writes.
  public static var version: UInt32 { UInt32(shm_pack_version) }
  /// Bytes before the offset table, or before the layout of the elements.
  public static var headerSize: Int { shm_pack_size }
  /// 32 bits: whether there is an offset table.
  public static var form: Int { shm_pack_form }
  /// 64 bits: how many values.
  public static var count: Int { shm_pack_count }
  /// 64 bits: bytes of the pack.
  public static var byteCount: Int { shm_pack_byte_count }
  /// Bytes of a row of the offset table, which begins with the 64-bit offset.
  public static var rowSize: Int { shm_pack_value_size }
  /// 32 bits in a row: bytes of the value.
  public static var rowLength: Int { shm_pack_value_length }
  /// 32 bits in a row: what the value is.
  public static var rowType: Int { shm_pack_value_type }
  /// Where the first element lies in a pack of elements.
  public static var elements: Int { shm_pack_size + shm_element_layout_size }
}
