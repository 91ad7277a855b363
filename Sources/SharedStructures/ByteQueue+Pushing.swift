import SharedMemory
import SimDB

extension ByteQueue {
  /// Appends an element, doing what the overflow policy says when the queue is full.
  ///
  /// **Concurrency.** Any number of producers. With policy `wait` the thread sleeps while the queue
  /// is full; with `dropOldest` while everything that could be dropped is being read. Elements are
  /// dropped one by one until their segment can go: when another takes the next of them in between,
  /// those before are gone, and counted, though the push waits for it and may time out. Pushing to
  /// a full queue while taking from it in the same thread would wait for itself.
  ///
  /// - Parameters:
  ///   - element: Copied before returning.
  ///   - type: What it is; text, tbls and bytes say so themselves.
  ///   - timeoutNanoseconds: How long to wait where the policy waits; for ever by default.
  /// - Returns: What became of it.
  /// - Throws: `full` when the store has no room for another segment, with nothing counted;
  ///   `readOnly`; `invalidArgument` for an element of 4 GiB or more; `corrupt`; `segmentLost`;
  ///   `dropped`, where it may have been pushed; `notFound` in a forked child that comes to a queue
  ///   that was deleted.
  /// - Complexity: O(bytes), and O(segment) when a segment is made.
  @inlinable @discardableResult
  public func push<Element: ByteSource & ~Escapable>(
    _ element: Element, type: TypeID = Element.usualType, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> PushResult {
    try element.withBytes { bytes throws(StoreError) in
      try push(bytes: bytes, type, timeoutNanoseconds)
    }
  }

  @usableFromInline
  func push(
    bytes: RawSpan, _ type: TypeID, _ timeoutNanoseconds: UInt64
  ) throws(StoreError) -> PushResult {
    try push(bytes.byteCount, type, timeoutNanoseconds) { records, offset in
      records.write(bytes, at: offset)
      return true
    }
  }

  /// Appends an element that is made where its consumer will read it.
  ///
  /// **Concurrency.** As ``push(_:type:timeoutNanoseconds:)``. Consumers that come to the element
  /// wait until `fill` returns.
  ///
  /// - Parameters:
  ///   - count: Bytes of the element.
  ///   - type: What it is.
  ///   - timeoutNanoseconds: How long to wait where the policy waits.
  ///   - fill: Gets the bytes, whose values are anything, at a multiple of 16. Where it throws,
  ///     nothing was pushed.
  /// - Returns: What became of it.
  /// - Throws: What `fill` throws; as ``push(_:type:timeoutNanoseconds:)``.
  /// - Complexity: O(1), and O(segment) when a segment is made.
  @discardableResult
  public func push(
    count: Int, type: TypeID = .bytes, timeoutNanoseconds: UInt64 = .max,
    filling fill: (inout MutableRawSpan) throws -> Void
  ) throws -> PushResult {
    var failure: (any Error)?
    let result = try push(count, type, timeoutNanoseconds) { records, offset in
      do {
        try records.withMutableSpan(at: offset, count: count, fill)
      } catch {
        failure = error
      }
      return failure == nil
    }
    if let failure { throw failure }
    return result
  }

  /// Appends elements one behind the other; others may push in between.
  ///
  /// **Concurrency.** As ``push(_:type:timeoutNanoseconds:)``, for each.
  ///
  /// - Parameters:
  ///   - elements: Copied before returning.
  ///   - timeoutNanoseconds: How long to wait for room, for all of them together.
  /// - Returns: How many were pushed, before the first that was not; what the policy refuses or
  ///   drops is that one alone, and those behind it were not tried.
  /// - Throws: As ``push(_:type:timeoutNanoseconds:)``, with the elements before pushed.
  /// - Complexity: O(bytes), and O(segment) for each segment that is made.
  @inlinable @discardableResult
  public func push<Elements: Sequence>(
    contentsOf elements: Elements, timeoutNanoseconds: UInt64 = .max
  ) throws(StoreError) -> Int where Elements.Element: ByteSource {
    try elements.pushEach(timeoutNanoseconds) { element, timeout throws(StoreError) in
      try push(element, timeoutNanoseconds: timeout)
    }
  }

  /// - Parameter fill: Gets where the element is to lie; `false` when it is not to be pushed.
  private func push(
    _ count: Int, _ type: TypeID, _ timeoutNanoseconds: UInt64,
    fill: (SharedRegion, Int) -> Bool
  ) throws(StoreError) -> PushResult {
    let owner = try handle.owner()
    guard (0...Self.maximumElement).contains(count) else { throw tooLarge(count) }
    let claim = RecordWord(.writing, units: RecordWord.units(for: count), owner: owner)
    var deadline: UInt64?
    while true {
      let segment = try tailSegment()
      if let offset = try claimRecord(in: segment, claim) {
        if try publish(segment, offset, claim, count, type, fill) { return .pushed }
      } else if isFull {
        if let result = try overflow(owner, &deadline, timeoutNanoseconds) { return result }
      } else {
        try close(segment)
        if let next = try nextSegment(after: segment, claim: claim),
          try publish(next, 0, claim, count, type, fill)
        {
          return .pushed
        }
      }
    }
  }

  /// Longest element, in bytes: what 2^28 units of 16 have room for, less the record's header.
  static let maximumElement =
    RecordWord.maximumUnits * RecordWord.unit - QueueSegmentLayout.recordHeaderSize

  private func tooLarge(_ count: Int) -> StoreError {
    StoreError(
      .invalidArgument, place: handle.place(.byteQueue), reason: "an element of \(count) bytes",
      remedy: "push at most \(Self.maximumElement) bytes")
  }

  /// Claims the first record of a segment that nobody has claimed.
  ///
  /// - Returns: Its offset; `nil` when there is no room.
  @inline(__always)
  private func claimRecord(
    in segment: QueueSegment, _ claim: RecordWord
  ) throws(StoreError) -> Int? {
    var place = segment.writeHint
    while let record = segment.record(at: place.offset) {
      // Pair record-claimed: others that come to it see whose it is and how long.
      let word = RecordWord(rawValue: record.control.loadAcquiring())
      if word.state == .end { return nil }
      if word.state == .unused {
        guard claim.byteCount <= segment.records.count - place.offset else { return nil }
        guard record.control.compareExchange(word.rawValue, claim.rawValue) else { continue }
        let end = place.offset + claim.byteCount
        segment.raiseWriteHint(.init(offset: end, count: place.count + 1))
        return place.offset
      }
      place = .init(offset: try segment.end(of: place.offset, word), count: place.count + 1)
    }
    return nil
  }

  /// Sees to it that nobody claims another record of a segment.
  private func close(_ segment: QueueSegment) throws(StoreError) {
    var offset = segment.writeHint.offset
    while let record = segment.record(at: offset) {
      // Pair record-claimed.
      let word = RecordWord(rawValue: record.control.loadAcquiring())
      if word.state == .end { return }
      if word.state == .unused {
        let end = RecordWord(.end, units: 0)
        if record.control.compareExchange(word.rawValue, end.rawValue) { return }
      } else {
        offset = try segment.end(of: offset, word)
      }
    }
  }

  /// Fills a claimed record and publishes it.
  ///
  /// - Returns: `false` when the claim was ended meanwhile and counted as lost.
  /// - Throws: `segmentLost`, `dropped`.
  @inline(__always)
  private func publish(
    _ segment: QueueSegment, _ offset: Int, _ claim: RecordWord, _ count: Int, _ type: TypeID,
    _ fill: (SharedRegion, Int) -> Bool
  ) throws(StoreError) -> Bool {
    let records = segment.records
    records.word(at: offset + QueueSegmentLayout.length).storeRelaxed(UInt64(count))
    records.word32(at: offset + QueueSegmentLayout.type).storeRelaxed(type.rawValue)
    let isFilled = fill(records, offset + QueueSegmentLayout.recordHeaderSize)
    let published = claim.changed(to: isFilled ? .full : .done)
    // Pair record-filled, pair wake.
    let isPublished = records.word(at: offset).compareExchange(
      claim.rawValue, published.rawValue)
    if isPublished { arrival.wake() }
    wakeDroppers()
    // Nobody will find what lies in memory that nobody shares any more.
    try handle.checkLive()
    return isPublished || !isFilled
  }

  /// Does what the policy says when the queue is full.
  ///
  /// - Returns: What became of the push; `nil` when there may be room now.
  private func overflow(
    _ owner: ParticipantIdentity, _ deadline: inout UInt64?, _ timeoutNanoseconds: UInt64
  ) throws(StoreError) -> PushResult? {
    try handle.checkLive()
    try collect()
    guard isFull else { return nil }
    switch geometry.overflow {
    case .reject:
      count(ByteQueueLayout.rejected)
      return .rejected
    case .dropNewest:
      count(ByteQueueLayout.dropped)
      return .dropped
    case .dropOldest:
      guard let obstacle = try dropOldest(owner) else { return nil }
      return wait(&deadline, timeoutNanoseconds) { isFull && obstacle.isStanding }
    case .wait: return wait(&deadline, timeoutNanoseconds) { isFull }
    }
  }

  private func wait(
    _ deadline: inout UInt64?, _ timeoutNanoseconds: UInt64, while condition: () -> Bool
  ) -> PushResult? {
    Waiting.rest(on: departure, until: &deadline, timeoutNanoseconds, while: condition)
      ? nil : .timedOut
  }
}
