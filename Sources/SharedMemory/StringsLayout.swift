import CSharedMemory

/// Byte offsets in the entry of interned strings and in its chunks; the C structures prove them.
///
/// **Concurrency.** Any thread; there is no state.
public enum StringsLayout {
  /// Version of the structure that this build reads and writes, in entry and chunks.
  public static var version: UInt32 { UInt32(shm_strings_version) }
  /// Bytes of the entry.
  public static var byteCount: Int { shm_strings_size }
  /// 64 bits: bytes of the first chunk.
  public static var chunkSize: Int { shm_strings_chunk_size }
  /// 64 bits: seed of the hashes.
  public static var seed: Int { shm_strings_seed }
  /// 64 bits: the chunk where to look for room first.
  public static var chunkHint: Int { shm_strings_chunk_hint }
  /// Sixteen words: the root's children.
  public static var root: Int { shm_strings_root }
  /// Bytes of a chunk before its first record.
  public static var chunkHeader: Int { shm_strings_chunk_header }
  /// 64 bits in a chunk: where to look for room first.
  public static var chunkEnd: Int { shm_strings_chunk_end }
  /// Bytes of a record before those of its string.
  public static var recordSize: Int { shm_strings_record_size }
  /// 64 bits in a record: the string's hash.
  public static var recordHash: Int { shm_strings_record_hash }
  /// 64 bits in a record: bytes of the string.
  public static var recordLength: Int { shm_strings_record_length }
}
