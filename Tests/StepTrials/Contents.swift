/// What a store, and a file beside it, hold that trials look at.
struct Contents: Hashable, Sendable, CustomStringConvertible {
  var values: [String: NumberedValue] = [:]
  /// Elements of the queue, oldest first.
  var elements: [NumberedValue] = []
  /// Whether there is a structure that some operation makes.
  var hasStructure = false
  /// Entries of the saved file, as they follow one another; `nil` where there is no file.
  var saved: [SavedEntry]?
  /// Complete files that were to take the place of the saved one.
  var leftovers = 0

  /// The same with `value` under `key`, or with none.
  func setting(_ key: String, _ value: NumberedValue?) -> Contents {
    var contents = self
    contents.values[key] = value
    return contents
  }

  /// The same with one element more at the end.
  func pushing(_ element: NumberedValue) -> Contents {
    var contents = self
    contents.elements.append(element)
    return contents
  }

  /// The same without the oldest element.
  func popping() -> Contents {
    var contents = self
    contents.elements = Array(elements.dropFirst())
    return contents
  }

  /// The same with all values in the saved file, whatever their order there.
  func saving() -> [Contents] {
    Self.orders(of: values.map { SavedEntry(key: $0.key, value: $0.value) }).map { entries in
      var contents = self
      contents.saved = entries
      return contents
    }
  }

  /// The same with a complete file that has not taken the place of the saved one.
  func leavingFile() -> Contents {
    var contents = self
    contents.leftovers += 1
    return contents
  }

  /// The same without a saved file.
  func removingFile() -> Contents {
    var contents = self
    contents.saved = nil
    return contents
  }

  /// The same with the first `count` entries of the saved file among the values, or with all.
  func loading(_ count: Int = .max) -> Contents {
    (saved ?? []).prefix(count).reduce(self) { $0.setting($1.key, $1.value) }
  }

  private static func orders(of entries: [SavedEntry]) -> [[SavedEntry]] {
    guard !entries.isEmpty else { return [[]] }
    return entries.indices.flatMap { index in
      var rest = entries
      let first = rest.remove(at: index)
      return orders(of: rest).map { [first] + $0 }
    }
  }
}

/// An entry of a saved file.
struct SavedEntry: Hashable, Sendable {
  let key: String
  let value: NumberedValue
}

extension Contents {
  var description: String {
    let values = values.sorted { $0.key < $1.key }.map { "'\($0.key)': \($0.value)" }
    let rest = elements.map { "element \($0)" } + (hasStructure ? ["a structure"] : [])
    let files =
      (saved.map { ["saved \($0.map { "'\($0.key)': \($0.value)" })"] } ?? [])
      + (leftovers > 0 ? ["\(leftovers) files left over"] : [])
    return "{" + (values + rest + files).joined(separator: ", ") + "}"
  }
}

/// What a trial found wrong.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Throws unless `condition` holds.
func require(_ condition: Bool, _ text: @autoclosure () -> String) throws(Failure) {
  if !condition { throw Failure(text()) }
}
