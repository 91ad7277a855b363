extension Tbl {
  /// One value of a table, or a part of a vector, read in place.
  ///
  /// Each accessor gives nil when the value has another type, and throws when it is damaged.
  ///
  /// **Concurrency.** Reads immutable bytes; the lifetime of the bytes is checked by the compiler.
  public struct Field: ~Escapable, BitwiseCopyable {
    let owner: View
    let record: Record
    /// Where the record stands in its table, or the element of a vector of numbers.
    let place: Int
    let isElement: Bool
    /// What `record` is a part of; nil when it is a record of the document.
    let whole: Whole?

    /// The vector of which a field is a part, whose bytes say what those of the part cannot.
    struct Whole: BitwiseCopyable {
      /// Where its elements begin, with dimensions and strides before them.
      let offset: UInt32
      /// Where the bytes of its elements begin, if these vary in length.
      let base: UInt32
      /// How long the part is along the first dimension.
      let length: UInt32
    }

    @_lifetime(copy table)
    init(
      table: View, record: Record, place: Int, isElement: Bool = false, partOf whole: Whole? = nil
    ) {
      self.owner = table
      self.record = record
      self.place = place
      self.isElement = isElement
      self.whole = whole
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
    @inline(__always)
    @_lifetime(copy self)
    public func table() throws(TblError) -> View? {
      guard !isVector, type == .table else { return nil }
      return try owner.child(record.offset, record.count, place: place)
    }

    /// The vector's elements in place, when they are stored as `T`.
    ///
    /// - Returns: nil when this is no vector of `T`, or one with strides: see ``tensor(of:)``.
    /// - Throws: `TblError` of code `misaligned` when the document lies at an address at which `T`
    ///   cannot be read in place; `copied()` accessors such as `doubles()` still work.
    /// - Complexity: O(1); no allocation.
    @inlinable
    @_lifetime(copy self)
    public func span<T: Scalar>(of element: T.Type) throws(TblError) -> Span<T>? {
      guard let elements = try elements(of: T.typeCode) else { return nil }
      return elements.elements(of: T.self)
    }

    /// The elements in place, aligned, when they are of that type and without strides.
    @usableFromInline @inline(__always)
    @_lifetime(copy self)
    func elements(of type: TypeCode) throws(TblError) -> RawSpan? {
      guard isVector, !record.isStrided, self.type == type, let width = type.width else {
        return nil
      }
      return try aligned(elements(strideBytes: width), to: width)
    }

    /// Bytes of the table as elements in place.
    @_lifetime(copy bytes)
    func lent<T: Scalar>(_ bytes: RawSpan) throws(TblError) -> Span<T> {
      try aligned(bytes, to: MemoryLayout<T>.alignment).elements(of: T.self)
    }

    /// These bytes, when their address is a multiple of `alignment`.
    @inline(__always)
    @_lifetime(copy bytes)
    private func aligned(_ bytes: RawSpan, to alignment: Int) throws(TblError) -> RawSpan {
      guard bytes.isAligned(to: alignment) else {
        throw TblError(
          .misaligned, byte: owner.origin + record.offset, "\(type.name) at an odd address")
      }
      return bytes
    }

    /// The dimensions of a vector, slowest-varying first; empty for anything else.
    ///
    /// - Throws: `TblError` when their product is not the vector's count.
    public func shape() throws(TblError) -> [Int] {
      isVector ? try geometry().shape : []
    }

    /// How the elements of this vector lie.
    ///
    /// - Complexity: O(rank).
    func geometry() throws(TblError) -> Geometry {
      if let whole { return try geometry(of: whole) }
      guard record.rank > 1 || record.isStrided else { return Geometry(count: record.count) }
      let dimensions = try words(before: record.offset)
      guard record.isStrided else {
        guard let geometry = Geometry(dimensions: dimensions), geometry.count == record.count
        else {
          throw owner.corrupt(place, "the shape has not as many elements as the vector")
        }
        return geometry
      }
      let strides = try words(before: record.offset - 4 * dimensions.count)
      guard let geometry = Geometry(dimensions: dimensions, strides: strides),
        geometry.count == record.count, !geometry.isRowMajor
      else { throw owner.corrupt(place, "strides that no vector of that shape needs or has") }
      return geometry
    }

    /// A word for each dimension.
    func words(before end: Int) throws(TblError) -> [Int] {
      let size = 4 * Int(record.rank)
      return try owner.region(end - size, size, place: place).copied(as: UInt32.self).map {
        Int($0)
      }
    }

    /// The bytes of a vector's elements, `stride` bytes each, that has no strides.
    @inline(__always)
    @_lifetime(copy self)
    func elements(strideBytes stride: Int) throws(TblError) -> RawSpan {
      try room(record.count, stride)
    }

    /// The bytes that a vector's elements span, with what lies between them.
    @_lifetime(copy self)
    func extent(_ geometry: Geometry, _ width: Int) throws(TblError) -> RawSpan {
      try room(geometry.extent, width)
    }

    @inline(__always)
    @_lifetime(copy self)
    private func room(_ count: Int, _ width: Int) throws(TblError) -> RawSpan {
      guard record.offset % min(width, 8) == 0 else {
        throw owner.corrupt(place, "an unaligned vector")
      }
      return try owner.region(record.offset, count * width, place: place)
    }

    /// Lends the bytes of the elements one behind the other in row-major order: those of the table,
    /// or a copy where there are strides.
    func withElements<Result>(
      _ width: Int, _ body: (RawSpan) throws(TblError) -> Result
    ) throws(TblError) -> Result {
      guard record.isStrided else { return try body(elements(strideBytes: width)) }
      let geometry = try geometry()
      let extent = try extent(geometry, width)
      var packed: [UInt8] = []
      packed.reserveCapacity(geometry.count * width)
      geometry.forEachRun { offset, count in
        packed.append(extent.extracting((offset * width)..<((offset + count) * width)))
      }
      return try body(packed.span.raw)
    }
  }
}
