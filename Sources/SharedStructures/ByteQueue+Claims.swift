import SharedMemory
import SimDB
import Synchronization

extension ByteQueue {
  /// An element that its consumer has until it acknowledges it or gives it back.
  ///
  /// When nobody refers to the claim any more and neither was done, the element is given back. When
  /// the process dies, or says nothing within the queue's time, others take the element over.
  ///
  /// **Concurrency.** `Sendable`; of several that settle it one does. A forked child cannot settle
  /// what its parent has claimed.
  public final class Claim: Sendable {
    private let queue: ByteQueue
    private let taken: Taken
    private let isSettled = Atomic<Bool>(false)

    init(_ taken: Taken, of queue: ByteQueue) {
      self.queue = queue
      self.taken = taken
    }

    deinit { if settle() { queue.giveBack(taken) } }

    private func settle() -> Bool {
      !isSettled.exchange(true, ordering: .relaxed)
    }

    /// How often the element was claimed, this time included: 1 at first; counted modulo 64, so that
    /// the 64th time reads 0.
    public var deliveryCount: Int { Int(taken.claim.delivery) }

    /// Lends the element where it lies.
    ///
    /// **Concurrency.** Any thread; the element stays where it is while the claim is neither settled
    /// nor late.
    ///
    /// - Returns: What `body` returned.
    /// - Complexity: O(1), and that of `body`.
    /// - Throws: What `body` throws; `corrupt`, `segmentLost`.
    public func withBytes<Result>(_ body: (RawSpan, TypeID) throws -> Result) throws -> Result {
      guard let result = try taken.withBytes(body) else {
        throw taken.segment.badRecord(taken.offset)
      }
      try queue.handle.checkLoss()
      return result
    }

    /// Says that the element is done with.
    ///
    /// **Concurrency.** Any thread; of several that settle a claim one does.
    ///
    /// - Returns: `false` when it came too late, and another has the element, or it was settled.
    /// - Throws: `corrupt`, `full`, `segmentLost`, where the element is done with all the same.
    /// - Complexity: O(1), and O(elements of the segment) for the last one of a segment.
    public func acknowledge() throws(StoreError) -> Bool {
      guard settle() else { return false }
      return try queue.finish(taken)
    }

    /// Gives the element back, to be read first by the next.
    ///
    /// **Concurrency.** As ``acknowledge()``.
    ///
    /// - Returns: `false` when it came too late, and another has the element, or it was settled.
    /// - Complexity: O(1).
    @discardableResult
    public func giveBack() -> Bool { settle() && queue.giveBack(taken) }
  }

  /// Claims the oldest element, to be acknowledged.
  ///
  /// **Concurrency.** Any number of consumers; sleeps without CPU.
  ///
  /// - Parameter timeoutNanoseconds: How long to wait; not at all by default.
  /// - Returns: `nil` when there was none in time.
  /// - Throws: `invalidArgument` where elements are not acknowledged; as `pop(_:)`.
  /// - Complexity: As `pop(_:)`.
  public func claim(timeoutNanoseconds: UInt64 = 0) throws(StoreError) -> Claim? {
    guard isAcknowledged else {
      throw StoreError(
        .invalidArgument, place: handle.place(.byteQueue),
        reason: "its elements are delivered at most once, and not acknowledged",
        remedy: "pop them, or create it with delivery 'acknowledged'")
    }
    let owner = try handle.owner()
    let taken = try waitForArrival(timeoutNanoseconds) { () throws(StoreError) in
      try claim(owner)
    }
    if taken == nil { try handle.checkLive() }
    return taken.map { Claim($0, of: self) }
  }

  // MARK: Batches

  /// Elements that were taken together, to be read one by one.
  ///
  /// Each is finished when the next is asked for, and all that were read are when the batch is gone:
  /// who dies before has not acknowledged the one that it was at. With delivery `acknowledged` those
  /// that were not read are given back, else they count as lost.
  ///
  /// **Concurrency.** Used by one thread.
  public final class Batch: Sequence, IteratorProtocol {
    private let queue: ByteQueue
    private let taken: [Taken]
    private var position = 0
    /// The element that was read last and is not finished yet.
    private var current: Taken?

    init(_ taken: [Taken], of queue: ByteQueue) {
      self.queue = queue
      self.taken = taken
    }

    deinit {
      finishCurrent()
      for taken in taken[position...] {
        if queue.isAcknowledged {
          queue.giveBack(taken)
        } else if (try? queue.finish(taken)) == true {
          queue.count(ByteQueueLayout.lost)
        }
      }
    }

    private func finishCurrent() {
      // Who is late is told by nobody: another has read it as well.
      if let current { _ = try? queue.finish(current) }
      current = nil
    }

    /// How many elements were taken.
    public var count: Int { taken.count }

    /// A copy of the next element; what damaged bytes say nothing of is passed over.
    ///
    /// **Concurrency.** As of the batch: one thread.
    ///
    /// - Returns: `nil` after the last.
    /// - Complexity: O(bytes).
    public func next() -> Received? {
      finishCurrent()
      while position < taken.count {
        let element = taken[position]
        position += 1
        current = element
        let received = element.withBytes { Received(type: $1, bytes: $0.array) }
        if let received { return received }
        finishCurrent()
      }
      return nil
    }

    /// Lends the elements that were not read yet, one by one, where they lie.
    ///
    /// Where `body` throws, an element that needs to be acknowledged is given back, and one that does
    /// not is gone, as by `pop(_:)`; those behind it are still there to be read.
    ///
    /// **Concurrency.** As of the batch: one thread.
    ///
    /// - Throws: What `body` throws; `corrupt`, `segmentLost`.
    /// - Complexity: O(elements), and that of `body`.
    public func forEachElement(_ body: (RawSpan, TypeID) throws -> Void) throws {
      finishCurrent()
      while position < taken.count {
        let element = taken[position]
        position += 1
        do {
          guard try element.withBytes(body) != nil else {
            throw element.segment.badRecord(element.offset)
          }
        } catch {
          if queue.isAcknowledged {
            queue.giveBack(element)
          } else {
            _ = try? queue.finish(element)
          }
          throw error
        }
        _ = try? queue.finish(element)
        try queue.handle.checkLoss()
      }
    }
  }

  /// Takes several elements at once: at least one if there is any, until either limit is reached.
  ///
  /// **Concurrency.** As `pop(_:)`; sleeps without CPU until there is one.
  ///
  /// - Parameters:
  ///   - maxCount: How many at most; of 0 or less nothing is taken, nor waited for.
  ///   - maxBytes: How long they may be together; a first element that is longer comes alone.
  ///   - timeoutNanoseconds: How long to wait for the first; not at all by default.
  /// - Returns: `nil` when there was none in time.
  /// - Throws: As `pop(_:)`.
  /// - Complexity: O(elements taken); one allocation.
  public func take(
    maxCount: Int, maxBytes: Int = .max, timeoutNanoseconds: UInt64 = 0
  ) throws(StoreError) -> Batch? {
    guard maxCount > 0 else { return nil }
    let owner = try handle.owner()
    let first = try waitForArrival(timeoutNanoseconds) { () throws(StoreError) in
      try claim(owner)
    }
    guard let first else {
      try handle.checkLive()
      return nil
    }
    var taken = [first]
    var room = max(0, maxBytes) - first.byteCount
    while taken.count < maxCount {
      // What is wrong is told to who comes next: what was taken is not lost for it.
      guard let next = try? claimForReading(owner, mostBytes: room) else { break }
      taken.append(hold(next, owner))
      room -= next.byteCount
    }
    return Batch(taken, of: self)
  }
}
