/// One thing that is wrong with a graph: where, what, and the remedy.
///
/// **Concurrency.** A value.
public struct GraphDiagnostic: Hashable, Sendable, CustomStringConvertible {
  /// The file, as the user named it; `-` or a store's name where there is no file.
  public let file: String
  /// Where in the file it stands, where that is known.
  public let position: TextPosition?
  /// JSON path, such as `$.nodes.rates.parameters.window`.
  public let path: String
  /// What is wrong there.
  public let message: String
  /// What to do about it.
  public let remedy: String

  /// Makes a diagnostic.
  public init(
    file: String, position: TextPosition?, path: String, message: String, remedy: String
  ) {
    self.file = file
    self.position = position
    self.path = path
    self.message = message
    self.remedy = remedy
  }

  /// `FILE:LINE:COLUMN: PATH: MESSAGE; REMEDY`.
  public var description: String {
    let place = position.map { "\(file):\($0)" } ?? file
    return "\(place): \(path): \(message); \(remedy)"
  }
}

/// Everything that is wrong with a graph, in the order of the file.
///
/// **Concurrency.** A value.
public struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
  /// At least one diagnostic.
  public let diagnostics: [GraphDiagnostic]

  /// Makes an error of at least one diagnostic.
  public init(_ diagnostics: [GraphDiagnostic]) {
    precondition(!diagnostics.isEmpty, "a graph error says what is wrong")
    self.diagnostics = diagnostics
  }

  /// One line for each diagnostic.
  public var description: String {
    diagnostics.map(\.description).joined(separator: "\n")
  }
}

/// A path into a JSON document: `$` and the steps from the root.
///
/// **Concurrency.** A value.
public struct JSONPath: Hashable, Sendable, CustomStringConvertible {
  /// The path as text.
  public let description: String

  private init(_ description: String) { self.description = description }

  /// The whole document.
  public static let root = JSONPath("$")

  /// The member `name` below this path; quoted where a plain name would be ambiguous.
  public func member(_ name: String) -> JSONPath {
    let plain = name.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0))
        || $0 == "-" || $0 == "_"
    }
    return JSONPath(
      plain && !name.isEmpty
        ? "\(description).\(name)" : "\(description)[\(JSONValue.quoted(name))]")
  }

  /// The element `index` below this path.
  public func element(_ index: Int) -> JSONPath { JSONPath("\(description)[\(index)]") }
}
