// Where the elements of a vector lie, for targets of this package that copy them as they are into
// another format. The ranges count from the start of the outermost document, whose bytes the caller
// has as an array.

extension Tbl.Field {
  /// Where the elements of a vector of numbers or truth values lie one behind the other; nil for
  /// anything else.
  ///
  /// - Complexity: O(1).
  package func elementRange() throws(TblError) -> Range<Int>? {
    guard isVector, !record.isStrided, let stride = type.width else { return nil }
    _ = try elements(strideBytes: stride)
    let start = owner.origin + record.offset
    return start..<(start + stride * count)
  }

  /// Where the `count` + 1 offsets (u32) of a vector of strings or bytes begin, and the base that
  /// they count from; nil for anything else.
  ///
  /// - Complexity: O(`count`).
  package func raggedPlaces() throws(TblError) -> (offsets: Int, base: Int)? {
    guard isVector, type == .string || type == .bytes else { return nil }
    _ = try offsets()
    return (owner.origin + record.offset, owner.origin + raggedBase)
  }
}
