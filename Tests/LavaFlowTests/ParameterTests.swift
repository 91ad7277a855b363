import LavaFlow
import LavaSchema
import Testing

/// Parameters come from the graph file, from arguments and from overrides, in this order of weight.
@Suite struct ParameterTests {
  struct Everything: GeneratorNode {
    static let int = Parameter("int", default: 1, help: "i")
    static let double = Parameter("double", unit: "s", default: 1.0, in: 0...2, help: "d")
    static let bool = Parameter("bool", default: false, help: "b")
    static let string = Parameter("string", default: "s", help: "t")
    static let strings = Parameter("strings", default: ["a", "b"], help: "l")
    static let path = Parameter("path", default: ParameterPath("here"), help: "p")
    static let paths = Parameter("paths", of: [ParameterPath].self, help: "what to read")
    static let descriptor = NodeDescriptor(
      id: "test.everything", summary: "Has parameters.",
      parameters: [int, double, bool, string, strings, path, paths])

    init(parameters: Parameters) {}
    mutating func generate(context: inout FlowContext) throws -> GeneratorStep { .ended }
  }

  private func graph(
    _ parameters: [String: JSONValue] = [:], file: String = "folder/g.lava.json",
    arguments: [String] = [], overrides: [String] = [],
    bound: [String] = ["paths"]
  ) throws -> Graph {
    var registry = NodeRegistry()
    try registry.register(Everything.self)
    let document = GraphDocument(
      name: "g", nodes: ["n": .init(type: "test.everything", parameters: parameters)],
      arguments: bound.map { .init(node: "n", parameter: $0) }, origin: .init(file: file))
    return try Graph(
      document: document, registry: registry,
      overrides: try overrides.map { try ParameterOverride(parsing: $0) }, arguments: arguments)
  }

