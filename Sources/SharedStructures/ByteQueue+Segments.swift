import SharedMemory
import SimDB
import Synchronization

/// How segments come and go.
///
/// Head, tail and oldest only ever grow, each by whoever sees that it lags. The tail's segment is
/// made before the tail comes to it, but for the very first, and it is closed before the tail goes
/// past it. A segment is removed when the head is past it and all its records are done; `oldest`
/// says that all before it are.
///
/// A process that was asleep may make a segment that has come and gone since. So who attaches to
/// one looks afterwards whether head or tail still are where it thought, and who has made one that
/// is not closed although the tail is past it removes it again.
extension ByteQueue {
  // MARK: Finding

  /// The segment that the tail is at; made where there never was one.
  func tailSegment() throws(StoreError) -> QueueSegment {
    while true {
      // Pair queue-sequence: its segment was made before.
      let sequence = tail.loadAcquiring()
      if let segment = writing.withLock({ $0?.sequence == sequence ? $0 : nil }),
        try segment.hold()
      {
        return segment
      }
      let found = try segment(sequence)
      // Pair queue-sequence: while the tail is there, nobody removes the segment.
      guard tail.loadSequential() == sequence else { continue }
      guard let segment = found else {
        guard sequence == Self.firstSequence else { throw contradiction() }
        _ = try makeSegment(sequence, size: geometry.segmentCapacity, first: 0, claim: nil)
        continue
      }
      writing.replace(by: segment)
      return segment
    }
  }

  /// The segment that the head is at; `nil` where nothing was ever pushed.
  func headSegment() throws(StoreError) -> QueueSegment? {
    while true {
      // Pair queue-sequence.
      let sequence = head.loadAcquiring()
      if let segment = reading.withLock({ $0?.sequence == sequence ? $0 : nil }),
        try segment.hold()
      {
        return segment
      }
      // Pair queue-sequence: before the search, during which the first one may be made and filled.
      let isMade = sequence != Self.firstSequence || tail.loadSequential() != sequence
      let found = try segment(sequence)
      // Pair queue-sequence: while the head is there, nobody removes the segment.
      guard head.loadSequential() == sequence else { continue }
      guard let segment = found else {
        guard !isMade else { throw contradiction() }
        return nil
      }
      reading.replace(by: segment)
      return segment
    }
  }

  /// The segment of `sequence` if there is one.
  func segment(_ sequence: UInt64) throws(StoreError) -> QueueSegment? {
    guard let part = try handle.part(sequence) else { return nil }
    return try QueueSegment(part: part, sequence: sequence)
  }

  /// Calls `body` with each segment there is, the oldest first, until it returns `false`.
  ///
  /// - Parameter start: Where the sequence of the first is told; ``oldest`` by default.
  func forEachSegment(
    from start: AtomicWord? = nil, _ body: (QueueSegment) throws(StoreError) -> Bool
  ) throws(StoreError) {
    guard let sequences = sequences(from: start ?? oldest) else { throw contradiction() }
    for sequence in sequences {
      do throws(StoreError) {
        guard let segment = try segment(sequence) else { continue }
        guard try body(segment) else { return }
      } catch {
        // Who may not write pins nothing: the segment may have gone meanwhile, also while it was
        // attached to.
        guard !database.isWritable, try self.segment(sequence) == nil else { throw error }
      }
    }
  }

  /// The sequences from the one that `start` tells to the tail's; `nil` where there cannot be so
  /// many in between.
  private func sequences(from start: AtomicWord) -> ClosedRange<UInt64>? {
    while true {
      // Pair queue-sequence: the tail is read after what never is past it.
      let first = start.loadAcquiring()
      let last = tail.loadSequential()
      if first <= last, last - first <= UInt64(geometry.segmentLimit) { return first...last }
      // Else they are of two moments.
      guard start.loadAcquiring() != first else { return nil }
    }
  }

  // MARK: Making

  /// Whether as many segments are in use as there may be.
  var isFull: Bool {
    // Pair wake: read after the sleeper has announced itself.
    isFull(from: oldest.loadSequential())
  }

  /// Whether there are as many from the segment of a sequence on.
  func isFull(from sequence: UInt64) -> Bool {
    // Pair wake.
    tail.loadSequential() &- sequence &+ 1 >= UInt64(geometry.segmentLimit)
  }

  /// Closes the tail's segment and goes on to the next, which is made if need be.
  ///
  /// - Parameters:
  ///   - closed: The tail's segment, in which nobody can claim another record.
  ///   - claim: What the first record of the next segment is to be claimed as, and bytes it takes.
  /// - Returns: The next segment, with the record claimed, where it was made for that; else `nil`.
  /// - Throws: `full` when the store has no room.
  func nextSegment(
    after closed: QueueSegment, claim: RecordWord
  ) throws(StoreError) -> QueueSegment? {
    guard closed.sequence < .max else { throw contradiction() }
    closed.setClosed()
    let sequence = closed.sequence + 1
    // Nothing is claimed in the closed one any more: whoever makes the next counts as many.
    let made = try makeSegment(
      sequence, size: max(geometry.segmentCapacity, claim.byteCount),
      first: try closed.claimedCount(), claim: claim)
    // Pair queue-sequence: whoever sees the next one finds it made.
    _ = tail.compareExchange(closed.sequence, sequence)
    if let made { writing.replace(by: made) }
    return made
  }

