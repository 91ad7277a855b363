extension GraphDocument {
  /// Member names of each object of the format, in the order in which they are written.
  enum Members {
    static let document = ["lava", "name", "hosts", "nodes", "edges", "arguments"]
    static let host: [String] = []
    static let node = ["type", "kind", "host", "parameters", "position", "watch"]
    static let edge = ["from", "to", "capacity", "overflow"]
  }

  /// Reads a graph file.
  ///
  /// - Parameters:
  ///   - json: The file's bytes.
  ///   - file: The file as the user named it, for error messages.
  /// - Throws: Everything that is wrong, not only the first; a syntax error stands alone.
  /// - Complexity: O(bytes).
  public init(json: [UInt8], file: String) throws(GraphError) {
    let element: JSONElement
    do {
      element = try JSONReader.read(json)
    } catch {
      throw GraphError([
        GraphDiagnostic(
          file: file, position: error.position, path: "$", message: error.message,
          remedy: error.remedy)
      ])
    }
    var parser = GraphDocumentParser(file: file, root: element)
    let document = parser.document(element)
    guard parser.diagnostics.isEmpty, let document else {
      throw GraphError(parser.diagnosticsInFileOrder)
    }
    self = document
  }
}

/// Turns JSON elements into a document and collects what is wrong on the way.
struct GraphDocumentParser {
  private(set) var diagnostics: [GraphDiagnostic] = []
  private var origin: GraphDocument.Origin

  init(file: String, root: JSONElement) {
    origin = GraphDocument.Origin(file: file)
    walk(root, at: .root)
  }

  var diagnosticsInFileOrder: [GraphDiagnostic] {
    let start = TextPosition(line: 0, column: 0)
    return diagnostics.sorted {
      ($0.position ?? start, $0.path) < ($1.position ?? start, $1.path)
    }
  }

  /// Notes the place of every element and complains of members that stand twice.
  private mutating func walk(_ element: JSONElement, at path: JSONPath) {
    origin.positions[path] = element.position
    switch element.content {
    case .scalar: return
    case .array(let elements):
      for (index, element) in elements.enumerated() { walk(element, at: path.element(index)) }
    case .object(let members):
      var seen: Set<String> = []
      for member in members {
        let child = path.member(member.name)
        guard seen.insert(member.name).inserted else {
          diagnostics.append(
            GraphDiagnostic(
              file: origin.file, position: member.position, path: child.description,
              message: "\(JSONValue.quoted(member.name)) stands twice in one object",
              remedy: "keep one of them"))
          continue
        }
        walk(member.element, at: child)
      }
    }
  }

  private mutating func fail(_ path: JSONPath, _ message: String, _ remedy: String) {
    diagnostics.append(origin.diagnostic(path, message, remedy: remedy))
  }

  // MARK: The document

  mutating func document(_ root: JSONElement) -> GraphDocument? {
    // The format first: a newer one has members that mean nothing here.
    let format = Self.members(root).first { $0.name == "lava" }?.element
    if case .object = root.content, !version(format) { return nil }
    guard let members = object(root, .root, known: GraphDocument.Members.document) else {
      return nil
    }
    var result = GraphDocument(name: name(members["name"]) ?? "")
    result.extensions = extensions(root)
    result.hosts = hosts(members["hosts"])
    let nodes = members["nodes"]
    if nodes == nil { fail(.root, "the graph has no \"nodes\"", "add \"nodes\": { ... }") }
    result.nodes = nodes.map { self.nodes($0, hosts: result.hosts) } ?? [:]
    let nodeIDs = Set(nodes.map(Self.names) ?? [])
    result.edges = members["edges"].map { edges($0, nodeIDs: nodeIDs) } ?? []
    result.arguments = members["arguments"].map { arguments($0, nodeIDs: nodeIDs) } ?? []
    result.origin = origin
    return result
  }

  /// Whether the rest can be read at all.
  private mutating func version(_ element: JSONElement?) -> Bool {
    let known = GraphDocument.formatVersion
    guard let element else {
      fail(.root, "the format number \"lava\" is missing", "add \"lava\": \(known)")
      return true
    }
    let path = JSONPath.root.member("lava")
    guard case .scalar(.int(let number)) = element.content, number >= 1 else {
      fail(path, "the format number is \(Self.shown(element))", "write \"lava\": \(known)")
      return true
    }
    guard number > known else { return true }
    fail(
      path, "the file has format \(number), this build reads \(known)",
      "use a newer lava, or save the graph in format \(known)")
    return false
  }

  private mutating func name(_ element: JSONElement?) -> String? {
    guard let element else {
      fail(.root, "the graph has no \"name\"", "add \"name\": \"my-graph\"")
      return nil
    }
    let path = JSONPath.root.member("name")
    guard let name = string(element, path) else { return nil }
    let letters = name.utf8.allSatisfy {
      $0 < 0x80
        && (Character(Unicode.Scalar($0)).isLetter || Character(Unicode.Scalar($0)).isNumber
          || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains($0))
    }
    let begins = name.first.map { $0.isLetter || $0.isNumber } ?? false
    guard letters, begins, name.utf8.count <= 100 else {
      fail(
        path, "\(JSONValue.quoted(name)) cannot name a graph",
        "use up to 100 letters, digits, '.', '_' and '-', a letter or digit first")
      return nil
    }
    return name
  }

