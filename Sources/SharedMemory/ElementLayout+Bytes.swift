import CSharedMemory

/// Layouts in bytes that nobody changes, as ``write(_:to:at:)`` writes them into a structure.
extension ElementLayout {
  /// The bytes of `layout`.
  public static func bytes(of layout: SharedLayout) -> [UInt8] {
    let text = Array(layout.fields.utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    bytes.append(number: layout.fingerprint)
    for number in [layout.size, layout.stride, layout.alignment, text.count] {
      bytes.append(number: UInt32(number))
    }
    bytes += text.prefix(shm_element_layout_fields_capacity)
    bytes += repeatElement(0, count: byteCount - bytes.count)
    return bytes
  }

  /// Bytes from one element to the next, as `bytes` say; nothing else is read.
  public static func stride(in bytes: RawSpan) -> Int {
    Int(bytes.number(at: 12, as: UInt32.self))
  }

  /// The layout in `bytes`, which are ``byteCount``; fields that are too long for it end in an
  /// ellipsis.
  public static func read(from bytes: RawSpan) -> SharedLayout {
    let count = Int(bytes.number(at: 20, as: UInt32.self))
    let shown = min(count, shm_element_layout_fields_capacity)
    let text = bytes.extracting(shm_element_layout_fields..<shm_element_layout_fields + shown)
    return SharedLayout(
      fields: String(decoding: text.array, as: UTF8.self) + (shown < count ? "…" : ""),
      size: Int(bytes.number(at: 8, as: UInt32.self)),
      stride: Int(bytes.number(at: 12, as: UInt32.self)),
      alignment: Int(bytes.number(at: 16, as: UInt32.self)))
  }
}
