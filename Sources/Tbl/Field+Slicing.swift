// Parts of vectors. A part is a field like any other: its record is made up, and refers to the
// bytes of the elements that it has. What stands before the elements of the whole vector
// (dimensions and strides) or counts from behind its offsets is found through `whole`.

extension Tbl.Field {
  /// The part of a vector that `range` of its first dimension has, in place: elements of a list,
  /// rows of an image.
  ///
  /// The part is a vector itself, of which all accessors tell, which can be sliced again, and which
  /// `Tbl.Builder` copies into another document.
  ///
  /// - Parameter range: Counted from the first element of this vector or part.
  /// - Returns: nil when this is no vector.
  /// - Precondition: The range is inside the first dimension.
  /// - Throws: `TblError` when the shape is damaged, and where a vector of several dimensions, or with
  ///   strides, of a document that was not validated ends before the range does; what is wrong with
  ///   elements is found when they are read.
  /// - Complexity: O(1); allocates where a vector has several dimensions or strides.
  @_lifetime(copy self)
  public func slicing(_ range: Range<Int>) throws(TblError) -> Tbl.Field? {
    guard isVector else { return nil }
    guard record.rank > 1 || record.isStrided else {
      check(range, count)
      return try part(range, from: range.lowerBound, count: range.count, isStrided: false)
    }
    let geometry = try geometry()
    if !owner.isValidated, range.upperBound > geometry.dimensions[0] {
      // Whoever asked for the shape before may have seen another: others may change the bytes.
      throw owner.corrupt(place, "\(range) is outside of its first dimension")
    }
    check(range, geometry.dimensions[0])
    let part = geometry.limiting(0, to: range.count)
    // What has no elements begins where the whole does.
    let first = part.count == 0 ? 0 : range.lowerBound * geometry.strides[0]
    return try self.part(
      range, from: first, count: part.count, isStrided: record.isStrided && !part.isRowMajor)
  }

  private func check(_ range: Range<Int>, _ length: Int) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= length, "\(range) of \(length) is outside")
  }

  /// The part of `count` elements that begins `first` elements behind this.
  @_lifetime(copy self)
  private func part(
    _ range: Range<Int>, from first: Int, count: Int, isStrided: Bool
  ) throws(TblError) -> Tbl.Field {
    let offset = record.offset + first * (type.strideBytes ?? 4)
    // So that nothing behind this adds to an offset that 32 bits do not hold.
    guard offset <= owner.layout.entries else {
      throw owner.corrupt(place, "points outside its table")
    }
    let record = Record(
      type, rank: record.rank, isStrided: isStrided, offset: offset, count: count)
    let whole = Whole(
      offset: whole?.offset ?? UInt32(self.record.offset),
      base: UInt32(clamping: raggedBase), length: UInt32(range.count))
    return Tbl.Field(table: owner, record: record, place: place, partOf: whole)
  }

  /// How the elements of this part lie.
  ///
  /// - Complexity: O(rank).
  func geometry(of whole: Whole) throws(TblError) -> Geometry {
    let length = Int(whole.length)
    guard record.rank > 1 || record.isStrided else { return Geometry(count: length) }
    let dimensions = try words(before: Int(whole.offset))
    var geometry = Geometry(dimensions: dimensions)
    if record.isStrided {
      let strides = try words(before: Int(whole.offset) - 4 * dimensions.count)
      geometry = Geometry(dimensions: dimensions, strides: strides)
    }
    // The bytes may have been changed since the part was made.
    guard let geometry, length <= geometry.dimensions[0],
      case let part = geometry.limiting(0, to: length), part.count == record.count
    else { throw owner.corrupt(place, "the shape is not that of the vector of this part") }
    return part
  }
}
