/// Decodes the elements of an array one by one.
struct UnkeyedDecoding: UnkeyedDecodingContainer {
  let node: DecodingNode
  let vector: StoredVector
  private(set) var currentIndex = 0

  init(node: DecodingNode, vector: StoredVector) {
    self.node = node
    self.vector = vector
  }

  var codingPath: [any CodingKey] { node.codingPath }
  var count: Int? { vector.count }
  var isAtEnd: Bool { currentIndex >= vector.count }

  private var step: CodingStep { .index(currentIndex) }

  /// The next element, which stays the next.
  private func next(_ type: Any.Type) throws -> StoredValue {
    guard !isAtEnd else { throw end(type) }
    return try node.checked(step) { () throws(TblError) in
      try node.document.element(vector, currentIndex)
    }
  }

  private func end(_ type: Any.Type) -> DecodingError {
    let path = node.codingPath(step)
    return .valueNotFound(
      type,
      DecodingError.Context(
        codingPath: path,
        debugDescription: "\(path.place): the array has only \(vector.count) elements"))
  }

  private func single(_ type: Any.Type, _ wanted: String) throws -> StoredField {
    let value = try next(type)
    guard case .field(let field) = value else { throw node.mismatch(value, type, wanted, step) }
    return field
  }

  /// The next element as a number.
  @inline(__always)
  private mutating func number<T: ExactNumber>() throws -> T {
    if !isAtEnd, vector.geometry.rank == 1 {
      let field = try node.checked(step) { () throws(TblError) in
        try node.document.single(
          vector, vector.first + currentIndex * vector.geometry.strides[0])
      }
      let number: T = try node.number(field, step)
      currentIndex += 1
      return number
    }
    throw node.mismatch(try next(T.self), T.self, "a number of type \(T.self)", step)
  }

  mutating func decodeNil() throws -> Bool {
    guard case .field(let field) = try next(Any?.self), field.record.isNil else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode(_ type: Bool.Type) throws -> Bool {
    let bool = try node.bool(single(type, "a truth value"), step)
    currentIndex += 1
    return bool
  }

  mutating func decode(_ type: String.Type) throws -> String {
    let text = try node.string(single(type, "a string"), step)
    currentIndex += 1
    return text
  }

  mutating func decode(_ type: Double.Type) throws -> Double { try number() }
  mutating func decode(_ type: Float.Type) throws -> Float { try number() }
  mutating func decode(_ type: Int.Type) throws -> Int { try number() }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try number() }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try number() }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try number() }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try number() }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try number() }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try number() }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try number() }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try number() }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try number() }
  mutating func decode(_ type: Int128.Type) throws -> Int128 { throw node.refuse(type, step) }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { throw node.refuse(type, step) }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    // Arrays of other kinds than `Array`, and sets, ask for each number by this form. The casts are
    // from a type to itself; a conditional one would look up the metadata of `T?` each time.
    if type == Double.self { return try decode(Double.self) as! T }
    if type == Float.self { return try decode(Float.self) as! T }
    if type == Int.self { return try decode(Int.self) as! T }
    if type == Int32.self { return try decode(Int32.self) as! T }
    if type == UInt8.self { return try decode(UInt8.self) as! T }
    let value = try node.inner(next(type), step).decode(type)
    currentIndex += 1
    return value
  }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    let container = try node.inner(next(type), step).container(keyedBy: type)
    currentIndex += 1
    return container
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let container = try node.inner(next([Any].self), step).unkeyed()
    currentIndex += 1
    return container
  }

  mutating func superDecoder() throws -> any Swift.Decoder {
    let decoder = node.inner(try next((any Swift.Decoder).self), step)
    currentIndex += 1
    return decoder
  }
}
