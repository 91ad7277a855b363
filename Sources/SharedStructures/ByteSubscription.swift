import SharedMemory
import SimDB

/// A subscriber's end of a ``ByteTopic``: a queue of its own that publishers push to.
///
/// It ends, and its queue goes with all that is in it, when nobody refers to it any more. Nobody
/// takes it over. In a forked child it cannot be used: it belongs to the process that made it.
///
/// **Concurrency.** `Sendable`. Several threads may take from it, and share out what comes; the
/// order holds for one.
public final class ByteSubscription: Sendable {
  /// The topic it belongs to.
  public let topic: ByteTopic
  private let row: Int
  private let word: SubscriberWord
  let queue: ByteQueue

  init(_ topic: ByteTopic, _ row: Int, _ word: SubscriberWord, _ queue: ByteQueue) {
    self.topic = topic
    self.row = row
    self.word = word
    self.queue = queue
  }

  deinit {
    // That of a process this one was forked from is not ours to end.
    guard (try? topic.handle.owner()) == word.owner else { return }
    // What fails is done by whoever comes to the row next.
    try? topic.end(row, word)
  }

  private func check() throws(StoreError) {
    guard try topic.handle.owner() == word.owner else {
      throw StoreError(
        .inUse, place: topic.handle.place(.byteTopic),
        reason: "this subscription belongs to the process that this one was forked from",
        remedy: "subscribe in each process")
    }
  }

  /// What publishers do when its queue is full.
  public var overflow: Overflow { queue.geometry.overflow }

  // MARK: Taking

  /// Takes the oldest element if there is one, lending it to `body` where it lies.
  ///
  /// **Concurrency.** Never waits.
  ///
  /// - Parameter body: Gets the bytes and what they are.
  /// - Returns: Whether there was an element.
  /// - Throws: `inUse` in a forked child; `corrupt`; `segmentLost`, also when the element vanished
  ///   under `body`; `dropped` when a store that was dropped has no more.
  /// - Complexity: O(1), and O(elements of the segment) for the last one of a segment.
  @discardableResult
  public func pop(_ body: (RawSpan, TypeID) -> Void) throws(StoreError) -> Bool {
    try check()
    return try queue.pop(body)
  }

  /// Takes a copy of the oldest element if there is one.
  ///
  /// **Concurrency.** Never waits.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: As ``pop(_:)``.
  /// - Complexity: O(bytes).
  public func pop() throws(StoreError) -> ByteQueue.Received? {
    try check()
    return try queue.pop()
  }

  /// Takes the oldest element, sleeping until there is one, and lends it to `body` where it lies.
  ///
  /// **Concurrency.** The thread spins a little and then sleeps without CPU.
  ///
  /// - Returns: `false` when none came in time.
  /// - Throws: As ``pop(_:)``.
  /// - Complexity: As ``pop(_:)``, each time it looks.
  @discardableResult
  public func pop(
    timeoutNanoseconds: UInt64, _ body: (RawSpan, TypeID) -> Void
  ) throws(StoreError) -> Bool {
    try check()
    return try queue.pop(timeoutNanoseconds: timeoutNanoseconds, body)
  }

  /// Takes a copy of the oldest element, sleeping until there is one.
  ///
  /// **Concurrency.** As ``pop(timeoutNanoseconds:_:)``.
  ///
  /// - Parameter timeoutNanoseconds: How long to wait; for ever by default.
  /// - Returns: `nil` when none came in time.
  /// - Throws: As ``pop(_:)``.
  /// - Complexity: O(bytes).
  public func receive(
    timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> ByteQueue.Received? {
    var received: ByteQueue.Received?
    try pop(timeoutNanoseconds: timeoutNanoseconds) { bytes, type in
      received = ByteQueue.Received(type: type, bytes: bytes.array)
    }
    return received
  }

  /// Takes a copy of the oldest element, suspending until there is one.
  ///
  /// **Concurrency.** No thread of the caller's executor waits; one thread of the process sleeps
  /// for all that wait.
  ///
  /// - Returns: The element.
  /// - Throws: `CancellationError` when the task is cancelled; as ``pop(_:)``.
  /// - Complexity: As ``pop()``, each time it looks.
  public func receive() async throws -> ByteQueue.Received {
    try check()
    return try await queue.receive()
  }

  /// Takes several elements at once: at least one if there is any, until either limit is reached.
  ///
  /// **Concurrency.** Sleeps without CPU until there is one. What of a batch is not read before it
  /// goes counts as lost.
  ///
  /// - Parameters:
  ///   - maxCount: How many at most; of 0 or less nothing is taken, nor waited for.
  ///   - maxBytes: How long they may be together; a first element that is longer comes alone.
  ///   - timeoutNanoseconds: How long to wait for the first; not at all by default.
  /// - Returns: `nil` when there was none in time.
  /// - Throws: As ``pop(_:)``.
  /// - Complexity: O(elements taken); one allocation.
  public func take(
    maxCount: Int, maxBytes: Int = .max, timeoutNanoseconds: UInt64 = 0
  ) throws(StoreError) -> ByteQueue.Batch? {
    try check()
    return try queue.take(
      maxCount: maxCount, maxBytes: maxBytes, timeoutNanoseconds: timeoutNanoseconds)
  }

  // MARK: Looking

  /// A copy of the oldest element, which stays where it is.
  ///
  /// **Concurrency.** Never waits, and writes nothing.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: As ``pop(_:)``.
  /// - Complexity: O(bytes).
  public func peek() throws(StoreError) -> ByteQueue.Received? {
    try check()
    return try queue.peek()
  }

  /// Elements that wait to be taken.
  ///
  /// **Concurrency.** Any thread; the number need not be of one instant.
  ///
  /// - Returns: How many there are.
  /// - Throws: `corrupt`, `segmentLost`.
  /// - Complexity: O(elements).
  public func count() throws(StoreError) -> Int { try queue.contents().waiting }

  /// Counts what is in the queue.
  ///
  /// **Concurrency.** As ``count()``.
  ///
  /// - Returns: The counts.
  /// - Throws: `corrupt`, `segmentLost`.
  /// - Complexity: O(elements).
  public func contents() throws(StoreError) -> ByteQueue.Contents { try queue.contents() }

  /// Elements that were pushed to it so far, with those that a publisher died with.
  ///
  /// - Throws: `corrupt`, `segmentLost`.
  /// - Complexity: O(1).
  public var pushedCount: UInt64 { get throws(StoreError) { try queue.pushedCount } }
  /// Elements that this subscriber did not get since its queue was full.
  public var droppedCount: UInt64 { queue.droppedCount }
  /// Elements that its full queue refused.
  public var rejectedCount: UInt64 { queue.rejectedCount }
  /// Elements that died with the publisher that was writing them, or whose batch was not read.
  public var lostCount: UInt64 { queue.lostCount }
}
