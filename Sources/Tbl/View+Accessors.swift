// Values by key and type, in place. Each is nil when the key is absent or has another type, and
// throws when what it touches is damaged; numbers convert where that is exact.

extension Tbl.View {
  /// The number of `key`, if a signed 64-bit integer holds it exactly.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func int(_ key: String) throws(TblError) -> Int64? {
    try record(key)?.int
  }

  /// The number of `key`, if an unsigned 64-bit integer holds it exactly.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func uint(_ key: String) throws(TblError) -> UInt64? {
    try record(key)?.uint
  }

  /// The number of `key`, if a double holds it exactly.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func double(_ key: String) throws(TblError) -> Double? {
    try record(key)?.double
  }

  /// The truth value of `key`.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func bool(_ key: String) throws(TblError) -> Bool? {
    try record(key)?.bool
  }

  /// The text of `key`.
  ///
  /// - Complexity: O(length); allocates only beyond 15 bytes.
  public func string(_ key: String) throws(TblError) -> String? {
    guard let field = try field(key) else { return nil }
    return try field.string()
  }

  /// The table of `key`.
  ///
  /// - Complexity: O(length of the key); no allocation.
  @_lifetime(copy self)
  public func table(_ key: String) throws(TblError) -> Tbl.View? {
    guard let field = try field(key) else { return nil }
    return try field.table()
  }

  /// The elements of the vector of `key`, when they are stored as `T`.
  ///
  /// - Throws: Also `misaligned`; see `Tbl.Field.span(of:)`.
  /// - Complexity: O(length of the key); no allocation.
  @_lifetime(copy self)
  public func span<T: Tbl.Scalar>(
    _ key: String, of element: T.Type
  ) throws(TblError) -> Span<T>? {
    guard let field = try field(key) else { return nil }
    return try field.span(of: element)
  }

  @inline(__always)
  private func record(_ key: String) throws(TblError) -> Record? {
    guard let entry = try find(key.utf8Span.span.raw) else { return nil }
    return try Record(
      in: bytes, at: entry &+ Layout.recordOffset, origin: origin, own: false)
  }
}
