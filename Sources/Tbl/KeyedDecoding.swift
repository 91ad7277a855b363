/// Decodes the keys of a table.
struct KeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let node: DecodingNode
  let table: StoredTable

  var codingPath: [any CodingKey] { node.codingPath }

  /// The keys that are one of `Key`.
  var allKeys: [Key] {
    let keys = try? node.checked { () throws(TblError) in try node.document.keys(table) }
    return (keys ?? []).compactMap { Key(stringValue: $0) }
  }

  @inline(__always)
  private func field(_ key: Key) throws -> StoredField {
    let found = try node.checked(.key(key)) { () throws(TblError) in
      try node.document.find(key.stringValue, table)
    }
    guard let found else { throw missing(key) }
    return found
  }

  @inline(never)
  private func missing(_ key: Key) -> DecodingError {
    let count = table.layout.count
    return .keyNotFound(
      key,
      DecodingError.Context(
        codingPath: codingPath,
        debugDescription: "\(codingPath.place): there is no key '\(key.stringValue)' among "
          + "\(count) key\(count == 1 ? "" : "s")"))
  }

  @inline(__always)
  private func number<T: ExactNumber>(_ key: Key) throws -> T {
    let field = try field(key)
    guard let number = T(exactly: field.record) else { return try node.number(field, .key(key)) }
    return number
  }

  func contains(_ key: Key) -> Bool {
    (try? node.document.find(key.stringValue, table)) != nil
  }
  func decodeNil(forKey key: Key) throws -> Bool { try field(key).record.isNil }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
    try node.bool(field(key), .key(key))
  }
  func decode(_ type: String.Type, forKey key: Key) throws -> String {
    try node.string(field(key), .key(key))
  }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try number(key) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try number(key) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try number(key) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try number(key) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try number(key) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try number(key) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try number(key) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try number(key) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try number(key) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try number(key) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try number(key) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try number(key) }
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 {
    throw node.refuse(type, .key(key))
  }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 {
    throw node.refuse(type, .key(key))
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try inner(key).decode(type)
  }

  private func inner(_ key: Key) throws -> DecodingNode {
    node.inner(.field(try field(key)), .key(key))
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try inner(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try inner(key).unkeyed()
  }

  func superDecoder() throws -> any Swift.Decoder { try base(SuperKey()) }
  func superDecoder(forKey key: Key) throws -> any Swift.Decoder { try base(key) }

  private func base(_ key: any CodingKey) throws -> DecodingNode {
    let found = try node.checked(.key(key)) { () throws(TblError) in
      try node.document.find(key.stringValue, table)
    }
    return node.inner(found.map { .field($0) } ?? .absent, .key(key))
  }
}
