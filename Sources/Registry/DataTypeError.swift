/// Why a type cannot be read, or a declaration not be taken.
public struct DataTypeError: Error, Hashable, CustomStringConvertible {
  /// What is wrong.
  public enum Code: Sendable, Hashable {
    /// Text is no type, or too long.
    case notAType
    /// A type is declared already, and otherwise.
    case conflict
    /// A declaration leads back to itself.
    case cycle
    /// A type that something conforms to is not declared.
    case unknown
    /// More arguments than parameters, or a parameter that is not there.
    case wrongParameters
    /// A media type is that of another type already.
    case takenMediaType
  }

  /// The kind of failure.
  public let code: Code
  /// The type, or the text that should be one.
  public let subject: String
  /// What was found there.
  public let reason: String

  init(_ code: Code, _ subject: String, _ reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }

  /// What to do about it.
  public var remedy: String {
    switch code {
    case .notAType: "write it like utf8-text, com.example.scan or tbl<f32, [*, 3]>"
    case .conflict: "choose another identifier, or declare exactly the same"
    case .cycle: "leave out one of these conformances"
    case .unknown: "declare it first, or together with this"
    case .wrongParameters: "name each parameter in the declaration, and pass at most as many"
    case .takenMediaType: "leave it to that type"
    }
  }

  /// Type, reason and remedy in one line.
  public var description: String { "type '\(subject)': \(reason); \(remedy)" }
}
