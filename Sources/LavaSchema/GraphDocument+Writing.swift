extension GraphDocument {
  /// The document as JSON text in stable order: equal documents give equal text, nodes and hosts
  /// stand in alphabetical order, edges and arguments in their own, one edge on a line, so that a
  /// small change makes a small difference.
  ///
  /// - Complexity: O(document).
  public var json: String {
    var members = [
      "\"lava\": \(Self.formatVersion)",
      "\"name\": \(JSONValue.quoted(name))",
    ]
    if !hosts.isEmpty {
      members.append(
        "\"hosts\": "
          + Self.block(
            hosts.sorted { $0.key < $1.key }.map { id, host in
              JSONValue.quoted(id) + ": " + Self.block(Self.members(host.extensions), 2)
            }, 1))
    }
    members.append(
      "\"nodes\": "
        + Self.block(
          nodes.sorted { $0.key < $1.key }.map { id, node in
            JSONValue.quoted(id) + ": " + Self.block(Self.members(node), 2)
          }, 1))
    members.append("\"edges\": " + Self.block(edges.map(Self.line), 1, "[", "]"))
    if !arguments.isEmpty {
      let list = arguments.map { JSONValue.quoted($0.description) }.joined(separator: ", ")
      members.append("\"arguments\": [\(list)]")
    }
    members += Self.members(extensions)
    return Self.block(members, 0) + "\n"
  }

  private static func members(_ node: Node) -> [String] {
    var members = ["\"type\": \(JSONValue.quoted(node.type))"]
    if let kind = node.kind { members.append("\"kind\": \(JSONValue.quoted(kind.rawValue))") }
    if node.host != mainHost { members.append("\"host\": \(JSONValue.quoted(node.host))") }
    if !node.parameters.isEmpty {
      members.append("\"parameters\": " + block(Self.members(node.parameters), 3))
    }
    if let position = node.position {
      members.append("\"position\": [\(number(position.x)), \(number(position.y))]")
    }
    if node.watch { members.append("\"watch\": true") }
    return members + Self.members(node.extensions)
  }

  private static func line(_ edge: Edge) -> String {
    var members = [
      "\"from\": \(JSONValue.quoted(edge.from.description))",
      "\"to\": \(JSONValue.quoted(edge.to.description))",
    ]
    if let capacity = edge.capacity { members.append("\"capacity\": \(capacity)") }
    if edge.overflow != .wait {
      members.append("\"overflow\": \(JSONValue.quoted(edge.overflow.rawValue))")
    }
    for (name, value) in edge.extensions.sorted(by: { $0.key < $1.key }) {
      members.append(JSONValue.quoted(name) + ": " + value.text)
    }
    return "{ " + members.joined(separator: ", ") + " }"
  }

  private static func members(_ values: [String: JSONValue]) -> [String] {
    values.sorted { $0.key < $1.key }.map { JSONValue.quoted($0.key) + ": " + $0.value.text }
  }

  private static func number(_ value: Double) -> String {
    Int64(exactly: value).map(String.init) ?? JSONValue.text(of: value)
  }

  /// `items` one a line between brackets, indented by `depth` levels.
  private static func block(
    _ items: [String], _ depth: Int, _ open: String = "{", _ close: String = "}"
  ) -> String {
    guard !items.isEmpty else { return open + close }
    let inner = String(repeating: "  ", count: depth + 1)
    let outer = String(repeating: "  ", count: depth)
    return open + "\n" + items.map { inner + $0 }.joined(separator: ",\n") + "\n" + outer + close
  }
}
