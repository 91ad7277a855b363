extension Tbl {
  /// One value of a table, read in place.
  ///
  /// Each accessor gives nil when the value has another type, and throws when it is damaged.
  ///
  /// **Concurrency.** Reads immutable bytes; the lifetime of the bytes is checked by the compiler.
  public struct Field: ~Escapable, BitwiseCopyable {
    let owner: View
    let record: Record
    /// Where the record stands in its table.
    let place: Int

    @_lifetime(copy table)
    init(table: View, record: Record, place: Int) {
      self.owner = table
      self.record = record
      self.place = place
    }

    /// The type of the value, or of the elements when it is a vector.
    public var type: TypeCode { record.code }

    /// Whether this is a vector.
    public var isVector: Bool { record.isVector }

    /// Elements of a vector; 0 for anything else.
    public var count: Int { record.isVector ? record.count : 0 }

    /// The number, if a signed 64-bit integer holds it exactly.
    public var int: Int64? { record.int }

    /// The number, if an unsigned 64-bit integer holds it exactly.
    public var uint: UInt64? { record.uint }

    /// The number, if a double holds it exactly.
    public var double: Double? { record.double }

    /// The truth value.
    public var bool: Bool? { record.bool }

    /// The bytes of a string (its UTF-8, unchecked) or of bytes.
    ///
    /// - Complexity: O(1); no allocation.
    @_lifetime(copy self)
    public func bytes() throws(TblError) -> RawSpan? {
      guard !isVector, type == .string || type == .bytes else { return nil }
      return try owner.region(record.offset, record.count, place: place)
    }

    /// The string.
    ///
    /// - Complexity: O(length); allocates only beyond 15 bytes.
    public func string() throws(TblError) -> String? {
      guard type == .string, let part = try bytes() else { return nil }
      return try owner.text(part, place: place)
    }

    /// The table.
    ///
    /// - Complexity: O(1); no allocation.
    @_lifetime(copy self)
    public func table() throws(TblError) -> View? {
      guard !isVector, type == .table else { return nil }
      return try owner.child(record.offset, record.count, place: place)
    }

    /// The vector's elements in place, when they are stored as `T`.
    ///
    /// - Returns: nil when this is no vector of `T`.
    /// - Throws: `TblError` of code `misaligned` when the document lies at an address at which `T`
    ///   cannot be read in place; `copied()` accessors such as `doubles()` still work.
    /// - Complexity: O(1); no allocation.
    @_lifetime(copy self)
    public func span<T: Scalar>(of element: T.Type) throws(TblError) -> Span<T>? {
      guard isVector, type == T.typeCode else { return nil }
      guard let span = try elements(strideBytes: MemoryLayout<T>.stride).lent(as: element) else {
        throw TblError(
          .misaligned, byte: owner.origin + record.offset, "\(type.name) at an odd address")
      }
      return span
    }

    /// The dimensions of a vector, slowest-varying first; empty for anything else.
    ///
    /// - Throws: `TblError` when their product is not the vector's count.
    public func shape() throws(TblError) -> [Int] {
      guard isVector else { return [] }
      guard record.rank > 1 else { return [record.count] }
      let start = record.offset - 4 * Int(record.rank)
      let words = try owner.region(start, 4 * Int(record.rank), place: place).copied(
        as: UInt32.self)
      guard Shape(words.map(Int.init)).elementCount == record.count else {
        throw owner.corrupt(place, "the shape has not as many elements as the vector")
      }
      return words.map(Int.init)
    }

    /// The bytes of a vector's elements, `stride` bytes each.
    @_lifetime(copy self)
    func elements(strideBytes stride: Int) throws(TblError) -> RawSpan {
      guard record.offset % min(stride, 8) == 0 else {
        throw owner.corrupt(place, "an unaligned vector")
      }
      return try owner.region(record.offset, record.count * stride, place: place)
    }
  }

  /// The dimensions of a vector.
  struct Shape {
    let dimensions: [Int]

    init(_ dimensions: [Int]) { self.dimensions = dimensions }

    /// The product, or nil when a dimension does not fit 32 bits or the product 63.
    var elementCount: Int? {
      guard dimensions.allSatisfy({ (0...Int(UInt32.max)).contains($0) }) else { return nil }
      guard !dimensions.contains(0) else { return 0 }
      var product = 1
      for dimension in dimensions {
        let (next, overflows) = product.multipliedReportingOverflow(by: dimension)
        guard !overflows else { return nil }
        product = next
      }
      return product
    }
  }
}
