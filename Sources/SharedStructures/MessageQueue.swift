import SharedMemory
import SimDB

/// A named queue of messages in a database, between any number of processes.
///
/// Delivery is at most once: an element that its consumer has claimed is gone, also when the
/// consumer dies with it; such elements are counted as lost. A producer that dies between claiming
/// a cell and publishing it stalls nobody. Bytes that are to be acknowledged go through a
/// ``ByteQueue``.
///
/// A payload that does not fit a cell is put under `<name>/payload/<cell>` before the cell is
/// published, and deleted when the cell has been read. Only who has claimed the cell touches that
/// entry; what the dead left there goes when the cell is next filled. Deleting the queue's own
/// entry leaves the payloads of what was not taken.
///
/// Messages of one producer arrive in its order; all arrive in the order in which cells were
/// claimed.
///
/// ```swift
/// let jobs = try database.queue("jobs", creating: QueueGeometry())
/// let text = Array("a text".utf8)
/// _ = try jobs.push(Message(type: .utf8, cycle: 7), payload: text.rawSpan)
/// try jobs.pop { message, payload in print(message.cycle, payload.byteCount) }
/// ```
///
/// **Concurrency.** `Sendable`; any number of producers and consumers. Pushing and popping are
/// lock-free as long as no process is stopped in the middle of a cell; blocking costs no CPU.
///
/// - SeeAlso: Vyukov's bounded queue, with a claim that names its owner in place of a ticket.
public final class MessageQueue: Sendable {
  let handle: StructureHandle
  /// What was chosen at creation.
  public let geometry: QueueGeometry
  let region: SharedRegion
  let ring: ClaimRing

  /// Name of the queue.
  public var name: String { handle.name }
  var database: Database { handle.database }

  init(_ handle: StructureHandle) throws(StoreError) {
    self.handle = handle
    region = handle.region
    try handle.checkVersion(
      .queue, expected: QueueLayout.version, headerSize: QueueLayout.headerSize)
    let capacity = Int(clamping: region.word(at: QueueLayout.capacity).loadRelaxed())
    let payload = Int(clamping: region.word(at: QueueLayout.payloadCapacity).loadRelaxed())
    let stride = Int(clamping: region.word(at: QueueLayout.stride).loadRelaxed())
    guard
      let overflow = Overflow(
        rawValue: region.word32(at: QueueLayout.overflow).loadRelaxed()),
      Self.isPossible(capacity: capacity, payload: payload),
      stride == Self.stride(payload: payload),
      region.count == QueueLayout.headerSize + capacity * stride
    else { throw handle.corrupt(.queue, "its sizes contradict each other") }
    geometry = QueueGeometry(
      capacity: capacity, payloadCapacity: payload, overflow: overflow)
    ring = ClaimRing(
      handle, .queue, ring: QueueLayout.ring, cells: QueueLayout.headerSize, stride: stride,
      capacity: capacity, overflow: overflow)
  }

  static func isPossible(capacity: Int, payload: Int) -> Bool {
    ClaimRing.isPossible(capacity: capacity)
      && (0...Message.maximumInlinePayload).contains(payload)
  }

  /// Control word, envelope, payload, in whole cache lines.
  static func stride(payload: Int) -> Int { (8 + 64 + payload + 63) & ~63 }

  static func initialize(_ region: SharedRegion, _ geometry: QueueGeometry) {
    region.word32(at: 0).storeRelaxed(QueueLayout.version)
    region.word32(at: QueueLayout.overflow).storeRelaxed(geometry.overflow.rawValue)
    region.word(at: QueueLayout.capacity).storeRelaxed(UInt64(geometry.capacity))
    region.word(at: QueueLayout.stride)
      .storeRelaxed(UInt64(stride(payload: geometry.payloadCapacity)))
    region.word(at: QueueLayout.payloadCapacity).storeRelaxed(UInt64(geometry.payloadCapacity))
  }

  // MARK: Counters

  /// Elements in the queue, at some moment of the count.
  public var count: Int { ring.count }
  /// Elements that left by the overflow policy.
  public var droppedCount: UInt64 { ring.droppedCount }
  /// Pushes refused by the overflow policy.
  public var rejectedCount: UInt64 { ring.rejectedCount }
  /// Elements that died with the process that was writing or reading them, or whose payload could
  /// not be fetched.
  public var lostCount: UInt64 { ring.lostCount }
  /// Cells claimed for pushing so far.
  public var pushedCount: UInt64 { ring.claimedCount }

  // MARK: Payloads

  /// Where a payload lies that does not fit its cell.
  func payloadKey(_ position: UInt64) -> String {
    PayloadKey.key(of: name, number: ring.number(position))
  }
}
