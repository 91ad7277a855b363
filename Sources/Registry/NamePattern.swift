/// A pattern that names match as a whole: `*` stands for any characters, `?` for one.
///
/// **Concurrency.** An immutable value.
public struct NamePattern: Sendable, Hashable, CustomStringConvertible {
  /// The pattern as it is written.
  public let description: String

  /// Reads a pattern.
  ///
  /// - Throws: `QueryError` when it is empty or has more than 100 bytes.
  public init(_ text: String) throws(QueryError) {
    guard (1...100).contains(text.utf8.count) else {
      throw QueryError(.name, text, "\(text.utf8.count) bytes instead of 1 to 100")
    }
    description = text
  }

  /// How many characters are said.
  var literalCount: Int {
    description.utf8.count { $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: "?") }
  }

  /// Whether `name` matches.
  ///
  /// - Complexity: O(length of the pattern * length of the name).
  public func matches(_ name: String) -> Bool {
    let pattern = Array(description.utf8)
    let name = Array(name.utf8)
    var (at, place) = (0, 0)
    // Behind the last star, and where the name goes on if that stands for one character more.
    var retry: (at: Int, place: Int)?
    while place < name.count {
      if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
        at += 1
        retry = (at, place)
      } else if at < pattern.count, pattern[at] == UInt8(ascii: "?") || pattern[at] == name[place] {
        at += 1
        place += 1
      } else if let last = retry {
        at = last.at
        place = last.place + 1
        retry = (at, place)
      } else {
        return false
      }
    }
    return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
