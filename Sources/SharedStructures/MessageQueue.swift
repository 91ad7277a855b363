import SharedMemory
import SimDB

/// What a full queue does with one element more.
public enum Overflow: UInt32, Sendable, CaseIterable {
  /// The producer waits for room.
  case wait = 0
  /// The push is refused and counted.
  case reject = 1
  /// The oldest element makes room and is counted.
  case dropOldest = 2
  /// The new element is dropped and counted.
  case dropNewest = 3
}

/// What the creator of a queue chooses.
public struct QueueGeometry: Hashable, Sendable {
  /// Cells: a power of two from 2 to 2^24.
  public var capacity: Int
  /// Bytes of payload a cell carries; larger ones go into entries of the store.
  public var payloadCapacity: Int
  /// What a full queue does.
  public var overflow: Overflow

  /// Makes a geometry.
  public init(capacity: Int = 1_024, payloadCapacity: Int = 56, overflow: Overflow = .wait) {
    self.capacity = capacity
    self.payloadCapacity = payloadCapacity
    self.overflow = overflow
  }
}

/// A named queue of messages in a database, between any number of processes.
///
/// Delivery is at most once: an element that its consumer has claimed is gone, also when the consumer
/// dies with it; such elements are counted as lost. A producer that dies between claiming a cell and
/// publishing it stalls nobody.
///
/// A payload that does not fit a cell is put under `<name>/payload/<cell>` before the cell is
/// published, and deleted when the cell has been read.
///
/// Messages of one producer arrive in its order; all arrive in the order in which cells were claimed.
///
/// **Concurrency.** `Sendable`; any number of producers and consumers. Pushing and popping are
/// lock-free as long as no process is stopped in the middle of a cell; blocking costs no CPU.
///
/// - SeeAlso: Vyukov's bounded queue, with a claim that names its owner in place of a ticket.
public final class MessageQueue: Sendable {
  private let handle: StructureHandle
  /// What was chosen at creation.
  public let geometry: QueueGeometry
  let region: SharedRegion
  private let stride: Int
  private let arrival: WakeWord
  private let departure: WakeWord
  private let suspicion = Suspicion()

  /// Name of the queue.
  public var name: String { handle.name }
  private var database: Database { handle.database }

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

  private var head: AtomicWord { region.word(at: QueueLayout.head) }
  private var tail: AtomicWord { region.word(at: QueueLayout.tail) }

  private func cell(_ position: UInt64) -> Int {
    QueueLayout.headerSize + Int(position & UInt64(geometry.capacity - 1)) * stride
  }

  private func lap(_ position: UInt64) -> UInt64 {
    position >> UInt64(geometry.capacity.trailingZeroBitCount)
  }

  /// Elements in the queue, at some moment of the count.
  public var count: Int {
    let first = head.loadAcquiring()
    let last = tail.loadAcquiring()
    return last > first ? Int(clamping: min(last - first, UInt64(geometry.capacity))) : 0
  }

  /// Elements that left by the overflow policy.
  public var droppedCount: UInt64 { region.word(at: QueueLayout.dropped).loadRelaxed() }
  /// Pushes refused by the overflow policy.
  public var rejectedCount: UInt64 { region.word(at: QueueLayout.rejected).loadRelaxed() }
  /// Elements that died with the process that was writing or reading them.
  public var lostCount: UInt64 { region.word(at: QueueLayout.lost).loadRelaxed() }
  /// Elements pushed so far.
  public var pushedCount: UInt64 { tail.loadRelaxed() }

  private func count(_ offset: Int) { region.word(at: offset).addRelaxed(1) }

  // MARK: Claiming

  /// Claims the next cell to fill; `nil` when the queue is full.
  private func claimForWriting(_ owner: ParticipantIdentity) -> UInt64? {
    while true {
      let position = tail.loadAcquiring()
      let lap = lap(position)
      let control = region.word(at: cell(position))
      // Pair cell-emptied: the consumer before has read the bytes that will be overwritten.
      let word = CellWord(rawValue: control.loadAcquiring())
      if word == CellWord(.empty, lap: lap) {
        let claim = CellWord(.writing, lap: lap, owner: owner)
        if control.compareExchange(word.rawValue, claim.rawValue) {
          _ = tail.compareExchange(position, position + 1)
          return position
        }
      } else if word.lap < lap {
        // Still of the lap before: full, unless a dead process holds the cell.
        guard tail.loadAcquiring() == position else { continue }
        guard undoClaimOfDead(word, control) else { return nil }
      } else {
        // Claimed by another who has not moved the position yet.
        _ = tail.compareExchange(position, position + 1)
      }
    }
  }

