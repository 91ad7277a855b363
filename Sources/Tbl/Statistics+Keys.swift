// Statistics of vectors by their keys, in place; see the forms of `Tbl.Field`.

extension Tbl.View {
  /// What the numbers of the vector of a key are like.
  ///
  /// - Parameter key: A key of the table.
  /// - Returns: `nil` when there is no vector of numbers under it.
  /// - Throws: As ``Tbl/Field/statistics()``.
  /// - Complexity: As ``Tbl/Field/statistics()``.
  public func statistics(_ key: String) throws(TblError) -> Tbl.Statistics? {
    guard let field = try field(key) else { return nil }
    return try field.statistics()
  }

  /// The numbers of the vector of a key at places of their order.
  ///
  /// - Parameters:
  ///   - key: A key of the table.
  ///   - fractions: Of 0 to 1; 0.5 is the median.
  /// - Precondition: Fractions are of 0 to 1.
  /// - Returns: `nil` when there is no vector of numbers under it.
  /// - Throws: As ``Tbl/Field/statistics()``.
  /// - Complexity: As ``Tbl/Field/quantiles(_:)``.
  public func quantiles(_ key: String, _ fractions: [Double]) throws(TblError) -> [Double]? {
    guard let field = try field(key) else { return nil }
    return try field.quantiles(fractions)
  }

  /// The number that is most often in the vector of a key.
  ///
  /// - Parameter key: A key of the table.
  /// - Returns: `nil` where no number is frequent, and when there is no vector of numbers under it.
  /// - Throws: As ``Tbl/Field/statistics()``.
  /// - Complexity: As ``Tbl/Field/mode()``.
  public func mode(_ key: String) throws(TblError) -> Tbl.Statistics.Mode? {
    guard let field = try field(key) else { return nil }
    return try field.mode()
  }

  /// How many numbers of the vector of a key lie in each of equal parts of a range.
  ///
  /// - Parameters:
  ///   - key: A key of the table.
  ///   - range: Finite; numbers outside are left out.
  ///   - count: How many parts, at least one.
  /// - Precondition: The range is finite, and there is a part.
  /// - Returns: `nil` when there is no vector of numbers under it.
  /// - Throws: As ``Tbl/Field/statistics()``.
  /// - Complexity: As ``Tbl/Field/histogram(in:count:)``.
  public func histogram(
    _ key: String, in range: ClosedRange<Double>, count: Int
  ) throws(TblError) -> [Int]? {
    guard let field = try field(key) else { return nil }
    return try field.histogram(in: range, count: count)
  }
}

extension Tbl {
  /// What the numbers of the vector of a key are like.
  ///
  /// - Parameter key: A key of the table.
  /// - Returns: `nil` when there is no vector of numbers under it.
  /// - Complexity: As ``Tbl/Field/statistics()``.
  public func statistics(_ key: String) -> Tbl.Statistics? {
    withTrustedView { view throws(TblError) in try view.statistics(key) }
  }

  /// The numbers of the vector of a key at places of their order.
  ///
  /// - Parameters:
  ///   - key: A key of the table.
  ///   - fractions: Of 0 to 1; 0.5 is the median.
  /// - Precondition: Fractions are of 0 to 1.
  /// - Returns: `nil` when there is no vector of numbers under it.
  /// - Complexity: As ``Tbl/Field/quantiles(_:)``.
  public func quantiles(_ key: String, _ fractions: [Double]) -> [Double]? {
    withTrustedView { view throws(TblError) in try view.quantiles(key, fractions) }
  }

  /// The number that is most often in the vector of a key.
  ///
  /// - Parameter key: A key of the table.
  /// - Returns: `nil` where no number is frequent, and when there is no vector of numbers under it.
  /// - Complexity: As ``Tbl/Field/mode()``.
  public func mode(_ key: String) -> Tbl.Statistics.Mode? {
    withTrustedView { view throws(TblError) in try view.mode(key) }
  }

  /// How many numbers of the vector of a key lie in each of equal parts of a range.
  ///
  /// - Parameters:
  ///   - key: A key of the table.
  ///   - range: Finite; numbers outside are left out.
  ///   - count: How many parts, at least one.
  /// - Precondition: The range is finite, and there is a part.
  /// - Returns: `nil` when there is no vector of numbers under it.
  /// - Complexity: As ``Tbl/Field/histogram(in:count:)``.
  public func histogram(
    _ key: String, in range: ClosedRange<Double>, count: Int
  ) -> [Int]? {
    withTrustedView { view throws(TblError) in try view.histogram(key, in: range, count: count) }
  }
}
