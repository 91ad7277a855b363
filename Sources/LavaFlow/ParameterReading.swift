import LavaSchema

/// Why a value cannot be a parameter's.
struct ParameterMismatch: Error {
  let message: String
  let remedy: String
}

extension ParameterDescriptor {
  /// Reads a value from a graph file.
  ///
  /// - Parameter folder: What relative paths count from; empty for the current folder.
  func content(_ value: JSONValue, folder: String) throws(ParameterMismatch) -> ParameterContent {
    switch (kind, value) {
    case (.int, .int(let number)): try checked(.int(Int(number)), Double(number))
    case (.double, .int(let number)): try checked(.double(Double(number)), Double(number))
    case (.double, .double(let number)): try checked(.double(number), number)
    case (.bool, .bool(let flag)): .bool(flag)
    case (.string, .string(let text)): .string(text)
    case (.path, .string(let text)): .string(Self.resolved(text, folder))
    case (.strings, .array(let elements)), (.paths, .array(let elements)):
      .strings(try list(elements, folder))
    default:
      throw ParameterMismatch(
        message: "parameter '\(name)' is \(kind.article), found \(value.kindName)",
        remedy: "write \(expectation)")
    }
  }

  /// Reads a value from the command line.
  ///
  /// Lists are a JSON array or texts with commas between.
  func content(text: String) throws(ParameterMismatch) -> ParameterContent {
    switch kind {
    case .string, .path: return .string(text)
    case .int:
      if let number = Int(text) { return try checked(.int(number), Double(number)) }
    case .double:
      if let number = Double(text), number.isFinite { return try checked(.double(number), number) }
    case .bool:
      if let flag = Bool(text) { return .bool(flag) }
    case .strings, .paths:
      if text.hasPrefix("["), let value = JSONValue(parsing: text) {
        return try content(value, folder: "")
      }
      return .strings(text.isEmpty ? [] : text.split(separator: ",").map(String.init))
    }
    throw ParameterMismatch(
      message: "parameter '\(name)' is \(kind.article), found '\(text)'",
      remedy: "write \(expectation)")
  }

  private func checked(
    _ content: ParameterContent, _ number: Double
  ) throws(ParameterMismatch) -> ParameterContent {
    guard number >= minimum ?? number, number <= maximum ?? number else {
      throw ParameterMismatch(
        message: "parameter '\(name)' is \(content.text), outside \(range)",
        remedy: "write \(expectation)")
    }
    return content
  }

  private func list(
    _ elements: [JSONValue], _ folder: String
  ) throws(ParameterMismatch) -> [String] {
    var texts: [String] = []
    for (index, element) in elements.enumerated() {
      guard case .string(let text) = element else {
        throw ParameterMismatch(
          message: "element \(index) of parameter '\(name)' is \(element.kindName)",
          remedy: "write \(expectation)")
      }
      texts.append(kind == .paths ? Self.resolved(text, folder) : text)
    }
    return texts
  }

  /// What may be written, for people.
  private var expectation: String {
    let unit = unit.isEmpty ? "" : " in \(self.unit)"
    return minimum == nil ? "\(kind.article)\(unit)" : "\(kind.article)\(unit), \(range)"
  }

  private var range: String {
    func text(_ end: Double?) -> String {
      guard let end else { return "" }
      return Int(exactly: end).map(String.init) ?? "\(end)"
    }
    return "\(text(minimum))...\(text(maximum))"
  }

  private static func resolved(_ path: String, _ folder: String) -> String {
    path.hasPrefix("/") || folder.isEmpty || path.isEmpty ? path : folder + "/" + path
  }
}

extension ParameterKind {
  /// The kind in a sentence.
  var article: String {
    switch self {
    case .int: "a whole number"
    case .double: "a number"
    case .bool: "true or false"
    case .string: "a text"
    case .strings: "a list of texts"
    case .path: "a path"
    case .paths: "a list of paths"
    }
  }
}

extension ParameterContent {
  /// The value for people.
  var text: String {
    switch self {
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .bool(let value): "\(value)"
    case .string(let value): value
    case .strings(let values): values.joined(separator: ",")
    }
  }
}
