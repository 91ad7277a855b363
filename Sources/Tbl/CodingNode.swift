/// How a value that is encoded or decoded is reached from the one around it.
enum CodingStep {
  case root
  case key(any CodingKey)
  case index(Int)

  /// nil for the outermost value.
  var codingKey: (any CodingKey)? {
    switch self {
    case .root: nil
    case .key(let key): key
    case .index(let index): ElementKey(index)
    }
  }
}

/// The number of an element as a coding key.
struct ElementKey: CodingKey {
  let index: Int

  init(_ index: Int) { self.index = index }
  init?(stringValue: String) { nil }
  init?(intValue: Int) { self.index = intValue }

  var stringValue: String { "Index \(index)" }
  var intValue: Int? { index }
}

/// The key of a base class, by the convention of the standard library.
struct SuperKey: CodingKey {
  init() {}
  init?(stringValue: String) { nil }
  init?(intValue: Int) { nil }

  var stringValue: String { "super" }
  var intValue: Int? { nil }
}

/// A value that is encoded or decoded, and the way to it; the path is put together only when
/// somebody asks for it.
class CodingNode {
  /// Calls of `encode(to:)` or `init(from:)` inside one another, at most: two for each level of
  /// tables, which an array of tables takes.
  static let maximumDepth = 2 * (Tbl.maximumHeight + 1)

  let parent: CodingNode?
  let step: CodingStep
  /// Calls of `encode(to:)` or `init(from:)` that are running for this value and those around it.
  var depth: Int

  init(parent: CodingNode?, step: CodingStep) {
    self.parent = parent
    self.step = step
    depth = parent?.depth ?? 0
  }

  /// From the outermost value to this one.
  var codingPath: [any CodingKey] {
    var path: [any CodingKey] = []
    var node: CodingNode? = self
    while let current = node {
      if let key = current.step.codingKey { path.append(key) }
      node = current.parent
    }
    return path.reversed()
  }

  /// The path of a value one step inside this one.
  func codingPath(_ step: CodingStep) -> [any CodingKey] {
    guard let key = step.codingKey else { return codingPath }
    return codingPath + [key]
  }

  static let depthComplaint =
    "values are nested deeper than \(maximumDepth) levels; check that they end"
}

extension [any CodingKey] {
  /// What an error says first: `at 'sensors[3].name'`; of a long path the beginning and the end.
  var place: String {
    guard !isEmpty else { return "at the top level" }
    let shown = 8
    var text = ""
    for (number, key) in enumerated() {
      if count > 2 * shown, number == shown { text += "…" }
      if count > 2 * shown, (shown..<(count - shown)).contains(number) { continue }
      if key is ElementKey {
        text += "[" + String(key.intValue ?? 0) + "]"
      } else {
        text += (text.isEmpty ? "" : ".") + Tbl.Path(parts: [key.stringValue]).description
      }
    }
    return "at '\(text)'"
  }
}
