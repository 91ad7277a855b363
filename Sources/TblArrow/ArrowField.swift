/// A column of a schema, or a part of one.
struct ArrowField {
  var name: String
  var isNullable: Bool
  var type: ArrowType
  var children: [ArrowField] = []
  /// Where the values are looked up, when the column holds indices.
  var dictionary: Dictionary?

  struct Dictionary {
    let id: Int64
    let indexBits: Int
    let isSigned: Bool
  }

  /// Structs within structs, at most, in both directions.
  static let maximumDepth = 64

  /// The field as a message holds it.
  var flat: FlatNode {
    let (code, slots) = type.flat
    return .table([
      .string(name), .bool(isNullable), .byte(code), .table(slots), nil,
      .tables(children.map(\.flat)),
    ])
  }
}

/// The columns of a stream.
struct ArrowSchema {
  var fields: [ArrowField]

  /// The schema as a message holds it.
  var flat: FlatNode {
    .table([.short(0), .tables(fields.map(\.flat))])
  }

  init(_ fields: [ArrowField]) { self.fields = fields }

  /// Reads the schema of a message of `byteCount` bytes.
  init(_ table: FlatTable, byteCount: Int) throws(ArrowError) {
    guard try table.number(0, default: Int16(0)) == 0 else {
      throw ArrowError(.unsupported, column: "", "big-endian numbers in all columns")
    }
    // Two offsets may lead to one field, so that without a bound few bytes could tell of fields
    // without number. An honest field takes more than 24 bytes: its table, its name and its type.
    var walk = Walk(fields: byteCount / 24, nameBytes: 4 * byteCount)
    fields = try walk.fields(of: table.vector(1, strideBytes: 4), path: "", depth: 0)
  }

  /// What reading may still cost.
  private struct Walk {
    var fields: Int
    var nameBytes: Int

    mutating func fields(
      of vector: FlatVector, path: String, depth: Int
    ) throws(ArrowError) -> [ArrowField] {
      guard depth <= ArrowField.maximumDepth else {
        throw ArrowError(
          .unsupported, column: path, "more than \(ArrowField.maximumDepth) levels of types")
      }
      var result: [ArrowField] = []
      for index in 0..<vector.count {
        result.append(try field(vector.table(at: index), path: path, depth: depth))
      }
      return result
    }

    private mutating func field(
      _ table: FlatTable, path: String, depth: Int
    ) throws(ArrowError) -> ArrowField {
      let name = try table.string(0, limit: nameBytes) ?? ""
      nameBytes -= name.utf8.count
      fields -= 1
      guard fields >= 0 else {
        throw ArrowError(.corrupt, column: path, "more fields than its message has room for")
      }
      let column = depth == 0 ? name : "\(path).\(name)".suffixed(to: 256)
      guard let inner = try table.table(3) else {
        throw ArrowError(.corrupt, column: column, "no type")
      }
      let type = try ArrowType(
        code: table.number(2, default: UInt8(0)), inner, column: column)
      var field = ArrowField(name: name, isNullable: try table.bool(1), type: type)
      if let encoding = try table.table(4) {
        field.dictionary = try dictionary(encoding, of: type, column: column)
      }
      switch type {
      case .structure, .fixedSizeList:
        field.children = try fields(
          of: table.vector(5, strideBytes: 4), path: column, depth: depth + 1)
      default:
        break
      }
      if case .fixedSizeList = type { try checkList(field, column: column) }
      return field
    }

    private func dictionary(
      _ table: FlatTable, of type: ArrowType, column: String
    ) throws(ArrowError) -> ArrowField.Dictionary {
      guard type == .null || type.element != nil else {
        throw ArrowError(.unsupported, column: column, "a dictionary of structs or lists")
      }
      let id = try table.number(0, default: Int64(0))
      guard let index = try table.table(1) else {
        return ArrowField.Dictionary(id: id, indexBits: 32, isSigned: true)
      }
      let bits = try index.number(0, default: Int32(0))
      guard [8, 16, 32, 64].contains(bits) else {
        throw ArrowError(.corrupt, column: column, "indices of \(bits) bits")
      }
      return ArrowField.Dictionary(
        id: id, indexBits: Int(bits), isSigned: try index.bool(1))
    }

    /// A list is a further dimension of a vector, so what it holds must be elements of one.
    private func checkList(_ field: ArrowField, column: String) throws(ArrowError) {
      guard field.children.count == 1 else {
        throw ArrowError(.corrupt, column: column, "a list of \(field.children.count) types")
      }
      var inner = field
      var rank = 1
      while case .fixedSizeList = inner.type {
        inner = inner.children[0]
        rank += 1
      }
      guard inner.type.element != nil, inner.dictionary == nil else {
        throw ArrowError(
          .unsupported, column: column, "lists of structs, of dictionary indices or of nothing")
      }
      guard rank <= 8 else {
        throw ArrowError(.unsupported, column: column, "\(rank) dimensions")
      }
    }
  }
}

extension String {
  /// Its end, of at most `count` characters, so that names of deep columns stay short.
  fileprivate func suffixed(to count: Int) -> String {
    utf8.count <= count ? self : "…" + suffix(count)
  }
}
