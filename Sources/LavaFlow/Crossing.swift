import SharedMemory
import SharedStructures

/// The end at which packets leave a host.
///
/// **Concurrency.** One thread, which may wait in it.
public protocol CrossingOutlet: AnyObject, Sendable {
  /// Hands a packet over; the payload is copied before returning.
  ///
  /// - Parameters:
  ///   - message: The envelope; its kind and handle mean nothing outside this process.
  ///   - payload: The payload.
  ///   - timeoutNanoseconds: How long to wait for room.
  /// - Returns: `false` when there was no room in time; the packet was not handed over.
  func send(
    _ message: Message, _ payload: RawSpan, timeoutNanoseconds: UInt64
  ) throws -> Bool

  /// Says that no more packets will come.
  ///
  /// - Returns: `false` when there was no room in time.
  func end(timeoutNanoseconds: UInt64) throws -> Bool
}

/// What came in at a ``CrossingInlet``.
///
/// **Concurrency.** A value.
public enum CrossingReceipt: Hashable, Sendable {
  /// A packet, which was lent.
  case packet
  /// Nothing, in the time given.
  case nothing
  /// The other host will send no more.
  case ended
}

/// The end at which packets come into a host.
///
/// **Concurrency.** `receive` is one thread's, which may wait in it; the rest may be read anywhere.
public protocol CrossingInlet: AnyObject, Sendable {
  /// Waits for a packet, at most `timeoutNanoseconds`, and lends it to `body`.
  func receive(
    timeoutNanoseconds: UInt64, _ body: (Message, RawSpan) -> Void
  ) throws -> CrossingReceipt

  /// Packets that wait between the hosts, a moment old.
  var depth: Int { get }
  /// The most packets that can wait between the hosts.
  var capacity: Int { get }
  /// Packets that left by the edge's overflow policy.
  var droppedCount: UInt64 { get }
}

/// Makes the ends of edges between hosts.
///
/// **Concurrency.** Called by one thread at a time for each of its ends.
public protocol Crossings: Sendable {
  /// The end at which packets of `edge` leave this host.
  func outlet(for edge: Graph.Edge) throws -> any CrossingOutlet
  /// The end at which packets of `edge` come into this host.
  func inlet(for edge: Graph.Edge) throws -> any CrossingInlet
}

/// What both ends of an edge between hosts keep to.
enum Crossing {
  /// Packets that either end holds on its way to or from the queue between the hosts: few, because
  /// the edge's capacity is the queue's, and so is its overflow policy.
  static func capacity(_ edge: Graph.Edge) -> Int { min(edge.capacity, 8) }
}

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
