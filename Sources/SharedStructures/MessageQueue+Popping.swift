import SharedMemory
import SimDB

extension MessageQueue {
  /// Takes the oldest message if there is one, lending its payload to `body`.
  ///
  /// **Concurrency.** Any number of consumers; never waits.
  ///
  /// - Parameter body: Gets envelope and payload; other users of the queue pass by the cell
  ///   meanwhile until they come round to it again.
  /// - Returns: Whether there was a message.
  /// - Throws: `readOnly`, `corrupt`; what the store says when a payload cannot be fetched, with
  ///   the message counted as lost; `segmentLost`, also when the message vanished under `body`;
  ///   `dropped` when a store that was dropped has no more; `notFound` as
  ///   ``push(_:payload:timeoutNanoseconds:)``.
  /// - Complexity: O(1), and that of `body`; a payload in the store is looked up and deleted.
  @discardableResult
  public func pop(_ body: (Message, RawSpan) -> Void) throws(StoreError) -> Bool {
    try pop(maxBytes: .max, body)
  }

  /// Takes the oldest message if there is one whose payload is not longer than `maxBytes`.
  @inline(__always)
  private func pop(
    maxBytes: UInt64, _ body: (Message, RawSpan) -> Void
  ) throws(StoreError) -> Bool {
    let owner = try handle.owner()
    while let position = try ring.claimForReading(
      owner,
      // It is of this message that the size was read, if the cell can then be claimed.
      if: { maxBytes == .max || Message(in: region, at: ring.cell($0) + 8).size <= maxBytes })
    {
      let cell = ring.cell(position)
      let message = Message(in: region, at: cell + 8)
      let isDelivered: Bool
      if message.kind == .storeReference {
        isDelivered = try lendStored(message, position, owner, body)
      } else {
        let size = Int(clamping: message.size)
        isDelivered = size <= geometry.payloadCapacity
        if isDelivered { region.withSpan(at: cell + 72, count: size) { body(message, $0) } }
      }
      ring.release(position, owner)
      // What the body was lent may have vanished under it.
      try handle.checkLoss()
      if isDelivered { return true }
      ring.countLost()
    }
    try handle.checkLive()
    return false
  }

  /// Lends a payload that lies in the store; `false` when it is not there any more.
  @inline(never)
  private func lendStored(
    _ message: Message, _ position: UInt64, _ owner: ParticipantIdentity,
    _ body: (Message, RawSpan) -> Void
  ) throws(StoreError) -> Bool {
    let key = payloadKey(position)
    let isLent: Bool
    do {
      // Nobody but who has claimed the cell touches the entry: it is the same that is lent.
      guard try database.generation(key) == message.handle else { return false }
      isLent = try database.withValue(key) { payload, _ in body(message, payload) } != nil
    } catch let error as StoreError {
      ring.abandon(position, .reading, owner)
      ring.countLost()
      throw error
    } catch {
      preconditionFailure("neither the store nor the body throws other errors")
    }
    // Whoever fills the cell next finds what cannot be deleted; of a store that was dropped nobody
    // does.
    _ = try? database.delete(key)
    return isLent
  }

  /// Takes the oldest message if there is one, lending its payload to a `body` that may fail.
  ///
  /// The message counts as delivered also when `body` throws: it is gone, and its cell is free.
  ///
  /// **Concurrency.** As `pop(_:)`.
  ///
  /// - Returns: Whether there was a message.
  /// - Throws: What `body` throws; as `pop(_:)`.
  /// - Complexity: As `pop(_:)`.
  @discardableResult
  public func pop(_ body: (Message, RawSpan) throws -> Void) throws -> Bool {
    var failure: (any Error)?
    let isTaken = try pop { (message: Message, payload: RawSpan) -> Void in
      do { try body(message, payload) } catch { failure = error }
    }
    if let failure { throw failure }
    return isTaken
  }

  /// Takes the oldest message, sleeping until there is one.
  ///
  /// **Concurrency.** As `pop(_:)`; the thread spins a little and then sleeps without CPU.
  ///
  /// - Returns: `false` when none came in time.
  /// - Throws: As `pop(_:)`.
  /// - Complexity: As `pop(_:)`, each time it looks.
  @discardableResult
  public func pop(
    timeoutNanoseconds: UInt64, _ body: (Message, RawSpan) -> Void
  ) throws(StoreError) -> Bool {
    try ring.waitForArrival(timeoutNanoseconds) { () throws(StoreError) in try pop(body) }
  }

