// Values by the number of their entry, counted in insertion order; `int(at:)` and `double(at:)`
// stand beside their forms by key. Each is nil when the value has another type.

extension Tbl.View {
  /// The number of entry `index`, if an unsigned 64-bit integer holds it exactly.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Throws: `TblError` when the entry is damaged.
  /// - Complexity: O(1); no allocation.
  public func uint(at index: Int) throws(TblError) -> UInt64? {
    try field(at: index).uint
  }

  /// The truth value of entry `index`.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Throws: `TblError` when the entry is damaged.
  /// - Complexity: O(1); no allocation.
  public func bool(at index: Int) throws(TblError) -> Bool? {
    try field(at: index).bool
  }

  /// The text of entry `index`.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Throws: `TblError` when the entry is damaged.
  /// - Complexity: O(length); allocates only beyond 15 bytes.
  public func string(at index: Int) throws(TblError) -> String? {
    try field(at: index).string()
  }

  /// The bytes of entry `index`, in place.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Throws: `TblError` when the entry is damaged.
  /// - Complexity: O(1); no allocation.
  @_lifetime(copy self)
  public func bytes(at index: Int) throws(TblError) -> RawSpan? {
    try field(at: index).octets()
  }

  /// The table of entry `index`.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Throws: `TblError` when the entry is damaged.
  /// - Complexity: O(1); no allocation.
  @_lifetime(copy self)
  public func table(at index: Int) throws(TblError) -> Tbl.View? {
    try field(at: index).table()
  }

  /// The point in time of entry `index`, when it is an integer.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Throws: `TblError` when the entry is damaged.
  /// - Complexity: O(1); no allocation.
  public func timestamp(at index: Int) throws(TblError) -> Tbl.Timestamp? {
    try field(at: index).timestamp
  }

  /// The UUID of entry `index`, when it is 16 bytes.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Throws: `TblError` when the entry is damaged.
  /// - Complexity: O(1); no allocation.
  public func uuid(at index: Int) throws(TblError) -> Tbl.UUID? {
    try field(at: index).uuid()
  }

  /// The elements of the vector of entry `index`, when they are stored as `T`.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Throws: As ``Tbl/Field/span(of:)``.
  /// - Complexity: O(1); no allocation.
  @_lifetime(copy self)
  public func span<T: Tbl.Scalar>(
    at index: Int, of element: T.Type
  ) throws(TblError) -> Span<T>? {
    try field(at: index).span(of: element)
  }

  /// The elements of the vector of entry `index` with its dimensions, when they are stored as `T`.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Throws: As ``Tbl/Field/span(of:)``.
  /// - Complexity: O(1); allocates where a vector has several dimensions.
  @_lifetime(copy self)
  public func tensor<T: Tbl.Scalar>(
    at index: Int, of element: T.Type
  ) throws(TblError) -> Tbl.Tensor<T>? {
    try field(at: index).tensor(of: element)
  }
}

extension Tbl.View {
  /// The bytes of `key`, in place.
  ///
  /// - Throws: `TblError` when what the lookup touches is damaged.
  /// - Complexity: O(length of the key); no allocation.
  @_lifetime(copy self)
  public func bytes(_ key: String) throws(TblError) -> RawSpan? {
    guard let field = try field(key) else { return nil }
    return try field.octets()
  }
}

extension Tbl.Field {
  /// The bytes, when this is bytes and no text.
  @_lifetime(copy self)
  fileprivate func octets() throws(TblError) -> RawSpan? {
    guard type == .bytes else { return nil }
    return try bytes()
  }
}
