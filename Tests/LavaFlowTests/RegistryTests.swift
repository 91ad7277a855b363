import LavaFlow
import Testing

/// A type that does not fit is refused when it is listed, not when a graph runs.
@Suite struct RegistryTests {
  struct Joint: FlowNode {
    static let descriptor = NodeDescriptor(
      id: "test.joint", summary: "Has two inputs.",
      inputs: [.input("a", .bytes), .input("b", .bytes)])
    init(parameters: Parameters) {}
    func process(_ packet: borrowing Packet, context: inout FlowContext) throws {}
  }

  struct Deaf: MessageNode {
    static let descriptor = NodeDescriptor(id: "test.deaf", summary: "Has no inputs.")
    init(parameters: Parameters) {}
    mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {}
  }

  struct Fed: GeneratorNode {
    static let descriptor = NodeDescriptor(
      id: "test.fed", summary: "Has an input.", inputs: [.input("a", .bytes)])
    init(parameters: Parameters) {}
    mutating func generate(context: inout FlowContext) throws -> GeneratorStep { .ended }
  }

  struct Nameless: FlowNode {
    static let descriptor = NodeDescriptor(
      id: "Nameless", summary: "No vendor.", inputs: [.input("a", .bytes)])
    init(parameters: Parameters) {}
    func process(_ packet: borrowing Packet, context: inout FlowContext) throws {}
  }

  struct Doubled: FlowNode {
    static let descriptor = NodeDescriptor(
      id: "test.doubled", summary: "Two outputs of one name.", inputs: [.input("a", .bytes)],
      outputs: [.output("b", .bytes), .output("b", .tbl)])
    init(parameters: Parameters) {}
    func process(_ packet: borrowing Packet, context: inout FlowContext) throws {}
  }

  private func complaint(_ types: [any Node.Type]) -> String {
    do throws(RegistryError) {
      _ = try NodeRegistry(types)
      return ""
    } catch {
      return error.description
    }
  }

  @Test func `types are listed by their identifiers`() throws {
    let registry = try NodeRegistry([Step.self, Relay.self, Count.self])
    #expect(registry.all.map(\.descriptor.id) == ["test.count", "test.relay", "test.step"])
    #expect(registry["test.step"]?.role == .flow)
    #expect(registry["test.relay"]?.role == .message)
    #expect(registry["test.count"]?.role == .generator)
    #expect(registry["test.other"] == nil)
  }

  @Test func `what does not fit is refused with a remedy`() {
    #expect(
      complaint([Joint.self])
        == "node type 'test.joint': a flow node has exactly one input, this one has 2; "
        + "make it a message node, or join its inputs in front of it")
    #expect(
      complaint([Deaf.self])
        == "node type 'test.deaf': a message node has inputs, this one has none; "
        + "make it a generator")
    #expect(
      complaint([Fed.self])
        == "node type 'test.fed': a generator has no inputs, this one has 1; make it a message node"
    )
    #expect(
      complaint([Nameless.self])
        == "node type 'Nameless': the identifier is not well formed; "
        + "write vendor.name in lower case")
    #expect(
      complaint([Doubled.self])
        == "node type 'test.doubled': two outputs have one name; give each its own")
    #expect(
      complaint([Step.self, Step.self])
        == "node type 'test.step': the identifier is registered already; register each type once")
  }
}
