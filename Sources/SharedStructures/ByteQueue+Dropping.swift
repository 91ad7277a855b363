import SharedMemory
import SimDB

/// How the oldest elements make room.
///
/// There is room when a whole segment goes. So nothing is dropped of one that cannot go, since
/// somebody has an element of it: the producer waits for that one, and is woken by whoever ends it.
extension ByteQueue {
  /// A record that keeps the oldest segment.
  struct Obstacle {
    fileprivate let segment: QueueSegment
    fileprivate let control: AtomicWord
    fileprivate let word: RecordWord

    /// Whether it still does.
    var isStanding: Bool {
      defer { withExtendedLifetime(segment) {} }
      // Pair wake: read after the sleeper has announced itself.
      return control.loadSequential() == word.rawValue
    }
  }

  /// Drops what can be taken of the oldest segment.
  ///
  /// - Returns: Who has to be waited for; `nil` when there may be room now.
  /// - Throws: `corrupt` where nothing will ever make room, since the segment contradicts itself.
  /// - Complexity: O(elements of the segment).
  func dropOldest(_ owner: ParticipantIdentity) throws(StoreError) -> Obstacle? {
    // Pair queue-sequence.
    let sequence = oldest.loadAcquiring()
    // Whoever has taken the last of the oldest segment meanwhile has made room: nothing of the next
    // is dropped for that.
    guard isFull(from: sequence) else { return nil }
    // Pair queue-sequence: the head was there or further when `oldest` was read.
    guard head.loadSequential() >= sequence else { throw contradiction() }
    guard let segment = try segment(sequence) else {
      // Pair queue-sequence: removed after the head went past it.
      guard head.loadSequential() > sequence else { throw contradiction() }
      return nil
    }
    let now = SystemClock.monotonicNanoseconds
    var deaths = Deaths(handle, besides: owner)
    var waiting: [(control: AtomicWord, word: RecordWord)] = []
    var obstacle: Obstacle?
    try segment.forEachRecord { offset, word throws(StoreError) in
      let control = segment.records.word(at: offset)
      switch word.state {
      case .full, .returned: waiting.append((control, word))
      case .held where isAbandoned(word, in: segment, at: offset, now, &deaths),
        .reading where isAcknowledged && isAbandoned(word, in: segment, at: offset, now, &deaths):
        waiting.append((control, word))
      case .writing, .reading, .held:
        let isLoss = word.state == .writing || word.state == .reading && !isAcknowledged
        if isLoss, isClaimOfDead(word) {
          endClaimOfDead(segment, offset, word)
        } else {
          obstacle = Obstacle(segment: segment, control: control, word: word)
        }
      case .done, .unused, .end: break
      }
      return obstacle == nil
    }
    if let obstacle { return obstacle }
    for (control, word) in waiting {
      // Pair record-claimed. Pair segment-done: before the head is looked at.
      guard control.compareExchange(word.rawValue, word.changed(to: .done).rawValue) else {
        return nil
      }
      count(ByteQueueLayout.dropped)
    }
    // The queue is full, so the tail is past the segment: all its records have been claimed.
    if waiting.isEmpty {
      // Pair queue-sequence: one that was made again after it had gone is removed by its maker.
      guard try segment.isClaimedToItsEnd() || head.loadSequential() > sequence else {
        throw contradiction()
      }
      // Whatever the segment's hint says, there is nothing to take.
      _ = try moveHead(past: segment)
    }
    try removeIfDone(segment)
    return nil
  }

  /// Wakes who waits for a record to be ended: after that, by a sequentially consistent operation.
  @inline(__always)
  func wakeDroppers() {
    // Pair wake.
    if geometry.overflow == .dropOldest { departure.wake() }
  }
}
