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
