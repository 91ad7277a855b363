import SharedMemory
import SimDB
import Synchronization

extension ByteTopic {
  /// What became of an element, by subscribers.
  public struct Publication: Hashable, Sendable {
    /// Those that have it in their queue.
    public var reached = 0
    /// Those it was dropped for, since their queue was full.
    public var dropped = 0
    /// Those whose full queue refused it.
    public var rejected = 0
    /// Those whose queue stayed full until the time was up; counted nowhere else.
    public var timedOut = 0

    /// Whether all that there were have it.
    public var isComplete: Bool { dropped == 0 && rejected == 0 && timedOut == 0 }

    @inline(__always)
    fileprivate mutating func count(_ result: PushResult) {
      switch result {
      case .pushed: reached += 1
      case .dropped: dropped += 1
      case .rejected: rejected += 1
      case .timedOut: timedOut += 1
      }
    }
  }

  /// Publishes an element to all subscribers.
  ///
  /// Who can take it at once gets it first; then those that are to be waited for are waited for,
  /// one after the other. So a slow subscriber holds up the next element for others, never this
  /// one.
  ///
  /// **Concurrency.** Any number of publishers. The thread sleeps while a subscriber with policy
  /// `wait` is full, or one with `dropOldest` is reading all that could be dropped; not for one
  /// that has died, which is noticed within 50 ms. Others are not held up: each publisher waits for
  /// itself.
  ///
  /// - Parameters:
  ///   - element: Copied once for each subscriber before returning.
  ///   - type: What it is; text, tbls and bytes say so themselves.
  ///   - timeoutNanoseconds: How long to wait, all in all; for ever by default.
  /// - Returns: How many subscribers have it, and what became of it at the others.
  /// - Throws: `readOnly`; `invalidArgument` for an element of 4 GiB or more; `notFound` in a
  ///   forked child that comes to a topic that was deleted. What goes wrong with one subscriber's
  ///   queue is thrown after all others have the element: `full` when the store has no room for a
  ///   segment, `corrupt`, `segmentLost`, `dropped`.
  /// - Complexity: O(rows + subscribers × bytes); allocates nothing once it has attached to the
  ///   queues of the subscribers.
  @discardableResult
  public func publish<Element: ByteSource & ~Escapable>(
    _ element: Element, type: TypeID = Element.usualType, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> Publication {
    try element.withBytes { bytes throws(StoreError) in
      try publish(bytes, type, timeoutNanoseconds)
    }
  }

  /// Publishes an element that `fill` makes in memory of this process.
  ///
  /// It is filled once, and then copied once for each subscriber: what lay in a subscriber's queue
  /// could be taken before it had been copied to the next.
  ///
  /// **Concurrency.** As ``publish(_:type:timeoutNanoseconds:)``. The memory is kept for the next
  /// call, so that only calls at the same time, and elements over 1 MiB, allocate.
  ///
  /// - Parameters:
  ///   - byteCount: Bytes of the element.
  ///   - type: What it is.
  ///   - timeoutNanoseconds: How long to wait.
  ///   - fill: Gets the bytes, whose values are anything. Where it throws, nothing was published.
  /// - Returns: As ``publish(_:type:timeoutNanoseconds:)``.
  /// - Throws: What `fill` throws; as ``publish(_:type:timeoutNanoseconds:)``.
  /// - Complexity: That of `fill`, and as ``publish(_:type:timeoutNanoseconds:)``.
  @discardableResult
  public func publish(
    byteCount: Int, type: TypeID = .bytes, timeoutNanoseconds: UInt64 = .max,
    filling fill: (inout MutableRawSpan) throws -> Void
  ) throws -> Publication {
    guard (0...ByteQueue.maximumElement).contains(byteCount) else { throw tooLarge(byteCount) }
    var bytes: [UInt8] = []
    spare.withLock { swap(&$0, &bytes) }
    if bytes.count < byteCount { bytes = [UInt8](repeating: 0, count: byteCount) }
    defer {
      if bytes.count <= Self.spareLimit {
        spare.withLock { spare in if spare.count < bytes.count { swap(&spare, &bytes) } }
      }
    }
    try bytes.withMutableBytes(count: byteCount, fill)
    return try publish(bytes.rawSpan.extracting(first: byteCount), type, timeoutNanoseconds)
  }

  private static let spareLimit = 1 << 20

  private func tooLarge(_ count: Int) -> StoreError {
    StoreError(
      .invalidArgument, place: handle.place(.byteTopic), reason: "an element of \(count) bytes",
      remedy: "publish at most \(ByteQueue.maximumElement) bytes")
  }

  /// The longest single wait for a subscriber, which may have died meanwhile.
  private static let sliceNanoseconds: UInt64 = 50_000_000

  /// Rows, a bit for each.
  private typealias Rows = InlineArray<16, UInt64>

  private func publish(
    _ bytes: RawSpan, _ type: TypeID, _ timeoutNanoseconds: UInt64
  ) throws(StoreError) -> Publication {
    _ = try handle.owner()
    guard bytes.byteCount <= ByteQueue.maximumElement else { throw tooLarge(bytes.byteCount) }
    var publication = Publication()
    var failure: StoreError?
    var slow = Rows(repeating: 0)
    let attached = attachments.withLock { $0 }
    let rows = usedRows
    for row in 0..<rows {
      do throws(StoreError) {
        guard let result = try push(bytes, type, row, attached[row], 0) else { continue }
        if result == .timedOut {
          slow[row / 64] |= 1 << UInt64(row % 64)
        } else {
          publication.count(result)
        }
      } catch {
        failure = failure ?? error
      }
    }
    if slow.indices.contains(where: { slow[$0] != 0 }) {
      let end = SystemClock.deadline(after: timeoutNanoseconds)
      for row in 0..<rows where slow[row / 64] >> UInt64(row % 64) & 1 != 0 {
        do throws(StoreError) {
          if let result = try wait(bytes, type, row, attached[row], until: end) {
            publication.count(result)
          }
        } catch {
          failure = failure ?? error
        }
      }
    }
    searchForDead(isUrgent: !publication.isComplete || failure != nil)
    if let failure { throw failure }
    try handle.checkLive()
    return publication
  }

  /// Pushes to the subscriber in a row.
  ///
  /// - Returns: `nil` when there is none, or it has left meanwhile.
  @inline(__always)
  private func push(
    _ bytes: RawSpan, _ type: TypeID, _ row: Int, _ attached: Attachment?,
    _ timeoutNanoseconds: UInt64
  ) throws(StoreError) -> PushResult? {
    let (word, state) = try subscriber(row)
    guard state == .held else {
      if attached != nil { detach(row, from: word) }
      return nil
    }
    var result: PushResult?
    var failure: StoreError?
    var queue = attached?.word == word ? attached?.queue : nil
    do throws(StoreError) {
      if queue == nil { queue = try attach(row, word) }
      guard let queue else { return nil }
      result = try queue.push(bytes, type: type, timeoutNanoseconds: timeoutNanoseconds)
    } catch {
      failure = error
    }
    if hasLeft(row, word) {
      // What came after its queue was removed nobody else would look for.
      try queue?.removeSegments()
      return nil
    }
    if let failure { throw failure }
    return result
  }

  /// Pushes to the subscriber in a row as soon as there is room; as
  /// ``push(_:_:_:_:_:)``.
  private func wait(
    _ bytes: RawSpan, _ type: TypeID, _ row: Int, _ attached: Attachment?, until end: UInt64
  ) throws(StoreError) -> PushResult? {
    while true {
      let now = SystemClock.monotonicNanoseconds
      let slice = min(end - min(now, end), Self.sliceNanoseconds)
      let result = try push(bytes, type, row, attached, slice)
      guard result == .timedOut else { return result }
      if try endIfDead(row) { return nil }
      if SystemClock.monotonicNanoseconds >= end { return .timedOut }
    }
  }

  // MARK: The queues of others

  /// Attaches to a subscriber's queue.
  ///
  /// - Returns: `nil` while the subscriber has not made it yet, or no more.
  @inline(never)
  private func attach(_ row: Int, _ word: SubscriberWord) throws(StoreError) -> ByteQueue? {
    if let known = attachments.withLock({ $0[row] }), known.word == word { return known.queue }
    guard let part = try handle.part(word.part(row: row)) else { return nil }
    let queue = try ByteQueue(part)
    remember(Attachment(word: word, queue: queue), row)
    return queue
  }

  /// Forgets the queue of a subscriber that has left, so that its memory can go.
  @inline(never)
  private func detach(_ row: Int, from word: SubscriberWord) {
    guard let known = attachments.withLock({ $0[row] }), known.word != word else { return }
    remember(nil, row)
  }

  /// Others may be reading the list that there is, so it is replaced and not changed.
  private func remember(_ attachment: Attachment?, _ row: Int) {
    attachments.withLock { all in
      all = all.indices.map { $0 == row ? attachment : all[$0] }
    }
  }

  /// Clears up after subscribers that died, ten times a second at most.
  ///
  /// - Parameter isUrgent: Whether it looks at the time at all, which it else does now and then.
  @inline(__always)
  private func searchForDead(isUrgent: Bool) {
    let count = publishCount.wrappingAdd(1, ordering: .relaxed).newValue
    guard isUrgent || count % 16 == 0 else { return }
    // Who subscribes next is told what is wrong.
    if search.isDue() { try? clearRows() }
  }
}
