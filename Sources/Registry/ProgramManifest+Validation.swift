/// Which part of a manifest cannot stand so.
public struct ManifestError: Error, Hashable, CustomStringConvertible {
  /// The part: `tags`, `interfaces[0].operations[2].name`.
  public let place: String
  /// What was found there.
  public let reason: String
  /// What to do about it.
  public let remedy: String

  /// Part, reason and remedy in one line.
  public var description: String { "manifest, \(place): \(reason); \(remedy)" }
}

extension ProgramManifest {
  /// Whether `name` may be that of a program, a tag, an interface, an operation or an attribute.
  static func isName(_ name: String) -> Bool {
    (1...100).contains(name.utf8.count) && DataType.isIdentifier(name)
      && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "+") }
  }

  func validate() throws(ManifestError) {
    try check(name, "name")
    try check(version, "version", atMost: 100)
    try check(summary, "summary", atMost: 1000)
    try check(tags, "tags", atMost: 64)
    for (index, tag) in tags.enumerated() { try check(tag, "tags[\(index)]") }
    try check(interfaces, "interfaces", atMost: 64)
    try checkOnce(interfaces.map(\.name), "interfaces")
    for (index, interface) in interfaces.enumerated() {
      let place = "interfaces[\(index)]"
      try check(interface.name, "\(place).name")
      try check(interface.operations, "\(place).operations", atMost: 64)
      try checkOnce(interface.operations.map(\.name), "\(place).operations")
      for (index, operation) in interface.operations.enumerated() {
        try check(operation.name, "\(place).operations[\(index)].name")
      }
    }
    try check(accepts, "accepts", atMost: 64)
    try check(returns, "returns", atMost: 64)
    try check(transformations, "transformations", atMost: 256)
    for (index, transformation) in transformations.enumerated()
    where !(transformation.cost >= 0 && transformation.cost.isFinite) {
      throw ManifestError(
        place: "transformations[\(index)].cost", reason: "it is \(transformation.cost)",
        remedy: "choose a number that is not negative")
    }
    try check(Array(attributes), "attributes", atMost: 64)
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      try check(name, "attributes.\(name)")
      switch value {
      case .string(let text): try check(text, "attributes.\(name)", atMost: 1000)
      case .number(let number) where !number.isFinite:
        throw ManifestError(
          place: "attributes.\(name)", reason: "it is \(number)", remedy: "choose a finite number")
      case .number, .bool: break
      }
    }
    try check(types, "types", atMost: 256)
    try checkOnce(types.map(\.identifier), "types")
  }

  private func check(_ name: String, _ place: String) throws(ManifestError) {
    guard !Self.isName(name) else { return }
    throw ManifestError(
      place: place, reason: "'\(name.prefix(100))' is no name",
      remedy: "take letters, digits, '.', '_' and '-', at most 100, a letter or digit first")
  }

  private func check(_ text: String, _ place: String, atMost limit: Int) throws(ManifestError) {
    guard text.utf8.count > limit else { return }
    throw ManifestError(
      place: place, reason: "it has \(text.utf8.count) bytes", remedy: "write at most \(limit)")
  }

  private func check<Element>(
    _ list: [Element], _ place: String, atMost limit: Int
  ) throws(ManifestError) {
    guard list.count > limit else { return }
    throw ManifestError(
      place: place, reason: "there are \(list.count)", remedy: "name at most \(limit)")
  }

  private func checkOnce(_ names: [String], _ place: String) throws(ManifestError) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      throw ManifestError(
        place: place, reason: "'\(name)' is there twice", remedy: "name each once")
    }
  }
}
