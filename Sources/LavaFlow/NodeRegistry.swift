import LavaSchema

/// What a node type is to the runtime.
///
/// **Concurrency.** A value.
public enum NodeRole: String, Hashable, Sendable {
  /// Pure.
  case flow
  /// With state.
  case message
  /// Without inputs.
  case generator
}

/// The node types that graphs may use, listed one by one.
///
/// **Concurrency.** A value.
public struct NodeRegistry: Sendable {
  /// A registered type.
  public struct Entry: Sendable {
    /// What the type is.
    public let descriptor: NodeDescriptor
    /// What it is to the runtime.
    public let role: NodeRole
    let make: @Sendable (Parameters) throws -> NodeExecutor
  }

  private var entries: [String: Entry] = [:]

  /// Makes an empty registry.
  public init() {}

  /// Makes a registry of `types`, each a ``FlowNode``, ``MessageNode`` or ``GeneratorNode``.
  public init(_ types: [any Node.Type]) throws(RegistryError) {
    for type in types {
      switch type {
      case let type as any FlowNode.Type: try Self.add(type, to: &self)
      case let type as any MessageNode.Type: try Self.add(type, to: &self)
      case let type as any GeneratorNode.Type: try Self.add(type, to: &self)
      default:
        throw RegistryError(
          node: type.descriptor.id, message: "the type \(type) is no kind of node",
          remedy: "conform to FlowNode, MessageNode or GeneratorNode")
      }
    }
  }

  /// All entries by identifier.
  public var all: [Entry] { entries.values.sorted { $0.descriptor.id < $1.descriptor.id } }

  /// The entry of a type.
  public subscript(_ id: String) -> Entry? { entries[id] }

  /// Adds a flow node.
  ///
  /// - Parameters:
  ///   - type: What graphs may use.
  ///   - make: Makes a node; `init(parameters:)` unless given.
  public mutating func register<Type: FlowNode>(
    _ type: Type.Type,
    make: @escaping @Sendable (Parameters) throws -> Type = { try Type(parameters: $0) }
  ) throws(RegistryError) {
    try add(Entry(descriptor: type.descriptor, role: .flow) { FlowExecutor(try make($0)) })
  }

  /// Adds a message node.
  ///
  /// - Parameters:
  ///   - type: What graphs may use.
  ///   - make: Makes a node; `init(parameters:)` unless given.
  public mutating func register<Type: MessageNode>(
    _ type: Type.Type,
    make: @escaping @Sendable (Parameters) throws -> Type = { try Type(parameters: $0) }
  ) throws(RegistryError) {
    try add(Entry(descriptor: type.descriptor, role: .message) { MessageExecutor(try make($0)) })
  }

  /// Adds a generator.
  ///
  /// - Parameters:
  ///   - type: What graphs may use.
  ///   - make: Makes a node; `init(parameters:)` unless given.
  public mutating func register<Type: GeneratorNode>(
    _ type: Type.Type,
    make: @escaping @Sendable (Parameters) throws -> Type = { try Type(parameters: $0) }
  ) throws(RegistryError) {
    try add(
      Entry(descriptor: type.descriptor, role: .generator) { GeneratorExecutor(try make($0)) })
  }

  /// Adds a node that a harness made itself.
  mutating func registerProbe(
    _ descriptor: NodeDescriptor, role: NodeRole, _ executor: NodeExecutor
  ) throws(RegistryError) {
    try add(Entry(descriptor: descriptor, role: role) { _ in executor })
  }

  private static func add<Type: FlowNode>(
    _ type: Type.Type, to registry: inout NodeRegistry
  ) throws(RegistryError) { try registry.register(type) }

  private static func add<Type: MessageNode>(
    _ type: Type.Type, to registry: inout NodeRegistry
  ) throws(RegistryError) { try registry.register(type) }

  private static func add<Type: GeneratorNode>(
    _ type: Type.Type, to registry: inout NodeRegistry
  ) throws(RegistryError) { try registry.register(type) }

  private mutating func add(_ entry: Entry) throws(RegistryError) {
    let descriptor = entry.descriptor
    func refuse(_ message: String, _ remedy: String) throws(RegistryError) {
      throw RegistryError(node: descriptor.id, message: message, remedy: remedy)
    }
    let parts = descriptor.id.split(separator: ".", omittingEmptySubsequences: false)
    if parts.count < 2 || !parts.allSatisfy({ GraphDocument.isIdentifier($0) }) {
      try refuse("the identifier is not well formed", "write vendor.name in lower case")
    }
    if entries[descriptor.id] != nil {
      try refuse("the identifier is registered already", "register each type once")
    }
    for (what, names) in [
      ("input", descriptor.inputs.map(\.name)), ("output", descriptor.outputs.map(\.name)),
      ("parameter", descriptor.parameters.map(\.name)),
    ] {
      if let name = names.first(where: { !GraphDocument.isIdentifier($0) }) {
        try refuse("'\(name)' cannot name an \(what)", "use lower-case letters, digits and '-'")
      }
      if Set(names).count < names.count {
        try refuse("two \(what)s have one name", "give each its own")
      }
    }
    switch entry.role {
    case .flow where descriptor.inputs.count != 1:
      try refuse(
        "a flow node has exactly one input, this one has \(descriptor.inputs.count)",
        "make it a message node, or join its inputs in front of it")
    case .message where descriptor.inputs.isEmpty:
      try refuse("a message node has inputs, this one has none", "make it a generator")
    case .generator where !descriptor.inputs.isEmpty:
      try refuse(
        "a generator has no inputs, this one has \(descriptor.inputs.count)",
        "make it a message node")
    default: break
    }
    entries[descriptor.id] = entry
  }
}

/// Why a node type cannot be registered.
///
/// **Concurrency.** A value.
public struct RegistryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Identifier of the type.
  public let node: String
  /// What is wrong.
  public let message: String
  /// What to do about it.
  public let remedy: String

  /// `node type 'ID': MESSAGE; REMEDY`.
  public var description: String { "node type '\(node)': \(message); \(remedy)" }
}
