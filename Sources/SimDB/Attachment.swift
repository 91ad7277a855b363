import SharedMemory

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
  private let contexts = LocalMutex<[WriterContext]>([])
  private let longPins = LocalMutex(LongPins())
  /// How many of this process watch for changes.
  private let watcherCount = LocalMutex(0)

  /// Attaches this process.
  ///
  /// - Parameter forkDetector: Its first word is to hold the attachment's serial.
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

  /// Whether this is the attachment of this process, and not what a child was forked with: lanes
  /// and pins of that are its parent's.
  private var isOurs: Bool { forkDetector.words.0.loadRelaxed() == serial }

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
  /// - Throws: `full` when all lanes are taken, or this thread has pinned values of too many
  ///   stores.
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

  /// Says in the segment that this process watches for changes.
  ///
  /// - Returns: As ``ChangeTable/beginWatching()``.
  func beginWatching() -> UInt64 {
    watcherCount.withLock { count in
      count += 1
      participant.setWatching(true)
      return ChangeTable(segment).beginWatching()
    }
  }

  /// Takes back what one `beginWatching` said.
  func endWatching() {
    guard isOurs else { return }
    watcherCount.withLock { count in
      count -= 1
      guard count == 0 else { return }
      participant.setWatching(false)
      ChangeTable.clearUnlessWatched(in: segment)
    }
  }

  func release(_ context: WriterContext) {
    guard isOurs else { return }
    contexts.withLock { contexts in
      guard let index = contexts.firstIndex(where: { $0 === context }) else { return }
      contexts.remove(at: index)
      // Within the lock, so that a thread that ends has let go of its lane before a detach gives
      // lane and row to others.
      context.releaseAll(in: segment)
    }
  }

  /// Gives back everything this process holds in the segment.
  func detach() {
    let remaining = contexts.withLock { contexts in
      defer { contexts = [] }
      return contexts
    }
    for context in remaining { context.releaseAll(in: segment) }
    ThreadCache.forget(serial: serial)
    Sweeper(segment).settle(participant.identity)
    participant.release()
  }
}
