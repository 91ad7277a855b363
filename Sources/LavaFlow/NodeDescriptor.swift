/// What a type of node is, for whoever connects, draws or documents it.
///
/// **Concurrency.** A value.
public struct NodeDescriptor: Sendable {
  /// An input of a node.
  public struct Input: Hashable, Sendable {
    /// Name, as edges refer to it.
    public let name: String
    /// What its packets hold.
    public let type: PortType
    /// Whether it may stay unconnected.
    public let isOptional: Bool
    /// One sentence for people.
    public let help: String

    /// An input that may stay unconnected where `isOptional` says so.
    public static func input(
      _ name: String, _ type: PortType, isOptional: Bool = false, help: String = ""
    ) -> Input {
      Input(name: name, type: type, isOptional: isOptional, help: help)
    }
  }

  /// An output of a node.
  public struct Output: Hashable, Sendable {
    /// Name, as edges refer to it.
    public let name: String
    /// What its packets hold.
    public let type: PortType
    /// One sentence for people.
    public let help: String

    /// An output; it may stay unconnected.
    public static func output(_ name: String, _ type: PortType, help: String = "") -> Output {
      Output(name: name, type: type, help: help)
    }
  }

  /// Identifier, `vendor.name`.
  public let id: String
  /// One sentence for people.
  public let summary: String
  /// Inputs; their index is what an inbox calls a port.
  public let inputs: [Input]
  /// Outputs; their index is what a context emits on.
  public let outputs: [Output]
  /// Parameters.
  public let parameters: [ParameterDescriptor]

  /// Makes a descriptor.
  ///
  /// - Parameters:
  ///   - id: `vendor.name`, lower-case letters, digits and `-` in each part.
  ///   - summary: One sentence for people.
  ///   - inputs: Inputs in order.
  ///   - outputs: Outputs in order.
  ///   - parameters: Parameters in the order in which people see them.
  public init(
    id: String, summary: String, inputs: [Input] = [], outputs: [Output] = [],
    parameters: [any ParameterDeclaration] = []
  ) {
    self.id = id
    self.summary = summary
    self.inputs = inputs
    self.outputs = outputs
    self.parameters = parameters.map(\.descriptor)
  }
}
