import SharedMemory

/// Writes and reads packs of elements of one type, whose layout it knows.
///
/// Making one takes some microseconds; whoever reads often keeps it.
///
/// **Concurrency.** A value.
struct PackedElements<Element: SharedValue>: Sendable {
  let layout: SharedLayout
  let fingerprint: UInt64
  private let layoutBytes: [UInt8]

  init() {
    layout = SharedLayout(of: Element.self)
    fingerprint = layout.fingerprint
    layoutBytes = ElementLayout.bytes(of: layout)
  }

  /// The pack of `elements`.
  func bytes(of elements: Span<Element>) -> [UInt8] {
    let plain = elements.plainBytes
    let byteCount = PackLayout.elements + plain.byteCount
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    PackLayout.appendHeader(to: &bytes, form: 1, count: elements.count, byteCount: byteCount)
    bytes += layoutBytes
    bytes.append(plain)
    return bytes
  }

  /// Refuses a pack of other elements.
  ///
  /// - Throws: `typeMismatch`, which names both layouts.
  func check(_ view: borrowing Pack.View) throws(StoreError) {
    let isSame =
      view.form == .elements(stride: layout.stride)
      && view.bytes.number(at: PackLayout.headerSize, as: UInt64.self) == fingerprint
    guard !isSame else { return }
    let found = view.layout.map { "its elements are \($0)" } ?? "it has values of any size"
    throw StoreError(
      .typeMismatch, place: Pack.View.place, reason: "\(found), not \(layout)",
      remedy: "read it as the type that it was made of")
  }

  /// Lends the elements of a pack that was checked.
  func withElements<Result, Failure: Error>(
    in view: borrowing Pack.View, _ body: (Span<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try view.bytes.extracting(PackLayout.elements..<view.bytes.byteCount)
      .withElements(of: Element.self, body)
  }
}
