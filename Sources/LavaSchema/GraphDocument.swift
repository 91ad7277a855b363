/// A graph as its file holds it: nodes, edges and where they run; nothing of what nodes do.
///
/// Values of this type keep to the format's own rules when they were parsed: identifiers are well
/// formed, every edge ends at a node of the document, no edge stands twice. Whether node types,
/// ports and parameters exist is not known here.
///
/// **Concurrency.** A value.
public struct GraphDocument: Sendable {
  /// The format's number that this build reads and writes.
  public static let formatVersion = 1
  /// The host that every graph has without naming it.
  public static let mainHost = "main"
  /// Packets an edge holds when the file names no capacity.
  public static let defaultCapacity = 256
  /// The most packets an edge may be told to hold.
  public static let maximumCapacity = 1 << 20

  /// Name of the graph and of its store.
  public var name: String
  /// Hosts by id; `main` is implied and need not stand here.
  public var hosts: [String: Host]
  /// Nodes by id.
  public var nodes: [String: Node]
  /// Edges, in the order of the file.
  public var edges: [Edge]
  /// Parameters that take the command line's arguments, in their order.
  public var arguments: [ParameterReference]
  /// Members whose names begin with `x-`: kept, never read.
  public var extensions: [String: JSONValue]
  /// Where the document was read from; does not count in comparisons.
  public var origin: Origin

  /// Makes a document.
  public init(
    name: String, hosts: [String: Host] = [:], nodes: [String: Node] = [:], edges: [Edge] = [],
    arguments: [ParameterReference] = [], extensions: [String: JSONValue] = [:],
    origin: Origin = Origin(file: "-")
  ) {
    self.name = name
    self.hosts = hosts
    self.nodes = nodes
    self.edges = edges
    self.arguments = arguments
    self.extensions = extensions
    self.origin = origin
  }

  /// A process of its own in which nodes run.
  public struct Host: Hashable, Sendable {
    /// Members whose names begin with `x-`.
    public var extensions: [String: JSONValue]

    /// Makes a host.
    public init(extensions: [String: JSONValue] = [:]) { self.extensions = extensions }
  }

  /// How a message node is executed.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// One worker at a time; the others pass the node by.
    case exclusive
  }

  /// What happens to a packet that finds its edge full.
  public enum Overflow: String, Hashable, Sendable, CaseIterable {
    /// The node before the edge rests until there is room.
    case wait
    /// The emitting call throws; the packet is counted as dropped.
    case reject
    /// The oldest packet of the edge is dropped and counted.
    case dropOldest
    /// The new packet is dropped and counted.
    case dropNewest
  }

  /// A node of the graph.
  public struct Node: Hashable, Sendable {
    /// Identifier of the node's type, such as `lava.text-lines`.
    public var type: String
    /// How a message node is executed; `nil` where the file is silent.
    public var kind: Kind?
    /// Id of the host in which it runs.
    public var host: String
    /// Parameters by name.
    public var parameters: [String: JSONValue]
    /// Where an editor draws it, in units of about one pill's width.
    public var position: Position?
    /// Whether the node's state is published.
    public var watch: Bool
    /// Members whose names begin with `x-`.
    public var extensions: [String: JSONValue]

    /// Makes a node.
    public init(
      type: String, kind: Kind? = nil, host: String = GraphDocument.mainHost,
      parameters: [String: JSONValue] = [:], position: Position? = nil, watch: Bool = false,
      extensions: [String: JSONValue] = [:]
    ) {
      self.type = type
      self.kind = kind
      self.host = host
      self.parameters = parameters
      self.position = position
      self.watch = watch
      self.extensions = extensions
    }
  }

  /// A place on the canvas.
  public struct Position: Hashable, Sendable {
    /// To the right.
    public var x: Double
    /// Down.
    public var y: Double

    /// Makes a position.
    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// A way from an output to an input.
  public struct Edge: Hashable, Sendable {
    /// The output it begins at.
    public var from: PortReference
    /// The input it ends at.
    public var to: PortReference
    /// Packets it holds; `nil` where the file is silent.
    public var capacity: Int?
    /// What happens when it is full.
    public var overflow: Overflow
    /// Members whose names begin with `x-`.
    public var extensions: [String: JSONValue]

    /// Makes an edge.
    public init(
      from: PortReference, to: PortReference, capacity: Int? = nil, overflow: Overflow = .wait,
      extensions: [String: JSONValue] = [:]
    ) {
      self.from = from
      self.to = to
      self.capacity = capacity
      self.overflow = overflow
      self.extensions = extensions
    }

    /// `FROM->TO`, unique in a graph; part of the edge's keys in the store.
    public var id: String { "\(from)->\(to)" }
  }

  /// A port of a node: `NODE.PORT`.
  public struct PortReference: Hashable, Sendable, CustomStringConvertible {
    /// Id of the node.
    public var node: String
    /// Name of the port.
    public var port: String

    /// Makes a reference.
    public init(node: String, port: String) {
      self.node = node
      self.port = port
    }

    /// `NODE.PORT`.
    public var description: String { "\(node).\(port)" }
  }

  /// A parameter of a node: `NODE.PARAMETER`.
  public struct ParameterReference: Hashable, Sendable, CustomStringConvertible {
    /// Id of the node.
    public var node: String
    /// Name of the parameter.
    public var parameter: String

    /// Makes a reference.
    public init(node: String, parameter: String) {
      self.node = node
      self.parameter = parameter
    }

    /// `NODE.PARAMETER`.
    public var description: String { "\(node).\(parameter)" }
  }

  /// The file a document was read from, and where in it each value stands.
  public struct Origin: Sendable {
    /// The file, as the user named it.
    public var file: String
    /// Places by JSON path.
    public var positions: [JSONPath: TextPosition]

    /// Makes an origin.
    public init(file: String, positions: [JSONPath: TextPosition] = [:]) {
      self.file = file
      self.positions = positions
    }

    /// A diagnostic at `path` of this origin.
    public func diagnostic(_ path: JSONPath, _ message: String, remedy: String) -> GraphDiagnostic {
      GraphDiagnostic(
        file: file, position: positions[path], path: path.description, message: message,
        remedy: remedy)
    }
  }
}

extension GraphDocument: Hashable {
  /// Whether both describe the same graph, wherever they were read from.
  public static func == (left: GraphDocument, right: GraphDocument) -> Bool {
    left.name == right.name && left.hosts == right.hosts && left.nodes == right.nodes
      && left.edges == right.edges && left.arguments == right.arguments
      && left.extensions == right.extensions
  }

  /// Feeds everything but the origin to `hasher`.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(nodes)
    hasher.combine(edges)
  }
}

extension GraphDocument {
  /// Whether `text` can be the id of a node, host, port or parameter: `[a-z][a-z0-9-]*`.
  public static func isIdentifier(_ text: some StringProtocol) -> Bool {
    guard let first = text.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first)
    else { return false }
    return text.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
    }
  }

  /// Ids of all hosts in alphabetical order, `main` first.
  public var hostIDs: [String] {
    [Self.mainHost] + hosts.keys.filter { $0 != Self.mainHost }.sorted()
  }
}