  /// Takes the oldest message, sleeping until there is one, for a `body` that may fail.
  ///
  /// The message counts as delivered also when `body` throws: it is gone, and its cell is free.
  ///
  /// **Concurrency.** As ``pop(timeoutNanoseconds:_:)``.
  ///
  /// - Returns: `false` when none came in time.
  /// - Throws: What `body` throws; as `pop(_:)`.
  /// - Complexity: As `pop(_:)`, each time it looks.
  @discardableResult
  public func pop(
    timeoutNanoseconds: UInt64, _ body: (Message, RawSpan) throws -> Void
  ) throws -> Bool {
    var failure: (any Error)?
    let isTaken = try pop(timeoutNanoseconds: timeoutNanoseconds) {
      (message: Message, payload: RawSpan) -> Void in
      do { try body(message, payload) } catch { failure = error }
    }
    if let failure { throw failure }
    return isTaken
  }

  /// Takes the oldest messages, up to a number and up to a length of all payloads, but at least one
  /// if there is any.
  ///
  /// **Concurrency.** As `pop(_:)`; what comes while it runs may be left.
  ///
  /// - Parameters:
  ///   - maxCount: How many at most; of 0 or less nothing is taken, nor waited for.
  ///   - maxBytes: How long their payloads may be together; a first one that is longer comes alone.
  /// - Returns: The messages, oldest first.
  /// - Throws: As `pop(_:)`, where none was taken before: a payload that could not be fetched
  ///   behind others is counted as lost. `segmentLost` in any case.
  /// - Complexity: O(payloads).
  public func take(maxCount: Int, maxBytes: Int = .max) throws(StoreError) -> [Received] {
    var taken: [Received] = []
    var room = UInt64(clamping: maxBytes)
    while taken.count < maxCount {
      let isTaken: Bool
      let before = taken.count
      do throws(StoreError) {
        isTaken = try pop(maxBytes: taken.isEmpty ? .max : room) { message, payload in
          taken.append(Received(message: message, payload: payload.array))
          room -= min(room, UInt64(payload.byteCount))
        }
      } catch {
        // What was lent and vanished is no message; what was taken before is the caller's.
        taken.removeSubrange(before...)
        guard !taken.isEmpty, error.code != .segmentLost else { throw error }
        break
      }
      guard isTaken else { break }
    }
    return taken
  }

  /// Takes the oldest messages as ``take(maxCount:maxBytes:)``, sleeping until there is one.
  ///
  /// **Concurrency.** As ``take(maxCount:maxBytes:)``; the thread spins a little and then sleeps
  /// without CPU.
  ///
  /// - Returns: Nothing when none came in time.
  /// - Throws: As `pop(_:)`.
  /// - Complexity: As ``take(maxCount:maxBytes:)``, each time it looks.
  public func take(
    maxCount: Int, maxBytes: Int = .max, timeoutNanoseconds: UInt64
  ) throws(StoreError) -> [Received] {
    var taken: [Received] = []
    _ = try ring.waitForArrival(timeoutNanoseconds) { () throws(StoreError) in
      taken = try take(maxCount: maxCount, maxBytes: maxBytes)
      return !taken.isEmpty || maxCount < 1
    }
    return taken
  }

  /// A message with a copy of its payload.
  ///
  /// **Concurrency.** A value.
  public struct Received: Hashable, Sendable {
    /// The envelope.
    public let message: Message
    /// The payload.
    public let payload: [UInt8]

    /// Makes a message with its payload, as ``MessageQueue/push(contentsOf:timeoutNanoseconds:)``
    /// takes it.
    public init(message: Message, payload: [UInt8]) {
      self.message = message
      self.payload = payload
    }
  }

  /// Takes the oldest message, suspending until there is one.
  ///
  /// **Concurrency.** No thread of the caller's executor waits; one thread of the process sleeps
  /// for all that wait.
  ///
  /// - Returns: The message, with a copy of its payload.
  /// - Throws: `CancellationError` when the task is cancelled; as `pop(_:)`.
  /// - Complexity: As `pop(_:)`, each time it looks.
  public func receive() async throws -> Received {
    while true {
      try Task.checkCancellation()
      var received: Received?
      try pop { message, payload in
        received = Received(message: message, payload: payload.array)
      }
      if let received { return received }
      let prepared = ring.arrival.prepare()
      if ring.isEmpty { await WaiterThread.shared.wait(ring.arrival.word, while: prepared) }
    }
  }
}