  /// Claims the next cell to take; `nil` when the queue is empty.
  private func claimForReading(_ owner: ParticipantIdentity) -> UInt64? {
    while true {
      let position = head.loadAcquiring()
      let lap = lap(position)
      let control = region.word(at: cell(position))
      // Pair cell-filled: the producer's bytes are visible.
      let word = CellWord(rawValue: control.loadAcquiring())
      if word == CellWord(.full, lap: lap) {
        let claim = CellWord(.reading, lap: lap, owner: owner)
        if control.compareExchange(word.rawValue, claim.rawValue) {
          _ = head.compareExchange(position, position + 1)
          return position
        }
      } else if word.lap > lap || word.state == .reading && word.lap == lap {
        _ = head.compareExchange(position, position + 1)
      } else if word.lap == lap, word.state == .writing, undoClaimOfDead(word, control) {
        // The dead may have filled the cell before, or another undone the claim: look again.
        continue
      } else {
        guard head.loadAcquiring() == position else { continue }
        return nil
      }
    }
  }

  /// Empties a cell whose claimer died; `false` when it lives, or may live, or there is none.
  private func undoClaimOfDead(_ word: CellWord, _ control: AtomicWord) -> Bool {
    guard word.state == .writing || word.state == .reading, suspicion.isDue(word),
      handle.isDead(word.owner)
    else { return false }
    let emptied = CellWord(.empty, lap: word.lap + 1)
    if control.compareExchange(word.rawValue, emptied.rawValue) { count(QueueLayout.lost) }
    return true
  }

  // MARK: Pushing

  /// What became of a push.
  public enum PushResult: Hashable, Sendable {
    /// It is in the queue.
    case pushed
    /// The queue was full and refuses.
    case rejected
    /// The queue was full; the element was dropped.
    case dropped
    /// The queue stayed full until the deadline.
    case timedOut
  }

