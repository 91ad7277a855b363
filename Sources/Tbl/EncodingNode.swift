/// A value that is being encoded: what `encode(to:)` is given.
///
/// It becomes what the first container asked of it demands. Nested containers and encoders of base
/// classes are nodes of their own, which are finished when this one is.
final class EncodingNode: CodingNode, Swift.Encoder {
  /// What was asked of this encoder.
  private enum Form { case nothing, keyed, unkeyed, single }

  /// An element that stands behind a nested container.
  private enum Element {
    case value(EncodedValue)
    case node(EncodingNode)
  }

  let userInfo: [CodingUserInfoKey: Any]
  private var form = Form.nothing
  /// Whether containers of two kinds were asked for.
  private var isAmbiguous = false
  /// Whether a container was asked for that is nested too deep.
  private var isTooDeep = false
  var builder: Tbl.Builder?
  private var members: [(key: any CodingKey, node: EncodingNode)] = []
  private var store = ElementStore()
  /// From the first nested container on.
  private var elements: [Element] = []
  private var single: EncodedValue?
  /// Bytes and keys of the table that was encoded last inside of this value; the next is likely
  /// alike.
  private var lastTable = (bytes: 0, keys: 0)
  private static let mostReserved = 1024

  private init(
    parent: CodingNode?, step: CodingStep, userInfo: [CodingUserInfoKey: Any]
  ) {
    self.userInfo = userInfo
    super.init(parent: parent, step: step)
  }

  // MARK: Values inside of others

  /// What `value` becomes.
  static func encoded<T: Encodable>(
    _ value: T, parent: CodingNode?, step: CodingStep, userInfo: [CodingUserInfoKey: Any]
  ) throws -> EncodedValue {
    if let known = EncodedValue.known(value) { return known }
    let node = EncodingNode(parent: parent, step: step, userInfo: userInfo)
    node.depth += 1
    do {
      try node.checkDepth(value)
      try value.encode(to: node)
      return try node.finish(value)
    } catch {
      node.abandon()
      throw error
    }
  }

  /// What `value`, which is inside of this one, becomes.
  func encoded<T: Encodable>(_ value: T, _ step: CodingStep) throws -> EncodedValue {
    try Self.encoded(value, parent: self, step: step, userInfo: userInfo)
  }

  private func checkDepth(_ value: Any) throws {
    guard depth > Self.maximumDepth else { return }
    throw EncodingError(value, at: codingPath, Self.depthComplaint)
  }

  /// The encoder for what is inside of this one and goes on being encoded until this is finished.
  func member(_ key: any CodingKey) -> EncodingNode {
    nested(.key(key)) { node in members.append((key, node)) }
  }

  /// As `member`, for the next element.
  func element() -> EncodingNode {
    nested(.index(count)) { node in elements.append(.node(node)) }
  }

  private func nested(_ step: CodingStep, _ keep: (EncodingNode) -> Void) -> EncodingNode {
    // Asking for a container cannot fail, so finishing does; what has no end must not become a
    // chain.
    isTooDeep = isTooDeep || depth >= Self.maximumDepth
    let node = EncodingNode(parent: isTooDeep ? nil : self, step: step, userInfo: userInfo)
    node.depth = isTooDeep ? depth : depth + 1
    if !isTooDeep { keep(node) }
    return node
  }

  // MARK: Elements

  /// Elements so far.
  var count: Int { store.count + elements.count }

  func append(_ value: EncodedValue) {
    if elements.isEmpty { store.append(value) } else { elements.append(.value(value)) }
  }

  func append<T: Tbl.Scalar>(_ number: T) {
    if elements.isEmpty {
      store.append(T.typeCode, payload: number.payload)
    } else {
      elements.append(.value(.number(number)))
    }
  }

  func append<T: Tbl.Scalar>(contentsOf numbers: [T]) {
    if elements.isEmpty {
      store.append(contentsOf: numbers)
    } else {
      for number in numbers { append(number) }
    }
  }

  // MARK: The end

