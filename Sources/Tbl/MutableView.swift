extension Tbl {
  /// One document whose numbers are changed in place; nothing in it moves.
  ///
  /// **Concurrency.** One user at a time, whom the compiler finds; who shares the bytes with
  /// others, as in shared memory, must keep them away meanwhile.
  public struct MutableView: ~Copyable, ~Escapable {
    private var bytes: MutableRawSpan
    private let layout: Layout

    /// Opens the table that fills `bytes`.
    ///
    /// - Throws: As ``View``.
    /// - Complexity: O(1); no allocation.
    @_lifetime(copy bytes)
    public init(_ bytes: consuming MutableRawSpan) throws(TblError) {
      layout = try View(bytes.bytes).layout
      self.bytes = bytes
    }

    @_lifetime(copy bytes)
    init(_ bytes: consuming MutableRawSpan, _ layout: Layout) {
      self.layout = layout
      self.bytes = bytes
    }

    /// The document as it is now.
    public var view: View {
      @_lifetime(borrow self)
      get { View(bytes.bytes, layout: layout, origin: 0, isValidated: false) }
    }

    /// Changes the number or truth value that `path` leads to, a single one or an element of a
    /// vector.
    ///
    /// - Parameters:
    ///   - path: The way to it.
    ///   - number: What the type that it has in the document must be able to hold.
    /// - Returns: Whether there is a value.
    /// - Throws: `TblError` of code `wrongType` when it is no number, or of a type that does not
    ///   hold `number` exactly; also when what it touches is damaged.
    /// - Complexity: A lookup for each part; allocates where a vector has several dimensions.
    @discardableResult
    @_lifetime(self: copy self)
    public mutating func set<T: Scalar>(_ path: Path, _ number: T) throws(TblError) -> Bool {
      guard let place = try place(path, { $0.payload(of: number) }) else { return false }
      store(place)
      return true
    }

    /// Changes the truth value that `path` leads to; as the form for numbers.
    @discardableResult
    @_lifetime(self: copy self)
    public mutating func set(_ path: Path, _ truth: Bool) throws(TblError) -> Bool {
      guard let place = try place(path, { $0 == .bool ? truth ? 1 : 0 : nil }) else { return false }
      store(place)
      return true
    }

    /// Lends the elements of the vector that `path` leads to, to be changed.
    ///
    /// - Parameters:
    ///   - path: The way to it.
    ///   - element: The type of its elements.
    ///   - body: Gets them as they lie: with strides, those in between as well, which must stay 0.
    /// - Returns: What `body` returns; nil when there is no vector of `T`.
    /// - Throws: `TblError` when what it touches is damaged, or `misaligned`; what `body` throws.
    /// - Complexity: A lookup for each part; allocates where a vector has several dimensions.
    @_lifetime(self: copy self)
    public mutating func withMutableSpan<T: Scalar, Result>(
      _ path: Path, of element: T.Type, _ body: (inout MutableSpan<T>) throws(TblError) -> Result
    ) throws(TblError) -> Result? {
      guard let range = try range(path, of: element) else { return nil }
      return try bytes.withElements(range, of: element, body)
    }

    // MARK: Places

    private struct Place {
      let offset: Int
      let width: Int
      let payload: UInt64
    }

    /// Where a value stands, and the bits that it shall have.
    private func place(
      _ path: Path, _ payload: (TypeCode) -> UInt64?
    ) throws(TblError) -> Place? {
      guard let field = try view.field(at: path) else { return nil }
      let isNumber = field.type.kind != nil || field.type == .bool
      guard !field.isVector, isNumber, let payload = payload(field.type) else {
        throw TblError(.wrongType, key: path.description, "is \(field.kind), which cannot hold it")
      }
      let offset = field.owner.origin + field.place
      return field.isElement
        ? Place(offset: offset, width: field.type.width ?? 8, payload: payload)
        : Place(offset: offset + 4, width: 8, payload: payload)
    }

    @_lifetime(self: copy self)
    private mutating func store(_ place: Place) {
      bytes.store(place.payload, at: place.offset, width: place.width)
    }

    /// The bytes of a vector.
    private func range<T: Scalar>(
      _ path: Path, of element: T.Type
    ) throws(TblError) -> Range<Int>? {
      guard let field = try view.field(at: path), field.isVector, field.type == T.typeCode else {
        return nil
      }
      let elements: Span<T> = try field.lent(
        field.extent(field.geometry(), MemoryLayout<T>.stride))
      let start = field.owner.origin + field.record.offset
      return start..<(start + elements.count * MemoryLayout<T>.stride)
    }
  }

  /// Lends the document to be changed in place; it is copied before if others hold it too.
  ///
  /// - Throws: What `body` throws; what was changed until then stays so.
  /// - Complexity: O(1), or O(bytes) for a copy, and that of `body`.
  public mutating func withMutableView<Result, Failure: Error>(
    _ body: (inout MutableView) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let layout = layout
    return try bytes.withMutableBytes { (bytes) throws(Failure) in
      var view = MutableView(bytes, layout)
      return try body(&view)
    }
  }
}

extension Tbl.TypeCode {
  /// The bits of a number as a value of this type; nil when it cannot hold it exactly.
  func payload<T: Tbl.Scalar>(of number: T) -> UInt64? {
    if self == T.typeCode { return number.payload }
    let record = Record(T.typeCode, payload: number.payload)
    switch self {
    case .int8: return record.int.flatMap { Int8(exactly: $0)?.payload }
    case .int16: return record.int.flatMap { Int16(exactly: $0)?.payload }
    case .int32: return record.int.flatMap { Int32(exactly: $0)?.payload }
    case .int64: return record.int?.payload
    case .uint8: return record.uint.flatMap { UInt8(exactly: $0)?.payload }
    case .uint16: return record.uint.flatMap { UInt16(exactly: $0)?.payload }
    case .uint32: return record.uint.flatMap { UInt32(exactly: $0)?.payload }
    case .uint64: return record.uint
    case .float16: return Float(exactly: record)?.halfBits.map { UInt64($0) }
    case .float32: return Float(exactly: record)?.payload
    case .float64: return record.double?.payload
    default: return nil
    }
  }
}
