import LavaSchema

/// Checks a document against a registry and collects what is wrong.
struct GraphBuilder {
  private let document: GraphDocument
  private let registry: NodeRegistry
  private var diagnostics: [GraphDiagnostic] = []

  init(document: GraphDocument, registry: NodeRegistry) {
    self.document = document
    self.registry = registry
  }

  mutating func build(
    overrides: [ParameterOverride], arguments: [String]
  ) throws(GraphError) -> Graph {
    let entries = checkTypes()
    var settings = ParameterSettings(document: document, entries: entries)
    settings.apply(arguments: arguments)
    settings.apply(overrides)
    let parameters = settings.contents()
    diagnostics += settings.diagnostics
    let links = checkEdges(entries)
    checkInputs(entries, links)
    checkLoops(entries, links)
    guard diagnostics.isEmpty else { throw GraphError(diagnostics) }

    let order = GraphOrder.order(
      document.nodes.keys.sorted(), links.map { ($0.edge.from.node, $0.edge.to.node) },
      breaking: { entries[$0]?.role == .message })
    let nodes = order.map { id in
      guard let node = document.nodes[id], let entry = entries[id] else {
        preconditionFailure("a checked graph has types for all its nodes")
      }
      return Graph.Node(
        id: id, descriptor: entry.descriptor, role: entry.role, host: node.host,
        parameters: Parameters(parameters[id] ?? [:]), isWatched: node.watch, make: entry.make)
    }
    let indices = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    let edges = links.map { link in
      Graph.Edge(
        id: link.edge.id, producer: indices[link.edge.from.node]!, output: link.output,
        consumer: indices[link.edge.to.node]!, input: link.input, type: link.type,
        capacity: link.edge.capacity ?? GraphDocument.defaultCapacity,
        overflow: link.edge.overflow)
    }
    return Graph(document: settings.document, nodes: nodes, edges: edges)
  }

  // MARK: Nodes

  private mutating func checkTypes() -> [String: NodeRegistry.Entry] {
    var entries: [String: NodeRegistry.Entry] = [:]
    for (id, node) in document.nodes.sorted(by: { $0.key < $1.key }) {
      let path = JSONPath.root.member("nodes").member(id)
      guard let entry = registry[node.type] else {
        let known = registry.all.map(\.descriptor.id)
        fail(
          path.member("type"), "no node type \(Self.quoted(node.type))",
          Suggestion.remedy(
            node.type, among: known,
            otherwise: known.isEmpty
              ? "register it" : "known are \(known.joined(separator: ", "))"))
        continue
      }
      entries[id] = entry
      if node.kind != nil, entry.role != .message {
        fail(
          path.member("kind"), "\(node.type) is a \(entry.role.rawValue) node and has no kind",
          "remove \"kind\"; only message nodes have one")
      }
    }
    return entries
  }

  // MARK: Edges

  private struct Link {
    let edge: GraphDocument.Edge
    let output: Int
    let input: Int
    let type: PortType
  }

  private mutating func checkEdges(_ entries: [String: NodeRegistry.Entry]) -> [Link] {
    var links: [Link] = []
    for (index, edge) in document.edges.enumerated() {
      let path = JSONPath.root.member("edges").element(index)
      let output = port(
        edge.from, path.member("from"), "output", entries[edge.from.node]?.descriptor.outputs,
        name: \.name, type: \.type)
      let input = port(
        edge.to, path.member("to"), "input", entries[edge.to.node]?.descriptor.inputs,
        name: \.name, type: \.type)
      guard let output, let input else { continue }
      guard input.type.accepts(output.type) else {
        fail(
          path, "output \(edge.from) holds \(output.type), input \(edge.to) takes \(input.type)",
          "connect ports of one type, or put a node between that converts")
        continue
      }
      let hosts = (document.nodes[edge.from.node]?.host, document.nodes[edge.to.node]?.host)
      if let from = hosts.0, let to = hosts.1, from != to, edge.overflow == .reject {
        // The emitting call has returned long before the queue between the hosts is full.
        fail(
          path.member("overflow"), "\"reject\" on an edge from host '\(from)' to host '\(to)'",
          "write \"wait\", \"dropOldest\" or \"dropNewest\", or put both nodes into one host")
      }
      links.append(
        Link(edge: edge, output: output.index, input: input.index, type: output.type))
    }
    return links
  }

  private mutating func port<Port>(
    _ reference: GraphDocument.PortReference, _ path: JSONPath, _ what: String, _ ports: [Port]?,
    name: (Port) -> String, type: (Port) -> PortType
  ) -> (index: Int, type: PortType)? {
    // Without ports the node's type is unknown, which was complained of already.
    guard let ports else { return nil }
    if let index = ports.firstIndex(where: { name($0) == reference.port }) {
      return (index, type(ports[index]))
    }
    let names = ports.map(name)
    fail(
      path, "node '\(reference.node)' has no \(what) '\(reference.port)'",
      names.isEmpty ? "it has no \(what)s" : "its \(what)s are \(names.joined(separator: ", "))")
    return nil
  }

  private mutating func checkInputs(
    _ entries: [String: NodeRegistry.Entry], _ links: [Link]
  ) {
    // Any edge that names the input counts, so that a wrong one is not complained of twice.
    let connected = Set(document.edges.map(\.to))
    for (id, entry) in entries.sorted(by: { $0.key < $1.key }) {
      for input in entry.descriptor.inputs where !input.isOptional {
        let reference = GraphDocument.PortReference(node: id, port: input.name)
        guard !connected.contains(reference) else { continue }
        fail(
          JSONPath.root.member("nodes").member(id), "input '\(input.name)' is not connected",
          "add an edge to \"\(reference)\" from an output of type \(input.type)")
      }
    }
  }

  private mutating func checkLoops(
    _ entries: [String: NodeRegistry.Entry], _ links: [Link]
  ) {
    let plain = links.enumerated().filter { _, link in
      entries[link.edge.from.node]?.role != .message && entries[link.edge.to.node]?.role != .message
    }
    let pairs = plain.map { ($0.element.edge.from.node, $0.element.edge.to.node) }
    guard let loop = GraphOrder.loop(pairs) else { return }
    let index =
      document.edges.firstIndex {
        $0.from.node == loop[0] && $0.to.node == loop[1 % loop.count]
      } ?? 0
    fail(
      JSONPath.root.member("edges").element(index),
      "the loop \((loop + [loop[0]]).joined(separator: " -> ")) has no message node",
      "put a message node into the loop, or remove an edge")
  }

  private mutating func fail(_ path: JSONPath, _ message: String, _ remedy: String) {
    diagnostics.append(document.origin.diagnostic(path, message, remedy: remedy))
  }

  private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}