  /// What was encoded; `value` is named in errors.
  private func finish(_ value: Any) throws -> EncodedValue {
    if isTooDeep { throw EncodingError(value, at: codingPath, Self.depthComplaint) }
    guard !isAmbiguous else {
      throw EncodingError(
        value, at: codingPath, "it asks for containers of more than one kind; use one of them")
    }
    do {
      switch form {
      case .nothing: return .table(try Tbl.Builder().finish())
      case .single: return single ?? .record(Record(.none))
      case .unkeyed:
        for element in elements {
          switch element {
          case .value(let value): store.append(value)
          case .node(let node): store.append(try node.finish(value))
          }
        }
        elements = []
        return try store.finish()
      case .keyed:
        for (key, node) in members { builder?.set(key.stringValue, try node.finish(value)) }
        members = []
        // Taken out of the object, so that its bytes are not copied.
        let table = try (builder.take() ?? Tbl.Builder()).finish()
        (parent as? EncodingNode)?.lastTable = (table.bytes.count, table.count)
        return .table(table)
      }
    } catch let error as TblError {
      throw EncodingError(value, at: codingPath, error)
    }
  }

  /// Lets go of what refers to this node.
  private func abandon() {
    for (_, node) in members { node.abandon() }
    for case .node(let node) in elements { node.abandon() }
    members = []
    elements = []
  }

  // MARK: Containers

  private func become(_ wanted: Form) {
    if form == .nothing { form = wanted }
    if form != wanted { isAmbiguous = true }
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    become(.keyed)
    if builder == nil {
      var builder = Tbl.Builder()
      if let last = (parent as? EncodingNode)?.lastTable, last.bytes > 0 {
        builder.reserve(min(last.bytes, Self.mostReserved), keys: min(last.keys, Self.mostReserved))
      }
      self.builder = builder
    }
    return KeyedEncodingContainer(KeyedEncoding(node: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    unkeyed()
  }

  func unkeyed() -> UnkeyedEncoding {
    become(.unkeyed)
    return UnkeyedEncoding(node: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    self
  }
}

extension EncodingNode: SingleValueEncodingContainer {
  private func encodeSingle(_ value: EncodedValue) {
    become(.single)
    if single != nil { isAmbiguous = true }
    single = value
  }

  func encodeNil() { encodeSingle(.record(Record(.none))) }
  func encode(_ value: Bool) { encodeSingle(.bool(value)) }
  func encode(_ value: String) { encodeSingle(.text(value)) }
  func encode(_ value: Double) { encodeSingle(.number(value)) }
  func encode(_ value: Float) { encodeSingle(.number(value)) }
  func encode(_ value: Int) { encodeSingle(.number(value)) }
  func encode(_ value: Int8) { encodeSingle(.number(value)) }
  func encode(_ value: Int16) { encodeSingle(.number(value)) }
  func encode(_ value: Int32) { encodeSingle(.number(value)) }
  func encode(_ value: Int64) { encodeSingle(.number(value)) }
  func encode(_ value: UInt) { encodeSingle(.number(value)) }
  func encode(_ value: UInt8) { encodeSingle(.number(value)) }
  func encode(_ value: UInt16) { encodeSingle(.number(value)) }
  func encode(_ value: UInt32) { encodeSingle(.number(value)) }
  func encode(_ value: UInt64) { encodeSingle(.number(value)) }
  func encode(_ value: Int128) throws { throw refuse(wide: value) }
  func encode(_ value: UInt128) throws { throw refuse(wide: value) }

  func encode<T: Encodable>(_ value: T) throws {
    if let known = EncodedValue.known(value) { return encodeSingle(known) }
    depth += 1
    defer { depth -= 1 }
    try checkDepth(value)
    try value.encode(to: self)
  }

  /// There is no type of 128 bits.
  func refuse(wide value: some FixedWidthInteger, _ step: CodingStep = .root) -> EncodingError {
    EncodingError(
      value, at: codingPath(step),
      "a tbl has no numbers of 128 bits; encode two of 64 bits, or text")
  }
}
