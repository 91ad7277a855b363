// Writes the regions of one table, one behind the other, so each is where validation expects it.

/// The growing bytes of a table: its header's place and the regions written so far. Those of the
/// tables around it may stand before.
struct RegionWriter: Sendable {
  var bytes: [UInt8]
  /// Where the table begins, a multiple of 8, from where on its records count.
  let base: Int
  /// The height of the tallest table written; nil without any.
  var tallestChild: Int?
  /// Whether a vector with strides was written.
  var hasStrides = false
  /// Whether all was written by this process, or copied from what only this process changes.
  var isTrusted = true
  /// What went wrong first; later writes are dropped.
  var failure: TblError?
  /// The table may not grow beyond this.
  let maximumBytes: Int

  /// What a small table needs.
  private static let usualBytes = 480

  init(maximumBytes: Int) {
    bytes = .zeros(Layout.headerBytes, capacity: Self.usualBytes)
    base = 0
    self.maximumBytes = maximumBytes
  }

  /// Begins a table inside another, whose bytes it goes on with until `outer` takes them back.
  init(within outer: inout RegionWriter) {
    outer.pad(to: 8)
    base = outer.bytes.count
    bytes = []
    maximumBytes = outer.maximumBytes
    isTrusted = outer.isTrusted
    swap(&bytes, &outer.bytes)
    bytes.append(zeros: Layout.headerBytes)
  }

  /// Whether `count` more bytes fit; if not, notes the failure at `key`.
  @inline(__always)
  mutating func fits(_ count: Int, key: String?) -> Bool {
    if failure == nil, count <= maximumBytes - bytes.count { return true }
    failure = failure ?? overflow(adding: count, key: key)
    return false
  }

  /// The error that `count` more bytes would be, or nil when they fit.
  func overflow(adding count: Int, key: String?) -> TblError? {
    guard count > maximumBytes - bytes.count else { return nil }
    return TblError(.tooLarge, key: key, "more than \(maximumBytes) bytes")
  }

  /// Appends zeros up to a multiple of `alignment`, at most 8.
  mutating func pad(to alignment: Int) {
    let count = Layout.alignUp(bytes.count, alignment) - bytes.count
    if count > 0 { bytes.append(0, width: count) }
  }

  /// Appends `part`, aligned.
  ///
  /// - Returns: Where it lies in the table; nil when it does not fit.
  mutating func append(_ part: RawSpan, alignment: Int = 1, key: String?) -> Int? {
    guard fits(part.byteCount + alignment - 1, key: key) else { return nil }
    pad(to: alignment)
    let start = bytes.count
    bytes.append(part)
    return start - base
  }

  /// Writes bytes or text.
  mutating func write(_ code: Tbl.TypeCode, _ part: RawSpan, key: String?) -> Record? {
    let offset = append(part, key: key)
    return offset.map { Record(code, offset: $0, count: part.byteCount) }
  }

  /// Writes text.
  mutating func write(_ text: String, key: String?) -> Record? {
    text.withBytes { write(.string, $0, key: key) }
  }

  /// Writes a whole table.
  mutating func write(_ table: Tbl, key: String?) -> Record? {
    let bytes = table.bytes
    return write(table: bytes.span.raw, height: table.height, key: key)
  }

  /// Writes the bytes of a whole table.
  mutating func write(table bytes: RawSpan, height: Int, key: String?) -> Record? {
    note(height: height)
    let offset = append(bytes, alignment: 8, key: key)
    return offset.map { Record(.table, offset: $0, count: bytes.byteCount) }
  }

  /// Writes a vector of numbers, or of bools as bytes.
  mutating func write(
    _ code: Tbl.TypeCode, elements: RawSpan, count: Int, shape: [Int]?, key: String?
  ) -> Record? {
    guard let geometry = geometry(shape, count: count, key: key) else { return nil }
    return write(code, elements, geometry, keepsStrides: false, key: key)
  }

  /// Writes a vector of `count` elements of varying length, which `element` appends one by one.
  mutating func writeRagged<Failure: Error>(
    _ code: Tbl.TypeCode, count: Int, shape: [Int]?, key: String?,
    _ element: (inout RegionWriter, _ index: Int) throws(Failure) -> Int?
  ) throws(Failure) -> Record? {
    guard let rank = write(shape, count: count, alignment: 4, key: key),
      fits(4 * (count + 1) + 7 + 3, key: key)
    else { return nil }
    pad(to: 4)
    let ends = bytes.count
    bytes.append(zeros: 4 * (count + 1))
    if code == .table { pad(to: 8) }
    let start = bytes.count
    for index in 0..<count {
      guard try element(&self, index) != nil else { return nil }
      bytes.store(UInt32(bytes.count - start), at: ends + 4 * (index + 1))
    }
    return Record(code, rank: rank, offset: ends - base, count: count)
  }

