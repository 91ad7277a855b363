import SharedMemory
import SimDB

extension MessageQueue {
  /// Appends a message with its payload, doing what the overflow policy says when the queue is
  /// full.
  ///
  /// **Concurrency.** Any number of producers. With policy `wait` the thread sleeps while the queue
  /// is full; with `dropOldest` while the cell it needs is being read, which a stopped consumer may
  /// draw out: a producer that must not be held up passes a timeout. Pushing to a full queue while
  /// taking from it in the same thread would wait for itself.
  ///
  /// - Parameters:
  ///   - message: The envelope; kind, handle and size are set by the queue unless the kind is
  ///     `endOfStream`.
  ///   - payload: Copied before returning.
  ///   - timeoutNanoseconds: How long to wait where the policy waits; for ever by default.
  /// - Returns: What became of it.
  /// - Throws: `full` when a large payload finds no room in the store, with nothing counted;
  ///   `readOnly`; `invalidArgument` for an end of stream whose payload does not fit a cell;
  ///   `corrupt`; `segmentLost`; `dropped`, where the message may have been pushed; `notFound` in a
  ///   forked child that comes to a queue that was deleted.
  /// - Complexity: O(payload).
  public func push(
    _ message: Message, payload: RawSpan, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> PushResult {
    let owner = try handle.owner()
    let isEnd = message.kind == .endOfStream
    if isEnd, payload.byteCount > geometry.payloadCapacity { throw endTooLarge(payload.byteCount) }
    var deadline: UInt64?
    while true {
      switch try ring.claimForWriting(owner) {
      case .claimed(let position, let before):
        if try fill(position, owner, message, payload, before.hasLeftover) { return .pushed }
      case .full(let position, let word):
        try handle.checkLive()
        switch geometry.overflow {
        case .reject where !isEnd:
          ring.countRejected()
          return .rejected
        case .dropNewest where !isEnd:
          ring.countDropped()
          return .dropped
        case .dropOldest where word.state == .full:
          guard ring.replaceOldest(position, word, owner) else { continue }
          let oldest = Message(in: region, at: ring.cell(position) + 8)
          let hasLeftover = oldest.kind == .storeReference
          if try fill(position, owner, message, payload, hasLeftover) { return .pushed }
        default:
          guard
            ring.waitForRoom(position, word, geometry.overflow, &deadline, timeoutNanoseconds)
          else { return .timedOut }
        }
      }
    }
  }

  /// Fills a claimed cell and publishes it.
  ///
  /// - Returns: `false` when the claim was undone meanwhile and counted as lost.
  @inline(__always)
  private func fill(
    _ position: UInt64, _ owner: ParticipantIdentity, _ message: Message, _ payload: RawSpan,
    _ hasLeftover: Bool
  ) throws(StoreError) -> Bool {
    let cell = ring.cell(position)
    var kind: Message.Kind = message.kind == .endOfStream ? .endOfStream : .inline
    var handle = message.handle
    if payload.byteCount > geometry.payloadCapacity || hasLeftover {
      do throws(StoreError) {
        if let generation = try settle(payload, TypeID(rawValue: message.type), position) {
          kind = .storeReference
          handle = generation
        }
      } catch {
        // The claim must not stay, nor become an empty message.
        ring.abandon(position, .writing, owner)
        throw error
      }
    }
    if kind != .storeReference, payload.byteCount > 0 { region.write(payload, at: cell + 72) }
    message.write(
      to: region, at: cell + 8, kind: kind, handle: handle, size: payload.byteCount)
    let isPublished = ring.publish(position, owner)
    // Nobody will find what lies in memory that nobody shares any more.
    try self.handle.checkLive()
    return isPublished
  }

  /// Sees to the cell's entry in the store: a payload too large for the cell is put there; what a
  /// predecessor left is overwritten, or deleted.
  ///
  /// - Returns: The generation of the payload's entry; `nil` when it goes into the cell.
  @inline(never)
  private func settle(
    _ payload: RawSpan, _ type: TypeID, _ position: UInt64
  ) throws(StoreError) -> UInt64? {
    let key = payloadKey(position)
    guard payload.byteCount > geometry.payloadCapacity else {
      try database.delete(key)
      return nil
    }
    return try database.put(key, payload, type: type)
  }

  private func endTooLarge(_ count: Int) -> StoreError {
    StoreError(
      .invalidArgument, place: "database '\(database.name)', queue '\(name)'",
      reason: "an end of stream with \(count) bytes of payload",
      remedy: "send at most the \(geometry.payloadCapacity) bytes of a cell with it")
  }
}
