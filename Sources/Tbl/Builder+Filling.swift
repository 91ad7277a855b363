// Vectors whose bytes another target of this package writes as they are in a document, because it
// has them in that form already.

extension Tbl.Builder {
  /// Sets `key` to a vector that `fill` writes.
  ///
  /// - Parameters:
  ///   - key: Name of the field.
  ///   - type: The type of the elements: of numbers, truth values, strings or bytes.
  ///   - count: Elements.
  ///   - shape: As for the other vectors.
  ///   - byteCount: Bytes that `fill` appends.
  ///   - fill: Appends the elements as `Documentation/TblFormat.md` says: those of fixed width one
  ///     behind the other, truth values as 0 or 1; or `count` + 1 ascending offsets, the first of
  ///     them 0, and the bytes that they bound, which for strings are UTF-8. This is trusted.
  package mutating func set(
    _ key: String, _ type: Tbl.TypeCode, count: Int, shape: [Int]? = nil, byteCount: Int,
    filledBy fill: (inout [UInt8]) -> Void
  ) {
    set(key) { writer in
      let alignment = type.strideBytes ?? 4
      guard let rank = writer.write(shape, count: count, alignment: alignment, key: key),
        writer.fits(byteCount + alignment - 1, key: key)
      else { return nil }
      writer.pad(to: alignment)
      let start = writer.bytes.count
      fill(&writer.bytes)
      precondition(writer.bytes.count == start + byteCount, "'\(key)' was not filled as announced")
      return Record(type, rank: rank, offset: start - writer.base, count: count)
    }
  }
}

extension [UInt8] {
  /// Appends the bytes of `words`, as a document holds them.
  package mutating func append(words: [UInt32]) {
    append(words.span.raw)
  }
}
