// Values of the document that is decoded, as objects can hold them: places in bytes that are lent.

/// A table.
struct StoredTable {
  /// Where it begins in the bytes that are lent.
  let start: Int
  let layout: Layout
}

/// A value of a table.
struct StoredField {
  let table: StoredTable
  let record: Record
  let place: Int
}

/// A vector, or the part of one whose first indices are fixed.
final class StoredVector {
  let field: StoredField
  let geometry: Geometry
  /// How many elements behind the first of the whole vector this one begins.
  let first: Int

  init(field: StoredField, geometry: Geometry, first: Int) {
    self.field = field
    self.geometry = geometry
    self.first = first
  }

  /// Elements along the first dimension; of a shape without elements, whatever its other
  /// dimensions.
  var count: Int { geometry.count == 0 ? 0 : geometry.dimensions[0] }
}

/// What a value that is decoded was found to be.
enum StoredValue {
  /// The outermost table.
  case table(StoredTable)
  case field(StoredField)
  case part(StoredVector)
  /// A base class for which nothing was encoded.
  case absent
}

/// The document that is decoded, for as long as it is.
///
/// Its bytes are those of a table that was validated.
final class DecodedDocument: LentBytes {
  let userInfo: [CodingUserInfoKey: Any]

  init(userInfo: [CodingUserInfoKey: Any]) {
    self.userInfo = userInfo
  }

  @_lifetime(borrow self)
  func view(_ table: StoredTable) -> Tbl.View {
    let part = span.extracting(table.start..<(table.start + table.layout.size))
    return Tbl.View(
      part, layout: table.layout, origin: table.start, isValidated: true)
  }

  @_lifetime(borrow self)
  func field(_ stored: StoredField) -> Tbl.Field {
    Tbl.Field(table: view(stored.table), record: stored.record, place: stored.place)
  }

  func stored(_ field: borrowing Tbl.Field) -> StoredField {
    StoredField(table: stored(field.owner), record: field.record, place: field.place)
  }

  func stored(_ view: borrowing Tbl.View) -> StoredTable {
    StoredTable(start: view.origin, layout: view.layout)
  }

  /// The value of a key; nil when there is none.
  @inline(__always)
  func find(_ key: String, _ table: StoredTable) throws(TblError) -> StoredField? {
    let view = view(table)
    guard let entry = try view.find(key) else { return nil }
    let place = entry + Layout.recordOffset
    let record = try Record(in: view.bytes, at: place, origin: view.origin, own: false)
    return StoredField(table: table, record: record, place: place)
  }

  /// The keys of a table, in the order in which they were set.
  func keys(_ table: StoredTable) throws(TblError) -> [String] {
    let view = view(table)
    var keys: [String] = []
    keys.reserveCapacity(view.count)
    for index in 0..<view.count { keys.append(try view.key(at: index)) }
    return keys
  }

  /// The table that a field is; nil when it is none.
  func table(_ field: StoredField) throws(TblError) -> StoredTable? {
    guard let table = try self.field(field).table() else { return nil }
    return stored(table)
  }

  /// What `body` reads of a field.
  func read<Result>(
    _ field: StoredField, _ body: (borrowing Tbl.Field) throws(TblError) -> Result
  ) throws(TblError) -> Result {
    try body(self.field(field))
  }

  /// The text that a field is; nil when it is none.
  func string(_ field: StoredField) throws(TblError) -> String? {
    try self.field(field).string()
  }

  /// The bytes that a field is; nil when it is none.
  func bytes(_ field: StoredField) throws(TblError) -> [UInt8]? {
    guard !field.record.isVector, field.record.code == .bytes else { return nil }
    return try self.field(field).bytes()?.copied(as: UInt8.self)
  }

  /// A copy of a table.
  func copy(_ table: StoredTable) throws(TblError) -> Tbl {
    try Tbl(copying: view(table))
  }

  /// All of a vector; nil when `field` is none, nor a table that has one of its own.
  func vector(_ field: StoredField) throws(TblError) -> StoredVector? {
    if field.record.isVector { return try vector(self.field(field)) }
    guard let table = try table(field) else { return nil }
    return try vector(table)
  }

  /// The own vector of a table.
  func vector(_ table: StoredTable) throws(TblError) -> StoredVector? {
    guard let own = try view(table).vector() else { return nil }
    return try vector(own)
  }

  private func vector(_ field: borrowing Tbl.Field) throws(TblError) -> StoredVector {
    let geometry = try field.geometry()
    // Whoever lent the bytes may change them against the rules: elements are read where this saw
    // them.
    if let width = field.type.width { _ = try field.extent(geometry, width) }
    return StoredVector(field: stored(field), geometry: geometry, first: 0)
  }

  /// The element of a vector at an index of its first dimension, which is there.
  func element(_ vector: StoredVector, _ index: Int) throws(TblError) -> StoredValue {
    let first = vector.first + index * vector.geometry.strides[0]
    guard vector.geometry.rank == 1 else {
      return .part(
        StoredVector(field: vector.field, geometry: vector.geometry.removing(0), first: first))
    }
    return .field(try single(vector, first))
  }

  /// The element of a vector of one dimension.
  @inline(__always)
  func single(_ vector: StoredVector, _ first: Int) throws(TblError) -> StoredField {
    let record = vector.field.record
    guard let width = record.code.width else {
      // These have no strides, so the place is the number.
      return stored(try field(vector.field).element(at: first))
    }
    let place = record.offset + first * width
    let bits = span.word(at: vector.field.table.start + place, width: width)
    return StoredField(
      table: vector.field.table, record: Record(record.code, bits: bits), place: place)
  }
}

// MARK: In words

extension DecodedDocument {
  /// What an error says was found.
  func words(_ value: StoredValue) -> String {
    switch value {
    case .absent: "nothing"
    case .table(let table): words(table)
    case .part(let part): words(part)
    case .field(let field): words(field)
    }
  }

  private func words(_ field: StoredField) -> String {
    if field.record.isVector {
      guard let vector = try? vector(field) else { return "a damaged vector" }
      return words(vector)
    }
    switch field.record.code {
    case .none: return "nil"
    case .bool: return "a truth value"
    case .string: return "a string"
    case .bytes: return "\(field.record.count) bytes"
    case .table:
      guard let table = try? table(field) else { return "a damaged table" }
      return words(table)
    default: return "the number " + number(field.record)
    }
  }

  private func words(_ table: StoredTable) -> String {
    if let vector = try? vector(table), table.layout.count == 0 { return words(vector) }
    let count = table.layout.count
    return "a table with \(count) key\(count == 1 ? "" : "s")"
  }

  private func words(_ vector: StoredVector) -> String {
    let name = vector.field.record.code.name
    let shape = vector.geometry.shape
    guard shape.count == 1 else {
      return "a vector of \(name) with \(shape.map(String.init).joined(separator: " x ")) elements"
    }
    return "a vector of \(name) with \(shape[0]) element\(shape[0] == 1 ? "" : "s")"
  }

  /// A number with its type.
  func number(_ record: Record) -> String {
    let digits =
      switch record.code.kind {
      case .signed: String(Int64(bitPattern: record.payload))
      case .unsigned: String(record.payload)
      default: (record.floating ?? .nan).description
      }
    return "\(digits) (\(record.code.name))"
  }
}
