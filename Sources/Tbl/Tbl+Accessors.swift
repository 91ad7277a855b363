// Values by key and type. Each is nil when the key is absent or has another type; numbers convert
// where that is exact.

extension Tbl {
  /// The text of `key`.
  public func string(_ key: String) -> String? {
    read(key) { field throws(TblError) in try field.string() }
  }

  /// The number of `key`, if a signed 64-bit integer holds it exactly.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func int(_ key: String) -> Int64? {
    withTrustedView { view throws(TblError) in try view.int(key) }
  }

  /// The number of `key`, if an unsigned 64-bit integer holds it exactly.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func uint(_ key: String) -> UInt64? {
    withTrustedView { view throws(TblError) in try view.uint(key) }
  }

  /// The number of `key`, if a double holds it exactly.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func double(_ key: String) -> Double? {
    withTrustedView { view throws(TblError) in try view.double(key) }
  }

  /// The truth value of `key`.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func bool(_ key: String) -> Bool? {
    withTrustedView { view throws(TblError) in try view.bool(key) }
  }

  /// The bytes of `key`, copied out.
  public func bytes(_ key: String) -> [UInt8]? {
    read(key) { field throws(TblError) in
      guard field.type == .bytes else { return nil }
      return try field.bytes()?.copied(as: UInt8.self)
    }
  }

  /// The table of `key`, copied out.
  public func table(_ key: String) -> Tbl? {
    read(key) { field throws(TblError) in
      guard let view = try field.table() else { return nil }
      return try Tbl(copying: view)
    }
  }

  /// The vector of `key` as signed integers.
  public func ints(_ key: String) -> [Int64]? {
    read(key) { field throws(TblError) in try field.ints() }
  }

  /// The vector of `key` as unsigned integers.
  public func uints(_ key: String) -> [UInt64]? {
    read(key) { field throws(TblError) in try field.uints() }
  }

  /// The vector of `key` as doubles.
  public func doubles(_ key: String) -> [Double]? {
    read(key) { field throws(TblError) in try field.doubles() }
  }

  /// The vector of `key` as floats.
  public func floats(_ key: String) -> [Float]? {
    read(key) { field throws(TblError) in try field.floats() }
  }

  /// The vector of `key` as truth values.
  public func bools(_ key: String) -> [Bool]? {
    read(key) { field throws(TblError) in try field.bools() }
  }

  /// The vector of `key` as texts.
  public func strings(_ key: String) -> [String]? {
    read(key) { field throws(TblError) in try field.strings() }
  }

  /// The vector of `key` whose elements are bytes, copied out.
  public func byteStrings(_ key: String) -> [[UInt8]]? {
    read(key) { field throws(TblError) in try field.byteStrings() }
  }

  /// The vector of `key` as tables, copied out.
  public func tables(_ key: String) -> [Tbl]? {
    read(key) { field throws(TblError) in try field.tables() }
  }

  /// The dimensions of the vector of `key`, slowest-varying first; nil when it is no vector.
  public func shape(_ key: String) -> [Int]? {
    read(key) { field throws(TblError) in field.isVector ? try field.shape() : nil }
  }

  @inline(__always)
  private func read<Result>(
    _ key: String, _ body: (borrowing Field) throws(TblError) -> Result?
  ) -> Result? {
    withTrustedView { view throws(TblError) in
      guard let field = try view.field(key) else { return nil }
      return try body(field)
    }
  }
}