  private func complaint(_ body: () throws -> Graph) -> String {
    do {
      _ = try body()
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func `defaults hold where nobody says anything`() throws {
    let values = try graph(["paths": .array([])]).nodes[0].parameters
    #expect(values[Everything.int] == 1)
    #expect(values[Everything.double] == 1)
    #expect(!values[Everything.bool])
    #expect(values[Everything.string] == "s")
    #expect(values[Everything.strings] == ["a", "b"])
    #expect(values[Everything.path] == ParameterPath("here"))
    #expect(values[Everything.paths] == [])
    #expect(values.names.count == 7)
  }

  @Test func `other processes get paths that count from the root`() throws {
    let written: [String: JSONValue] = [
      "string": .string("x"), "path": .string("p"),
      "paths": .array([.string("q"), .string("/r")]),
    ]
    let shared = try graph(written).sharedDocument(from: "/graphs")
    let parameters = try #require(shared.nodes["n"]?.parameters)
    #expect(parameters["string"] == .string("x"))
    #expect(parameters["path"] == .string("/graphs/folder/p"))
    #expect(parameters["paths"] == .array([.string("/graphs/folder/q"), .string("/r")]))
    let given = try graph(["paths": .array([.string("q")])], arguments: ["a", "/b"])
      .sharedDocument(from: "/graphs")
    #expect(
      given.nodes["n"]?.parameters == ["paths": .array([.string("/graphs/a"), .string("/b")])])
  }

  @Test func `a graph file's paths count from its folder`() throws {
    let written: [String: JSONValue] = [
      "int": .int(5), "double": .int(2), "bool": .bool(true), "string": .string("x"),
      "strings": .array([.string("y")]), "path": .string("p"),
      "paths": .array([.string("q"), .string("/r")]),
    ]
    let values = try graph(written).nodes[0].parameters
    #expect(values[Everything.int] == 5)
    #expect(values[Everything.double] == 2)
    #expect(values[Everything.bool])
    #expect(values[Everything.string] == "x")
    #expect(values[Everything.strings] == ["y"])
    #expect(values[Everything.path].string == "folder/p")
    #expect(values[Everything.paths].map(\.string) == ["folder/q", "/r"])
    let beside = try graph(written, file: "g.lava.json").nodes[0].parameters
    #expect(beside[Everything.path].string == "p")
  }

  @Test func `overrides win over arguments, arguments over the file`() throws {
    let made = try graph(
      ["int": .int(5), "paths": .array([.string("file")])], arguments: ["8", "one", "two"],
      overrides: [
        "n.double=0.5", "n.bool=true", "n.string=a=b, c", "n.strings=a,b,c", "n.path=here",
      ], bound: ["int", "paths"])
    let values = made.nodes[0].parameters
    #expect(values[Everything.int] == 8)
    #expect(values[Everything.paths].map(\.string) == ["one", "two"])
    #expect(values[Everything.double] == 0.5)
    #expect(values[Everything.bool])
    #expect(values[Everything.string] == "a=b, c")
    #expect(values[Everything.strings] == ["a", "b", "c"])
    #expect(values[Everything.path].string == "here")
    // What runs is what the store shows.
    #expect(made.document.nodes["n"]?.parameters["int"] == .int(8))
    let twice = try graph(arguments: ["p"], overrides: ["n.int=1", "n.int=2"])
    #expect(twice.nodes[0].parameters[Everything.int] == 2)
    let list = try graph(overrides: [#"n.paths=["a,b", "c"]"#])
    #expect(list.nodes[0].parameters[Everything.paths].map(\.string) == ["a,b", "c"])
  }

  @Test func `a list leaves arguments to the parameters behind it`() throws {
    let values = try graph(
      arguments: ["a", "b", "c", "9"], bound: ["paths", "int"]
    ).nodes[0].parameters
    #expect(values[Everything.paths].map(\.string) == ["a", "b", "c"])
    #expect(values[Everything.int] == 9)
  }

  @Test func `a missing parameter says how to give it`() {
    #expect(
      complaint { try graph() }
        == "folder/g.lava.json: $.nodes.n: parameter 'paths' is missing: what to read; "
        + "give it after the graph on the command line")
    #expect(
      complaint { try graph(bound: []) }
        == "folder/g.lava.json: $.nodes.n: parameter 'paths' is missing: what to read; "
        + "add it to the node's \"parameters\", or give --set n.paths=VALUE")
  }

  @Test func `wrong overrides and arguments name themselves`() {
    #expect(
      complaint { try graph(arguments: ["p"], overrides: ["n.int=many"]) }
        == "--set n.int=many: $.nodes.n.parameters.int: parameter 'int' is a whole number, "
        + "found 'many'; write a whole number")
    #expect(
      complaint { try graph(arguments: ["p"], overrides: ["n.double=3"]) }
        == "--set n.double=3: $.nodes.n.parameters.double: parameter 'double' is 3.0, "
        + "outside 0...2; write a number in s, 0...2")
    #expect(
      complaint { try graph(arguments: ["p"], overrides: ["m.int=3"]) }
        == "--set m.int=3: $.nodes.m.parameters.int: no node 'm'; nodes are n")
    #expect(
      complaint { try graph(arguments: ["p"], overrides: ["n.strnig=3"]) }
        == "--set n.strnig=3: $.nodes.n.parameters.strnig: node 'n' has no parameter 'strnig'; "
        + "did you mean \"string\"?")
    #expect(
      complaint { try graph(["paths": .array([])], arguments: ["1", "2"], bound: ["int"]) }
        == "argument '2': $.arguments: the graph takes 1 arguments, found 2; give n.int")
    #expect(
      complaint { try graph(["paths": .array([])], arguments: ["1"], bound: []) }
        == "argument '1': $.arguments: the graph takes 0 arguments, found 1; "
        + "leave it out, or set a parameter with --set")
  }

  @Test(arguments: ["", "n", "n.int", "n=1", "N.int=1", "n.a.b=1", ".a=1", "=1"])
  func `what sets no parameter is refused`(text: String) {
    #expect(throws: ParameterOverrideError(argument: text)) {
      try ParameterOverride(parsing: text)
    }
  }

  @Test func `an override may hold anything behind its first equals sign`() throws {
    let override = try ParameterOverride(parsing: "a-1.b=c=d.e")
    #expect(override.reference == .init(node: "a-1", parameter: "b"))
    #expect(override.text == "c=d.e")
    #expect(override.description == "a-1.b=c=d.e")
  }
}
