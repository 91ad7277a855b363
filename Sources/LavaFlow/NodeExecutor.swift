import Tbl

/// What a turn of a node led to.
enum TurnResult {
  /// Runs again when there are packets.
  case waitsForPackets
  /// Took nothing; runs again when something new arrives.
  case waitsForNews
  /// Runs again as soon as there is room.
  case goesOn
  /// Runs again at a moment.
  case sleeps(until: FlowInstant)
  /// Does not run any more.
  case ended
}

/// A node without its type: what the scheduler calls once a turn.
///
/// **Concurrency.** One thread at a time; `NodeCore.state` sees to it.
class NodeExecutor: @unchecked Sendable {
  /// Whether the node brings packets into the graph, so that the graph lives while it does.
  var isSource: Bool { false }

  /// Whether the node is told when everything before it has ended.
  var wantsFinish: Bool { false }

  /// Handles packets until the turn is over.
  func run(_ inbox: inout Inbox, _ context: inout FlowContext) -> TurnResult {
    preconditionFailure("each kind of node runs in its own way")
  }

  /// Ends the node.
  func finish(_ context: inout FlowContext) throws {}

  /// What others may see of the node's state.
  func state() -> Tbl? { nil }
}

/// Runs a flow node.
final class FlowExecutor<Node: FlowNode>: NodeExecutor, @unchecked Sendable {
  private let node: Node

  init(_ node: Node) { self.node = node }

  override func run(_ inbox: inout Inbox, _ context: inout FlowContext) -> TurnResult {
    node._drain(&inbox, context: &context)
    return .waitsForPackets
  }
}

/// Runs a message node.
final class MessageExecutor<Node: MessageNode>: NodeExecutor, @unchecked Sendable {
  private var node: Node

  init(_ node: Node) { self.node = node }

  override func run(_ inbox: inout Inbox, _ context: inout FlowContext) -> TurnResult {
    while true {
      let before = inbox.takenCount
      do {
        try node.process(&inbox, context: &context)
      } catch {
        context.fail(error)
      }
      inbox.countCall(&context)
      guard inbox.takenCount > before else { return .waitsForNews }
      if inbox.isTurnOver(context) || inbox.isEmpty { return .waitsForPackets }
    }
  }

  override var wantsFinish: Bool { true }

  override func finish(_ context: inout FlowContext) throws { try node.finish(context: &context) }

  override func state() -> Tbl? { node.state() }
}

/// Runs a generator.
final class GeneratorExecutor<Node: GeneratorNode>: NodeExecutor, @unchecked Sendable {
  private var node: Node

  init(_ node: Node) { self.node = node }

  override var isSource: Bool { true }

  override func run(_ inbox: inout Inbox, _ context: inout FlowContext) -> TurnResult {
    Self.run(&node, &inbox, &context)
  }

  /// Has the node for the whole turn, so that its exclusivity is checked once.
  private static func run(
    _ node: inout Node, _ inbox: inout Inbox, _ context: inout FlowContext
  ) -> TurnResult {
    while !context.isStopping {
      do {
        guard let wake = try node.generate(context: &context).wake else { return .ended }
        if wake.nanoseconds > 0, wake > context.now { return .sleeps(until: wake) }
      } catch {
        context.fail(error)
        return .ended
      }
      inbox.countCall(&context)
      if inbox.isTurnOver(context) { return .goesOn }
    }
    return .ended
  }
}
