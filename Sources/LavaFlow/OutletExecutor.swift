import SharedMemory
import SharedStructures

/// Carries packets from an edge of this host to another host; runs on a thread of its own.
final class OutletExecutor: NodeExecutor, @unchecked Sendable {
  /// How long to wait for room before looking whether the run was abandoned.
  static let patienceNanoseconds: UInt64 = 100_000_000

  private let outlet: any CrossingOutlet
  private let isAbandoned: @Sendable () -> Bool

  init(_ outlet: any CrossingOutlet, isAbandoned: @escaping @Sendable () -> Bool) {
    self.outlet = outlet
    self.isAbandoned = isAbandoned
  }

  override func run(_ inbox: inout Inbox, _ context: inout FlowContext) -> TurnResult {
    do {
      try inbox.take { packet in
        try packet.withBytes { (bytes: RawSpan) throws in
          while !isAbandoned() {
            let isSent = try outlet.send(
              packet.message, bytes, timeoutNanoseconds: Self.patienceNanoseconds)
            if isSent { return }
          }
        }
      }
    } catch {
      context.fail(error)
    }
    return .waitsForPackets
  }

  override var wantsFinish: Bool { true }

  override func finish(_ context: inout FlowContext) throws {
    while !isAbandoned() {
      if try outlet.end(timeoutNanoseconds: Self.patienceNanoseconds) { return }
    }
  }
}
