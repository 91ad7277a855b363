import SharedMemory
import SharedStructures

/// The ring of an edge that drops its oldest packets for new ones.
///
/// Both ends take packets out, so the consumer copies each into a cell of its own before the node
/// sees it: what it reads in place, the producer could drop and overwrite.
///
/// **Concurrency.** `push` and `takeNews` are the producer's, `front` and `finish` the consumer's;
/// each end is one thread at a time.
final class DroppingEdge: @unchecked Sendable {
  private let capacity: Int
  private let ring: LocalSharedRing
  private let scratch: LocalCell
  private let memory: [LocalMemory]
  /// The producer's: whether it pushed since it last told.
  private var hasNews = false
  /// The consumer's: whether `scratch` holds a packet.
  private var isScratchFull = false

  init(capacity: Int, cellBytes: Int) {
    self.capacity = capacity
    let (ring, ringMemory) = LocalSharedRing.make(
      capacity: 2 * capacity, elementBytes: cellBytes)
    let (scratch, scratchMemory) = LocalCell.make(byteCount: cellBytes)
    self.ring = ring
    self.scratch = scratch
    memory = [ringMemory, scratchMemory]
  }

  /// Puts a packet on the edge; `drop` gets the envelopes of those that make room.
  func push(_ envelope: Message, _ inline: RawSpan, drop: (Message) -> Void) {
    while ring.depth >= capacity, let oldest = ring.pop({ $0.load(as: Message.self, at: 0) }) {
      drop(oldest)
    }
    while !ring.push({ cell in
      cell.store(envelope, at: 0)
      cell.write(inline, at: EdgeLayout.payload)
    }) {
      // The consumer has not moved since the ring last came round: it is copying this very cell.
      LocalThread.yield()
    }
    hasNews = true
  }

  /// Whether there were pushes since the last call.
  func takeNews() -> Bool {
    defer { hasNews = false }
    return hasNews
  }

  /// The oldest packet, which stays the oldest until `finish()`.
  func front() -> LocalCell? {
    if !isScratchFull {
      guard ring.pop({ [scratch] cell in cell.copy(cell.byteCount, to: scratch) }) != nil else {
        return nil
      }
      isScratchFull = true
    }
    return scratch
  }

  /// Moves past the packet that `front()` gave.
  func finish() { isScratchFull = false }

  /// Packets that `front()` would give one after the other; for the consumer. One that it was given
  /// and has not moved past still waits: a limit of bytes may have kept it from being taken.
  var waitingCount: Int { ring.depth + (isScratchFull ? 1 : 0) }

  /// Packets pushed so far.
  var pushedCount: UInt64 { ring.pushedCount }

  /// Packets not taken out yet, a moment old; the consumer's own cell does not count.
  var depth: Int { ring.depth }
}
