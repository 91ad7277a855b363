import LavaSchema

/// A parameter set from the command line: `NODE.PARAMETER=VALUE`.
///
/// **Concurrency.** A value.
public struct ParameterOverride: Hashable, Sendable, CustomStringConvertible {
  /// The parameter.
  public let reference: GraphDocument.ParameterReference
  /// Its value as text; how it is read depends on the parameter.
  public let text: String

  /// Makes an override.
  public init(_ reference: GraphDocument.ParameterReference, text: String) {
    self.reference = reference
    self.text = text
  }

  /// Reads `NODE.PARAMETER=VALUE`; the value is everything after the first `=`.
  ///
  /// - Throws: When the text has another form.
  public init(parsing argument: String) throws(ParameterOverrideError) {
    let sides = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard sides.count == 2 else { throw ParameterOverrideError(argument: argument) }
    let parts = sides[0].split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ GraphDocument.isIdentifier($0) }) else {
      throw ParameterOverrideError(argument: argument)
    }
    reference = GraphDocument.ParameterReference(
      node: String(parts[0]), parameter: String(parts[1]))
    text = String(sides[1])
  }

  /// `NODE.PARAMETER=VALUE`.
  public var description: String { "\(reference)=\(text)" }
}

/// A text that sets no parameter.
///
/// **Concurrency.** A value.
public struct ParameterOverrideError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text.
  public let argument: String

  /// Makes an error for `argument`.
  public init(argument: String) { self.argument = argument }

  /// What is wrong with it, and the remedy.
  public var description: String {
    "'\(argument)' sets no parameter; write NODE.PARAMETER=VALUE, such as count.limit=20"
  }
}