  /// Writes the dimensions of a vector that has more than one, right before its elements.
  ///
  /// - Returns: The rank, or nil when the shape is not one of `count` elements.
  mutating func write(
    _ shape: [Int]?, count: Int, alignment: Int, key: String?
  ) -> UInt8? {
    guard let geometry = geometry(shape, count: count, key: key) else { return nil }
    let isWritten = geometry.rank == 1 || write(geometry.shape, before: alignment, key: key)
    return isWritten ? UInt8(geometry.rank) : nil
  }

  /// How `count` elements lie one behind the other; nil when they have another shape, which
  /// `failure` then says, or something went wrong before.
  private mutating func geometry(_ shape: [Int]?, count: Int, key: String?) -> Geometry? {
    guard failure == nil else { return nil }
    guard let shape else { return Geometry(count: count) }
    let geometry = Geometry(dimensions: shape)
    guard geometry?.count == count else {
      failure = TblError(.wrongShape, key: key, "the shape \(shape) for \(count) elements")
      return nil
    }
    return geometry
  }

  /// Writes words right before elements of an alignment.
  private mutating func write(_ words: [Int], before alignment: Int, key: String?) -> Bool {
    let size = 4 * words.count
    guard fits(size + 7, key: key) else { return false }
    let data = Layout.alignUp(bytes.count + size, max(4, alignment))
    bytes.append(zeros: data - size - bytes.count)
    let words = words.map { UInt32($0) }
    bytes.append(words.span.raw)
    return true
  }

  /// Writes a vector of numbers with their dimensions.
  mutating func write<T: Tbl.Scalar>(
    _ tensor: Tbl.Tensor<T>, keepingStrides: Bool, key: String?
  ) -> Record? {
    write(
      T.typeCode, tensor.elements.raw, tensor.geometry, keepsStrides: keepingStrides, key: key)
  }

  /// Writes a vector whose elements lie in `elements` as `geometry` says.
  ///
  /// - Parameter keepsStrides: Whether they shall lie so in the table too; else one behind the
  ///   other.
  mutating func write(
    _ code: Tbl.TypeCode, _ elements: RawSpan, _ geometry: Geometry, keepsStrides: Bool,
    key: String?
  ) -> Record? {
    guard failure == nil else { return nil }
    let width = code.width ?? 1
    let isStrided = keepsStrides && !geometry.isRowMajor
    let room = isStrided ? geometry.extent : geometry.count
    var words = isStrided ? (0..<geometry.rank).map { geometry.strides[$0] } : []
    if isStrided || geometry.rank > 1 { words += geometry.shape }
    guard words.isEmpty || write(words, before: width, key: key),
      fits(room * width + width - 1, key: key)
    else { return nil }
    pad(to: width)
    let first = bytes.count
    geometry.forEachRun { start, count in
      let run = elements.extracting((start * width)..<((start + count) * width))
      if isStrided, bytes.count <= first + start * width {
        // What lies between the elements is of no document.
        bytes.append(zeros: first + start * width - bytes.count)
        bytes.append(run)
      } else if isStrided {
        bytes.replace(at: first + start * width, by: run)
      } else {
        bytes.append(run)
      }
    }
    hasStrides = hasStrides || isStrided
    return Record(
      code, rank: UInt8(geometry.rank), isStrided: isStrided, offset: first - base,
      count: geometry.count)
  }

  mutating func note(height: Int) {
    tallestChild = max(tallestChild ?? 0, height)
  }

  /// Writes a vector of tables.
  mutating func write(_ tables: [Tbl], shape: [Int]?, key: String?) -> Record? {
    for table in tables { note(height: table.height) }
    return writeRagged(.table, count: tables.count, shape: shape, key: key) { writer, index in
      let bytes = tables[index].bytes
      return writer.append(bytes.span.raw, key: key)
    }
  }

  /// Writes a vector of texts.
  mutating func write(_ strings: [String], shape: [Int]?, key: String?) -> Record? {
    writeRagged(.string, count: strings.count, shape: shape, key: key) { writer, index in
      let string = strings[index]
      return string.withBytes { writer.append($0, key: key) }
    }
  }

  /// Writes a vector whose elements are bytes.
  mutating func write(_ parts: [Tbl.Bytes], shape: [Int]?, key: String?) -> Record? {
    writeRagged(.bytes, count: parts.count, shape: shape, key: key) { writer, index in
      let part = parts[index].array
      return writer.append(part.span.raw, key: key)
    }
  }

