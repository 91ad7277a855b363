// Vectors copied out. Numbers of one type convert to another where every element does so exactly;
// elements of varying length (strings, bytes, tables) are bounded by an array of ascending offsets.

extension Tbl.Field {
  /// The vector's numbers as signed integers; nil when one of them is not exactly that.
  ///
  /// - Complexity: O(`count`).
  public func ints() throws(TblError) -> [Int64]? {
    try converted(
      signed: { $0 }, unsigned: { Int64(exactly: $0) }, floating: { Int64(whole: $0) })
  }

  /// The vector's numbers as unsigned integers; nil when one of them is not exactly that.
  ///
  /// - Complexity: O(`count`).
  public func uints() throws(TblError) -> [UInt64]? {
    try converted(
      signed: { UInt64(exactly: $0) }, unsigned: { $0 }, floating: { UInt64(whole: $0) })
  }

  /// The vector's numbers as doubles; nil when one of them is not exactly that.
  ///
  /// - Complexity: O(`count`).
  public func doubles() throws(TblError) -> [Double]? {
    try converted(
      signed: { Double(exactly: $0) }, unsigned: { Double(exactly: $0) }, floating: { $0 })
  }

  /// The vector's numbers as floats; nil when one of them is not exactly that.
  ///
  /// - Complexity: O(`count`).
  public func floats() throws(TblError) -> [Float]? {
    try converted(
      signed: { Float(exactly: $0) }, unsigned: { Float(exactly: $0) },
      floating: { $0.isNaN ? Float($0) : Float(exactly: $0) })
  }

  /// The vector's truth values.
  ///
  /// - Complexity: O(`count`).
  public func bools() throws(TblError) -> [Bool]? {
    guard isVector, type == .bool else { return nil }
    return try withElements(1) { (bytes) throws(TblError) in
      var result: [Bool] = []
      result.reserveCapacity(count)
      for index in 0..<count {
        let byte = bytes.load(UInt8.self, at: index)
        guard byte <= 1 else { throw owner.corrupt(place, "a bool that is neither 0 nor 1") }
        result.append(byte == 1)
      }
      return result
    }
  }

  /// The vector's strings.
  ///
  /// - Complexity: O(bytes of the strings).
  public func strings() throws(TblError) -> [String]? {
    guard isVector, type == .string else { return nil }
    _ = try offsets()
    var result: [String] = []
    result.reserveCapacity(count)
    for index in 0..<count { result.append(try owner.text(part(at: index), place: place)) }
    return result
  }

  /// The vector's byte strings.
  ///
  /// - Complexity: O(bytes of all elements).
  public func byteStrings() throws(TblError) -> [[UInt8]]? {
    guard isVector, type == .bytes else { return nil }
    _ = try offsets()
    var result: [[UInt8]] = []
    result.reserveCapacity(count)
    for index in 0..<count { result.append(try part(at: index).copied(as: UInt8.self)) }
    return result
  }

  /// The vector's tables, validated and copied out.
  ///
  /// - Complexity: O(bytes of the tables).
  public func tables() throws(TblError) -> [Tbl]? {
    guard isVector, type == .table else { return nil }
    _ = try offsets()
    var result: [Tbl] = []
    result.reserveCapacity(count)
    for index in 0..<count { result.append(try Tbl(copying: element(at: index))) }
    return result
  }

  /// Element `index` of a vector of strings; nil when this is none.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Complexity: O(length).
  public func string(at index: Int) throws(TblError) -> String? {
    guard isVector, type == .string else { return nil }
    return try owner.text(part(at: index), place: place)
  }

  /// The bytes of element `index` of a vector of strings or bytes; nil when this is none.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Complexity: O(1); no allocation.
  @_lifetime(copy self)
  public func bytes(at index: Int) throws(TblError) -> RawSpan? {
    guard isVector, type == .string || type == .bytes else { return nil }
    return try part(at: index)
  }

  /// Element `index` of a vector of tables, in place; nil when this is none.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Complexity: O(1); no allocation.
  @_lifetime(copy self)
  public func table(at index: Int) throws(TblError) -> Tbl.View? {
    guard isVector, type == .table else { return nil }
    return try element(at: index)
  }

  /// Element `index` of a vector of values, in place; nil when this is none.
  ///
  /// - Precondition: `index` is in `0..<count`.
  /// - Complexity: O(1); no allocation.
  @_lifetime(copy self)
  public func value(at index: Int) throws(TblError) -> Tbl.Field? {
    guard isVector, type == .value else { return nil }
    precondition((0..<count).contains(index), "element \(index) of \(count)")
    _ = try elements(strideBytes: Layout.elementBytes)
    let element = record.offset + Layout.elementBytes * index
    guard owner.bytes.load(UInt32.self, at: element) == 0 else {
      throw owner.corrupt(element, "reserved bytes are set")
    }
    let position = element + Layout.elementRecordOffset
    let record = try Record(in: owner.bytes, at: position, origin: owner.origin, own: false)
    return Tbl.Field(table: owner, record: record, place: position)
  }

