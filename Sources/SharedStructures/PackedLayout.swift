import SharedMemory

/// Writes and reads packs of elements of one layout, which it knows.
///
/// Making one takes some microseconds; whoever reads often keeps it. Elements are bytes here, so
/// that nothing depends on their type but what becomes part of its callers.
///
/// **Concurrency.** A value.
@usableFromInline
struct PackedLayout: Sendable {
  private let layout: SharedLayout
  private let fingerprint: UInt64
  /// What a pack of none begins with: header and layout.
  private let prefix: [UInt8]

  init<Element: SharedValue>(of type: Element.Type) {
    layout = SharedLayout(of: type)
    fingerprint = layout.fingerprint
    var bytes: [UInt8] = []
    PackLayout.appendHeader(to: &bytes, form: 1, count: 0, byteCount: PackLayout.elements)
    prefix = bytes + ElementLayout.bytes(of: layout)
  }

  /// The pack of `count` elements.
  func bytes(of elements: RawSpan, count: Int) -> [UInt8] {
    let byteCount = byteCount(of: elements)
    return .filled(capacity: byteCount) { bytes in
      write(elements, count: count, to: &bytes)
      return byteCount
    }
  }

  /// Bytes of the pack of `elements`.
  func byteCount(of elements: RawSpan) -> Int { PackLayout.elements + elements.byteCount }

  /// Writes the pack of `count` elements.
  func write(_ elements: RawSpan, count: Int, to bytes: inout MutableRawSpan) {
    bytes.write(prefix.rawSpan, at: 0)
    bytes.storeBytes(of: UInt64(count), toByteOffset: PackLayout.count, as: UInt64.self)
    bytes.storeBytes(
      of: UInt64(byteCount(of: elements)), toByteOffset: PackLayout.byteCount, as: UInt64.self)
    bytes.write(elements, at: PackLayout.elements)
  }

  /// The elements of a pack.
  ///
  /// - Throws: `typeMismatch`, which names both layouts, when they are others.
  @_lifetime(copy view)
  func elements(in view: Pack.View) throws(StoreError) -> RawSpan {
    guard view.form == .elements(stride: layout.stride),
      view.bytes.number(at: PackLayout.headerSize, as: UInt64.self) == fingerprint
    else { throw mismatch(view) }
    return view.bytes.extracting(PackLayout.elements..<view.bytes.byteCount)
  }

  @inline(never)
  private func mismatch(_ view: borrowing Pack.View) -> StoreError {
    let found = view.layout.map { "its elements are \($0)" } ?? "it has values of any size"
    return StoreError(
      .typeMismatch, place: Pack.View.place, reason: "\(found), not \(layout)",
      remedy: "read it as the type that it was made of")
  }
}
