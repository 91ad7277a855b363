import SharedMemory
import SimDB

/// A named queue of messages in a database, between any number of processes.
///
/// Delivery is at most once: an element that its consumer has claimed is gone, also when the
/// consumer dies with it; such elements are counted as lost. A producer that dies between claiming
/// a cell and publishing it stalls nobody.
///
/// A payload that does not fit a cell is put under `<name>/payload/<cell>` before the cell is
/// published, and deleted when the cell has been read. Only who has claimed the cell touches that
/// entry; what the dead left there goes when the cell is next filled. Deleting the queue's own
/// entry leaves the payloads of what was not taken.
///
/// Messages of one producer arrive in its order; all arrive in the order in which cells were
/// claimed.
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
  let arrival: WakeWord
  let departure: WakeWord
  let producersSuspicion = Suspicion()
  let consumersSuspicion = Suspicion()
  private let stride: Int
  private let cellMask: UInt64
  private let lapShift: UInt64

  /// Name of the queue.
  public var name: String { handle.name }
  var database: Database { handle.database }

  init(_ handle: StructureHandle) throws(StoreError) {
    self.handle = handle
    region = handle.region
    let corrupt = StoreError(
      .corrupt, place: "database '\(handle.database.name)', queue '\(handle.name)'",
      reason: "its sizes contradict each other", remedy: "delete it and create it again")
    guard region.count >= QueueLayout.headerSize else { throw corrupt }
    let version = region.word32(at: 0).loadRelaxed()
    guard version == QueueLayout.version else {
      throw StoreError(
        .incompatible, place: "database '\(handle.database.name)', queue '\(handle.name)'",
        reason: "its version is \(version), this build has \(QueueLayout.version)",
        remedy: "use the version that made it, or delete it and create it again")
    }
    let capacity = Int(clamping: region.word(at: QueueLayout.capacity).loadRelaxed())
    let payload = Int(clamping: region.word(at: QueueLayout.payloadCapacity).loadRelaxed())
    stride = Int(clamping: region.word(at: QueueLayout.stride).loadRelaxed())
    guard
      let overflow = Overflow(
        rawValue: region.word32(at: QueueLayout.overflow).loadRelaxed()),
      Self.isPossible(capacity: capacity, payload: payload),
      stride == Self.stride(payload: payload),
      region.count == QueueLayout.headerSize + capacity * stride
    else { throw corrupt }
    geometry = QueueGeometry(
      capacity: capacity, payloadCapacity: payload, overflow: overflow)
    cellMask = UInt64(capacity - 1)
    lapShift = UInt64(capacity.trailingZeroBitCount)
    arrival = WakeWord(region.word32(at: QueueLayout.arrival))
    departure = WakeWord(region.word32(at: QueueLayout.departure))
  }

  static func isPossible(capacity: Int, payload: Int) -> Bool {
    (2...1 << 24).contains(capacity) && capacity & (capacity - 1) == 0
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

  // MARK: Positions

  @inline(__always)
  var head: AtomicWord { region.word(at: QueueLayout.head) }
  @inline(__always)
  var tail: AtomicWord { region.word(at: QueueLayout.tail) }

  /// Offset of the cell that `position` falls on.
  @inline(__always)
  func cell(_ position: UInt64) -> Int {
    QueueLayout.headerSize &+ Int(truncatingIfNeeded: position & cellMask) &* stride
  }

  @inline(__always)
  func lap(_ position: UInt64) -> UInt64 { position &>> lapShift }

  /// The control word of the cell that `position` falls on.
  @inline(__always)
  func control(_ position: UInt64) -> AtomicWord { region.word(at: cell(position)) }

  func contradiction() -> StoreError {
    if let loss = handle.lossError { return loss }
    return StoreError(
      .corrupt, place: "database '\(database.name)', queue '\(name)'",
      reason: "its positions contradict its cells", remedy: "delete it and create it again")
  }

  // MARK: Counters

  /// Elements in the queue, at some moment of the count.
  public var count: Int {
    // Pair queue-position: the count is of some moment.
    let first = head.loadAcquiring()
    let last = tail.loadAcquiring()
    return last > first ? Int(clamping: min(last - first, UInt64(geometry.capacity))) : 0
  }

  /// Elements that left by the overflow policy.
  public var droppedCount: UInt64 { region.word(at: QueueLayout.dropped).loadRelaxed() }
  /// Pushes refused by the overflow policy.
  public var rejectedCount: UInt64 { region.word(at: QueueLayout.rejected).loadRelaxed() }
  /// Elements that died with the process that was writing or reading them, or whose payload could
  /// not be fetched.
  public var lostCount: UInt64 { region.word(at: QueueLayout.lost).loadRelaxed() }
  /// Cells claimed for pushing so far.
  public var pushedCount: UInt64 { tail.loadRelaxed() }

  func count(_ offset: Int) { region.word(at: offset).addRelaxed(1) }

  // MARK: Payloads and waiting

  /// Where a payload lies that does not fit its cell.
  func payloadKey(_ position: UInt64) -> String {
    PayloadKey.key(of: name, number: position & cellMask)
  }

  private static let spinCount = 2_000

  /// Waits a little for `condition` to end before it is worth sleeping.
  ///
  /// Each look takes the line from whoever is about to change it, so the first one is late: the
  /// other side gets a few cells ahead, and both go on without waiting for each other.
  @inline(__always)
  func spin(while condition: () -> Bool) {
    for _ in 0..<4 { spinHint() }
    var spins = 4
    while spins < Self.spinCount, condition() {
      spinHint()
      spins += 1
    }
  }

  func wait(on word: WakeWord, nanoseconds: UInt64, while condition: () -> Bool) {
    let prepared = word.prepare()
    // Pair wake: announced first, looked at afterwards.
    if condition() { word.sleep(prepared, nanoseconds: nanoseconds) }
  }
}

extension UInt64 {
  /// The sum, or the greatest number when it does not fit.
  func addingSaturated(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
