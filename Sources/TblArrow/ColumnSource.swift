import Tbl

/// A column of a document: what a schema says of it, and where its bytes lie in the document.
struct ColumnSource {
  var field: ArrowField
  /// Rows; nil for nulls and for structs without columns, which have as many as there are.
  var rows: Int?
  var storage: Storage
  /// Where a byte for each row lies that is 0 where it is null; nil without nulls.
  var valid: Range<Int>?
  /// The dimensions that become lists.
  var dimensions: [Int] = []

  enum Storage {
    case nulls
    /// Elements of `stride` bytes each from a byte of the document on.
    case fixed(start: Int, strideBytes: Int)
    /// Truth values, a byte each.
    case bools(start: Int)
    /// Offsets of 32 bits each, and the base that they count from.
    case ragged(offsets: Int, base: Int, isLarge: Bool)
    case columns([ColumnSource])
  }

  /// Arrays that the column is in Arrow, those of lists and structs included.
  var arrayCount: Int {
    let own = 1 + dimensions.count
    guard case .columns(let columns) = storage else { return own }
    return columns.reduce(own) { $0 + $1.arrayCount }
  }

  /// Bytes that tell of the column in a schema, at most.
  var schemaBytes: Int {
    let own = field.name.utf8.count + (192 + ArrowType.largestZone) * (1 + dimensions.count)
    guard case .columns(let columns) = storage else { return own }
    return columns.reduce(own) { $0 + $1.schemaBytes }
  }

  /// Elements in a row.
  var elementsPerRow: Int { dimensions.reduce(1, *) }
}

/// Makes columns of what a document holds.
struct ColumnFinder {
  /// The document.
  let bytes: [UInt8]
  /// The greatest offset that Arrow's types with short offsets hold; others get long ones.
  let largestShortOffset: Int

  /// The columns of a table.
  ///
  /// - Parameter path: The name of the column that the table is; nil for the document.
  func columns(
    of table: TableFacts, path: String?, depth: Int
  ) throws(ArrowError) -> [ColumnSource] {
    guard !table.hasVector else {
      throw ArrowError(.notAColumn, column: path ?? "", "the table's own vector has no name")
    }
    guard depth <= ArrowField.maximumDepth else {
      throw ArrowError(
        .notAColumn, column: path ?? "", "more than \(ArrowField.maximumDepth) levels of tables")
    }
    var columns: [ColumnSource] = []
    for entry in table.entries {
      let path = path.map { "\($0).\(entry.key)" } ?? entry.key
      columns.append(try column(entry.key, entry.facts, path: path, depth: depth))
    }
    return columns
  }

  /// The rows of `columns`, which all must have; nil when none of them says how many.
  func rows(of columns: [ColumnSource], path: String?) throws(ArrowError) -> Int? {
    var known: (rows: Int, name: String)?
    for column in columns {
      guard let rows = column.rows else { continue }
      let name = path.map { "\($0).\(column.field.name)" } ?? column.field.name
      if let known, known.rows != rows {
        throw ArrowError(
          .unequalColumns, column: name,
          "\(rows) rows, where '\(known.name)' has \(known.rows)")
      }
      known = known ?? (rows, name)
    }
    return known?.rows
  }

  private func column(
    _ name: String, _ facts: FieldFacts, path: String, depth: Int
  ) throws(ArrowError) -> ColumnSource {
    guard let table = facts.table else { return try plain(name, facts, path: path) }
    guard let values = table[ColumnKey.values] else {
      return try structure(name, table, path: path, depth: depth)
    }
    return try annotated(name, values, table, path: path, depth: depth)
  }

  /// A column that is a vector.
  private func plain(
    _ name: String, _ facts: FieldFacts, path: String
  ) throws(ArrowError) -> ColumnSource {
    if facts.type == .none {
      let field = ArrowField(name: name, isNullable: true, type: .null)
      return ColumnSource(field: field, storage: .nulls)
    }
    guard facts.isVector, var type = ArrowType(element: facts.type) else {
      throw ArrowError(.notAColumn, column: path, "it is \(facts.name)")
    }
    // Beside a 0 the other dimensions may be as large as they like, and say nothing.
    let room = facts.shape.reduce(Int(UInt32.max)) { $0 / max(1, $1) }
    guard room > 0 else {
      throw ArrowError(.notAColumn, column: path, "the shape \(facts.shape)")
    }
    let storage: ColumnSource.Storage
    if let (offsets, base) = facts.ragged {
      let count = facts.shape.reduce(1, *)
      let end = Int(bytes.littleEndian(UInt32.self, at: offsets + 4 * count))
      let isLarge = end > largestShortOffset
      if isLarge { type = facts.type == .string ? .utf8(large: true) : .binary(large: true) }
      storage = .ragged(offsets: offsets, base: base, isLarge: isLarge)
    } else if let range = facts.elements {
      storage =
        facts.type == .bool
        ? .bools(start: range.lowerBound)
        : .fixed(start: range.lowerBound, strideBytes: type.strideBytes ?? 1)
    } else {
      throw ArrowError(.notAColumn, column: path, "it is \(facts.name)")
    }
    return ColumnSource(
      field: try field(name, type, facts.shape.dropFirst(), path: path), rows: facts.shape[0],
      storage: storage, dimensions: Array(facts.shape.dropFirst()))
  }

