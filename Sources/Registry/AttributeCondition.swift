/// What an attribute must be.
///
/// Written as `site=lab`, `site!=lab`, `cores>=4`, `cores<8` or, that it is there and not false,
/// `gpu`.
///
/// **Concurrency.** An immutable value.
public struct AttributeCondition: Sendable, Hashable {
  /// How an attribute is compared.
  public enum Comparison: String, Sendable, Hashable, CaseIterable {
    /// It is not there, or another.
    case isNot = "!="
    /// At least.
    case atLeast = ">="
    /// At most.
    case atMost = "<="
    /// The same.
    case equal = "="
    /// More than.
    case greater = ">"
    /// Less than.
    case less = "<"
    /// It is there and not false.
    case present = ""
  }

  /// Which attribute.
  public let name: String
  /// How it is compared.
  public let comparison: Comparison
  /// With what; true where nothing is compared.
  public let value: ProgramManifest.AttributeValue

  /// Compares an attribute.
  public init(
    _ name: String, _ comparison: Comparison, _ value: ProgramManifest.AttributeValue = true
  ) {
    self.name = name
    self.comparison = comparison
    self.value = value
  }

  /// Reads a condition as it is written. What looks like a number is one, and so with `true` and
  /// `false`.
  ///
  /// - Throws: `QueryError` that says what is wrong.
  public init(_ text: String) throws(QueryError) {
    let split = text.firstIndex { "!<>=".contains($0) } ?? text.endIndex
    let name = String(text[..<split])
    guard ProgramManifest.isName(name) else {
      throw QueryError(.attribute, text, "no name of an attribute in front")
    }
    let rest = text[split...]
    guard let comparison = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }),
      comparison != .present || rest.isEmpty
    else { throw QueryError(.attribute, text, "no comparison behind '\(name)'") }
    let value = rest.dropFirst(comparison.rawValue.count)
    guard comparison == .present || !value.isEmpty else {
      throw QueryError(.attribute, text, "nothing to compare '\(name)' with")
    }
    self.init(name, comparison, comparison == .present ? true : Self.value(String(value)))
  }

  private static func value(_ text: String) -> ProgramManifest.AttributeValue {
    if text == "true" || text == "false" { return .bool(text == "true") }
    if let number = Double(text), number.isFinite { return .number(number) }
    return .string(text)
  }

  /// Whether something with `attributes` is meant. Only numbers are more or less than each other,
  /// and texts, in the order of their bytes.
  public func matches(_ attributes: [String: ProgramManifest.AttributeValue]) -> Bool {
    let found = attributes[name]
    switch comparison {
    case .present: return found != nil && found != .bool(false)
    case .equal: return found == value
    case .isNot: return found != value
    case .atLeast: return order(found).map { $0 >= 0 } ?? false
    case .atMost: return order(found).map { $0 <= 0 } ?? false
    case .greater: return order(found).map { $0 > 0 } ?? false
    case .less: return order(found).map { $0 < 0 } ?? false
    }
  }

  /// Whether `found` is less than the value (-1), the same (0) or more (1); nil when neither.
  private func order(_ found: ProgramManifest.AttributeValue?) -> Int? {
    switch (found, value) {
    case (.number(let found), .number(let value)):
      return found == value ? 0 : found < value ? -1 : 1
    case (.string(let found), .string(let value)):
      if found.utf8.elementsEqual(value.utf8) { return 0 }
      return found.utf8.lexicographicallyPrecedes(value.utf8) ? -1 : 1
    default: return nil
    }
  }
}

extension AttributeCondition: CustomStringConvertible {
  /// The condition as it is written.
  public var description: String {
    comparison == .present ? name : name + comparison.rawValue + value.text
  }
}
