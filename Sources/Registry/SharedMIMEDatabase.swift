/// What the system's database of media types says: which is a special case of which, and which are
/// other names.
///
/// **Concurrency.** An immutable value.
///
/// - SeeAlso: Shared MIME-info Database, freedesktop.org.
public struct SharedMIMEDatabase: Sendable {
  /// What each media type is as well.
  let conformances: [String: [String]]
  /// The proper name of each other one.
  let aliases: [String: String]

  /// Reads the two files of these names.
  ///
  /// - Parameters:
  ///   - subclasses: Lines of a media type and one that it is as well.
  ///   - aliases: Lines of another name and the proper one.
  /// - Complexity: O(length). What is no such line is passed over.
  public init(subclasses: String, aliases: String) {
    var conformances: [String: [String]] = [:]
    for (name, above) in Self.pairs(of: subclasses) {
      conformances[name, default: []].append(above)
    }
    self.conformances = conformances
    self.aliases = Dictionary(Self.pairs(of: aliases)) { first, _ in first }
  }

  private static func pairs(of text: String) -> [(String, String)] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      let names = line.split(separator: " ").map { $0.lowercased() }
      guard names.count == 2, names.allSatisfy(MediaType.isWellFormed) else { return nil }
      return (names[0], names[1])
    }
  }
}
