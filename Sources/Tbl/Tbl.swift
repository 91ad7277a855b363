/// One flat document: a string-keyed map and a vector, with nested tables, in one span of bytes
/// that is its own wire format (`Documentation/TblFormat.md`).
///
/// The bytes are valid from the start, so reading cannot fail. Two tables are equal when their
/// bytes are: the same keys in the same order with the same values, stored as the same types.
///
/// **Concurrency.** An immutable value; copies share their bytes.
public struct Tbl: Sendable, Hashable {
  /// Levels of tables below the outermost one, at most.
  public static let maximumHeight = 255

  /// The version of the format that this build reads and writes.
  public static let formatVersion = Int(Layout.version)

  /// The document.
  public internal(set) var bytes: [UInt8]
  let layout: Layout

  /// Takes `bytes` as a document after checking all of them.
  ///
  /// - Throws: `TblError` that names the first byte that contradicts the format.
  /// - Complexity: O(bytes); the bytes are not copied.
  public init(validating bytes: [UInt8]) throws(TblError) {
    let view = try View(bytes.span)
    try view.validate()
    self.layout = view.layout
    self.bytes = bytes
  }

  /// Copies the table that `view` reads, after checking all of it.
  ///
  /// - Throws: `TblError` that names the first byte that contradicts the format.
  /// - Complexity: O(bytes).
  public init(copying view: borrowing View) throws(TblError) {
    let bytes = view.bytes.copied(as: UInt8.self)
    let layout = try view.layout(ofCopy: bytes.span.raw)
    self.layout = layout
    self.bytes = bytes
  }

  /// Takes what a builder wrote.
  init(trusting bytes: [UInt8]) {
    self.layout = Self.trusting { () throws(TblError) in try View(bytes.span).layout }
    self.bytes = bytes
  }

  /// Keys in the map.
  public var count: Int { layout.count }

  /// The keys, in the order in which they were set.
  ///
  /// - Complexity: O(bytes of the keys).
  public var keys: [String] {
    withTrustedView { view throws(TblError) in
      var keys: [String] = []
      keys.reserveCapacity(view.count)
      for index in 0..<view.count { keys.append(try view.key(at: index)) }
      return keys
    }
  }

  /// The value of `key`, copied out; nil when there is none.
  ///
  /// - Complexity: O(bytes of the value).
  public subscript(_ key: String) -> Value? {
    withTrustedView { view throws(TblError) in try view.field(key)?.value() }
  }

  /// The table's own vector, copied out; nil when it has none.
  ///
  /// - Complexity: O(bytes of the vector).
  public var vector: Value? {
    withTrustedView { view throws(TblError) in try view.vector()?.value() }
  }

  /// The dimensions of the table's own vector; empty when it has none.
  public var vectorShape: [Int] {
    withTrustedView { view throws(TblError) in try view.vector()?.shape() ?? [] }
  }

  /// Lends a view of the document in place; its accessors throw only `misaligned`, if anything.
  ///
  /// - Complexity: O(1); no allocation.
  public func withView<Result: ~Copyable, Failure: Error>(
    _ body: (borrowing View) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(View(bytes.span.raw, layout: layout, origin: 0, isValidated: true))
  }

  /// Lends a view to `body`, which cannot fail, because the bytes are valid.
  @inline(__always)
  func withTrustedView<Result>(
    _ body: (borrowing View) throws(TblError) -> Result
  ) -> Result {
    Self.trusting { () throws(TblError) in
      try body(View(bytes.span.raw, layout: layout, origin: 0, isValidated: true))
    }
  }

  @inline(__always)
  private static func trusting<Result>(_ body: () throws(TblError) -> Result) -> Result {
    do {
      return try body()
    } catch {
      preconditionFailure("bytes that were valid are not: \(error)")
    }
  }

  /// Levels of tables below this one.
  public var height: Int { Int(layout.height) }

  /// Whether the bytes are the same.
  public static func == (left: Tbl, right: Tbl) -> Bool {
    left.bytes == right.bytes
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(bytes)
  }
}
