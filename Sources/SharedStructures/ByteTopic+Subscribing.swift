import SharedMemory
import SimDB

/// How subscribers come and go.
///
/// A subscriber first takes a row, then makes its queue, a part of the topic that row and serial
/// name. Until that is there, publishers skip the row. When it goes, or by whoever sees that it
/// died, the word says `leaving`, from when on nobody begins to push; then the queue's segments are
/// removed, then the queue, and then the row is free. All of that can be done twice, and by
/// several, so whoever sees a row that is being left goes on with it and waits for nobody.
///
/// A publisher that was in the middle of a push may make a segment after that. It looks at the word
/// afterwards and removes what it has made. One that dies just then leaves a segment that no row
/// names; the next subscriber looks for such.
extension ByteTopic {
  /// Subscribes: what is published from now on comes into a queue of the subscription's own.
  ///
  /// **Concurrency.** Any number of subscribers, up to the topic's limit.
  ///
  /// - Parameter overflow: What publishers do when the queue is full: wait, drop, or be refused.
  /// - Returns: The subscription, which ends with its last reference.
  /// - Throws: `full` when all rows are taken by living subscribers, or the store has no room;
  ///   `readOnly`, `corrupt`, `segmentLost`, `dropped`; `notFound` in a forked child that comes to
  ///   a topic that was deleted.
  /// - Complexity: O(rows); O(slots of the index) once a subscriber has left, since what dead
  ///   publishers have left behind is looked for.
  public func subscribe(overflow: Overflow = .wait) throws(StoreError) -> ByteSubscription {
    let identity = try handle.owner()
    try clearRows()
    try removeLostParts()
    let (row, word) = try claimRow(identity)
    do throws(StoreError) {
      let geometry = geometry.queue(overflow)
      let part = try handle.part(
        word.part(row: row),
        creating: (
          byteCount: ByteQueueLayout.size, initialize: { ByteQueue.initialize($0, geometry) }
        ))
      guard let part else { preconditionFailure("a part that is made is there") }
      let queue = try ByteQueue(part)
      try handle.checkLive()
      return ByteSubscription(self, row, word, queue)
    } catch {
      try? end(row, word)
      throw error
    }
  }

  private func claimRow(
    _ identity: ParticipantIdentity
  ) throws(StoreError) -> (Int, SubscriberWord) {
    for row in 0..<geometry.subscriberCapacity {
      let (word, state) = try subscriber(row)
      guard state == .free else { continue }
      let claim = word.claimed(by: identity)
      // Pair subscriber-row: whose row it is stands before its queue is made.
      guard control(row).compareExchange(word.rawValue, claim.rawValue) else { continue }
      // Pair subscriber-count: before the queue is made.
      region.word(at: ByteTopicLayout.rows).raise(to: UInt64(row + 1))
      return (row, claim)
    }
    throw StoreError(
      .full, place: handle.place(.byteTopic),
      reason: "all \(geometry.subscriberCapacity) rows of subscribers are taken",
      remedy: "stop some of them, or create it with more")
  }

  /// Ends a subscription, if nobody else has.
  func end(_ row: Int, _ word: SubscriberWord) throws(StoreError) {
    // Pair subscriber-row: from now on nobody begins to push, and who is pushing sees it
    // afterwards.
    if control(row).compareExchange(word.rawValue, word.leaving.rawValue) {
      try release(row, word.leaving)
    }
  }

  /// Removes what is left of a subscriber that is leaving, and frees its row.
  private func release(_ row: Int, _ word: SubscriberWord) throws(StoreError) {
    let number = word.part(row: row)
    if let queue = try? handle.part(number).map({ part throws(StoreError) in try ByteQueue(part) })
    {
      // Publishers that sleep for room look at the word again.
      queue.wakeAll()
      try queue.removeSegments()
    }
    try handle.removePart(number)
    // Pair subscriber-row: whoever takes it next finds nothing of the last one.
    _ = control(row).compareExchange(word.rawValue, word.released.rawValue)
  }

  /// Ends the subscription in a row whose subscriber has died; `false` when it lives, or may live.
  func endIfDead(_ row: Int) throws(StoreError) -> Bool {
    let (word, state) = try subscriber(row)
    switch state {
    case .free: return false
    case .leaving: try release(row, word)
    case .held:
      guard handle.isDead(word.owner) else { return false }
      try end(row, word)
    }
    return true
  }

  /// Frees the rows of subscribers that died, and of those that did not come to the end of leaving.
  func clearRows() throws(StoreError) {
    for row in 0..<geometry.subscriberCapacity { _ = try endIfDead(row) }
  }

  /// Removes what publishers that died have made for subscribers that had left.
  private func removeLostParts() throws(StoreError) {
    var isFirst = true
    for row in 0..<geometry.subscriberCapacity where isFirst {
      isFirst = try subscriber(row).0.isFirst
    }
    guard !isFirst else { return }
    for number in try handle.partNumbers() {
      let row = SubscriberWord.row(ofPart: number)
      if row < geometry.subscriberCapacity {
        // A part is made after its row was taken, so one of a later serial is not among these.
        let (word, state) = try subscriber(row)
        if state != .free, word.part(row: row) == number { continue }
      }
      try handle.database.deleteStructure(handle.partKey(number))
    }
  }
}
