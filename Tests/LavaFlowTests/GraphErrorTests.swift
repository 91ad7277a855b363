import LavaFlow
import LavaSchema
import Testing

/// What keeps a graph from running is said with file, JSON path and remedy; all of it at once.
@Suite struct GraphErrorTests {
  private func complaints(
    _ sketch: GraphSketch, overrides: [String] = [], arguments: [String] = []
  ) throws -> [String] {
    let overrides = try overrides.map { try ParameterOverride(parsing: $0) }
    do {
      _ = try Graph(
        document: sketch.document, registry: sketch.registry, overrides: overrides,
        arguments: arguments)
      return []
    } catch {
      return error.diagnostics.map(\.description)
    }
  }

  private func sound() throws -> GraphSketch {
    var sketch = try GraphSketch()
    sketch.node("source", "count")
    sketch.node("step", "step")
    sketch.node("end", "collect")
    sketch.edge("source.out", "step.in")
    sketch.edge("step.out", "end.in")
    return sketch
  }

  @Test func `a sound graph has nothing to complain of`() throws {
    let sketch = try sound()
    #expect(try complaints(sketch) == [])
    let graph = try sketch.graph()
    #expect(graph.nodes.map(\.id) == ["source", "step", "end"])
    #expect(graph.hosts == ["main"])
  }