  private mutating func hosts(_ element: JSONElement?) -> [String: GraphDocument.Host] {
    guard let element else { return [:] }
    let path = JSONPath.root.member("hosts")
    var hosts: [String: GraphDocument.Host] = [:]
    for (id, value) in object(element, path, known: nil) ?? [:] {
      let place = path.member(id)
      checkIdentifier(id, "host", place)
      guard object(value, place, known: GraphDocument.Members.host) != nil else { continue }
      hosts[id] = GraphDocument.Host(extensions: extensions(value))
    }
    return hosts
  }

  // MARK: Nodes

  private mutating func nodes(
    _ element: JSONElement, hosts: [String: GraphDocument.Host]
  ) -> [String: GraphDocument.Node] {
    let path = JSONPath.root.member("nodes")
    guard object(element, path, known: nil) != nil else { return [:] }
    var nodes: [String: GraphDocument.Node] = [:]
    for member in Self.members(element) where nodes[member.name] == nil {
      let place = path.member(member.name)
      checkIdentifier(member.name, "node", place)
      guard let members = object(member.element, place, known: GraphDocument.Members.node) else {
        continue
      }
      nodes[member.name] = node(members, place, hosts, extensions(member.element))
    }
    return nodes
  }

  private mutating func node(
    _ members: [String: JSONElement], _ path: JSONPath, _ hosts: [String: GraphDocument.Host],
    _ extensions: [String: JSONValue]
  ) -> GraphDocument.Node {
    var node = GraphDocument.Node(type: "", extensions: extensions)
    if let type = members["type"] {
      node.type = string(type, path.member("type")) ?? ""
    } else {
      fail(path, "the node has no \"type\"", "add \"type\": \"vendor.name\"")
    }
    if let kind = members["kind"] {
      node.kind = choice(kind, path.member("kind"), "kind of message node")
    }
    if let host = members["host"], let id = string(host, path.member("host")) {
      node.host = id
      if id != GraphDocument.mainHost, hosts[id] == nil {
        let known = ([GraphDocument.mainHost] + hosts.keys.sorted()).joined(separator: ", ")
        fail(
          path.member("host"), "no host \(JSONValue.quoted(id))",
          "add it to \"hosts\", or use one of: \(known)")
      }
    }
    if let parameters = members["parameters"] {
      let place = path.member("parameters")
      for (name, value) in object(parameters, place, known: nil) ?? [:] {
        checkIdentifier(name, "parameter", place.member(name))
        node.parameters[name] = value.value
      }
    }
    if let position = members["position"] {
      node.position = self.position(position, path.member("position"))
    }
    if let watch = members["watch"] {
      if case .scalar(.bool(let value)) = watch.content {
        node.watch = value
      } else {
        wrongType(watch, path.member("watch"), "true or false")
      }
    }
    return node
  }

  private mutating func position(
    _ element: JSONElement, _ path: JSONPath
  ) -> GraphDocument.Position? {
    if case .array(let elements) = element.content {
      let numbers = elements.compactMap { element -> Double? in
        switch element.content {
        case .scalar(.int(let value)): Double(value)
        case .scalar(.double(let value)): value
        default: nil
        }
      }
      if numbers.count == 2, elements.count == 2 {
        return GraphDocument.Position(x: numbers[0], y: numbers[1])
      }
    }
    fail(path, "a position is two numbers, found \(Self.shown(element))", "write [x, y]")
    return nil
  }

  // MARK: Edges and arguments

  private mutating func edges(
    _ element: JSONElement, nodeIDs: Set<String>
  ) -> [GraphDocument.Edge] {
    let path = JSONPath.root.member("edges")
    var edges: [GraphDocument.Edge] = []
    var first: [String: Int] = [:]
    for (index, element) in (array(element, path) ?? []).enumerated() {
      let place = path.element(index)
      guard let members = object(element, place, known: GraphDocument.Members.edge) else {
        continue
      }
      let from = end("from", members, place, nodeIDs, "an output")
      let to = end("to", members, place, nodeIDs, "an input")
      let capacity = members["capacity"].flatMap { self.capacity($0, place.member("capacity")) }
      let overflow: GraphDocument.Overflow? = members["overflow"].flatMap {
        choice($0, place.member("overflow"), "overflow policy")
      }
      guard let from, let to else { continue }
      let edge = GraphDocument.Edge(
        from: from, to: to, capacity: capacity, overflow: overflow ?? .wait,
        extensions: extensions(element))
      if let other = first[edge.id] {
        fail(place, "edge \(edge.id) stands already at $.edges[\(other)]", "remove one of them")
        continue
      }
      first[edge.id] = index
      edges.append(edge)
    }
    return edges
  }

