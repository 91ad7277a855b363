import LavaSchema

/// A graph whose node types, ports, edges and parameters were checked: ready to run.
///
/// **Concurrency.** A value.
public struct Graph: Sendable {
  /// A node of the graph.
  public struct Node: Sendable {
    /// Id of the node.
    public let id: String
    /// What its type is.
    public let descriptor: NodeDescriptor
    /// What it is to the runtime.
    public let role: NodeRole
    /// Id of the host in which it runs.
    public let host: String
    /// Its parameters.
    public let parameters: Parameters
    /// Whether its state is published.
    public let isWatched: Bool
    let make: @Sendable (Parameters) throws -> NodeExecutor
  }

  /// An edge of the graph.
  public struct Edge: Hashable, Sendable {
    /// `FROM->TO`.
    public let id: String
    /// Index of the node it begins at.
    public let producer: Int
    /// Index of that node's output.
    public let output: Int
    /// Index of the node it ends at.
    public let consumer: Int
    /// Index of that node's input.
    public let input: Int
    /// What its packets hold: the output's type.
    public let type: PortType
    /// Packets it holds.
    public let capacity: Int
    /// What happens when it is full.
    public let overflow: GraphDocument.Overflow
  }

  /// The document, with the parameters that the command line set.
  public let document: GraphDocument
  /// Nodes, each behind those that feed it, as far as there are no loops.
  public let nodes: [Node]
  /// Edges, in the order of the document.
  public let edges: [Edge]

  /// Checks a document against the node types there are.
  ///
  /// - Parameters:
  ///   - document: The graph.
  ///   - registry: Types that its nodes may have.
  ///   - overrides: Parameters that the command line sets; later ones win.
  ///   - arguments: What followed the graph on the command line, bound to the parameters that the
  ///     document lists under `arguments`.
  /// - Throws: Everything that is wrong, each with file, JSON path and remedy.
  /// - Complexity: O(nodes + edges), apart from suggestions for misspelt names.
  public init(
    document: GraphDocument, registry: NodeRegistry, overrides: [ParameterOverride] = [],
    arguments: [String] = []
  ) throws(GraphError) {
    var builder = GraphBuilder(document: document, registry: registry)
    self = try builder.build(overrides: overrides, arguments: arguments)
  }

  init(document: GraphDocument, nodes: [Node], edges: [Edge]) {
    self.document = document
    self.nodes = nodes
    self.edges = edges
  }

  /// Name of the graph.
  public var name: String { document.name }

  /// Ids of the hosts in which nodes run, `main` first; `main` even where it runs none.
  public var hosts: [String] {
    let used = Set(nodes.map(\.host))
    return document.hostIDs.filter { $0 == GraphDocument.mainHost || used.contains($0) }
  }
}
