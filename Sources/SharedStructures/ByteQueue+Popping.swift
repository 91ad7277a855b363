import SharedMemory
import SimDB

extension ByteQueue {
  /// An element that was taken, with a copy of its bytes.
  public struct Received: Hashable, Sendable {
    /// What it is.
    public let type: TypeID
    /// The element.
    public let bytes: [UInt8]
  }

  /// Takes the oldest element if there is one, lending it to `body` where it lies.
  ///
  /// With delivery `acknowledged` it is acknowledged when `body` has returned; who is late by then
  /// has read what another reads as well.
  ///
  /// **Concurrency.** Any number of consumers; never waits.
  ///
  /// - Parameter body: Gets the bytes and what they are.
  /// - Returns: Whether there was an element.
  /// - Throws: `readOnly`, `corrupt`; `segmentLost`, also when the element vanished under `body`;
  ///   `dropped` when a store that was dropped has no more; `notFound` as
  ///   ``push(_:type:timeoutNanoseconds:)``.
  /// - Complexity: O(1), and O(elements of the segment) for the last one of a segment.
  @discardableResult
  public func pop(_ body: (RawSpan, TypeID) -> Void) throws(StoreError) -> Bool {
    guard let taken = try claim(handle.owner()) else {
      try handle.checkLive()
      return false
    }
    guard taken.withBytes(body) != nil else { throw taken.segment.badRecord(taken.offset) }
    try finish(taken)
    // What the body was lent may have vanished under it.
    try handle.checkLoss()
    return true
  }

  /// Takes the oldest element if there is one, lending it to a `body` that may fail.
  ///
  /// Where `body` throws, an element that needs to be acknowledged is given back; one that does not
  /// is gone.
  ///
  /// **Concurrency.** As `pop(_:)`.
  ///
  /// - Returns: Whether there was an element.
  /// - Throws: What `body` throws; as `pop(_:)`.
  /// - Complexity: As `pop(_:)`.
  @discardableResult
  public func pop(_ body: (RawSpan, TypeID) throws -> Void) throws -> Bool {
    guard let taken = try claim(handle.owner()) else {
      try handle.checkLive()
      return false
    }
    do {
      guard try taken.withBytes(body) != nil else { throw taken.segment.badRecord(taken.offset) }
    } catch {
      if isAcknowledged { giveBack(taken) } else { try finish(taken) }
      throw error
    }
    try finish(taken)
    try handle.checkLoss()
    return true
  }

  /// Takes a copy of the oldest element if there is one.
  ///
  /// **Concurrency.** As `pop(_:)`.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: As `pop(_:)`.
  /// - Complexity: O(bytes).
  public func pop() throws(StoreError) -> Received? {
    var received: Received?
    try pop { (bytes: RawSpan, type: TypeID) -> Void in
      received = Received(type: type, bytes: bytes.array)
    }
    return received
  }

  /// Takes the oldest element, sleeping until there is one.
  ///
  /// **Concurrency.** As `pop(_:)`; the thread spins a little and then sleeps without CPU.
  ///
  /// - Returns: `false` when none came in time.
  /// - Throws: As `pop(_:)`.
  /// - Complexity: As `pop(_:)`, each time it looks.
  @discardableResult
  public func pop(
    timeoutNanoseconds: UInt64, _ body: (RawSpan, TypeID) -> Void
  ) throws(StoreError) -> Bool {
    try waitForArrival(timeoutNanoseconds) { () throws(StoreError) in
      try pop(body) ? true : nil
    } ?? false
  }

  /// Calls `attempt` until it returns something, or the time is up.
  func waitForArrival<Result>(
    _ timeoutNanoseconds: UInt64, _ attempt: () throws(StoreError) -> Result?
  ) throws(StoreError) -> Result? {
    var result: Result?
    _ = try Waiting.untilDone(on: arrival, timeoutNanoseconds, isIdle: { isEmpty }) {
      () throws(StoreError) in
      result = try attempt()
      return result != nil
    }
    return result
  }

  /// Takes a copy of the oldest element, suspending until there is one.
  ///
  /// **Concurrency.** No thread of the caller's executor waits; one thread of the process sleeps
  /// for all that wait.
  ///
  /// - Returns: The element.
  /// - Throws: `CancellationError` when the task is cancelled; as `pop(_:)`.
  /// - Complexity: As ``pop()``, each time it looks.
  public func receive() async throws -> Received {
    while true {
      try Task.checkCancellation()
      if let received = try pop() { return received }
      let prepared = arrival.prepare()
      // Pair wake: announced first, looked at afterwards.
      if isEmpty { await WaiterThread.shared.wait(arrival.word, while: prepared) }
    }
  }

  /// A copy of the oldest element that nobody has claimed, which stays where it is.
  ///
  /// **Concurrency.** Writes nothing; works through a read-only mapping.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: `corrupt`, `segmentLost`.
  /// - Complexity: O(bytes).
  public func peek() throws(StoreError) -> Received? { try peek(maxCount: 1).first }

  /// Copies of the oldest elements that nobody has claimed, which stay where they are.
  ///
  /// What was given back is not among them, though it comes first; ``contents()`` counts it.
  ///
  /// **Concurrency.** As ``peek()``. Each was there when it was copied; the first may have been
  /// taken before the last one was.
  ///
  /// - Parameter maxCount: How many at most.
  /// - Returns: The elements, oldest first.
  /// - Throws: As ``peek()``.
  /// - Complexity: O(bytes).
  public func peek(maxCount: Int) throws(StoreError) -> [Received] {
    var found: [Received] = []
    guard maxCount > 0 else { return found }
    try forEachSegment(from: head) { segment throws(StoreError) in
      var isBehindProducer = false
      try segment.forEachRecord { offset, word throws(StoreError) in
        guard word.state == .full else {
          isBehindProducer = word.state == .writing
          return !isBehindProducer
        }
        let element = try segment.element(of: offset, word)
        let bytes = segment.records.bytes(at: element.offset, count: element.count)
        // Pair record-claimed: nobody had taken it when it had been read, nor removed the segment.
        let isSame = segment.records.word(at: offset).loadSequential() == word.rawValue
        if isSame, head.loadSequential() <= segment.sequence {
          found.append(Received(type: element.type, bytes: bytes))
        }
        return found.count < maxCount
      }
      return found.count < maxCount && !isBehindProducer
    }
    try handle.checkLoss()
    return found
  }
}
