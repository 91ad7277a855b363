/// A type of data that somebody introduces, and what data of this type are as well.
///
/// ```swift
/// TypeDeclaration(
///   "com.example.scan", parameters: ["element"], conformsTo: ["tbl<$element, [*, 3]>"],
///   mediaTypes: ["application/x-scan"])
/// ```
///
/// **Concurrency.** An immutable value.
public struct TypeDeclaration: Sendable, Hashable {
  /// The full identifier.
  public let identifier: String
  /// Names for the arguments, in their order.
  public let parameters: [String]
  /// What each of these data are as well; an argument may be one of the parameters, as `$name`.
  public let conformsTo: [DataType]
  /// Media types of these data, the preferred one first.
  public let mediaTypes: [String]

  /// The most types that one conforms to.
  public static let maximumConformances = 16

  /// Declares a type.
  ///
  /// - Parameters:
  ///   - identifier: A name with a dot, so that it is nobody else's: `com.example.scan`.
  ///   - parameters: Names of its arguments, at most 8.
  ///   - conformsTo: Types as they are written, in which `$name` is a parameter; bytes when empty.
  ///   - mediaTypes: Such as `image/png`, in small letters.
  /// - Throws: `DataTypeError` that names what cannot be read.
  public init(
    _ identifier: String, parameters: [String] = [], conformsTo: [String] = [],
    mediaTypes: [String] = []
  ) throws(DataTypeError) {
    guard DataType.isIdentifier(identifier), identifier.utf8.count <= DataType.maximumBytes / 2
    else {
      throw DataTypeError(.notAType, identifier, "no identifier")
    }
    self.identifier = DataType.full(identifier)
    guard parameters.count <= DataType.maximumArguments else {
      throw DataTypeError(
        .wrongParameters, identifier,
        "\(parameters.count) parameters, at most \(DataType.maximumArguments) are taken")
    }
    for (index, name) in parameters.enumerated() {
      guard Self.isParameter(name), !parameters[..<index].contains(name) else {
        throw DataTypeError(
          .wrongParameters, identifier, "'\(name)' is no name of a parameter, or is one twice")
      }
    }
    guard conformsTo.count <= Self.maximumConformances else {
      throw DataTypeError(
        .wrongParameters, identifier,
        "\(conformsTo.count) conformances, at most \(Self.maximumConformances) are taken")
    }
    var types: [DataType] = []
    for text in conformsTo {
      let type = try DataType(pattern: text)
      for name in type.variables where !parameters.contains(name) {
        throw DataTypeError(.wrongParameters, identifier, "'$\(name)' of '\(text)' is no parameter")
      }
      types.append(type)
    }
    for mediaType in mediaTypes where !MediaType.isWellFormed(mediaType) {
      throw DataTypeError(.notAType, mediaType, "no media type in small letters")
    }
    self.parameters = parameters
    self.conformsTo = types
    self.mediaTypes = mediaTypes
  }

  /// Whether `name` may be that of a parameter: a small letter, then letters and digits.
  static func isParameter(_ name: String) -> Bool {
    name.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } == true
      && name.utf8.count <= 32 && DataType.isIdentifier(name)
      && !name.utf8.contains { "-._+/".utf8.contains($0) }
  }

  /// What a type of this identifier with `arguments` conforms to.
  func supertypes(_ arguments: [DataType.Argument]) -> [DataType] {
    guard !parameters.isEmpty else { return conformsTo }
    return conformsTo.map { type in
      type.replacingVariables { name in
        guard let index = parameters.firstIndex(of: name), index < arguments.count else {
          return .any
        }
        return arguments[index]
      }
    }
  }
}

extension DataType {
  /// The parameters that the arguments mention.
  var variables: [String] {
    arguments.flatMap { argument -> [String] in
      switch argument {
      case .variable(let name): [name]
      case .type(let type): type.variables
      case .any, .shape: []
      }
    }
  }

  /// The same type, in which other arguments stand for the parameters.
  func replacingVariables(_ value: (String) -> Argument) -> DataType {
    DataType(
      trusting: identifier,
      arguments.map { argument in
        switch argument {
        case .variable(let name): value(name)
        case .type(let type): .type(type.replacingVariables(value))
        case .any, .shape: argument
        }
      })
  }
}

extension TypeDeclaration: Codable {
  private enum Keys: String, CodingKey {
    case identifier, parameters, conformsTo, mediaTypes
  }

  /// Reads a declaration, which is checked as one that is made.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    do {
      try self.init(
        container.decode(String.self, forKey: .identifier),
        parameters: container.decodeIfPresent([String].self, forKey: .parameters) ?? [],
        conformsTo: container.decodeIfPresent([String].self, forKey: .conformsTo) ?? [],
        mediaTypes: container.decodeIfPresent([String].self, forKey: .mediaTypes) ?? [])
    } catch let error as DataTypeError {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: error.description))
    }
  }

  /// Writes a declaration; what is empty is left out.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(identifier, forKey: .identifier)
    if !parameters.isEmpty { try container.encode(parameters, forKey: .parameters) }
    if !conformsTo.isEmpty {
      try container.encode(conformsTo.map(\.description), forKey: .conformsTo)
    }
    if !mediaTypes.isEmpty { try container.encode(mediaTypes, forKey: .mediaTypes) }
  }
}
