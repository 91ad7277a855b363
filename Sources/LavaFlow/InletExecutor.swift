/// Brings packets from another host onto an edge of this one; runs on a thread of its own.
final class InletExecutor: NodeExecutor, @unchecked Sendable {
  /// How long to wait for a packet before looking whether the graph is to end.
  private static let patienceNanoseconds: UInt64 = 100_000_000
  /// How long after being told to end a silent host still counts as sending.
  private static let graceNanoseconds: UInt64 = 250_000_000

  private let inlet: any CrossingInlet
  private var lastNews: FlowInstant?

  init(_ inlet: any CrossingInlet) { self.inlet = inlet }

  override var isSource: Bool { true }

  override func run(_ inbox: inout Inbox, _ context: inout FlowContext) -> TurnResult {
    var timeout = Self.patienceNanoseconds
    while true {
      let receipt: CrossingReceipt
      do {
        receipt = try inlet.receive(timeoutNanoseconds: timeout) { message, payload in
          context.relay(message, payload)
        }
      } catch {
        context.fail(error)
        return .ended
      }
      switch receipt {
      case .packet:
        lastNews = nil
        // What came in is shown at once unless more is there already.
        timeout = 0
        inbox.countCall(&context)
        if inbox.isTurnOver(context) { return .goesOn }
      case .nothing:
        guard context.isStopping else { return .goesOn }
        let since = lastNews ?? context.now
        lastNews = since
        return context.now >= since.advanced(nanoseconds: Self.graceNanoseconds) ? .ended : .goesOn
      case .ended:
        return .ended
      }
    }
  }
}