  /// Makes a segment unless there is one.
  ///
  /// - Returns: The segment, if it is this call's.
  private func makeSegment(
    _ sequence: UInt64, size: Int, first: UInt64, claim: RecordWord?
  ) throws(StoreError) -> QueueSegment? {
    let number = Self.madeCount.wrappingAdd(1, ordering: .relaxed).newValue
    let creator = number << 27 | (try handle.owner()).rawValue
    // Of a segment for one large element nobody but its maker claims anything behind it.
    let isOwn = claim.map { size == $0.byteCount } ?? false
    let header = QueueSegmentLayout.headerSize
    let part = try handle.part(
      sequence,
      creating: (
        byteCount: header + size,
        initialize: { region in
          QueueSegment.initialize(region, sequence: sequence, creator: creator, first: first)
          if let claim { QueueSegment.claimFirst(region, claim) }
        }
      ), clearedByteCount: isOwn ? header + QueueSegmentLayout.recordHeaderSize : .max)
    guard let part else { return nil }
    let segment = try QueueSegment(part: part, sequence: sequence)
    guard segment.creator == creator else { return nil }
    // Pair queue-sequence, pair segment-closed: one that the tail went past was closed before.
    guard tail.loadSequential() <= sequence || segment.isClosed else {
      // Whoever has come to it meanwhile must not count the element as lost, should we die later.
      if let claim {
        // Pair record-claimed.
        _ = segment.records.word(at: 0).compareExchange(
          claim.rawValue, claim.changed(to: .done).rawValue)
      }
      try removeSegment(sequence)
      return nil
    }
    return segment
  }

  // MARK: Removing

  /// Lets the head go past a segment in which there is nothing more to take.
  ///
  /// - Returns: `false` when there is no next one.
  func moveHead(past segment: QueueSegment) throws(StoreError) -> Bool {
    // Pair queue-sequence.
    guard tail.loadAcquiring() > segment.sequence else { return false }
    if head.compareExchange(segment.sequence, segment.sequence + 1) {
      try removeIfDone(segment)
    }
    return true
  }

  /// Removes a segment that the head is past and whose records are all done.
  ///
  /// Whoever finishes a record and whoever moves the head both come here: the second of them finds
  /// that nothing is left.
  func removeIfDone(_ segment: QueueSegment) throws(StoreError) {
    // Pair segment-done: read after the record was finished, or the head moved.
    guard head.loadSequential() > segment.sequence, try isDone(segment) else { return }
    try removeSegment(segment.sequence)
    try moveOldest()
  }

  private func isDone(_ segment: QueueSegment) throws(StoreError) -> Bool {
    // Once it has stood for a while, all that the dead have in it is looked for.
    let looksForDead = removal.isDue(segment.sequence)
    var deaths = Deaths(handle)
    var isDone = true
    try segment.forEachUndoneRecord { offset, word throws(StoreError) in
      // A producer has none in a segment that the head is past, but in one that it made too late.
      let isLoss = word.state == .writing || word.state == .reading && !isAcknowledged
      if isLoss, looksForDead, deaths.isDead(word.owner) {
        endClaimOfDead(segment, offset, word)
      } else {
        isDone = false
      }
      return isDone || looksForDead
    }
    return isDone
  }

  /// Lets `oldest` go past all segments that are gone, or done.
  private func moveOldest() throws(StoreError) {
    while true {
      // Pair queue-sequence: the head is read after what never is past it.
      let sequence = oldest.loadAcquiring()
      let first = head.loadSequential()
      guard sequence < first else { return }
      guard first - sequence <= UInt64(geometry.segmentLimit) else {
        // Else they are of two moments.
        guard oldest.loadAcquiring() != sequence else { throw contradiction() }
        continue
      }
      if let segment = try segment(sequence) {
        guard try isDone(segment) else { return }
        try removeSegment(sequence)
      }
      // Pair wake: a producer may sleep until there may be another segment.
      if oldest.compareExchange(sequence, sequence + 1) { departure.wake() }
    }
  }

  /// Takes a segment's name away; who has it goes on with it.
  private func removeSegment(_ sequence: UInt64) throws(StoreError) {
    do throws(StoreError) {
      try handle.removePart(sequence)
    } catch {
      // Of a store that was dropped nobody wants the room, and what is left is taken to the end.
      guard error.code == .dropped else { throw error }
    }
  }

  /// Ends a claim whose holder died: the element is lost.
  func endClaimOfDead(_ segment: QueueSegment, _ offset: Int, _ word: RecordWord) {
    // Pair record-claimed: the dead does nothing after its claim.
    guard
      segment.records.word(at: offset).compareExchange(
        word.rawValue, word.changed(to: .done).rawValue)
    else { return }
    count(ByteQueueLayout.lost)
    // Pair wake: a consumer may have slept behind it.
    wakeAll()
  }

  /// Removes what is done and nobody has removed: called before a full queue is told.
  ///
  /// - Complexity: O(elements in the segments there are).
  func collect() throws(StoreError) {
    while let segment = try headSegment(), try firstRecord(of: segment) == nil,
      try moveHead(past: segment)
    {}
    try forEachSegment { segment throws(StoreError) in
      // Pair queue-sequence.
      guard segment.sequence < head.loadAcquiring() else { return false }
      try removeIfDone(segment)
      return true
    }
    try moveOldest()
  }

  /// Removes all segments of a queue that is not to be used any more; its users go on with what
  /// they have.
  ///
  /// Who pushes meanwhile may make another, and has to call this afterwards.
  ///
  /// - Throws: `readOnly`, `full`.
  /// - Complexity: O(segments there may be).
  func removeSegments() throws(StoreError) {
    // Those of sequences that contradict each other are left to who looks for lost parts.
    guard let sequences = sequences(from: oldest) else { return }
    for sequence in sequences { try handle.removePart(sequence) }
    // The one behind the tail may have been made already.
    if sequences.upperBound < .max { try handle.removePart(sequences.upperBound + 1) }
  }
}
