/// What a program says of itself, so that others find it.
///
/// ```swift
/// let manifest = try ProgramManifest(
///   name: "fetcher", version: "1.2", tags: ["web"],
///   transformations: [Transformation("url", to: "utf8-text", cost: 20)])
/// ```
///
/// **Concurrency.** An immutable value.
public struct ProgramManifest: Sendable, Hashable {
  /// What it is called; several programs may be called the same.
  public let name: String
  /// Its version, in whatever form.
  public let version: String
  /// One line for people.
  public let summary: String
  /// Words by which it can be found, each once, in alphabetical order.
  public let tags: [String]
  /// What it can be asked to do.
  public let interfaces: [Interface]
  /// Types of data that can be sent to it.
  public let accepts: [DataType]
  /// Types of data that it gives.
  public let returns: [DataType]
  /// What it makes of what.
  public let transformations: [Transformation]
  /// Whatever else it wants to be found by.
  public let attributes: [String: AttributeValue]
  /// Types that it introduces.
  public let types: [TypeDeclaration]

  /// Describes a program.
  ///
  /// - Parameters:
  ///   - name: Letters, digits, `.`, `_` and `-`, at most 100, a letter or digit first; so are
  ///     tags, names of interfaces, of operations and of attributes.
  ///   - version: At most 100 bytes.
  ///   - summary: At most 1,000 bytes.
  ///   - tags: At most 64.
  ///   - interfaces: At most 64, of at most 64 operations each.
  ///   - accepts: At most 64 types.
  ///   - returns: At most 64 types.
  ///   - transformations: At most 256.
  ///   - attributes: At most 64.
  ///   - types: At most 256.
  /// - Throws: `ManifestError` that names the first part that is not so.
  public init(
    name: String, version: String = "", summary: String = "", tags: [String] = [],
    interfaces: [Interface] = [], accepts: [DataType] = [], returns: [DataType] = [],
    transformations: [Transformation] = [], attributes: [String: AttributeValue] = [:],
    types: [TypeDeclaration] = []
  ) throws(ManifestError) {
    self.name = name
    self.version = version
    self.summary = summary
    self.tags = Set(tags).sorted()
    self.interfaces = interfaces
    self.accepts = accepts
    self.returns = returns
    self.transformations = transformations
    self.attributes = attributes
    self.types = types
    try validate()
  }

  /// A named set of operations.
  public struct Interface: Sendable, Hashable, Codable {
    /// What it is called, the same for all that offer it.
    public let name: String
    /// What can be asked.
    public let operations: [Operation]

    /// Names an interface.
    public init(_ name: String, _ operations: [Operation]) {
      self.name = name
      self.operations = operations
    }
  }

  /// Something that a program can be asked to do.
  public struct Operation: Sendable, Hashable, Codable {
    /// What it is called within its interface.
    public let name: String
    /// What is sent.
    public let input: DataType
    /// What is answered.
    public let output: DataType

    /// Names an operation.
    public init(_ name: String, _ input: DataType, to output: DataType) {
      self.name = name
      self.input = input
      self.output = output
    }
  }

  /// Data of one type into data of another.
  public struct Transformation: Sendable, Hashable, Codable {
    /// What is sent.
    public let from: DataType
    /// What comes back.
    public let to: DataType
    /// What it takes, in a measure of which less is better: say milliseconds. Not negative.
    public let cost: Double

    /// Offers a transformation.
    public init(_ from: DataType, to: DataType, cost: Double = 1) {
      self.from = from
      self.to = to
      self.cost = cost
    }

    private enum Keys: String, CodingKey { case from, to, cost }

    /// Reads a transformation, whose cost is 1 where none is said.
    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Keys.self)
      self.init(
        try container.decode(DataType.self, forKey: .from),
        to: try container.decode(DataType.self, forKey: .to),
        cost: try container.decodeIfPresent(Double.self, forKey: .cost) ?? 1)
    }
  }
}

extension ProgramManifest {
  /// The value of an attribute.
  public enum AttributeValue: Sendable, Hashable {
    /// True or false.
    case bool(Bool)
    /// A number.
    case number(Double)
    /// Text.
    case string(String)

    /// As it is written in a condition; whole numbers have no point.
    var text: String {
      switch self {
      case .bool(let bool): String(bool)
      case .number(let number): Int64(exactly: number).map(String.init) ?? String(number)
      case .string(let text): text
      }
    }
  }
}

extension ProgramManifest.AttributeValue: Codable {
  /// Reads a truth value, a number or a text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let bool = try? container.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .string(try container.decode(String.self))
    }
  }

  /// Writes the value as what it is.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .bool(let bool): try container.encode(bool)
    case .number(let number): try container.encode(number)
    case .string(let string): try container.encode(string)
    }
  }
}

extension ProgramManifest.AttributeValue: ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByStringLiteral
{
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A number.
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  /// Text.
  public init(stringLiteral value: String) { self = .string(value) }
}

extension ProgramManifest: Codable {
  private enum Keys: String, CodingKey, CaseIterable {
    case name, version, summary, tags, interfaces, accepts, returns, transformations, attributes
    case types
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads a manifest, of which all but the name may be left out, and refuses what it does not
  /// know.
  public init(from decoder: any Decoder) throws {
    let known = Keys.allCases.map(\.rawValue)
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys
    where !known.contains(key.stringValue) {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath + [key],
          debugDescription: "there is no such part of a manifest; there are "
            + known.joined(separator: ", ")))
    }
    let container = try decoder.container(keyedBy: Keys.self)
    func list<Element: Decodable>(_ key: Keys) throws -> [Element] {
      try container.decodeIfPresent([Element].self, forKey: key) ?? []
    }
    try self.init(
      name: container.decode(String.self, forKey: .name),
      version: container.decodeIfPresent(String.self, forKey: .version) ?? "",
      summary: container.decodeIfPresent(String.self, forKey: .summary) ?? "",
      tags: list(.tags), interfaces: list(.interfaces), accepts: list(.accepts),
      returns: list(.returns), transformations: list(.transformations),
      attributes: container.decodeIfPresent(
        [String: AttributeValue].self, forKey: .attributes) ?? [:],
      types: list(.types))
  }

  /// Writes a manifest; what is empty is left out.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(name, forKey: .name)
    if !version.isEmpty { try container.encode(version, forKey: .version) }
    if !summary.isEmpty { try container.encode(summary, forKey: .summary) }
    func encode<Element: Encodable>(_ list: [Element], _ key: Keys) throws {
      if !list.isEmpty { try container.encode(list, forKey: key) }
    }
    try encode(tags, .tags)
    try encode(interfaces, .interfaces)
    try encode(accepts, .accepts)
    try encode(returns, .returns)
    try encode(transformations, .transformations)
    if !attributes.isEmpty { try container.encode(attributes, forKey: .attributes) }
    try encode(types, .types)
  }
}