  /// Writes a vector of truth values.
  mutating func write(_ bools: [Bool], shape: [Int]?, key: String?) -> Record? {
    let octets = bools.map { $0 ? UInt8(1) : 0 }
    return write(.bool, elements: octets.span.raw, count: octets.count, shape: shape, key: key)
  }

  /// Writes a vector of numbers.
  mutating func write<T: Tbl.Scalar>(
    _ elements: Span<T>, shape: [Int]?, key: String?
  ) -> Record? {
    write(T.typeCode, elements: elements.raw, count: elements.count, shape: shape, key: key)
  }

  /// Writes a vector of numbers.
  mutating func write<T: Tbl.Scalar>(_ numbers: [T], shape: [Int]?, key: String?) -> Record? {
    numbers.withRaw { elements in
      write(T.typeCode, elements: elements, count: numbers.count, shape: shape, key: key)
    }
  }

  /// Writes a vector of values of any type; only a table's own vector may be one.
  mutating func write(values: [Tbl.Value], shape: [Int]?, key: String?) -> Record? {
    writeValues(count: values.count, shape: shape, key: key) { writer, index in
      writer.write(values[index], key: key)
    }
  }

  /// Writes a vector of `count` values, which `element` writes one by one.
  mutating func writeValues<Failure: Error>(
    count: Int, shape: [Int]?, key: String?,
    _ element: (inout RegionWriter, _ index: Int) throws(Failure) -> Record?
  ) throws(Failure) -> Record? {
    guard let rank = write(shape, count: count, alignment: 8, key: key),
      fits(Layout.elementBytes * count + 7, key: key)
    else { return nil }
    pad(to: 8)
    let start = bytes.count
    bytes.append(zeros: Layout.elementBytes * count)
    for index in 0..<count {
      guard let record = try element(&self, index) else { return nil }
      bytes.store(
        record, at: start + Layout.elementBytes * index + Layout.elementRecordOffset)
    }
    return Record(.value, rank: rank, offset: start - base, count: count)
  }

  /// Writes any value; a vector of values as a table whose own vector it is.
  mutating func write(_ value: Tbl.Value, key: String?) -> Record? {
    switch value {
    case .none: return Record(.none)
    case .bool(let bool): return Record(.bool, payload: bool ? 1 : 0)
    case .int(let int): return Record(.int64, payload: int.payload)
    case .uint(let uint): return Record(.uint64, payload: uint)
    case .double(let double): return Record(.float64, payload: double.payload)
    case .string(let string): return write(string, key: key)
    case .bytes(let bytes): return write(.bytes, bytes.span.raw, key: key)
    case .table(let table): return write(table, key: key)
    case .bools(let bools): return write(bools, shape: nil, key: key)
    case .ints(let ints): return write(ints, shape: nil, key: key)
    case .uints(let uints): return write(uints, shape: nil, key: key)
    case .doubles(let doubles): return write(doubles, shape: nil, key: key)
    case .floats(let floats): return write(floats, shape: nil, key: key)
    case .strings(let strings): return write(strings, shape: nil, key: key)
    case .byteStrings(let parts):
      return write(parts.map { Tbl.Bytes($0) }, shape: nil, key: key)
    case .tables(let tables): return write(tables, shape: nil, key: key)
    case .values(let values):
      var inner = Tbl.Builder(maximumBytes: maximumBytes)
      inner.setVector(values: values)
      return write(inner, key: key)
    }
  }

  /// Writes what `builder` holds; its failure becomes this one's.
  mutating func write(_ builder: consuming Tbl.Builder, key: String?) -> Record? {
    guard failure == nil else { return nil }
    do {
      return write(try builder.finish(), key: key)
    } catch {
      failure = error.inside(key)
      return nil
    }
  }
}

extension [UInt8] {
  /// Replaces the 12 bytes at `offset` by `record`.
  mutating func store(_ record: Record, at offset: Int) {
    store(record.head, at: offset)
    store(record.payload, at: offset + 4)
  }

  /// Appends entries, 24 bytes each.
  mutating func append(_ entries: ArraySlice<Tbl.Builder.Entry>) {
    append(Layout.entryBytes * entries.count) { target in
      var offset = 0
      for entry in entries {
        target.store(UInt64(entry.hash) | UInt64(entry.keyOffset) << 32, at: offset, width: 8)
        target.store(
          UInt64(entry.keyLength) | UInt64(entry.record.head) << 32, at: offset + 8, width: 8)
        target.store(entry.record.payload, at: offset + 16, width: 8)
        offset += Layout.entryBytes
      }
    }
  }
}
