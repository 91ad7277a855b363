/// What a store holds that trials look at.
struct Contents: Hashable, Sendable, CustomStringConvertible {
  var values: [String: NumberedValue] = [:]
  /// Elements of the queue, oldest first.
  var elements: [NumberedValue] = []
  /// Whether there is a structure that some operation makes.
  var hasStructure = false

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
}

extension Contents {
  var description: String {
    let values = values.sorted { $0.key < $1.key }.map { "'\($0.key)': \($0.value)" }
    let rest = elements.map { "element \($0)" } + (hasStructure ? ["a structure"] : [])
    return "{" + (values + rest).joined(separator: ", ") + "}"
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
