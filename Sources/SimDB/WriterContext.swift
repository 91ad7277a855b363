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
    guard let attachment else { return }
    attachment.release(self)
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
  private let contexts = Mutex<[WriterContext]>([])
  private let longPins = Mutex(LongPins())

  init(segment: Segment, name: String?) throws(StoreError) {
    participant = try Participant.attach(segment, name: name)
    self.segment = segment
    serial = ThreadCache.makeSerial()
  }

  /// Gives the calling thread a writer.
  ///
  /// - Throws: `full` when all lanes are taken, or this thread has pinned values of too many stores.
  func makeWriter() throws(StoreError) {
    guard let lane = Lanes(segment).claim(for: participant.identity) else {
      throw segment.noLaneError()
    }
    let context = WriterContext(
      lane: lane, segment: segment, owner: participant.identity, attachment: self)
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
        guard let lane = Lanes(segment).claim(for: participant.identity) else {
          throw segment.noLaneError()
        }
        pins.free = (0..<Lane.pinCount).map { LongPins.Place(lane: lane, position: $0) }
      }
      let place = pins.free.removeLast()
      place.lane.pin(word, at: place.position)
      return LongPin(place: place, attachment: self)
    }
  }

  func release(_ pin: LongPin) {
    longPins.withLock { pins in
      pin.place.lane.unpin(at: pin.place.position)
      pins.free.append(pin.place)
    }
  }

  func release(_ context: WriterContext) {
    let isOurs = contexts.withLock { contexts in
      guard let index = contexts.firstIndex(where: { $0 === context }) else { return false }
      contexts.remove(at: index)
      return true
    }
    if isOurs { context.releaseAll() }
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

extension Segment {
  fileprivate func noLaneError() -> StoreError {
    StoreError(
      .full, place: "database '\(name)'",
      reason: "all \(layout.laneCount) thread lanes are taken",
      remedy: "let fewer threads write, or create it with more participants")
  }
}
