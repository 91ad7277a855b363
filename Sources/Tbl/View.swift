extension Tbl {
  /// One table read in place, over bytes that somebody else owns.
  ///
  /// Making a view checks the header alone; every access then checks what it touches, so any bytes
  /// whatever give a value or a `TblError`, never a trap, a hang or a read outside. Whoever walks a
  /// whole document of unknown origin calls `validate()` or `validated()` once before: that bounds
  /// the walk by the document's size, which single accesses cannot.
  ///
  /// **Concurrency.** Reads immutable bytes; the lifetime of the bytes is checked by the compiler.
  public struct View: ~Escapable, BitwiseCopyable {
    @usableFromInline let bytes: RawSpan
    @usableFromInline let layout: Layout
    /// Twice the origin, and 1 when the document was validated.
    @usableFromInline let place: UInt64

    /// Where this table begins in the outermost document.
    var origin: Int { Int(place &>> 1) }
    var isValidated: Bool { place & 1 == 1 }

    /// Opens the table that fills `bytes`.
    ///
    /// - Parameter bytes: Exactly one document, at any address; vectors can be lent as spans when
    ///   the address is a multiple of 8.
    /// - Throws: `TblError` when the header is not that of a table of this size.
    /// - Complexity: O(1); no allocation.
    @inlinable @inline(__always)
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan) throws(TblError) {
      let layout = try Layout(of: bytes, origin: 0, heightLimit: Tbl.maximumHeight + 1)
      self.init(bytes, layout: layout, origin: 0, isValidated: false)
    }

    /// Opens the table that fills `bytes`, given as elements.
    ///
    /// - Throws: `TblError` when the header is not that of a table of this size.
    /// - Complexity: O(1); no allocation.
    @inlinable @inline(__always)
    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) throws(TblError) {
      try self.init(bytes.raw)
    }

    @inlinable @inline(__always)
    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, layout: Layout, origin: Int, isValidated: Bool) {
      self.bytes = bytes
      self.layout = layout
      place = UInt64(truncatingIfNeeded: origin) &<< 1 | (isValidated ? 1 : 0)
    }

    /// Entries in the map.
    public var count: Int { layout.count }

    /// All bytes of the table, which are a document of their own.
    public var document: RawSpan {
      @_lifetime(copy self)
      get { bytes }
    }

    /// The table's own vector, or nil when it has none.
    ///
    /// - Throws: `TblError` when its record is damaged.
    /// - Complexity: O(1); no allocation.
    @_lifetime(copy self)
    public func vector() throws(TblError) -> Field? {
      let record = try Record(in: bytes, at: Layout.vectorOffset, origin: origin, own: true)
      guard record.isVector else { return nil }
      return Field(table: self, record: record, place: Layout.vectorOffset)
    }

    /// The value of `key`, or nil when there is none.
    ///
    /// - Throws: `TblError` when what the lookup touches is damaged.
    /// - Complexity: O(length of the key), at most 128 probes; no allocation.
    @inline(__always)
    @_lifetime(copy self)
    public func field(_ key: String) throws(TblError) -> Field? {
      guard let entry = try find(key) else { return nil }
      return try field(atRecord: entry &+ Layout.recordOffset)
    }

    /// The value of entry `index`, counted in insertion order.
    ///
    /// - Precondition: `index` is in `0..<count`.
    /// - Throws: `TblError` when the entry is damaged.
    /// - Complexity: O(1); no allocation.
    @_lifetime(copy self)
    public func field(at index: Int) throws(TblError) -> Field {
      precondition((0..<count).contains(index), "entry \(index) of \(count)")
      return try field(atRecord: layout.entries + Layout.entryBytes * index + Layout.recordOffset)
    }

    /// The UTF-8 bytes of the key of entry `index`, counted in insertion order.
    ///
    /// - Precondition: `index` is in `0..<count`.
    /// - Throws: `TblError` when the entry is damaged.
    /// - Complexity: O(1); no allocation.
    @_lifetime(copy self)
    public func keyBytes(at index: Int) throws(TblError) -> RawSpan {
      precondition((0..<count).contains(index), "entry \(index) of \(count)")
      return try key(ofEntry: layout.entries + Layout.entryBytes * index)
    }

    /// The key of entry `index`, counted in insertion order.
    ///
    /// - Precondition: `index` is in `0..<count`.
    /// - Throws: `TblError` when the entry is damaged or its key is not UTF-8.
    /// - Complexity: O(length of the key).
    public func key(at index: Int) throws(TblError) -> String {
      let key = try keyBytes(at: index)
      return try text(key, place: layout.entries + Layout.entryBytes * index + Layout.keyOffset)
    }

    /// The bytes from `offset`, once it is certain that they lie where values may lie.
    ///
    /// - Parameter place: Where in the table the offset was read, for the error.
    @inline(__always)
    @_lifetime(copy self)
    func region(_ offset: Int, _ length: Int, place: Int) throws(TblError) -> RawSpan {
      guard offset >= Layout.headerBytes, length >= 0, offset &+ length <= layout.entries else {
        throw corrupt(place, "points outside its table")
      }
      // Inside: the checked header places the entries.
      return bytes.partInside(offset, length)
    }

    /// The table of `length` bytes at `offset`.
    @inline(__always)
    @_lifetime(copy self)
    func child(_ offset: Int, _ length: Int, place: Int) throws(TblError) -> View {
      let part = try region(offset, length, place: place)
      guard offset % 8 == 0 else { throw corrupt(place, "an unaligned table") }
      let inner = try Layout(of: part, origin: origin + offset, heightLimit: Int(layout.height))
      return View(part, layout: inner, origin: origin + offset, isValidated: isValidated)
    }

    /// `part` as text.
    func text(_ part: RawSpan, place: Int) throws(TblError) -> String {
      guard let text = part.text(isSteady: isValidated) else {
        throw corrupt(place, "text that is not UTF-8")
      }
      return text
    }

    func corrupt(_ place: Int, _ reason: String) -> TblError {
      TblError(byte: origin + place, reason)
    }

    @inline(__always)
    @_lifetime(copy self)
    func field(atRecord position: Int) throws(TblError) -> Field {
      let record = try Record(in: bytes, at: position, origin: origin, own: false)
      return Field(table: self, record: record, place: position)
    }
  }
}
