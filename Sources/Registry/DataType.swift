/// What data are: an identifier, and arguments that narrow it.
///
/// Written as `utf8-text`, `com.example.scan` or `tbl<f32, [*, 3]>`. An identifier without a dot or
/// a slash is one of the vocabulary, `public.utf8-text` in full; one with a slash is a media type.
/// An argument is a type, a shape, or `*` for any; those that are left out at the end are any.
///
/// **Concurrency.** An immutable value.
public struct DataType: Sendable, Hashable {
  /// The full identifier.
  public let identifier: String
  /// Without those at the end that are ``Argument/any``.
  public let arguments: [Argument]

  /// What narrows a type.
  public indirect enum Argument: Sendable, Hashable {
    /// Whatever it is.
    case any
    /// A type, such as that of elements.
    case type(DataType)
    /// The dimensions of a vector.
    case shape(Shape)
    /// What a parameter of a declaration stands for.
    case variable(String)
  }

  /// The type of an identifier that is valid, with arguments.
  init(trusting identifier: String, _ arguments: [Argument] = []) {
    self.identifier = identifier
    let kept = arguments.lastIndex { $0 != .any }.map { $0 + 1 } ?? 0
    self.arguments = Array(arguments[..<kept])
  }

  /// The argument at `index`; any where there is none.
  func argument(_ index: Int) -> Argument {
    index < arguments.count ? arguments[index] : .any
  }

  /// What stands before the name of each type of the vocabulary.
  static let vocabularyPrefix = "public."

  /// The identifier of the vocabulary without what all of them begin with; any other as it is.
  var shortIdentifier: Substring {
    identifier.hasPrefix(Self.vocabularyPrefix)
      ? identifier.dropFirst(Self.vocabularyPrefix.count) : identifier[...]
  }
}

extension DataType: CustomStringConvertible {
  /// The type as it is written.
  public var description: String { text(of: identifier[...]) }

  /// The type as it is written as an argument, where the vocabulary needs no prefix.
  fileprivate var shortDescription: String { text(of: shortIdentifier) }

  private func text(of name: Substring) -> String {
    guard !arguments.isEmpty else { return String(name) }
    return "\(name)<\(arguments.map(\.description).joined(separator: ", "))>"
  }
}

extension DataType.Argument: CustomStringConvertible {
  /// The argument as it is written.
  public var description: String {
    switch self {
    case .any: "*"
    case .type(let type): type.shortDescription
    case .shape(let shape): shape.description
    case .variable(let name): "$\(name)"
    }
  }
}

extension DataType: ExpressibleByStringLiteral {
  /// The type that a literal spells.
  ///
  /// - Precondition: It spells one.
  public init(stringLiteral text: String) {
    do {
      try self.init(text)
    } catch {
      preconditionFailure(error.description)
    }
  }
}

extension DataType: Codable {
  /// Reads the type as it is written.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do {
      try self.init(text)
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  /// Writes the type as it is written.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
