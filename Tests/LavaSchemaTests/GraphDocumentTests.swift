import LavaSchema
import Testing

/// What a graph file says is what a document holds, and back.
@Suite struct GraphDocumentTests {
  static let example = """
    {
      "lava": 1,
      "name": "system-monitor",
      "hosts": {
        "sampler": {}
      },
      "nodes": {
        "history": {
          "type": "lava.system-history",
          "kind": "exclusive",
          "parameters": {
            "window": 300.5
          },
          "position": [2, 0.5],
          "watch": true
        },
        "rates": {
          "type": "lava.system-rates",
          "x-colour": { "a": [1, null, "b"] }
        },
        "sample": {
          "type": "lava.system-sampler",
          "host": "sampler"
        }
      },
      "edges": [
        { "from": "sample.out", "to": "rates.in", "capacity": 64, "overflow": "dropOldest" },
        { "from": "rates.out", "to": "history.in", "x-note": "to the page" }
      ],
      "arguments": ["history.window"],
      "x-author": "somebody"
    }

    """

  static func parse(_ text: String) throws(GraphError) -> GraphDocument {
    try GraphDocument(json: Array(text.utf8), file: "a.lava.json")
  }

  @Test func `every member is read`() throws {
    let document = try Self.parse(Self.example)
    #expect(document.name == "system-monitor")
    #expect(document.hostIDs == ["main", "sampler"])
    #expect(document.nodes.keys.sorted() == ["history", "rates", "sample"])
    let history = try #require(document.nodes["history"])
    #expect(history.type == "lava.system-history")
    #expect(history.kind == .exclusive)
    #expect(history.host == "main")
    #expect(history.parameters == ["window": .double(300.5)])
    #expect(history.position == .init(x: 2, y: 0.5))
    #expect(history.watch)
    #expect(document.nodes["sample"]?.host == "sampler")
    #expect(document.nodes["sample"]?.watch == false)
    #expect(document.edges.map(\.id) == ["sample.out->rates.in", "rates.out->history.in"])
    #expect(document.edges[0].capacity == 64)
    #expect(document.edges[0].overflow == .dropOldest)
    #expect(document.edges[1].capacity == nil)
    #expect(document.edges[1].overflow == .wait)
    #expect(document.arguments == [.init(node: "history", parameter: "window")])
    #expect(document.origin.file == "a.lava.json")
  }

  @Test func `what was read is written as it stood`() throws {
    #expect(try Self.parse(Self.example).json == Self.example)
  }

  @Test func `members whose names begin with x- are kept wherever they stand`() throws {
    let text = """
      {"lava":1,"name":"g","hosts":{"a":{"x-1":1}},"nodes":{"n":{"type":"t.t","x-2":[true]}},
       "edges":[{"from":"n.out","to":"n.in","x-3":{"x":0.25}}],"x-4":"\\u00e9\\n"}
      """
    let document = try Self.parse(text)
    #expect(document.hosts["a"]?.extensions == ["x-1": .int(1)])
    #expect(document.nodes["n"]?.extensions == ["x-2": .array([.bool(true)])])
    #expect(document.edges[0].extensions["x-3"] == .object([.init("x", .double(0.25))]))
    #expect(document.extensions == ["x-4": .string("é\n")])
    #expect(try Self.parse(document.json) == document)
  }

  @Test func `equal documents give equal text, whatever the order of their members`() throws {
    let one = try Self.parse(
      #"{"lava":1,"name":"g","nodes":{"a":{"type":"t.t"},"b":{"watch":true,"type":"t.t"}}}"#)
    let other = try Self.parse(
      #"{"nodes":{"b":{"type":"t.t","watch":true},"a":{"type":"t.t"}},"name":"g","lava":1}"#)
    #expect(one == other)
    #expect(one.json == other.json)
  }

  @Test func `a small document is enough`() throws {
    let document = try Self.parse(#"{"lava":1,"name":"g","nodes":{}}"#)
    #expect(document == GraphDocument(name: "g"))
    #expect(
      document.json == """
        {
          "lava": 1,
          "name": "g",
          "nodes": {},
          "edges": []
        }

        """)
  }

  @Test func `places are known by path`() throws {
    let origin = try Self.parse(Self.example).origin
    let path = JSONPath.root.member("nodes").member("history").member("parameters")
      .member("window")
    #expect(path.description == "$.nodes.history.parameters.window")
    #expect(origin.positions[path] == TextPosition(line: 12, column: 19))
    let edge = JSONPath.root.member("edges").element(1).member("to")
    #expect(edge.description == "$.edges[1].to")
    #expect(origin.positions[edge] == TextPosition(line: 28, column: 34))
  }
}
