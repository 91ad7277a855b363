/// A value that is being decoded: what `init(from:)` is given.
final class DecodingNode: CodingNode, Swift.Decoder {
  let document: DecodedDocument
  let value: StoredValue

  init(
    _ document: DecodedDocument, _ value: StoredValue, parent: CodingNode?, step: CodingStep
  ) {
    self.document = document
    self.value = value
    super.init(parent: parent, step: step)
  }

  var userInfo: [CodingUserInfoKey: Any] { document.userInfo }

  /// A value that is inside of this one.
  func inner(_ value: StoredValue, _ step: CodingStep) -> DecodingNode {
    DecodingNode(document, value, parent: self, step: step)
  }

  /// What this value is as `type`.
  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    if let read = Self.known[ObjectIdentifier(type)] {
      if let known = try read(self) as? T { return known }
    }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else {
      let path = codingPath
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: path, debugDescription: "\(path.place): \(Self.depthComplaint)"))
    }
    return try T(from: self)
  }

  // MARK: Containers

  func container<Key: CodingKey>(
    keyedBy type: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(KeyedDecoding<Key>(node: self, table: try table()))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try unkeyed() }

  func unkeyed() throws -> UnkeyedDecoding {
    UnkeyedDecoding(node: self, vector: try vector("an array"))
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  // MARK: What the value is

  /// This as a table. One that has nothing but its own vector is that vector.
  private func table() throws -> StoredTable {
    var found: StoredTable?
    if case .table(let table) = value { found = table }
    if case .field(let field) = value {
      found = try checked { () throws(TblError) in try document.table(field) }
    }
    if let table = found {
      let isArray = try checked { () throws(TblError) in
        table.layout.count == 0 ? try document.vector(table) != nil : false
      }
      if !isArray { return table }
    }
    throw mismatch(value, [String: Any].self, "a table")
  }

  /// This as a vector, or the own vector of a table.
  func vector(_ wanted: String) throws -> StoredVector {
    let vector = try checked { () throws(TblError) -> StoredVector? in
      switch value {
      case .table(let table): try document.vector(table)
      case .field(let field): try document.vector(field)
      case .part(let part): part
      case .absent: nil
      }
    }
    guard let vector else { throw mismatch(value, [Any].self, wanted) }
    return vector
  }

  /// This as one value: a field, or what is alone in a document of one value.
  func single() throws -> StoredField? {
    switch value {
    case .field(let field): return field
    case .part, .absent: return nil
    case .table(let table):
      return try checked { () throws(TblError) -> StoredField? in
        guard table.layout.count == 0, let own = try document.vector(table),
          own.field.record.code == .value, own.field.record.rank == 1, own.count == 1
        else { return nil }
        return try document.single(own, 0)
      }
    }
  }

  // MARK: Errors

  /// What `read` gives; a `TblError` says where it was met.
  @inline(__always)
  func checked<Result>(
    _ step: @autoclosure () -> CodingStep = .root, _ read: () throws(TblError) -> Result
  ) throws -> Result {
    do throws(TblError) {
      return try read()
    } catch {
      throw DecodingError.damaged(at: codingPath(step()), error)
    }
  }

  /// That a value is none of `type`.
  @inline(never)
  func mismatch(
    _ found: StoredValue, _ type: Any.Type, _ wanted: String, _ step: CodingStep = .root
  ) -> DecodingError {
    let path = codingPath(step)
    func context(_ text: String) -> DecodingError.Context {
      DecodingError.Context(codingPath: path, debugDescription: "\(path.place): \(text)")
    }
    if case .field(let field) = found, !field.record.isVector {
      if field.record.code == .none {
        return .valueNotFound(type, context("expected \(wanted), found nil"))
      }
      if field.record.code.kind != nil, type is any ExactNumber.Type {
        let number = document.number(field.record)
        return .dataCorrupted(context("\(number) is not exactly a number of type \(type)"))
      }
    }
    if case .absent = found {
      return .valueNotFound(type, context("expected \(wanted), found nothing"))
    }
    return .typeMismatch(type, context("expected \(wanted), found \(document.words(found))"))
  }

  /// There is no type of 128 bits.
  func refuse(_ type: Any.Type, _ step: CodingStep = .root) -> DecodingError {
    let path = codingPath(step)
    return .typeMismatch(
      type,
      DecodingError.Context(
        codingPath: path,
        debugDescription: "\(path.place): a tbl has no numbers of 128 bits"))
  }
}

// MARK: Single values

extension DecodingNode {
  /// The number that a field is.
  @inline(__always)
  func number<T: ExactNumber>(
    _ field: StoredField,
    _ step: @autoclosure () -> CodingStep = .root
  ) throws -> T {
    guard let number = T(exactly: field.record) else {
      throw mismatch(.field(field), T.self, "a number of type \(T.self)", step())
    }
    return number
  }

  func bool(
    _ field: StoredField,
    _ step: @autoclosure () -> CodingStep = .root
  ) throws -> Bool {
    guard let bool = field.record.bool else {
      throw mismatch(.field(field), Bool.self, "a truth value", step())
    }
    return bool
  }

  func string(
    _ field: StoredField,
    _ step: @autoclosure () -> CodingStep = .root
  ) throws -> String {
    let text = try checked(step()) { () throws(TblError) in try document.string(field) }
    guard let text else { throw mismatch(.field(field), String.self, "a string", step()) }
    return text
  }

  private func single(_ type: Any.Type, _ wanted: String) throws -> StoredField {
    guard let field = try single() else { throw mismatch(value, type, wanted) }
    return field
  }

  func number<T: ExactNumber>(_ type: T.Type) throws -> T {
    try number(single(type, "a number of type \(type)"))
  }
}

extension DecodingNode: SingleValueDecodingContainer {
  func decodeNil() -> Bool {
    if case .absent = value { return true }
    return (try? single()?.record.isNil) ?? false
  }

  func decode(_ type: Bool.Type) throws -> Bool { try bool(single(type, "a truth value")) }
  func decode(_ type: String.Type) throws -> String { try string(single(type, "a string")) }
  func decode(_ type: Double.Type) throws -> Double { try number(type) }
  func decode(_ type: Float.Type) throws -> Float { try number(type) }
  func decode(_ type: Int.Type) throws -> Int { try number(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try number(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try number(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try number(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try number(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try number(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try number(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try number(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try number(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try number(type) }
  func decode(_ type: Int128.Type) throws -> Int128 { throw refuse(type) }
  func decode(_ type: UInt128.Type) throws -> UInt128 { throw refuse(type) }
}

extension Record {
  /// Whether this is the value nil.
  var isNil: Bool { code == .none && !isVector }
}
