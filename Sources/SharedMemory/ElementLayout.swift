import CSharedMemory

/// How the elements of a structure lie, as it says itself: 256 bytes of its entry.
///
/// **Concurrency.** Written before the structure is shared, and never again.
public enum ElementLayout {
  /// Bytes it takes, a multiple of a cache line.
  public static var byteCount: Int { shm_element_layout_size }

  /// Writes `layout` at `offset` of a structure that is being built.
  public static func write(_ layout: SharedLayout, to region: SharedRegion, at offset: Int) {
    region.word(at: offset).storeRelaxed(layout.fingerprint)
    region.word32(at: offset + 8).storeRelaxed(UInt32(layout.size))
    region.word32(at: offset + 12).storeRelaxed(UInt32(layout.stride))
    region.word32(at: offset + 16).storeRelaxed(UInt32(layout.alignment))
    let text = Array(layout.fields.utf8)
    region.word32(at: offset + 20).storeRelaxed(UInt32(text.count))
    let shown = Array(text.prefix(shm_element_layout_fields_capacity))
    region.write(shown.rawSpan, at: offset + shm_element_layout_fields)
  }

  /// The fingerprint at `offset`.
  public static func fingerprint(in region: SharedRegion, at offset: Int) -> UInt64 {
    region.word(at: offset).loadRelaxed()
  }

  /// What stands at `offset`; fields that are too long for it end in an ellipsis.
  public static func read(from region: SharedRegion, at offset: Int) -> SharedLayout {
    let count = Int(clamping: region.word32(at: offset + 20).loadRelaxed())
    let text = region.bytes(
      at: offset + shm_element_layout_fields,
      count: min(count, shm_element_layout_fields_capacity))
    let isCut = count > shm_element_layout_fields_capacity
    return SharedLayout(
      fields: String(decoding: text, as: UTF8.self) + (isCut ? "…" : ""),
      size: Int(clamping: region.word32(at: offset + 8).loadRelaxed()),
      stride: Int(clamping: region.word32(at: offset + 12).loadRelaxed()),
      alignment: Int(clamping: region.word32(at: offset + 16).loadRelaxed()))
  }
}
