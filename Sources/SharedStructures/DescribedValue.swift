/// A value as viewers show it, whatever its type is.
///
/// **Concurrency.** A value.
public indirect enum DescribedValue: Hashable, Sendable {
  /// A number below zero, or any that is signed.
  case integer(Int64)
  /// A number that is not signed.
  case unsigned(UInt64)
  /// A number with a fraction.
  case real(Double)
  /// The same of single precision, which has fewer digits.
  case single(Float)
  /// Text.
  case text(String)
  /// Several values.
  case list([DescribedValue])
  /// Values with names, in the order in which they lie.
  case record([Member])
  /// How many more there are that are not shown.
  case more(Int)

  /// A value with a name.
  public struct Member: Hashable, Sendable {
    /// The name.
    public let name: String
    /// The value.
    public let value: DescribedValue

    init(_ name: String, _ value: DescribedValue) {
      self.name = name
      self.value = value
    }
  }

  /// The bytes in hexadecimal, the first 64 of them.
  static func hexadecimal(_ bytes: [UInt8]) -> DescribedValue {
    let digits = bytes.prefix(64).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return .text(digits.joined(separator: " ") + (bytes.count > 64 ? " …" : ""))
  }

  /// The value as JSON on one line.
  ///
  /// - Complexity: O(values).
  public var json: String {
    switch self {
    case .integer(let number): "\(number)"
    case .unsigned(let number): "\(number)"
    case .real(let number): number.isFinite ? "\(number)" : "\"\(number)\""
    case .single(let number): number.isFinite ? "\(number)" : "\"\(number)\""
    case .text(let text): Self.quoted(text)
    case .list(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
    case .record(let members):
      "{" + members.map { Self.quoted($0.name) + ":" + $0.value.json }.joined(separator: ",") + "}"
    case .more(let count): "{\"more\":\(count)}"
    }
  }

  /// The value as people read it: what is short on one line, members and elements else.
  ///
  /// - Complexity: O(values).
  public var lines: [String] {
    if let line { return [line] }
    switch self {
    case .list(let values):
      return values.enumerated().flatMap { Self.labelled("\($0.offset)", $0.element) }
    case .record(let members): return members.flatMap { Self.labelled($0.name, $0.value) }
    default: return []
    }
  }

  /// All of it on one line, where that is short.
  private var line: String? {
    let text: String
    switch self {
    case .integer, .unsigned: text = json
    case .real(let number): text = "\(number)"
    case .single(let number): text = "\(number)"
    case .text(let content): text = Self.quoted(content)
    case .more(let count): text = "… \(count) more"
    case .list(let values):
      let parts = values.compactMap(\.line)
      guard values.count <= 16, parts.count == values.count else { return nil }
      text = "[" + parts.joined(separator: ", ") + "]"
    case .record(let members):
      let parts = members.compactMap { member in member.value.line.map { "\(member.name): \($0)" } }
      guard members.count <= 16, parts.count == members.count else { return nil }
      text = "{" + parts.joined(separator: ", ") + "}"
    }
    switch self {
    case .list, .record: return text.utf8.count <= 80 ? text : nil
    default: return text
    }
  }

  private static func labelled(_ label: String, _ value: DescribedValue) -> [String] {
    if case .more = value { return value.lines }
    if let line = value.line { return ["\(label): \(line)"] }
    return ["\(label):"] + value.lines.map { "  " + $0 }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case _ where scalar.properties.generalCategory == .control:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