  private mutating func end(
    _ name: String, _ members: [String: JSONElement], _ path: JSONPath, _ nodeIDs: Set<String>,
    _ what: String
  ) -> GraphDocument.PortReference? {
    guard let element = members[name] else {
      fail(path, "the edge has no \"\(name)\"", "add \"\(name)\": \"node.port\", \(what)")
      return nil
    }
    guard let (node, port) = reference(element, path.member(name), nodeIDs, "port") else {
      return nil
    }
    return GraphDocument.PortReference(node: node, port: port)
  }

  private mutating func arguments(
    _ element: JSONElement, nodeIDs: Set<String>
  ) -> [GraphDocument.ParameterReference] {
    let path = JSONPath.root.member("arguments")
    var arguments: [GraphDocument.ParameterReference] = []
    for (index, element) in (array(element, path) ?? []).enumerated() {
      let place = path.element(index)
      guard let (node, parameter) = reference(element, place, nodeIDs, "parameter") else {
        continue
      }
      let argument = GraphDocument.ParameterReference(node: node, parameter: parameter)
      if arguments.contains(argument) {
        fail(place, "\(argument) takes an argument already", "remove one of them")
        continue
      }
      arguments.append(argument)
    }
    return arguments
  }

  /// Splits `NODE.NAME` and checks that the node exists.
  private mutating func reference(
    _ element: JSONElement, _ path: JSONPath, _ nodeIDs: Set<String>, _ what: String
  ) -> (node: String, name: String)? {
    guard let text = string(element, path) else { return nil }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ GraphDocument.isIdentifier($0) }) else {
      fail(path, "\(JSONValue.quoted(text)) names no \(what)", "write \"node.\(what)\"")
      return nil
    }
    let node = String(parts[0])
    guard nodeIDs.contains(node) else {
      fail(
        path, "no node \(JSONValue.quoted(node))",
        Suggestion.remedy(node, among: nodeIDs, otherwise: "add it to \"nodes\""))
      return nil
    }
    return (node, String(parts[1]))
  }

  private mutating func capacity(_ element: JSONElement, _ path: JSONPath) -> Int? {
    let limit = GraphDocument.maximumCapacity
    guard case .scalar(.int(let value)) = element.content, (1...Int64(limit)).contains(value) else {
      fail(
        path, "a capacity is a whole number from 1 to \(limit), found \(Self.shown(element))",
        "write the number of packets the edge may hold")
      return nil
    }
    return Int(value)
  }

  // MARK: Elements

  /// The members of an object by name, or `nil` after a complaint; unknown ones are complained of
  /// where `known` lists those that exist. Members that begin with `x-` are left out.
  private mutating func object(
    _ element: JSONElement, _ path: JSONPath, known: [String]?
  ) -> [String: JSONElement]? {
    guard case .object(let members) = element.content else {
      wrongType(element, path, "an object")
      return nil
    }
    var result: [String: JSONElement] = [:]
    for member in members where result[member.name] == nil {
      if let known {
        if member.name.hasPrefix("x-") { continue }
        guard known.contains(member.name) else {
          fail(
            path.member(member.name), "unknown member \(JSONValue.quoted(member.name))",
            known.isEmpty
              ? "remove it, or begin its name with x- to keep it"
              : Suggestion.remedy(
                member.name, among: known,
                otherwise: "known are \(known.joined(separator: ", ")); x-... is kept"))
          continue
        }
      }
      result[member.name] = member.element
    }
    return result
  }

  private func extensions(_ element: JSONElement) -> [String: JSONValue] {
    Dictionary(
      Self.members(element).filter { $0.name.hasPrefix("x-") }
        .map { ($0.name, $0.element.value) },
      uniquingKeysWith: { first, _ in first })
  }

  private mutating func array(_ element: JSONElement, _ path: JSONPath) -> [JSONElement]? {
    guard case .array(let elements) = element.content else {
      wrongType(element, path, "an array")
      return nil
    }
    return elements
  }

  private mutating func string(_ element: JSONElement, _ path: JSONPath) -> String? {
    guard case .scalar(.string(let text)) = element.content else {
      wrongType(element, path, "a string")
      return nil
    }
    return text
  }

  private mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ element: JSONElement, _ path: JSONPath, _ what: String
  ) -> Choice? where Choice.RawValue == String {
    guard let text = string(element, path) else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    fail(path, "\(JSONValue.quoted(text)) is no \(what)", "use one of: \(known)")
    return nil
  }

  private mutating func checkIdentifier(_ id: String, _ what: String, _ path: JSONPath) {
    guard !GraphDocument.isIdentifier(id) else { return }
    fail(
      path, "\(JSONValue.quoted(id)) cannot be the id of a \(what)",
      "use lower-case letters, digits and '-', a letter first")
  }

  private mutating func wrongType(_ element: JSONElement, _ path: JSONPath, _ expected: String) {
    fail(path, "expected \(expected), found \(element.value.kindName)", "write \(expected)")
  }

  private static func members(_ element: JSONElement) -> [JSONElement.Member] {
    if case .object(let members) = element.content { members } else { [] }
  }

  private static func names(_ element: JSONElement) -> [String] { members(element).map(\.name) }

  private static func shown(_ element: JSONElement) -> String {
    if case .scalar(let value) = element.content { value.text } else { element.value.kindName }
  }
}