  /// Where the bytes of elements of varying length begin.
  var raggedBase: Int {
    if let whole { return Int(whole.base) }
    return Layout.alignUp(record.offset + 4 * (count + 1), type == .table ? 8 : 1)
  }

  /// The `count + 1` offsets of elements of varying length, checked to ascend, from 0 unless this
  /// is a part.
  @_lifetime(copy self)
  func offsets() throws(TblError) -> RawSpan {
    let offsets = try raggedOffsets()
    var previous: UInt32 = 0
    guard offsets.load(UInt32.self, at: 0) == 0 || whole != nil else {
      throw owner.corrupt(record.offset, "the first offset is not 0")
    }
    for index in 1..<(count + 1) {
      let next = offsets.load(UInt32.self, at: 4 * index)
      guard next >= previous else {
        throw owner.corrupt(record.offset + 4 * index, "offsets must ascend")
      }
      previous = next
    }
    return offsets
  }

  @_lifetime(copy self)
  private func raggedOffsets() throws(TblError) -> RawSpan {
    guard record.offset % 4 == 0 else { throw owner.corrupt(place, "an unaligned vector") }
    return try owner.region(record.offset, 4 * (count + 1), place: place)
  }

  /// Where element `index` of varying length lies, before any check.
  func bounds(of index: Int) throws(TblError) -> (offset: Int, length: Int) {
    precondition((0..<count).contains(index), "element \(index) of \(count)")
    let offsets = try raggedOffsets()
    let begin = Int(offsets.load(UInt32.self, at: 4 * index))
    return (raggedBase + begin, Int(offsets.load(UInt32.self, at: 4 * index + 4)) - begin)
  }

  @_lifetime(copy self)
  private func part(at index: Int) throws(TblError) -> RawSpan {
    let bounds = try bounds(of: index)
    return try owner.region(bounds.offset, bounds.length, place: record.offset + 4 * index)
  }

  @_lifetime(copy self)
  private func element(at index: Int) throws(TblError) -> Tbl.View {
    let bounds = try bounds(of: index)
    return try owner.child(bounds.offset, bounds.length, place: record.offset + 4 * index)
  }

  /// The vector's numbers through one of three conversions; nil when one of them gives nil.
  @inline(__always)
  private func converted<T: Tbl.Scalar>(
    signed: (Int64) -> T?, unsigned: (UInt64) -> T?, floating: (Double) -> T?
  ) throws(TblError) -> [T]? {
    guard isVector, type.kind != nil, let stride = type.strideBytes else { return nil }
    return try withElements(stride) { bytes in
      guard type != T.typeCode else { return bytes.copied(as: T.self) }
      return converted(bytes, signed: signed, unsigned: unsigned, floating: floating)
    }
  }

  @inline(__always)
  private func converted<T: Tbl.Scalar>(
    _ bytes: RawSpan, signed: (Int64) -> T?, unsigned: (UInt64) -> T?, floating: (Double) -> T?
  ) -> [T]? {
    switch type {
    case .int8: return map(bytes, Int8.self) { signed(Int64($0)) }
    case .int16: return map(bytes, Int16.self) { signed(Int64($0)) }
    case .int32: return map(bytes, Int32.self) { signed(Int64($0)) }
    case .int64: return map(bytes, Int64.self) { signed($0) }
    case .uint8: return map(bytes, UInt8.self) { unsigned(UInt64($0)) }
    case .uint16: return map(bytes, UInt16.self) { unsigned(UInt64($0)) }
    case .uint32: return map(bytes, UInt32.self) { unsigned(UInt64($0)) }
    case .uint64: return map(bytes, UInt64.self) { unsigned($0) }
    case .float16: return map(bytes, UInt16.self) { floating(Double(Float(halfBits: $0))) }
    case .float32: return map(bytes, Float.self) { floating(Double($0)) }
    default: return map(bytes, Double.self) { floating($0) }
    }
  }

  @inline(__always)
  private func map<Stored: Tbl.Scalar, T>(
    _ bytes: RawSpan, _ stored: Stored.Type, _ convert: (Stored) -> T?
  ) -> [T]? {
    var result: [T] = []
    result.reserveCapacity(count)
    for index in 0..<count {
      let element = bytes.load(stored, at: index &* MemoryLayout<Stored>.stride)
      guard let next = convert(element) else { return nil }
      result.append(next)
    }
    return result
  }
}
