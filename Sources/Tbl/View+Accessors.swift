// Values by key and type, in place. Each is nil when the key is absent or has another type, and
// throws when what it touches is damaged; numbers convert where that is exact.

extension Tbl.View {
  /// The number of `key`, if a signed 64-bit integer holds it exactly.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func int(_ key: String) throws(TblError) -> Int64? {
    guard let entry = try find(key) else { return nil }
    return try int(inEntry: entry)
  }

  /// The number of `key`, if an unsigned 64-bit integer holds it exactly.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func uint(_ key: String) throws(TblError) -> UInt64? {
    guard let entry = try find(key) else { return nil }
    if let bits = payload(entry, of: .uint64) { return bits }
    return try record(at: entry).uint
  }

  /// The number of `key`, if a double holds it exactly.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func double(_ key: String) throws(TblError) -> Double? {
    guard let entry = try find(key) else { return nil }
    return try double(inEntry: entry)
  }

  /// The truth value of `key`.
  ///
  /// - Complexity: O(length of the key); no allocation.
  public func bool(_ key: String) throws(TblError) -> Bool? {
    guard let entry = try find(key) else { return nil }
    return try record(at: entry).bool
  }

  /// The text of `key`.
  ///
  /// - Complexity: O(length); allocates only beyond 15 bytes.
  public func string(_ key: String) throws(TblError) -> String? {
    guard let field = try field(key) else { return nil }
    return try field.string()
  }

  /// The table of `key`.
  ///
  /// - Complexity: O(length of the key); no allocation.
  @_lifetime(copy self)
  public func table(_ key: String) throws(TblError) -> Tbl.View? {
    guard let entry = try find(key) else { return nil }
    guard let place = payload(entry, of: .table) else {
      _ = try record(at: entry)
      return nil
    }
    return try child(
      Int(UInt32(truncatingIfNeeded: place)), Int(place &>> 32),
      place: entry &+ Layout.recordOffset)
  }

  /// The elements of the vector of `key`, when they are stored as `T`.
  ///
  /// - Throws: Also `misaligned`; see `Tbl.Field.span(of:)`.
  /// - Complexity: O(length of the key); no allocation.
  @inlinable
  @_lifetime(copy self)
  public func span<T: Tbl.Scalar>(
    _ key: String, of element: T.Type
  ) throws(TblError) -> Span<T>? {
    guard
      let elements = try elements(key, of: T.typeCode, strideBytes: MemoryLayout<T>.stride)
    else { return nil }
    return elements.elements(of: T.self)
  }

  /// The elements of the vector of `key`, aligned, when it is one of `type`, of that many bytes
  /// each.
  @usableFromInline
  @_lifetime(copy self)
  func elements(
    _ key: String, of type: Tbl.TypeCode, strideBytes: Int
  ) throws(TblError) -> RawSpan? {
    guard let entry = try find(key) else { return nil }
    // What most vectors are, of one dimension and without strides; the other way takes them all.
    if let place = payload(entry, of: type, head: UInt32(Record.vectorBit) | 1 &<< 8) {
      let offset = Int(UInt32(truncatingIfNeeded: place))
      let elements = try region(
        offset, strideBytes &* Int(place &>> 32), place: entry &+ Layout.recordOffset)
      if offset & (strideBytes &- 1) == 0, elements.isAligned(to: strideBytes) { return elements }
    }
    return try field(atRecord: entry &+ Layout.recordOffset).elements(of: type)
  }

  @inline(__always)
  private func record(at entry: Int) throws(TblError) -> Record {
    try Record(in: bytes, at: entry &+ Layout.recordOffset, origin: origin, own: false)
  }

  /// The number of entry `index`, counted in insertion order, if a signed 64-bit integer holds it
  /// exactly.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Throws: `TblError` when the entry is damaged.
  /// - Complexity: O(1); no allocation.
  public func int(at index: Int) throws(TblError) -> Int64? {
    try int(inEntry: entry(index))
  }

  /// The number of entry `index`, counted in insertion order, if a double holds it exactly.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Throws: `TblError` when the entry is damaged.
  /// - Complexity: O(1); no allocation.
  public func double(at index: Int) throws(TblError) -> Double? {
    try double(inEntry: entry(index))
  }

  @inline(__always)
  private func entry(_ index: Int) -> Int {
    precondition((0..<count).contains(index), "no such entry")
    return layout.entries &+ Layout.entryBytes &* index
  }

  @inline(__always)
  private func int(inEntry entry: Int) throws(TblError) -> Int64? {
    if let bits = payload(entry, of: .int64) { return Int64(bitPattern: bits) }
    return try record(at: entry).int
  }

  @inline(__always)
  private func double(inEntry entry: Int) throws(TblError) -> Double? {
    // All bits of a number of 64 are one, so that nothing is left to check.
    if let bits = payload(entry, of: .float64) { return Double(bitPattern: bits) }
    if let bits = payload(entry, of: .int64) { return Int64(bitPattern: bits).exactDouble }
    if let bits = payload(entry, of: .uint64) { return bits.exactDouble }
    if let bits = payload(entry, of: .float32), let bits = UInt32(exactly: bits) {
      return Double(Float(bitPattern: bits))
    }
    return try record(at: entry).double
  }

  /// The 64 bits of an entry's value if that is one of `type`; nil when it may be another.
  ///
  /// - Parameter head: What its first bytes have beside the type: 0 for a single value.
  @inline(__always)
  private func payload(_ entry: Int, of type: Tbl.TypeCode, head bits: UInt32 = 0) -> UInt64? {
    // Inside: an entry of the map, which the checked header places.
    let head = bytes.loadInside(UInt32.self, at: entry &+ Layout.recordOffset)
    guard head == UInt32(type.rawValue) | bits else { return nil }
    return bytes.loadInside(UInt64.self, at: entry &+ Layout.payloadOffset)
  }
}
