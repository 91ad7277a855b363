import Tbl

extension ColumnReader {
  /// Sets the column's name in `builder` to what the batches brought.
  ///
  /// A column that is more than a vector becomes a table: with nulls, with a unit of time, or a
  /// struct that could be taken for such a table.
  func set(in builder: inout Tbl.Builder, of stream: [UInt8]) {
    let isStruct = leaf == .structure
    let isMistakable = isStruct && children.contains { $0.field.name == ColumnKey.values }
    guard leaf == .null || (valid == nil && leaf.time == nil && !isMistakable) else {
      var table = Tbl.Builder()
      table.reserve(documentBytes)
      setValues(ColumnKey.values, in: &table, of: stream)
      if let time = leaf.time {
        table.set(ColumnKey.kind, time.kind)
        table.set(ColumnKey.unit, time.unit.rawValue)
        if !time.zone.isEmpty { table.set(ColumnKey.zone, time.zone) }
      }
      if let valid {
        table.set(ColumnKey.valid, .bool, count: valid.count, byteCount: valid.count) { bytes in
          bytes.append(contentsOf: valid)
        }
      }
      builder.set(field.name, table)
      return
    }
    setValues(field.name, in: &builder, of: stream)
  }

  /// Bytes that the column needs in a document, or somewhat more.
  var documentBytes: Int {
    // Keys, entries and their slots in an index, shape and padding, and those of a table around.
    let frame = 256 + field.name.utf8.count
    let own = byteCount + 4 * ends.count + (valid?.count ?? 0) + frame
    return children.reduce(own) { $0 + $1.documentBytes }
  }

  private func setValues(_ key: String, in builder: inout Tbl.Builder, of stream: [UInt8]) {
    guard let element = leaf.element else {
      guard leaf == .structure else { return builder.setNil(key) }
      var table = Tbl.Builder()
      table.reserve(documentBytes)
      for child in children { child.set(in: &table, of: stream) }
      return builder.set(key, table)
    }
    let count = dimensions.reduce(rows, *)
    let shape = dimensions.isEmpty ? nil : [rows] + dimensions
    let isRagged = leaf.strideBytes == nil
    builder.set(
      key, element, count: count, shape: shape,
      byteCount: byteCount + (isRagged ? 4 * (count + 1) : 0)
    ) { bytes in
      if isRagged {
        bytes.appendLittleEndian(UInt32(0))
        bytes.append(words: ends)
      }
      for part in parts { bytes.append(part, of: stream) }
    }
  }
}

/// The keys of a table that is a column.
enum ColumnKey {
  static let values = "values"
  static let valid = "valid"
  static let kind = "kind"
  static let unit = "unit"
  static let zone = "zone"
}
