// Tables of columns as separated text (RFC 4180), which the reader takes for the same columns.

extension Tbl {
  /// The table of columns as separated text, of which ``init(csv:options:)`` makes such columns
  /// again.
  ///
  /// Each key is a column: a vector of one dimension of numbers, truth values or texts, or a table
  /// that has such a one as `values`, whose rows are empty where `valid` is false. Numbers are as
  /// short as their type allows; texts stand in quotation marks where they would be read as
  /// something else.
  ///
  /// - Parameters:
  ///   - separator: Between two cells; any ASCII character but a quotation mark and the ends of
  ///     lines.
  ///   - hasHeader: Whether the first row has the names of the columns.
  /// - Returns: UTF-8; each row ends with a line feed.
  /// - Throws: `wrongType` that names the key of what is no such column, and `wrongShape` that
  ///   names the first column with another number of rows; `unusableSeparator`.
  /// - Complexity: O(bytes).
  public func csv(
    separator: UInt8 = UInt8(ascii: ","), hasHeader: Bool = true
  ) throws(TblError) -> [UInt8] {
    try CSVOptions.check(separator: separator)
    let columns = try withView { (view) throws(TblError) in
      guard try view.vector()?.type == nil else {
        throw TblError(.wrongType, key: nil, "it has a vector of its own, which is no column")
      }
      var columns: [CSVTextColumn] = []
      for index in 0..<view.count {
        columns.append(try CSVTextColumn(view.field(at: index), name: view.key(at: index)))
      }
      return columns
    }
    let rows = columns.first?.count ?? 0
    if let other = columns.first(where: { $0.count != rows }) {
      throw TblError(
        .wrongShape, key: other.name,
        "it has \(other.count) rows, and '\(columns[0].name)' has \(rows)")
    }
    var writer = CSVWriter(separator: separator)
    if hasHeader, !columns.isEmpty { writer.row(columns) { $0.text($1.name, isName: true) } }
    for row in 0..<rows { writer.row(columns) { $0.cell($1, row) } }
    return writer.text
  }
}

/// A column on its way into text.
private struct CSVTextColumn {
  let name: String
  let count: Int
  let cells: Tbl.Value
  /// Which rows are there; nil where all are.
  var valid: [Bool]?

  init(_ field: borrowing Tbl.Field, name: String) throws(TblError) {
    if let table = try field.table(), let values = try table.field("values") {
      try self.init(vector: values, name: name)
      guard let there = try table.field("valid") else { return }
      guard let valid = try there.bools(), valid.count == count else {
        throw TblError(.wrongType, key: name, "its 'valid' is no truth value for each row")
      }
      self.valid = valid
    } else {
      try self.init(vector: field, name: name)
    }
  }

  private init(vector: borrowing Tbl.Field, name: String) throws(TblError) {
    guard vector.isVector, vector.record.rank == 1,
      vector.type.kind != nil || vector.type == .bool || vector.type == .string
    else {
      let what = try vector.typeAndShape()
      throw TblError(
        .wrongType, key: name, "\(what) is no column of numbers, truth values or texts")
    }
    self.name = name
    count = vector.count
    cells = try vector.value()
  }
}

private struct CSVWriter {
  let separator: UInt8
  var text: [UInt8] = []

  init(separator: UInt8) { self.separator = separator }

  mutating func row(
    _ columns: [CSVTextColumn], _ write: (inout CSVWriter, CSVTextColumn) -> Void
  ) {
    for index in columns.indices {
      if index > 0 { text.append(separator) }
      write(&self, columns[index])
    }
    text.append(0x0A)
  }

  mutating func cell(_ column: CSVTextColumn, _ row: Int) {
    if let valid = column.valid, !valid[row] { return }
    switch column.cells {
    case .ints(let cells): put(cells[row].description)
    case .uints(let cells): put(cells[row].description)
    case .floats(let cells): put(cells[row].description)
    case .doubles(let cells): put(cells[row].description)
    case .bools(let cells): put(cells[row] ? "true" : "false")
    case .strings(let cells): text(cells[row])
    default: break
    }
  }

  /// Writes a text, in quotation marks where it would be read as something else without.
  mutating func text(_ cell: String, isName: Bool = false) {
    let bytes = Array(cell.utf8)
    let isPlain =
      !bytes.isEmpty && !bytes.starts(with: [0xEF, 0xBB, 0xBF])
      && (isName || CSVColumn.isText(bytes))
    if isPlain { return put(cell) }
    quote(cell)
  }

  private mutating func put(_ cell: String) {
    let isPlain = cell.utf8.allSatisfy { byte in
      byte != separator && byte != UInt8(ascii: "\"") && byte != 0x0A && byte != 0x0D
    }
    if isPlain { text += cell.utf8 } else { quote(cell) }
  }

  private mutating func quote(_ cell: String) {
    text.append(UInt8(ascii: "\""))
    for byte in cell.utf8 {
      if byte == UInt8(ascii: "\"") { text.append(byte) }
      text.append(byte)
    }
    text.append(UInt8(ascii: "\""))
  }
}
