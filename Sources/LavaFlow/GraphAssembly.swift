import LavaSchema

/// Makes the nodes and edges of one host and connects them.
struct GraphAssembly {
  private let graph: Graph
  private let host: String
  private let hasThreads: Bool
  private(set) var nodes: [NodeCore] = []
  private var plans: [NodePlan] = []
  private(set) var edges: [EdgeCore] = []
  private(set) var inlets: [String: any CrossingInlet] = [:]
  private(set) var nodeCount = 0
  private var diagnostics: [GraphDiagnostic] = []
  /// Edges into each node with the index of the input, and out of each output of each node.
  private var incoming: [[(edge: EdgeCore, port: Int)]] = []
  private var outgoing: [[[EdgeCore]]] = []

  init(_ graph: Graph, host: String, hasThreads: Bool) {
    self.graph = graph
    self.host = host
    self.hasThreads = hasThreads
  }

  mutating func build(
    crossings: (any Crossings)?, isAbandoned: @escaping @Sendable () -> Bool
  ) throws(GraphError) {
    var places: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() where node.host == host {
      places[index] = add(node)
    }
    // Without its nodes an edge would only give errors that mislead.
    guard diagnostics.isEmpty else { throw GraphError(diagnostics) }
    nodeCount = plans.count
    for (index, edge) in graph.edges.enumerated() {
      switch (places[edge.producer], places[edge.consumer]) {
      case (let producer?, let consumer?):
        connect(edge, producer, edge.output, consumer, edge.input, edge.overflow, edge.capacity)
      case (let producer?, nil):
        addOutlet(edge, index, producer, crossings, isAbandoned)
      case (nil, let consumer?):
        addInlet(edge, index, consumer, crossings)
      case (nil, nil): break
      }
    }
    guard diagnostics.isEmpty else { throw GraphError(diagnostics) }
    nodes = plans.enumerated().map { index, plan in
      NodeCore(index: index, plan: plan, incoming: incoming[index], outgoing: outgoing[index])
    }
  }

  private mutating func add(_ node: Graph.Node) -> Int? {
    do {
      return add(
        id: node.id, outputs: node.descriptor.outputs, try node.make(node.parameters),
        hasOwnThread: false, isWatched: node.isWatched)
    } catch {
      let (text, remedy) = complaint(of: error, otherwise: "change the node's parameters")
      fail(
        JSONPath.root.member("nodes").member(node.id),
        "\(node.descriptor.id) cannot start: \(text)", remedy)
      return nil
    }
  }

  private mutating func add(
    id: String, outputs: [NodeDescriptor.Output], _ executor: NodeExecutor, hasOwnThread: Bool,
    isWatched: Bool
  ) -> Int {
    plans.append(
      NodePlan(
        id: id, outputs: outputs, executor: executor, hasOwnThread: hasOwnThread && hasThreads,
        isWatched: isWatched))
    incoming.append([])
    outgoing.append(outputs.map { _ in [] })
    return plans.count - 1
  }

  private mutating func connect(
    _ edge: Graph.Edge, _ producer: Int, _ output: Int, _ consumer: Int, _ input: Int,
    _ overflow: GraphDocument.Overflow, _ capacity: Int
  ) {
    let core = EdgeCore(
      id: edge.id, capacity: capacity, overflow: overflow, type: edge.type,
      producer: producer, consumer: consumer)
    edges.append(core)
    outgoing[producer][output].append(core)
    incoming[consumer].append((core, input))
  }

  private mutating func addOutlet(
    _ edge: Graph.Edge, _ index: Int, _ producer: Int, _ crossings: (any Crossings)?,
    _ isAbandoned: @escaping @Sendable () -> Bool
  ) {
    guard let outlet = make(edge, index, crossings, { try $0.outlet(for: edge) }) else { return }
    let place = add(
      id: "outlet-\(index)", outputs: [], OutletExecutor(outlet, isAbandoned: isAbandoned),
      hasOwnThread: true, isWatched: false)
    // What happens when the other host is too slow is for the queue between them to decide.
    connect(edge, producer, edge.output, place, 0, .wait, Crossing.capacity(edge))
  }

  private mutating func addInlet(
    _ edge: Graph.Edge, _ index: Int, _ consumer: Int, _ crossings: (any Crossings)?
  ) {
    guard let inlet = make(edge, index, crossings, { try $0.inlet(for: edge) }) else { return }
    inlets[edge.id] = inlet
    let place = add(
      id: "inlet-\(index)", outputs: [.output("out", edge.type)], InletExecutor(inlet),
      hasOwnThread: true, isWatched: false)
    connect(edge, place, 0, consumer, edge.input, .wait, Crossing.capacity(edge))
  }

  private mutating func make<End>(
    _ edge: Graph.Edge, _ index: Int, _ crossings: (any Crossings)?,
    _ make: (any Crossings) throws -> End
  ) -> End? {
    let path = JSONPath.root.member("edges").element(index)
    guard let crossings else {
      fail(
        path, "edge \(edge.id) goes to another host, and nothing carries packets there",
        "run the graph with a store, or put both nodes into one host")
      return nil
    }
    do {
      return try make(crossings)
    } catch {
      let (text, remedy) = complaint(of: error, otherwise: "make room in the graph's store")
      fail(path, "no queue between the hosts: \(text)", remedy)
      return nil
    }
  }

  private mutating func fail(_ path: JSONPath, _ message: String, _ remedy: String) {
    diagnostics.append(graph.document.origin.diagnostic(path, message, remedy: remedy))
  }
}
