import SharedMemory
import Synchronization

/// What one thread of a participant writes and pins with.
///
/// **Concurrency.** Used by the thread that claimed it.
struct Writer: ~Copyable {
  let lane: Lane
  let owner: ParticipantIdentity
  var allocator: BlockAllocator
  /// Pins of the lane in use, innermost last.
  var pinDepth = 0
}

/// Keeps a thread's writer until the thread ends or the database is closed.
///
/// **Concurrency.** Made and given up by the writer's thread, or by the last user of the database.
final class WriterContext: ThreadBound, @unchecked Sendable {
  let writer: ThreadConfined<Writer>
  private weak var attachment: Attachment?

  init(lane: Lane, segment: Segment, owner: ParticipantIdentity, attachment: Attachment) {
    self.attachment = attachment
    writer = ThreadConfined(
      Writer(lane: lane, owner: owner, allocator: BlockAllocator(segment: segment, owner: owner)))
  }

  override var mayBeDisplaced: Bool { writer.with { $0.pinDepth == 0 } }

  override func threadEnded() {
    attachment?.release(self)
  }

  /// Frees what the allocator keeps, and the lane.
  func releaseAll() {
    writer.with { writer in
      writer.allocator.releaseAll()
      writer.lane.release()
    }
  }
}

/// A participant with the contexts of its threads.
///
/// A forked child makes an attachment of its own; the parent's stays the parent's.
///
/// **Concurrency.** `Sendable`; the list of contexts is guarded.
final class Attachment: Sendable {
  let participant: Participant
  let serial: UInt64
  private let segment: Segment
  private let forkDetector: ForkDetector
  private let contexts = Mutex<[WriterContext]>([])
  private let longPins = Mutex(LongPins())

  /// Attaches this process.
  ///
  /// - Parameter forkDetector: Its word is to hold the attachment's serial.
  /// - Throws: `full` when the living have all rows, `system` when the file cannot be opened again.
  init(segment: Segment, name: String?, forkDetector: ForkDetector) throws(StoreError) {
    self.segment = segment
    self.forkDetector = forkDetector
    serial = ThreadCache.makeSerial()
    do throws(StoreError) {
      participant = try Participant.attach(segment, name: name)
    } catch {
      guard error.code == .full else { throw error }
      Sweeper(segment).sweep()
      participant = try Participant.attach(segment, name: name)
    }
  }

  /// Whether this is the attachment of this process, and not what a child was forked with: lanes and
  /// pins of that are its parent's.
  private var isOurs: Bool { forkDetector.word.loadRelaxed() == serial }

  private func claimLane() throws(StoreError) -> Lane {
    if let lane = Lanes(segment).claim(for: participant.identity) { return lane }
    Sweeper(segment).sweep()
    if let lane = Lanes(segment).claim(for: participant.identity) { return lane }
    throw StoreError(
      .full, place: "database '\(segment.name)'",
      reason: "all \(segment.layout.laneCount) thread lanes are taken",
      remedy: "let fewer threads write, or create it with more participants")
  }

  /// Gives the calling thread a writer.
  ///
  /// - Throws: `full` when all lanes are taken, or this thread has pinned values of too many stores.
  func makeWriter() throws(StoreError) {
    let context = WriterContext(
      lane: try claimLane(), segment: segment, owner: participant.identity, attachment: self)
    contexts.withLock { $0.append(context) }
    guard ThreadCache.remember(context, state: context.writer, serial: serial) else {
      release(context)
      throw StoreError(
        .full, place: "database '\(segment.name)'",
        reason: "this thread has been lent values of as many databases as it can",
        remedy: "return from a 'withValue' before using another database")
    }
  }

  /// Pins `word` until the pin is released.
  ///
  /// - Throws: `full` when all lanes are taken.
  func holdLong(_ word: UInt64) throws(StoreError) -> LongPin {
    try longPins.withLock { pins throws(StoreError) in
      if pins.free.isEmpty {
        let lane = try claimLane()
        pins.free = (0..<Lane.pinCount).map { LongPins.Place(lane: lane, position: $0) }
      }
      let place = pins.free.removeLast()
      place.lane.pin(word, at: place.position)
      return LongPin(place: place, attachment: self)
    }
  }

  func release(_ pin: LongPin) {
    guard isOurs else { return }
    longPins.withLock { pins in
      pin.place.lane.unpin(at: pin.place.position)
      pins.free.append(pin.place)
    }
  }

  func release(_ context: WriterContext) {
    guard isOurs else { return }
    contexts.withLock { contexts in
      guard let index = contexts.firstIndex(where: { $0 === context }) else { return }
      contexts.remove(at: index)
      // Within the lock, so that a thread that ends has let go of its lane before a detach gives
      // lane and row to others.
      context.releaseAll()
    }
  }

  /// Gives back everything this process holds in the segment.
  func detach() {
    let remaining = contexts.withLock { contexts in
      defer { contexts = [] }
      return contexts
    }
    for context in remaining { context.releaseAll() }
    ThreadCache.forget(serial: serial)
    Sweeper(segment).settle(participant.identity)
    participant.release()
  }
}

/// Places in lanes for pins that are bound to no thread.
struct LongPins {
  struct Place {
    let lane: Lane
    let position: Int
  }

  var free: [Place] = []
}

/// A pin that stands until it is released, on any thread.
final class LongPin: Sendable {
  let place: LongPins.Place
  private let attachment: Attachment

  init(place: LongPins.Place, attachment: Attachment) {
    self.place = place
    self.attachment = attachment
  }

  func release() { attachment.release(self) }
}