  /// Appends a message with its payload, doing what the overflow policy says when the queue is full.
  ///
  /// **Concurrency.** Any number of producers. With policy `wait` the thread sleeps while the queue
  /// is full.
  ///
  /// - Parameters:
  ///   - message: The envelope; kind, handle and size are set by the queue unless the kind is
  ///     `endOfStream`.
  ///   - payload: Copied before returning.
  ///   - timeoutNanoseconds: How long to wait for room under policy `wait`; for ever by default.
  /// - Returns: What became of it.
  /// - Throws: `full` when a large payload finds no room in the store, `readOnly`.
  /// - Complexity: O(payload).
  public func push(
    _ message: Message, payload: RawSpan, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> PushResult {
    let owner = try handle.owner()
    var deadline: UInt64?
    while true {
      if let position = claimForWriting(owner) {
        try fill(position, message, payload)
        return .pushed
      }
      switch geometry.overflow {
      case .reject:
        count(QueueLayout.rejected)
        return .rejected
      case .dropNewest:
        count(QueueLayout.dropped)
        return .dropped
      case .dropOldest:
        if try pop({ _, _ in }) { count(QueueLayout.dropped) }
      case .wait:
        let now = SystemClock.monotonicNanoseconds
        let end = deadline ?? now.addingSaturated(timeoutNanoseconds)
        deadline = end
        guard now < end else { return .timedOut }
        wait(on: departure, nanoseconds: end - now) { isFull }
      }
    }
  }

  private func fill(
    _ position: UInt64, _ message: Message, _ payload: RawSpan
  ) throws(StoreError) {
    let cell = cell(position)
    var envelope = message
    envelope.size = UInt64(payload.byteCount)
    if payload.byteCount <= geometry.payloadCapacity {
      if envelope.kind != .endOfStream { envelope.kind = .inline }
      region.write(payload, at: cell + 72)
    } else {
      do throws(StoreError) {
        envelope.handle = try database.put(
          payloadKey(position), payload, type: TypeID(rawValue: message.type))
      } catch {
        // The claim must not stay: an empty message would be worse than a counted loss.
        region.word(at: cell).exchangeSequential(
          CellWord(.empty, lap: lap(position) + 1).rawValue)
        count(QueueLayout.lost)
        throw error
      }
      envelope.kind = .storeReference
    }
    region.store(envelope, at: cell + 8)
    // Pair cell-filled, pair wake.
    region.word(at: cell).exchangeSequential(CellWord(.full, lap: lap(position)).rawValue)
    arrival.wake()
  }

  private func payloadKey(_ position: UInt64) -> String {
    "\(name)/payload/\(position & UInt64(geometry.capacity - 1))"
  }

  // MARK: Popping

  /// Takes the oldest message if there is one, lending its payload to `body`.
  ///
  /// **Concurrency.** Any number of consumers; never waits.
  ///
  /// - Parameter body: Gets envelope and payload; other users of the queue pass by the cell meanwhile
  ///   until they come round to it again.
  /// - Returns: Whether there was a message.
  /// - Throws: `readOnly`, `corrupt`.
  @discardableResult
  public func pop(_ body: (Message, RawSpan) -> Void) throws(StoreError) -> Bool {
    let owner = try handle.owner()
    while let position = claimForReading(owner) {
      let cell = cell(position)
      let message = region.load(at: cell + 8, as: Message.self)
      let delivered = try lend(message, position, body)
      // Pair cell-emptied, pair wake.
      region.word(at: cell).exchangeSequential(
        CellWord(.empty, lap: lap(position) + 1).rawValue)
      departure.wake()
      if delivered { return true }
      count(QueueLayout.lost)
    }
    return false
  }

  private func lend(
    _ message: Message, _ position: UInt64, _ body: (Message, RawSpan) -> Void
  ) throws(StoreError) -> Bool {
    let size = Int(clamping: message.size)
    guard message.kind == .storeReference else {
      guard size <= geometry.payloadCapacity else { return false }
      region.withSpan(at: cell(position) + 72, count: size) { body(message, $0) }
      return true
    }
    let key = payloadKey(position)
    guard let entry = try database.entry(key), entry.generation == message.handle else {
      return false
    }
    try database.delete(key)
    body(message, entry.bytes.rawSpan)
    return true
  }

  /// Takes the oldest message, sleeping until there is one.
  ///
  /// **Concurrency.** As ``pop(_:)``; the thread spins a little and then sleeps without CPU.
  ///
  /// - Returns: `false` when none came in time.
  /// - Throws: As ``pop(_:)``.
  @discardableResult
  public func pop(
    timeoutNanoseconds: UInt64, _ body: (Message, RawSpan) -> Void
  ) throws(StoreError) -> Bool {
    if try pop(body) { return true }
    let end = SystemClock.monotonicNanoseconds.addingSaturated(timeoutNanoseconds)
    while true {
      var spins = 0
      while spins < Self.spinCount, isEmpty {
        spinHint()
        spins += 1
      }
      if try pop(body) { return true }
      let now = SystemClock.monotonicNanoseconds
      guard now < end else { return false }
      wait(on: arrival, nanoseconds: end - now) { isEmpty }
      if try pop(body) { return true }
    }
  }

  private static let spinCount = 2_000

  /// Whether the oldest cell holds nothing that could be taken.
  private var isEmpty: Bool {
    let position = head.loadRelaxed()
    let word = CellWord(rawValue: region.word(at: cell(position)).loadSequential())
    let lap = lap(position)
    return word.lap < lap || word.lap == lap && (word.state == .empty || word.state == .writing)
  }

  /// Whether the next cell to fill is still in use.
  private var isFull: Bool {
    let position = tail.loadRelaxed()
    return CellWord(rawValue: region.word(at: cell(position)).loadSequential()).lap
      < lap(position)
  }

  private func wait(on word: WakeWord, nanoseconds: UInt64, while condition: () -> Bool) {
    let prepared = word.prepare()
    // Pair wake: announced first, looked at afterwards.
    if condition() { word.sleep(prepared, nanoseconds: nanoseconds) }
  }

  /// A message taken from a queue, with its payload.
  public struct Received: Hashable, Sendable {
    /// The envelope.
    public let message: Message
    /// The payload.
    public let payload: [UInt8]
  }

  /// Takes the oldest message, suspending until there is one.
  ///
  /// **Concurrency.** No thread of the caller's executor waits; one thread of the process sleeps for
  /// all that wait.
  ///
  /// - Throws: `CancellationError` when the task is cancelled; as ``pop(_:)``.
  public func receive() async throws -> Received {
    while true {
      try Task.checkCancellation()
      var received: Received?
      try pop { message, payload in
        received = Received(message: message, payload: payload.array)
      }
      if let received { return received }
      let prepared = arrival.prepare()
      if isEmpty { await WaiterThread.shared.wait(arrival.word, while: prepared) }
    }
  }
}

extension UInt64 {
  /// The sum, or the greatest number when it does not fit.
  fileprivate func addingSaturated(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
