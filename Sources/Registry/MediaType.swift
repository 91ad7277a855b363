/// Media types: what their names alone say of data.
///
/// - SeeAlso: RFC 6838, RFC 2045 for parameters.
enum MediaType {
  /// Whether `name` is a type and a subtype in small letters, without parameters.
  static func isWellFormed(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && name.utf8.count <= 127 && DataType.isIdentifier(name)
      && parts.allSatisfy { !$0.isEmpty } && !name.utf8.contains { (65...90).contains($0) }
  }

  /// The name in small letters, and its parameters likewise, of a media type as it travels.
  ///
  /// - Returns: nil when `text` is none.
  static func parsed(_ text: String) -> (name: String, parameters: [String: String])? {
    let parts = text.split(separator: ";", omittingEmptySubsequences: true).map { trimmed($0) }
    guard let name = parts.first?.lowercased(), isWellFormed(name) else { return nil }
    var parameters: [String: String] = [:]
    for part in parts.dropFirst() {
      let sides = part.split(separator: "=", maxSplits: 1).map { trimmed($0) }
      guard sides.count == 2 else { continue }
      parameters[sides[0].lowercased()] =
        String(sides[1].drop { $0 == "\"" }.prefix { $0 != "\"" }).lowercased()
    }
    return (name, parameters)
  }

  /// What data of a media type that nobody declared are by its name: `+json` is JSON, `text/...` is
  /// text.
  static func supertypes(of name: String) -> [DataType] {
    var types: [DataType] = []
    for (suffix, type) in suffixes where name.hasSuffix(suffix) { types.append(type) }
    let family = name.prefix { $0 != "/" }
    if let type = families[String(family)] { types.append(type) }
    return types
  }

  private static let suffixes: [(String, DataType)] = [
    ("+json", "json"), ("+xml", "xml"), ("+zip", "zip"), ("+gzip", "gzip"), ("+cbor", "cbor"),
  ]

  private static let families: [String: DataType] = [
    "text": "text", "image": "image", "audio": "audio", "video": "video", "font": "font",
    "model": "model",
  ]

  private static func trimmed(_ part: Substring) -> String {
    String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
