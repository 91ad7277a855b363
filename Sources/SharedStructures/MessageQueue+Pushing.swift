import SharedMemory
import SimDB

extension MessageQueue {
  /// Appends a message with its payload, doing what the overflow policy says when the queue is
  /// full.
  ///
  /// **Concurrency.** Any number of producers. With policy `wait` the thread sleeps while the
  /// queue is full, until a quarter of it is free or a tenth of a second has passed; with
  /// `dropOldest` while the cell it needs is being read, which a stopped consumer may draw out: a
  /// producer that must not be held up passes a timeout. The end of a stream waits for room under
  /// every policy, and under `dropOldest` others wait while it is the oldest. Pushing to a full
  /// queue while taking from it in the same thread would wait for itself.
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
    let result = try push(message, payload.byteCount, timeoutNanoseconds) { offset in
      region.write(payload, at: offset)
      return true
    } store: { key, type throws(StoreError) in
      try database.put(key, payload, type: type)
    }
    return result!
  }

  /// Appends a message whose payload is made where its consumer reads it: in the queue, or in the
  /// entry of the store that one too large for a cell has.
  ///
  /// **Concurrency.** As ``push(_:payload:timeoutNanoseconds:)``. Consumers that come to the
  /// message wait until `fill` returns.
  ///
  /// - Parameters:
  ///   - message: The envelope, as of ``push(_:payload:timeoutNanoseconds:)``.
  ///   - count: Bytes of the payload.
  ///   - timeoutNanoseconds: How long to wait where the policy waits; for ever by default.
  ///   - fill: Gets the bytes, whose values are anything. Where it throws, nothing was pushed,
  ///     though an older message may have made room.
  /// - Returns: What became of it; `fill` ran only where it is `pushed`.
  /// - Throws: What `fill` throws; as ``push(_:payload:timeoutNanoseconds:)``.
  /// - Complexity: That of `fill`; nothing is copied.
  public func push(
    _ message: Message, count: Int, timeoutNanoseconds: UInt64 = .max,
    filling fill: (inout MutableRawSpan) throws -> Void
  ) throws -> PushResult {
    guard count >= 0 else {
      throw StoreError(
        .invalidArgument, place: handle.place(.queue), reason: "a payload of \(count) bytes",
        remedy: "use 0 bytes or more")
    }
    var failure: (any Error)?
    func fillAndTell(_ bytes: inout MutableRawSpan) -> Bool {
      do { try fill(&bytes) } catch { failure = error }
      return failure == nil
    }
    let result = try push(message, count, timeoutNanoseconds) { offset in
      region.withMutableSpan(at: offset, count: count) { fillAndTell(&$0) }
    } store: { key, type throws(StoreError) in
      try database.putIfFilled(key, count: count, type: type) { fillAndTell(&$0) }
    }
    if let failure { throw failure }
    return result!
  }

  /// Appends messages one behind the other; others may push in between.
  ///
  /// **Concurrency.** As ``push(_:payload:timeoutNanoseconds:)``, for each.
  ///
  /// - Parameters:
  ///   - messages: Copied before returning.
  ///   - timeoutNanoseconds: How long to wait for room, for all of them together.
  /// - Returns: How many were pushed, before the first that was not; what the policy refuses or
  ///   drops is that one alone, and those behind it were not tried.
  /// - Throws: As ``push(_:payload:timeoutNanoseconds:)``, with the messages before pushed.
  /// - Complexity: O(payloads).
  @discardableResult
  public func push(
    contentsOf messages: some Sequence<Received>, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> Int {
    try messages.pushEach(timeoutNanoseconds) { received, timeout throws(StoreError) in
      try push(
        received.message, payload: received.payload.rawSpan, timeoutNanoseconds: timeout)
    }
  }

  /// Appends a message.
  ///
  /// - Parameters:
  ///   - count: Bytes of its payload.
  ///   - write: Writes the payload into the cell, at an offset in the region; `false` when it is
  ///     not to be pushed.
  ///   - store: Puts the payload under a key; tells its generation, or `nil` when it is not to be
  ///     pushed.
  /// - Returns: What became of it; `nil` when it was not to be pushed.
  @inline(__always)
  private func push(
    _ message: Message, _ count: Int, _ timeoutNanoseconds: UInt64, write: (Int) -> Bool,
    store: (_ key: String, _ type: TypeID) throws(StoreError) -> UInt64?
  ) throws(StoreError) -> PushResult? {
    let owner = try handle.owner()
    let isEnd = message.kind == .endOfStream
    if isEnd, count > geometry.payloadCapacity { throw endTooLarge(count) }
    var deadline: UInt64?
    while true {
      let claimed: UInt64
      let hasLeftover: Bool
      switch try ring.claimForWriting(owner) {
      case .claimed(let position, let before):
        (claimed, hasLeftover) = (position, before.hasLeftover)
      case .full(let position, let word):
        try handle.checkLive()
        switch geometry.overflow {
        case .reject where !isEnd:
          ring.countRejected()
          return .rejected
        case .dropNewest where !isEnd:
          ring.countDropped()
          return .dropped
        case .dropOldest where word.state == .full && !isEnd && !isEndOfStream(at: position):
          // Its kind was read of the same message, or the cell is no longer as the word says.
          guard ring.replaceOldest(position, word, owner) else { continue }
          let oldest = Message(in: region, at: ring.cell(position) + 8)
          (claimed, hasLeftover) = (position, oldest.kind == .storeReference)
        default:
          guard
            ring.waitForRoom(position, word, geometry.overflow, &deadline, timeoutNanoseconds)
          else { return .timedOut }
          continue
        }
      }
      let cell = ring.cell(claimed)
      var kind: Message.Kind = isEnd ? .endOfStream : .inline
      var generation = message.handle
      var isWanted = true
      if count > geometry.payloadCapacity || hasLeftover {
        do throws(StoreError) {
          let key = payloadKey(claimed)
          if count > geometry.payloadCapacity {
            // What a predecessor left there is overwritten.
            let stored = try store(key, TypeID(rawValue: message.type))
            (kind, generation, isWanted) = (.storeReference, stored ?? 0, stored != nil)
          } else {
            try database.delete(key)
          }
        } catch {
          // The claim must not stay, nor become an empty message.
          ring.abandon(claimed, .writing, owner)
          throw error
        }
      }
      if isWanted, kind != .storeReference { isWanted = write(cell + 72) }
      guard isWanted else {
        ring.abandon(claimed, .writing, owner)
        return nil
      }
      message.write(to: region, at: cell + 8, kind: kind, handle: generation, size: count)
      let isPublished = ring.publish(claimed, owner)
      // Nobody will find what lies in memory that nobody shares any more.
      try handle.checkLive()
      // Else the claim was undone meanwhile and counted as lost.
      if isPublished { return .pushed }
    }
  }

  private func isEndOfStream(at position: UInt64) -> Bool {
    Message(in: region, at: ring.cell(position) + 8).kind == .endOfStream
  }

  private func endTooLarge(_ count: Int) -> StoreError {
    StoreError(
      .invalidArgument, place: "database '\(database.name)', queue '\(name)'",
      reason: "an end of stream with \(count) bytes of payload",
      remedy: "send at most the \(geometry.payloadCapacity) bytes of a cell with it")
  }
}