  /// A field of elements of `type`, in lists if there are more dimensions.
  private func field(
    _ name: String, _ type: ArrowType, _ dimensions: ArraySlice<Int>, path: String
  ) throws(ArrowError) -> ArrowField {
    guard let dimension = dimensions.first else {
      return ArrowField(name: name, isNullable: false, type: type)
    }
    guard dimension <= Int(Int32.max) else {
      throw ArrowError(.notAColumn, column: path, "rows of \(dimension) elements")
    }
    let inner = try field("item", type, dimensions.dropFirst(), path: path)
    return ArrowField(
      name: name, isNullable: false, type: .fixedSizeList(dimension), children: [inner])
  }

  /// A column that is a table of its values and of what is to know about them.
  private func annotated(
    _ name: String, _ values: FieldFacts, _ table: TableFacts, path: String, depth: Int
  ) throws(ArrowError) -> ColumnSource {
    for entry in table.entries {
      let facts = entry.facts
      switch entry.key {
      case ColumnKey.values: continue
      case ColumnKey.valid where facts.isVector && facts.type == .bool && facts.shape.count == 1:
        continue
      case ColumnKey.kind, ColumnKey.unit, ColumnKey.zone:
        if facts.text != nil { continue }
      default: break
      }
      throw ArrowError(.notAColumn, column: "\(path).\(entry.key)", "\(facts.name) beside values")
    }
    guard values.type != .none else {
      throw ArrowError(.notAColumn, column: path, "nil as values")
    }
    // The values are a struct if they are a table, whatever its keys are.
    var column: ColumnSource
    if let columns = values.table {
      column = try structure(name, columns, path: path, depth: depth)
    } else {
      column = try plain(name, values, path: path)
    }
    try setTime(table, of: &column, path: path)
    if let valid = table[ColumnKey.valid]?.elements {
      // A struct without columns has as many rows as are told to be valid or not.
      let rows = column.rows ?? valid.count
      guard rows == valid.count else {
        throw ArrowError(
          .unequalColumns, column: path,
          "\(valid.count) rows are valid or not, where there are \(rows)")
      }
      column.rows = rows
      column.valid = valid
      column.field.isNullable = true
    }
    return column
  }

  /// A column that is a table of columns.
  private func structure(
    _ name: String, _ table: TableFacts, path: String, depth: Int
  ) throws(ArrowError) -> ColumnSource {
    let columns = try columns(of: table, path: path, depth: depth + 1)
    let field = ArrowField(
      name: name, isNullable: false, type: .structure, children: columns.map(\.field))
    return ColumnSource(
      field: field, rows: try rows(of: columns, path: path), storage: .columns(columns))
  }

  /// Gives `column` the type that `table` says, if it does.
  private func setTime(
    _ table: TableFacts, of column: inout ColumnSource, path: String
  ) throws(ArrowError) {
    let unit = table[ColumnKey.unit]?.text ?? ""
    let zone = table[ColumnKey.zone]?.text ?? ""
    guard let kind = table[ColumnKey.kind]?.text else {
      guard unit.isEmpty, zone.isEmpty else {
        throw ArrowError(.notAColumn, column: path, "a unit or a zone without a kind")
      }
      return
    }
    guard let type = ArrowType(kind: kind, unit: unit, zone: zone),
      zone.isEmpty || kind == "timestamp", zone.utf8.count <= ArrowType.largestZone
    else {
      throw ArrowError(.notAColumn, column: path, "no \(kind) has the unit '\(unit)'")
    }
    let leaf = column.field.leafType
    guard let element = type.element, leaf == ArrowType(element: element) else {
      throw ArrowError(
        .notAColumn, column: path,
        "a \(kind) in \(unit) is a vector of \(type.element?.name ?? "integers")")
    }
    column.field.leafType = type
  }
}

extension ArrowField {
  /// The type below all lists.
  fileprivate var leafType: ArrowType {
    get {
      if case .fixedSizeList = type { children[0].leafType } else { type }
    }
    set {
      if case .fixedSizeList = type { children[0].leafType = newValue } else { type = newValue }
    }
  }
}
