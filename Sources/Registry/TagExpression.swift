/// Which tags something must have.
///
/// Written as `camera and not (simulated or broken)`; `not` binds closest, then `and`.
///
/// **Concurrency.** An immutable value.
public indirect enum TagExpression: Sendable, Hashable {
  /// It has this tag.
  case has(String)
  /// It is not so.
  case not(TagExpression)
  /// Both are so.
  case and(TagExpression, TagExpression)
  /// One of them, or both, is so.
  case or(TagExpression, TagExpression)

  /// Whether something with `tags` is meant.
  ///
  /// - Complexity: O(parts), each a search among the tags.
  public func matches(_ tags: [String]) -> Bool {
    switch self {
    case .has(let tag): tags.contains(tag)
    case .not(let part): !part.matches(tags)
    case .and(let first, let second): first.matches(tags) && second.matches(tags)
    case .or(let first, let second): first.matches(tags) || second.matches(tags)
    }
  }
}

extension TagExpression: CustomStringConvertible {
  /// The expression as it is written.
  public var description: String {
    switch self {
    case .has(let tag): tag
    case .not(let part): "not \(part.text(bindingCloserThan: 2))"
    case .and(let first, let second):
      "\(first.text(bindingCloserThan: 1)) and \(second.text(bindingCloserThan: 2))"
    case .or(let first, let second): "\(first) or \(second.text(bindingCloserThan: 1))"
    }
  }

  private func text(bindingCloserThan level: Int) -> String {
    let own =
      switch self {
      case .has: 4
      case .not: 3
      case .and: 2
      case .or: 1
      }
    return own > level ? description : "(\(description))"
  }
}

extension TagExpression {
  private static let maximumBytes = 1000
  private static let maximumDepth = 32

  /// Reads an expression as it is written.
  ///
  /// - Throws: `QueryError` that says what was expected where.
  /// - Complexity: O(length), which is at most 1,000 bytes.
  public init(_ text: String) throws(QueryError) {
    guard text.utf8.count <= Self.maximumBytes else {
      throw QueryError(.tags, text, "more than \(Self.maximumBytes) bytes")
    }
    var parser = Parser(text)
    self = try parser.either(depth: 0)
    guard parser.next == nil else { throw parser.expected("'and', 'or' or the end") }
  }

  private struct Parser {
    private let text: String
    private let words: [String]
    private var index = 0

    init(_ text: String) {
      self.text = text
      var words: [String] = []
      for part in text.split(separator: " ") {
        var word = ""
        for character in part {
          guard character == "(" || character == ")" else {
            word.append(character)
            continue
          }
          if !word.isEmpty { words.append(word) }
          words.append(String(character))
          word = ""
        }
        if !word.isEmpty { words.append(word) }
      }
      self.words = words
    }

    var next: String? { index < words.count ? words[index] : nil }

    func expected(_ what: String) -> QueryError {
      QueryError(.tags, text, "expected \(what)" + (next.map { " instead of '\($0)'" } ?? ""))
    }

    private mutating func take(_ word: String) -> Bool {
      guard next == word else { return false }
      index += 1
      return true
    }

    mutating func either(depth: Int) throws(QueryError) -> TagExpression {
      var result = try both(depth: depth)
      while take("or") { result = .or(result, try both(depth: depth)) }
      return result
    }

    private mutating func both(depth: Int) throws(QueryError) -> TagExpression {
      var result = try single(depth: depth)
      while take("and") { result = .and(result, try single(depth: depth)) }
      return result
    }

    private mutating func single(depth: Int) throws(QueryError) -> TagExpression {
      guard depth < TagExpression.maximumDepth else {
        throw expected("at most \(TagExpression.maximumDepth) parts in each other")
      }
      if take("not") { return .not(try single(depth: depth + 1)) }
      if take("(") {
        let inner = try either(depth: depth + 1)
        guard take(")") else { throw expected("')'") }
        return inner
      }
      guard let tag = next, ProgramManifest.isName(tag), tag != "and", tag != "or" else {
        throw expected("a tag")
      }
      index += 1
      return .has(tag)
    }
  }
}
