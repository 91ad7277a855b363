import LavaSchema
import SharedMemory
import SharedStructures
import Synchronization

/// An edge while it runs: the ring, and what is counted on it.
///
/// **Concurrency.** The ring has one producer, the node before the edge, and one consumer, the node
/// behind it; each runs on one thread at a time. Counters may be read from anywhere.
final class EdgeCore: Sendable {
  /// Bytes of an envelope, which every cell begins with.
  static let envelopeBytes = 64
  /// Bytes that follow the envelope in a cell for packets of varying size; longer payloads go into
  /// buffers.
  static let varyingBytes = 192

  let id: String
  let capacity: Int
  let overflow: GraphDocument.Overflow
  /// Indices of the nodes at both ends.
  let producer: Int
  let consumer: Int
  let ring: LocalRing
  /// What replaces `ring` where the producer may take packets out again.
  let dropping: DroppingEdge?
  let dropped = Atomic<UInt64>(0)
  private let memory: LocalMemory

  /// The largest payload that stands in a cell of `type`.
  static func inlineBytes(_ type: PortType) -> Int {
    guard let size = type.valueSize, size <= Message.maximumInlinePayload else {
      return varyingBytes
    }
    return max(64, (size + 63) / 64 * 64)
  }

  init(
    id: String, capacity: Int, overflow: GraphDocument.Overflow, type: PortType, producer: Int,
    consumer: Int
  ) {
    self.id = id
    self.capacity = capacity
    self.overflow = overflow
    self.producer = producer
    self.consumer = consumer
    let stride = Self.envelopeBytes + Self.inlineBytes(type)
    // A dropping edge leaves its plain ring unused, so that every edge has the same shape.
    let isDropping = overflow == .dropOldest
    let (ring, memory) = LocalRing.make(
      capacity: isDropping ? 1 : capacity, strideBytes: stride)
    self.ring = ring
    self.memory = memory
    dropping = isDropping ? DroppingEdge(capacity: capacity, cellBytes: stride) : nil
  }

  /// Counts a packet that leaves by the edge's policy, and releases its buffer.
  func countDrop(_ envelope: Message, _ buffers: LocalBufferCache) {
    // Sole writer, the producer: no pair.
    dropped.store(dropped.load(ordering: .relaxed) + 1, ordering: .relaxed)
    if envelope.kind == .localAddress { buffers.release(LocalBuffer(handle: envelope.handle)) }
  }

  /// Lets the consumer see what the producer put on the edge.
  ///
  /// - Returns: Whether there is anything new.
  func publish() -> Bool {
    dropping?.takeNews() ?? ring.publish()
  }

  /// Packets put on the edge so far.
  var packetCount: UInt64 { dropping?.pushedCount ?? ring.publishedCount }

  /// Packets on the edge, a moment old.
  var depth: Int { dropping?.depth ?? ring.depth }

  /// Packets that the consumer may take now; for the consumer.
  var waitingCount: Int { dropping?.waitingCount ?? ring.available(.max) }

  /// What the input of a node without inputs refers to; never read.
  static let unconnected: LocalRing = {
    let (ring, memory) = LocalRing.make(capacity: 1, strideBytes: 64)
    unconnectedMemory.withLock { $0.append(memory) }
    return ring
  }()

  private static let unconnectedMemory = LocalMutex<[LocalMemory]>([])
}

/// An output of a node as the emitting loop reads it.
@usableFromInline
struct OutputPort: BitwiseCopyable {
  /// Edges `first..<end` of the node's table.
  @usableFromInline var first: Int32
  @usableFromInline var end: Int32
  @usableFromInline var typeID: UInt32
  /// Whether there is one edge, whose cells hold plain values; then `ring` and `waits` are its own.
  @usableFromInline var isDirect: Bool
  @usableFromInline var waits: Bool
  @usableFromInline var ring: LocalRing
  /// As ``PortType``'s.
  @usableFromInline var identity: UInt
}

/// An edge as its producer's loop reads it.
@usableFromInline
struct OutputEdge: BitwiseCopyable {
  @usableFromInline var ring: LocalRing
  /// Whether a full ring stops the producer.
  @usableFromInline var waits: Bool
  /// Whether the ring is not `ring`.
  @usableFromInline var drops: Bool
}

/// An edge as its consumer's loop reads it.
@usableFromInline
struct InputEdge: BitwiseCopyable {
  @usableFromInline var ring: LocalRing
  @usableFromInline var port: Int32
  /// Whether the ring is not `ring`.
  @usableFromInline var drops: Bool
}
