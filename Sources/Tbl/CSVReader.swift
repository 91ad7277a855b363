/// Makes a table of the columns of separated text.
struct CSVReader {
  private let bytes: [UInt8]
  private let options: Tbl.CSVOptions
  private var columns: [CSVColumn] = []
  private var rows = 0

  init(_ bytes: [UInt8], _ options: Tbl.CSVOptions) {
    self.bytes = bytes
    self.options = options
  }

  mutating func table() throws(TblError) -> Tbl {
    try Tbl.CSVOptions.check(separator: options.separator)
    try checkText()
    var cells = CSVCells(bytes, separator: options.separator)
    try makeColumns(&cells)
    try forEachCell(cells) { columns, index, cell, cells in columns[index].look(cell, cells) }
    for index in columns.indices { columns[index].decide(rows: rows) }
    rows = 0
    try forEachCell(cells) { columns, index, cell, cells throws(TblError) in
      try columns[index].append(cell, cells)
    }
    var builder = Tbl.Builder()
    for column in columns { column.set(in: &builder) }
    return try (consume builder).finish()
  }

  private func checkText() throws(TblError) {
    do {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      throw TblError(
        .notCSV, in: bytes, at: error.byteOffsets.lowerBound, "its bytes are no UTF-8 text")
    }
  }

  /// Reads the names, or counts the cells of the first row.
  private mutating func makeColumns(_ cells: inout CSVCells) throws(TblError) {
    guard !cells.isAtEnd else { return }
    var first = cells
    // Of bytes, by which keys differ.
    var known: Set<[UInt8]> = []
    while true {
      let start = first.offset
      let cell = try first.next()
      let name =
        options.hasHeader
        ? String(decoding: first.text(cell), as: UTF8.self) : "column \(columns.count + 1)"
      guard known.insert(Array(name.utf8)).inserted else {
        throw first.error(.duplicateKey, at: start, "there are two columns '\(name)'")
      }
      let given = options.types[name]
      if let given, given.width == nil && given != .string || given == .float16 {
        throw first.error(.wrongType, at: start, "column '\(name)' cannot be of \(given.name)")
      }
      columns.append(CSVColumn(name: name, given: given))
      if cell.endsRow { break }
    }
    if options.hasHeader { cells = first }
    for name in options.types.keys where !known.contains(Array(name.utf8)) {
      throw TblError(.absentColumn, key: name, "there is no such column")
    }
  }

  /// Calls `body` with each cell and the number of its column.
  private mutating func forEachCell(
    _ start: CSVCells,
    _ body: (inout [CSVColumn], Int, CSVCells.Cell, CSVCells) throws(TblError) -> Void
  ) throws(TblError) {
    var cells = start
    rows = 0
    while !cells.isAtEnd {
      let row = cells.offset
      var index = 0
      while true {
        let cell = try cells.next()
        // A line with nothing in it is no row, but where there is one column.
        if index == 0, cell.endsRow, cell.range.isEmpty, !cell.isQuoted, columns.count > 1 { break }
        guard index < columns.count else { throw otherCount(cells, row) }
        try body(&columns, index, cell, cells)
        index += 1
        guard cell.endsRow else { continue }
        guard index == columns.count else { throw otherCount(cells, row) }
        rows += 1
        break
      }
    }
  }

  private func otherCount(_ cells: CSVCells, _ row: Int) -> TblError {
    cells.error(
      .notCSV, at: row, "a row has more or fewer cells than the \(columns.count) of the first")
  }
}
