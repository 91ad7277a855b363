// Arrays of one type, copied at once where they are stored as that type.

extension DecodingNode {
  typealias Reading = @Sendable (DecodingNode) throws -> Any

  /// Types that are read without asking them.
  static let known: [ObjectIdentifier: Reading] = {
    var known: [ObjectIdentifier: Reading] = [:]
    func add<T: ExactNumber>(_ type: T.Type) {
      known[ObjectIdentifier(T.self)] = { node in try node.number(T.self) }
      known[ObjectIdentifier([T].self)] = { node in try node.numbers(T.self) }
    }
    add(Int8.self)
    add(Int16.self)
    add(Int32.self)
    add(Int64.self)
    add(Int.self)
    add(UInt16.self)
    add(UInt32.self)
    add(UInt64.self)
    add(UInt.self)
    add(Float.self)
    add(Double.self)
    #if !(os(macOS) && arch(x86_64))
      add(Float16.self)
    #endif
    add(UInt8.self)
    known[ObjectIdentifier([UInt8].self)] = { node in try node.octets() }
    known[ObjectIdentifier(Tbl.Bytes.self)] = { node in Tbl.Bytes(try node.octets()) }
    known[ObjectIdentifier(Bool.self)] = { node in try node.decode(Bool.self) }
    known[ObjectIdentifier([Bool].self)] = { node in
      try node.elements("an array of truth values", .bool) { field, step in
        try node.bool(field, step)
      } all: { field throws(TblError) in
        try field.bools()
      }
    }
    known[ObjectIdentifier(String.self)] = { node in try node.decode(String.self) }
    known[ObjectIdentifier([String].self)] = { node in
      try node.elements("an array of strings", .string) { field, step in
        try node.string(field, step)
      } all: { field throws(TblError) in
        try field.strings()
      }
    }
    known[ObjectIdentifier(Tbl.self)] = { node in try node.embedded() }
    return known
  }()

  private func numbers<T: ExactNumber>(_ type: T.Type) throws -> [T] {
    try elements("an array of numbers of type \(type)", T.typeCode) { field, step in
      try number(field, step)
    } all: { field throws(TblError) in
      try field.elements(strideBytes: MemoryLayout<T>.stride).copied(as: type)
    }
  }

  /// Bytes, or an array of numbers.
  private func octets() throws -> [UInt8] {
    if let field = try single() {
      let bytes = try checked { () throws(TblError) in try document.bytes(field) }
      if let bytes { return bytes }
    }
    return try numbers(UInt8.self)
  }

  /// The elements of a vector of one dimension.
  ///
  /// - Parameters:
  ///   - wanted: What errors say was expected.
  ///   - code: The type of which `all` reads the elements at once.
  ///   - element: Reads one.
  ///   - all: Reads all elements of a field that is a vector without strides.
  private func elements<T>(
    _ wanted: @autoclosure () -> String, _ code: Tbl.TypeCode,
    _ element: (StoredField, CodingStep) throws -> T,
    all: (borrowing Tbl.Field) throws(TblError) -> [T]?
  ) throws -> [T] {
    let vector = try vector(wanted())
    guard vector.count > 0 else { return [] }
    guard vector.geometry.rank == 1 else { throw mismatch(value, [T].self, wanted()) }
    let record = vector.field.record
    if record.code == code, code.width == nil ? record.rank == 1 : vector.geometry.isRowMajor {
      let part = Record(
        code, rank: 1, offset: record.offset + vector.first * (code.width ?? 0),
        count: vector.count)
      let field = StoredField(table: vector.field.table, record: part, place: vector.field.place)
      let copied = try checked { () throws(TblError) in try document.read(field, all) }
      if let copied { return copied }
    }
    var result: [T] = []
    result.reserveCapacity(vector.count)
    for index in 0..<vector.count {
      let place = vector.first + index * vector.geometry.strides[0]
      let field = try checked(.index(index)) { () throws(TblError) in
        try document.single(vector, place)
      }
      result.append(try element(field, .index(index)))
    }
    return result
  }

  /// A copy of the table that this is.
  private func embedded() throws -> Tbl {
    let table = try checked { () throws(TblError) -> Tbl? in
      switch value {
      case .table(let table): try document.copy(table)
      case .field(let field): try document.table(field).map(document.copy)
      case .part, .absent: nil
      }
    }
    guard let table else { throw mismatch(value, Tbl.self, "a table") }
    return table
  }
}
