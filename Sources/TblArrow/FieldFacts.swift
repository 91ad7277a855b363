import Tbl

/// What a value of a document is and where its bytes lie in it.
struct FieldFacts {
  let type: Tbl.TypeCode
  let isVector: Bool
  /// Dimensions of a vector.
  let shape: [Int]
  /// Where the elements of a vector of numbers or truth values lie.
  let elements: Range<Int>?
  /// Where the offsets of a vector of strings or bytes begin, and their base.
  let ragged: (offsets: Int, base: Int)?
  /// The text, when this is one.
  let text: String?
  /// What a table holds.
  let table: TableFacts?

  init(_ field: borrowing Tbl.Field) throws(TblError) {
    type = field.type
    isVector = field.isVector
    shape = try field.shape()
    elements = try field.elementRange()
    ragged = try field.raggedPlaces()
    text = try field.string()
    if let inner = try field.table() {
      table = try TableFacts(inner)
    } else {
      table = nil
    }
  }

  /// How an error names it.
  var name: String { isVector ? "a vector of \(type.name)" : "a \(type.name)" }
}

/// What a table holds, in the order of its keys.
struct TableFacts {
  let entries: [Entry]
  let hasVector: Bool

  struct Entry {
    let key: String
    let facts: FieldFacts
  }

  init(_ view: borrowing Tbl.View) throws(TblError) {
    hasVector = try view.vector() != nil
    var entries: [Entry] = []
    entries.reserveCapacity(view.count)
    for index in 0..<view.count {
      entries.append(
        Entry(key: try view.key(at: index), facts: try FieldFacts(view.field(at: index))))
    }
    self.entries = entries
  }

  init(_ table: Tbl) {
    do {
      self = try table.withView { view throws(TblError) in try TableFacts(view) }
    } catch {
      preconditionFailure("a document that was valid is not: \(error)")
    }
  }

  /// The value of `key`; nil when there is none.
  subscript(_ key: String) -> FieldFacts? {
    entries.first { $0.key == key }?.facts
  }
}
