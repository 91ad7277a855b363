import Tbl

/// Writes a document as a stream.
struct StreamWriter {
  private let bytes: [UInt8]
  private let columns: [ColumnSource]
  private let rows: Int

  /// Finds the columns of `table`.
  ///
  /// - Parameters:
  ///   - table: A table of columns.
  ///   - largestShortOffset: Strings and bytes beyond it get types with long offsets.
  ///   - largestMessage: Bytes of a schema, at most.
  init(
    _ table: Tbl, largestShortOffset: Int = Int(Int32.max), largestMessage: Int = Int(Int32.max)
  ) throws(ArrowError) {
    bytes = table.bytes
    let finder = ColumnFinder(bytes: bytes, largestShortOffset: largestShortOffset)
    columns = try finder.columns(of: TableFacts(table), path: nil, depth: 0)
    rows = try finder.rows(of: columns, path: nil) ?? 0
    // The length of a message has 31 bits, and that of a batch is less than the schema's.
    let schemaBytes = columns.reduce(0) { $0 + $1.schemaBytes }
    guard schemaBytes <= largestMessage else {
      throw ArrowError(
        .tooLarge, column: columns.last?.field.name ?? "", "a schema of \(schemaBytes) bytes")
    }
  }

  /// Arrays of all batches for each byte of the document, at most: a vector has so many dimensions.
  private static let arraysPerByte = 8

  /// The whole stream.
  func stream(rowsPerBatch: Int?) -> [UInt8] {
    let asked = min(rowsPerBatch ?? .max, Int(Int32.max))
    precondition(asked > 0, "batches of \(asked) rows")
    let arrays = columns.reduce(0) { $0 + $1.arrayCount }
    // Lists without elements make rows that need no bytes. A column whose rows do has a byte in
    // each at least and, unless structs nest, eight arrays at most.
    let mostBatches = max(1, Self.arraysPerByte * bytes.count / max(1, arrays))
    let step = max(asked, (rows + mostBatches - 1) / mostBatches)
    var stream: [UInt8] = []
    // Data is not larger than in the document, but for the padding and what tells of it.
    let told = (rows / step + 1) * (256 + 96 * arrays)
    stream.reserveCapacity(bytes.count + 4096 + min(told, 4 * bytes.count))
    let schema = ArrowSchema(columns.map(\.field))
    Self.append(.schema, schema.flat, bodyBytes: 0, to: &stream)
    var start = 0
    while start < rows {
      let end = start + min(step, rows - start)
      append(batch: start..<end, to: &stream)
      start = end
    }
    stream.appendLittleEndian(Int32(-1))
    stream.appendLittleEndian(Int32(0))
    return stream
  }

  private static func append(
    _ kind: ArrowMessage.Kind, _ header: FlatNode, bodyBytes: Int, to stream: inout [UInt8]
  ) {
    // Version 5 of the messages has the number 4.
    let message = FlatBuilder.buffer(
      root: .table([.short(4), .byte(kind.rawValue), header, .long(Int64(bodyBytes))]))
    let padding = -message.count & 7
    stream.appendLittleEndian(Int32(-1))
    stream.appendLittleEndian(Int32(message.count + padding))
    stream.append(contentsOf: message)
    stream.append(contentsOf: repeatElement(0, count: padding))
  }

  private func append(batch range: Range<Int>, to stream: inout [UInt8]) {
    var layout = BatchLayout(bytes)
    for column in columns { layout.add(column, range) }
    let header = FlatNode.table([
      .long(Int64(range.count)), .pairs(layout.nodes), .pairs(layout.buffers),
    ])
    Self.append(.recordBatch, header, bodyBytes: layout.byteCount, to: &stream)
    for piece in layout.pieces {
      stream.append(piece, of: bytes)
      stream.append(contentsOf: repeatElement(0, count: -piece.byteCount & 7))
    }
  }
}

/// The nodes and buffers of one batch, in the order of the schema, before any of them is written.
private struct BatchLayout {
  private let bytes: [UInt8]
  /// Elements and nulls of each array.
  private(set) var nodes: [(Int64, Int64)] = []
  /// Where in the body each buffer begins, and its bytes.
  private(set) var buffers: [(Int64, Int64)] = []
  private(set) var pieces: [Piece] = []
  private(set) var byteCount = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Adds the rows `range` of `column`.
  mutating func add(_ column: ColumnSource, _ range: Range<Int>) {
    if case .nulls = column.storage {
      nodes.append((Int64(range.count), Int64(range.count)))
      return
    }
    addValidity(column.valid, range)
    var count = range.count
    for dimension in column.dimensions {
      count *= dimension
      nodes.append((Int64(count), 0))
      add(.none)
    }
    let first = range.lowerBound * column.elementsPerRow
    switch column.storage {
    case .nulls:
      break
    case .fixed(let start, let stride):
      let begin = start + first * stride
      add(.slice(begin..<(begin + count * stride)))
    case .bools(let start):
      add(.bits(ofBytes: (start + first)..<(start + first + count)))
    case .ragged(let offsets, let base, let isLarge):
      let place = offsets + 4 * first
      let begin = Int(bytes.littleEndian(UInt32.self, at: place))
      let end = Int(bytes.littleEndian(UInt32.self, at: place + 4 * count))
      add(.offsets(at: place, count: count + 1, less: begin, isLarge: isLarge))
      add(.slice((base + begin)..<(base + end)))
    case .columns(let columns):
      for column in columns { add(column, range) }
    }
  }

  private mutating func addValidity(_ valid: Range<Int>?, _ range: Range<Int>) {
    guard let valid else {
      nodes.append((Int64(range.count), 0))
      return add(.none)
    }
    let flags = (valid.lowerBound + range.lowerBound)..<(valid.lowerBound + range.upperBound)
    let nulls = flags.count - bytes[flags].reduce(0) { $0 + Int($1) }
    nodes.append((Int64(range.count), Int64(nulls)))
    add(nulls == 0 ? .none : .bits(ofBytes: flags))
  }

  private mutating func add(_ piece: Piece) {
    let count = piece.byteCount
    buffers.append((Int64(byteCount), Int64(count)))
    pieces.append(piece)
    byteCount += (count + 7) & ~7
  }

  /// A buffer, as what of the document it will be made of.
  enum Piece {
    case none
    case slice(Range<Int>)
    case bits(ofBytes: Range<Int>)
    /// Offsets of 32 bits each, from all of which `less` is taken.
    case offsets(at: Int, count: Int, less: Int, isLarge: Bool)

    var byteCount: Int {
      switch self {
      case .none: 0
      case .slice(let range): range.count
      case .bits(let range): (range.count + 7) / 8
      case .offsets(_, let count, _, let isLarge): count * (isLarge ? 8 : 4)
      }
    }
  }
}

extension [UInt8] {
  /// Appends what `piece` stands for.
  fileprivate mutating func append(_ piece: BatchLayout.Piece, of document: [UInt8]) {
    switch piece {
    case .none:
      break
    case .slice(let range):
      append(contentsOf: document[range])
    case .bits(let range):
      appendBits(ofBytes: document, in: range)
    case .offsets(let place, let count, 0, false):
      append(contentsOf: document[place..<(place + 4 * count)])
    case .offsets(let place, let count, let less, let isLarge):
      for index in 0..<count {
        let offset = Int(document.littleEndian(UInt32.self, at: place + 4 * index)) - less
        if isLarge { appendLittleEndian(Int64(offset)) } else { appendLittleEndian(Int32(offset)) }
      }
    }
  }
}
