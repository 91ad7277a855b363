/// Encodes the elements of an array.
struct UnkeyedEncoding: UnkeyedEncodingContainer {
  let node: EncodingNode

  var codingPath: [any CodingKey] { node.codingPath }
  var count: Int { node.count }

  func encodeNil() { node.append(.record(Record(.none))) }
  func encode(_ value: Bool) { node.append(.bool(value)) }
  func encode(_ value: String) { node.append(.text(value)) }
  func encode(_ value: Double) { node.append(value) }
  func encode(_ value: Float) { node.append(value) }
  func encode(_ value: Int) { node.append(value) }
  func encode(_ value: Int8) { node.append(value) }
  func encode(_ value: Int16) { node.append(value) }
  func encode(_ value: Int32) { node.append(value) }
  func encode(_ value: Int64) { node.append(value) }
  func encode(_ value: UInt) { node.append(value) }
  func encode(_ value: UInt8) { node.append(value) }
  func encode(_ value: UInt16) { node.append(value) }
  func encode(_ value: UInt32) { node.append(value) }
  func encode(_ value: UInt64) { node.append(value) }
  func encode(_ value: Int128) throws { throw node.refuse(wide: value, .index(count)) }
  func encode(_ value: UInt128) throws { throw node.refuse(wide: value, .index(count)) }

  func encode<T: Encodable>(_ value: T) throws {
    node.append(try node.encoded(value, .index(count)))
  }

  func encode<T: Sequence<UInt8>>(contentsOf values: T) { node.append(contentsOf: Array(values)) }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> {
    node.element().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { node.element().unkeyed() }
  func superEncoder() -> any Swift.Encoder { node.element() }
}
