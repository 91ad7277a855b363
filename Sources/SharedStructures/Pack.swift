import SharedMemory

/// Many values in one contiguous piece of bytes, made once and never changed.
///
/// There are two forms. Values of any size, each with a type of its own, lie behind an offset
/// table; plain values of one type lie one behind the other, behind the layout of that type. Any
/// value can be reached in one step, and lent where it lies.
///
/// ```swift
/// var builder = Pack.Builder()
/// builder.append("drive")
/// builder.append(elements: [0.5, 1, 0] as [Float])
/// try database.put("command", builder.finish())
/// ```
///
/// A pack is a value of a database like any other; `Database.withPack` lends it in place.
///
/// **Concurrency.** A value.
public struct Pack: Hashable, Sendable {
  let bytes: [UInt8]

  /// Takes bytes that somebody else made.
  ///
  /// - Throws: As ``View/init(_:)``.
  /// - Complexity: O(1).
  public init(validating bytes: [UInt8]) throws(StoreError) {
    _ = try View(bytes.rawSpan)
    self.bytes = bytes
  }

  /// Packs elements of one layout.
  ///
  /// - Complexity: O(elements), and some microseconds for the layout.
  public init<Element: SharedValue>(_ elements: [Element]) {
    bytes = PackedLayout(of: Element.self)
      .bytes(of: elements.span.plainBytes, count: elements.count)
  }

  init(complete bytes: [UInt8]) { self.bytes = bytes }

  /// What is in it, where it lies.
  ///
  /// - Complexity: O(1).
  public var view: View {
    @_lifetime(borrow self)
    get {
      guard let view = try? View(bytes.rawSpan) else {
        preconditionFailure("the bytes were those of a pack when it was made")
      }
      return view
    }
  }

  /// Number of values.
  public var count: Int { view.count }
}

extension Pack: ByteSource {
  /// A pack.
  public static var usualType: TypeID { .pack }

  /// Lends the bytes.
  ///
  /// **Concurrency.** Any thread; a pack does not change.
  ///
  /// - Returns: What `body` returned.
  /// - Complexity: That of `body`.
  public func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(bytes.rawSpan)
  }
}
