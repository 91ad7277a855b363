/// Encodes the keys of a table.
struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: EncodingNode

  var codingPath: [any CodingKey] { node.codingPath }

  private func set<T: Tbl.Scalar>(_ value: T, _ key: Key) {
    node.builder?.set(key.stringValue, value)
  }

  func encodeNil(forKey key: Key) { node.builder?.setNil(key.stringValue) }
  func encode(_ value: Bool, forKey key: Key) { node.builder?.set(key.stringValue, value) }
  func encode(_ value: String, forKey key: Key) { node.builder?.set(key.stringValue, value) }
  func encode(_ value: Double, forKey key: Key) { set(value, key) }
  func encode(_ value: Float, forKey key: Key) { set(value, key) }
  func encode(_ value: Int, forKey key: Key) { set(value, key) }
  func encode(_ value: Int8, forKey key: Key) { set(value, key) }
  func encode(_ value: Int16, forKey key: Key) { set(value, key) }
  func encode(_ value: Int32, forKey key: Key) { set(value, key) }
  func encode(_ value: Int64, forKey key: Key) { set(value, key) }
  func encode(_ value: UInt, forKey key: Key) { set(value, key) }
  func encode(_ value: UInt8, forKey key: Key) { set(value, key) }
  func encode(_ value: UInt16, forKey key: Key) { set(value, key) }
  func encode(_ value: UInt32, forKey key: Key) { set(value, key) }
  func encode(_ value: UInt64, forKey key: Key) { set(value, key) }
  func encode(_ value: Int128, forKey key: Key) throws { throw node.refuse(wide: value, .key(key)) }
  func encode(_ value: UInt128, forKey key: Key) throws {
    throw node.refuse(wide: value, .key(key))
  }

  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    let encoded = try node.encoded(value, .key(key))
    node.builder?.set(key.stringValue, encoded)
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    node.member(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    node.member(key).unkeyed()
  }

  func superEncoder() -> any Swift.Encoder { node.member(SuperKey()) }
  func superEncoder(forKey key: Key) -> any Swift.Encoder { node.member(key) }
}
