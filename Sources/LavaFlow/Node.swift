import Tbl

/// A type of node: what it is, and how one is made.
///
/// How a node is executed stands in the graph, never in its type.
///
/// **Concurrency.** An exclusive node is called by one thread at a time, though not always by the
/// same.
public protocol Node: SendableMetatype {
  /// What the type is.
  static var descriptor: NodeDescriptor { get }

  /// Makes a node with these parameters, which were checked against the descriptor.
  ///
  /// - Throws: Whatever keeps the node from working; the graph does not start then.
  init(parameters: Parameters) throws
}

/// A pure node: one packet in, any number of packets out, no state.
///
/// Exactly one input.
///
/// **Concurrency.** `process` may run on several threads at once and never waits.
public protocol FlowNode: Node, Sendable {
  /// Handles one packet.
  ///
  /// - Parameters:
  ///   - packet: Lent for this call.
  ///   - context: Where packets are emitted.
  /// - Throws: Counts the packet as failed and shows the reason on the node; the graph goes on.
  func process(_ packet: borrowing Packet, context: inout FlowContext) throws

  /// Handles packets until none is left or others should run.
  ///
  /// Nodes do not implement this. It is a requirement so that the loop is compiled together with
  /// the node's own `process`.
  func _drain(_ inbox: inout Inbox, context: inout FlowContext)
}

extension FlowNode {
  /// Handles packets one by one.
  @inlinable
  public func _drain(_ inbox: inout Inbox, context: inout FlowContext) {
    while inbox.moveToNext(&context) {
      do {
        try process(inbox.packet(), context: &context)
      } catch {
        context.fail(error)
      }
      inbox.finishPacket(&context)
    }
  }
}

/// A node with state, which takes as many packets from its inputs as it wants.
///
/// **Concurrency.** One call at a time; the thread may change between calls.
public protocol MessageNode: Node {
  /// Handles packets. Called when there are any; called again while packets are left and the call
  /// before took at least one, or when new ones arrive.
  ///
  /// - Throws: Counts one failed packet and shows the reason on the node; the graph goes on.
  mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws

  /// Called once when everything before the node has ended; may still emit.
  mutating func finish(context: inout FlowContext) throws

  /// What others may see of the state; asked for at most four times a second, and only where the
  /// graph says that the node is watched.
  func state() -> Tbl?
}

extension MessageNode {
  /// Does nothing.
  public mutating func finish(context: inout FlowContext) throws {}

  /// Shows nothing.
  public func state() -> Tbl? { nil }
}

/// A node without inputs that brings packets into the graph.
///
/// **Concurrency.** One call at a time; the thread may change between calls.
public protocol GeneratorNode: Node {
  /// Emits packets. Called while there is room for more behind the node.
  ///
  /// - Returns: When to be called again, or that there is no more.
  /// - Throws: Ends the generator and shows the reason on the node; the graph goes on.
  mutating func generate(context: inout FlowContext) throws -> GeneratorStep
}

/// What a generator does next.
///
/// **Concurrency.** A value.
public struct GeneratorStep: Hashable, Sendable {
  @usableFromInline let wake: FlowInstant?

  @usableFromInline init(wake: FlowInstant?) { self.wake = wake }

  /// Call again as soon as there is room.
  public static let again = GeneratorStep(wake: FlowInstant(nanoseconds: 0))

  /// Call again at `instant`; waiting costs nothing.
  public static func again(at instant: FlowInstant) -> GeneratorStep {
    GeneratorStep(wake: instant)
  }

  /// There is no more.
  public static let ended = GeneratorStep(wake: nil)
}