  @Test func `an unknown node type`() throws {
    var sketch = try sound()
    sketch.node("step", "stpe")
    sketch.node("other", "nothing-like-it")
    #expect(
      try complaints(sketch) == [
        "sketch.lava.json: $.nodes.other.type: no node type \"test.nothing-like-it\"; known are "
          + "test.collect, test.copies, test.count, test.inflate, test.picky, test.relay, test.step",
        "sketch.lava.json: $.nodes.step.type: no node type \"test.stpe\"; "
          + "did you mean \"test.step\"?",
      ])
  }

  @Test func `an edge between hosts that is to reject`() throws {
    var sketch = try sound()
    sketch.node("step", "step", host: "far")
    sketch.document.edges[1].overflow = .reject
    #expect(
      try complaints(sketch) == [
        "sketch.lava.json: $.edges[1].overflow: \"reject\" on an edge from host 'far' to host "
          + "'main'; write \"wait\", \"dropOldest\" or \"dropNewest\", or put both nodes into one host"
      ])
    sketch.node("step", "step")
    #expect(try complaints(sketch) == [])
  }

  @Test func `an input that is not connected`() throws {
    var sketch = try sound()
    sketch.document.edges.removeFirst()
    #expect(
      try complaints(sketch) == [
        "sketch.lava.json: $.nodes.step: input 'in' is not connected; "
          + "add an edge to \"step.in\" from an output of type test.sample.1"
      ])
  }

  @Test func `a connection between types`() throws {
    var sketch = try sound()
    sketch.node("inflate", "inflate")
    sketch.node("late", "step")
    sketch.edge("source.out", "inflate.in")
    sketch.edge("inflate.out", "late.in")
    #expect(
      try complaints(sketch) == [
        "sketch.lava.json: $.edges[3]: output inflate.out holds bytes, input late.in takes "
          + "test.sample.1; connect ports of one type, or put a node between that converts"
      ])
  }

  @Test func `a port that is not there`() throws {
    var sketch = try sound()
    sketch.edge("source.samples", "end.in")
    sketch.edge("end.out", "step.in")
    sketch.edge("source.out", "end.other")
    #expect(
      try complaints(sketch) == [
        "sketch.lava.json: $.edges[2].from: node 'source' has no output 'samples'; "
          + "its outputs are out",
        "sketch.lava.json: $.edges[3].from: node 'end' has no output 'out'; it has no outputs",
        "sketch.lava.json: $.edges[4].to: node 'end' has no input 'other'; "
          + "its inputs are in, more",
      ])
  }

  @Test func `a loop without a message node`() throws {
    var sketch = try sound()
    sketch.node("one", "step")
    sketch.node("two", "copies")
    sketch.edge("step.out", "one.in")
    sketch.edge("one.out", "two.in")
    sketch.edge("two.out", "one.in")
    #expect(
      try complaints(sketch) == [
        "sketch.lava.json: $.edges[3]: the loop one -> two -> one has no message node; "
          + "put a message node into the loop, or remove an edge"
      ])
    sketch.document.nodes["two"] = nil
    sketch.document.edges.removeLast(2)
    sketch.edge("one.out", "one.in")
    #expect(try complaints(sketch).first?.contains("the loop one -> one has no message") == true)
  }

  @Test func `a loop through a message node is no mistake`() throws {
    var sketch = try sound()
    sketch.node("relay", "relay")
    sketch.node("one", "step")
    sketch.edge("source.out", "relay.in")
    sketch.edge("relay.out", "one.in")
    sketch.edge("one.out", "relay.back")
    #expect(try complaints(sketch) == [])
  }

  @Test func `a kind on a node that has none`() throws {
    var sketch = try sound()
    sketch.document.nodes["step"]?.kind = .exclusive
    sketch.document.nodes["end"]?.kind = .exclusive
    #expect(
      try complaints(sketch) == [
        "sketch.lava.json: $.nodes.step.kind: test.step is a flow node and has no kind; "
          + "remove \"kind\"; only message nodes have one"
      ])
  }

  @Test func `parameters that are unknown, of another type or out of range`() throws {
    var sketch = try sound()
    sketch.document.nodes["source"]?.parameters = [
      "cuont": .int(1), "count": .string("many"), "interval": .bool(true), "source": .double(0.5),
    ]
    sketch.document.nodes["end"]?.parameters = ["take": .int(0)]
    sketch.document.nodes["step"]?.parameters = ["size": .int(0)]
    #expect(
      try complaints(sketch) == [
        "sketch.lava.json: $.nodes.end.parameters.take: parameter 'take' is 0, outside 1...10000; "
          + "write a whole number, 1...10000",
        "sketch.lava.json: $.nodes.source.parameters.cuont: test.count has no parameter 'cuont'; "
          + "did you mean \"count\"?",
        "sketch.lava.json: $.nodes.source.parameters.count: parameter 'count' is a whole number, "
          + "found a string; write a whole number, 0...1000000000",
        "sketch.lava.json: $.nodes.source.parameters.source: parameter 'source' is a whole number, "
          + "found a number; write a whole number",
        "sketch.lava.json: $.nodes.source.parameters.interval: parameter 'interval' is a number, "
          + "found a boolean; write a number in s",
        "sketch.lava.json: $.nodes.step.parameters.size: test.step has no parameter 'size'; "
          + "remove it; the node has none",
      ])
  }

  @Test func `everything is named at once, with its place in the file`() throws {
    let text = """
      { "lava": 1, "name": "g", "nodes": {
          "a": { "type": "test.cuont" },
          "b": { "type": "test.collect", "parameters": { "tkae": 1 } } },
        "edges": [ { "from": "b.out", "to": "b.in" } ] }
      """
    let document = try GraphDocument(json: Array(text.utf8), file: "g.lava.json")
    let registry = try GraphSketch().registry
    #expect {
      try Graph(document: document, registry: registry)
    } throws: { error in
      (error as? GraphError)?.diagnostics.map { "\($0.position!) \($0.path)" } == [
        "2:20 $.nodes.a.type", "3:60 $.nodes.b.parameters.tkae", "4:24 $.edges[0].from",
      ]
    }
  }

  @Test func `a node that cannot start`() throws {
    var sketch = try sound()
    sketch.registry = NodeRegistry()
    try sketch.registry.register(Count.self) { _ in throw Deliberate(description: "no such file") }
    try sketch.registry.register(Step.self)
    try sketch.registry.register(Collect.self)
    let graph = try sketch.graph()
    #expect {
      try GraphRuntime(graph)
    } throws: { error in
      "\(error)"
        == "sketch.lava.json: $.nodes.source: test.count cannot start: no such file; "
        + "change the node's parameters"
    }
  }

  struct Lacking: RemediedError {
    let complaint = "file 'x': there is none"
    let remedy = "make it"
  }

  /// Edges between hosts that cannot be made.
  struct NoCrossings: Crossings {
    func outlet(for edge: Graph.Edge) throws -> any CrossingOutlet { throw Lacking() }
    func inlet(for edge: Graph.Edge) throws -> any CrossingInlet { throw Lacking() }
  }

  @Test func `an error that has its own remedy gets no other`() throws {
    var sketch = try sound()
    sketch.registry = NodeRegistry()
    try sketch.registry.register(Count.self) { _ in throw Lacking() }
    try sketch.registry.register(Step.self)
    try sketch.registry.register(Collect.self)
    let graph = try sketch.graph()
    #expect {
      try GraphRuntime(graph)
    } throws: { error in
      "\(error)" == "sketch.lava.json: $.nodes.source: test.count cannot start: file 'x': there is "
        + "none; make it"
    }
    var far = try sound()
    far.node("source", "count", host: "far")
    let crossing = try far.graph()
    #expect {
      try GraphRuntime(crossing, crossings: NoCrossings())
    } throws: { error in
      "\(error)" == "sketch.lava.json: $.edges[0]: no queue between the hosts: file 'x': there is "
        + "none; make it"
    }
  }

  @Test func `an edge to another host that nothing carries`() throws {
    var sketch = try sound()
    sketch.node("source", "count", host: "far")
    let graph = try sketch.graph()
    #expect(graph.hosts == ["main", "far"])
    #expect {
      try GraphRuntime(graph)
    } throws: { error in
      "\(error)".hasPrefix("sketch.lava.json: $.edges[0]: edge source.out->step.in goes to another")
    }
  }
}
