import SharedMemory
import SimDB
import Synchronization

/// A segment of a ``ByteQueue``: a part whose records lie one behind the other, each claimed by the
/// compare-and-swap that also says how long it is.
///
/// **Concurrency.** `Sendable`; the bytes are shared by everybody who has the queue.
final class QueueSegment: Sendable {
  let sequence: UInt64
  private let handle: StructureHandle
  private let region: SharedRegion
  /// The records, without the header.
  let records: SharedRegion
  /// Records before it were seen to be done, which they are for ever.
  private let doneHint = Atomic<Int>(0)

  private init(_ handle: StructureHandle, sequence: UInt64) {
    self.handle = handle
    self.sequence = sequence
    region = handle.region
    records = region.region(from: QueueSegmentLayout.headerSize)
  }

  /// Attaches to a segment that is there, of a queue.
  ///
  /// - Throws: `corrupt`, `incompatible`.
  convenience init(part: StructureHandle, sequence: UInt64) throws(StoreError) {
    try part.checkVersion(
      .part, expected: QueueSegmentLayout.version, headerSize: QueueSegmentLayout.headerSize)
    let region = part.region
    let capacity = region.word(at: QueueSegmentLayout.capacity).loadRelaxed()
    guard region.word(at: QueueSegmentLayout.sequence).loadRelaxed() == sequence,
      Int(clamping: capacity) == region.count - QueueSegmentLayout.headerSize,
      capacity % UInt64(RecordWord.unit) == 0
    else { throw part.corrupt(.part, "its sizes contradict each other") }
    self.init(part, sequence: sequence)
  }

  /// Fills the header of a segment that nobody sees yet.
  ///
  /// - Parameter first: How many records the segments before it have.
  static func initialize(_ region: SharedRegion, sequence: UInt64, creator: UInt64, first: UInt64) {
    region.word32(at: 0).storeRelaxed(QueueSegmentLayout.version)
    region.word(at: QueueSegmentLayout.sequence).storeRelaxed(sequence)
    region.word(at: QueueSegmentLayout.capacity)
      .storeRelaxed(UInt64(region.count - QueueSegmentLayout.headerSize))
    region.word(at: QueueSegmentLayout.creator).storeRelaxed(creator)
    region.word(at: QueueSegmentLayout.first).storeRelaxed(first)
  }

  /// Claims the first record of a segment that nobody sees yet.
  static func claimFirst(_ region: SharedRegion, _ claim: RecordWord) {
    region.word(at: QueueSegmentLayout.headerSize).storeRelaxed(claim.rawValue)
    region.word(at: QueueSegmentLayout.writeHint)
      .storeRelaxed(Place(offset: claim.byteCount, count: 1).rawValue)
  }

  /// Who made it, and the how many-eth that was.
  var creator: UInt64 { region.word(at: QueueSegmentLayout.creator).loadRelaxed() }

  /// Pins the segment in a child that was forked since.
  ///
  /// - Returns: `false` where it was removed before.
  func hold() throws(StoreError) -> Bool {
    do throws(StoreError) {
      _ = try handle.owner()
      return true
    } catch {
      guard error.code == .notFound else { throw error }
      return false
    }
  }

  // MARK: Records

  /// A record whose header lies in the segment.
  struct Record {
    let offset: Int
    let control: AtomicWord
  }

  /// The record at `offset`; `nil` where there is no room for one more.
  @inline(__always)
  func record(at offset: Int) -> Record? {
    guard offset <= records.count - QueueSegmentLayout.recordHeaderSize else { return nil }
    return Record(offset: offset, control: records.word(at: offset))
  }

  /// The offset behind a record that was claimed as `word`.
  ///
  /// - Throws: `corrupt` for a length that the segment has no room for.
  @inline(__always)
  func end(of offset: Int, _ word: RecordWord) throws(StoreError) -> Int {
    let count = word.byteCount
    guard count >= QueueSegmentLayout.recordHeaderSize, count <= records.count - offset else {
      throw badRecord(offset)
    }
    return offset + count
  }

  /// The element of a record that was claimed as `word`.
  ///
  /// - Throws: `corrupt` for a length that the record has no room for.
  @inline(__always)
  func element(of offset: Int, _ word: RecordWord) throws(StoreError) -> (
    offset: Int, count: Int, type: TypeID
  ) {
    let length = Int(clamping: records.word(at: offset + QueueSegmentLayout.length).loadRelaxed())
    let end = try end(of: offset, word)
    let start = offset + QueueSegmentLayout.recordHeaderSize
    guard length <= end - start else { throw badRecord(offset) }
    let type = records.word32(at: offset + QueueSegmentLayout.type).loadRelaxed()
    return (start, length, TypeID(rawValue: type))
  }

  @inline(never)
  func badRecord(_ offset: Int) -> StoreError {
    handle.corrupt(.part, "the record at \(offset) does not fit")
  }

  /// Calls `body` with each record that somebody has claimed so far.
  ///
  /// - Parameters:
  ///   - start: Offset of the first.
  ///   - body: Gets offset and word; `false` ends the walk.
  /// - Complexity: O(records).
  func forEachRecord(
    from start: Int = 0, _ body: (Int, RecordWord) throws(StoreError) -> Bool
  ) throws(StoreError) {
    var offset = start
    while let record = record(at: offset) {
      // Pair record-filled: the element of a full record is whole.
      let word = RecordWord(rawValue: record.control.loadSequential())
      guard word.state != .unused, word.state != .end, try body(offset, word) else { return }
      offset = try end(of: offset, word)
    }
  }

  /// Calls `body` with each record that is not done, until it returns `false`.
  ///
  /// - Parameter body: As of ``forEachRecord(_:)``.
  /// - Complexity: O(records), those that were seen to be done before not counted.
  func forEachUndoneRecord(
    _ body: (Int, RecordWord) throws(StoreError) -> Bool
  ) throws(StoreError) {
    var end = doneHint.load(ordering: .relaxed)
    var areAllDone = true
    try forEachRecord(from: end) { offset, word throws(StoreError) in
      guard word.state != .done else {
        if areAllDone { end = try self.end(of: offset, word) }
        return true
      }
      areAllDone = false
      return try body(offset, word)
    }
    // No pair: who has not seen it looks at more records.
    doneHint.store(end, ordering: .relaxed)
  }

  /// Whether nobody can claim one more record.
  func isClaimedToItsEnd() throws(StoreError) -> Bool {
    var end = 0
    try forEachRecord { offset, word throws(StoreError) in
      end = try self.end(of: offset, word)
      return true
    }
    // Pair record-claimed.
    return record(at: end).map { RecordWord(rawValue: $0.control.loadAcquiring()).state == .end }
      ?? true
  }

  // MARK: Hints and closing

  /// A place between two records.
  ///
  ///     63       32 | 31       0
  ///     units of 16 | records before it
  struct Place {
    var offset: Int
    var count: UInt64

    @inline(__always)
    var rawValue: UInt64 { UInt64(offset / RecordWord.unit) << 32 | count & (1 << 32 - 1) }
  }

  /// Where the first record that nobody has claimed lies, or a place before it.
  @inline(__always)
  var writeHint: Place {
    // Pair segment-hint: the headers of the records before it were claimed.
    let word = region.word(at: QueueSegmentLayout.writeHint).loadAcquiring()
    let hint = Place(offset: Int(word >> 32) * RecordWord.unit, count: word & (1 << 32 - 1))
    // One that lies is as good as none: the walk from there on would find no record.
    return hint.offset <= records.count ? hint : Place(offset: 0, count: 0)
  }

  /// Where the first record to take lies, or a place before it.
  @inline(__always)
  var readHint: Int {
    // Pair segment-hint: the headers of the records before it were claimed.
    let hint = Int(clamping: region.word(at: QueueSegmentLayout.readHint).loadAcquiring())
    return hint <= records.count && hint % RecordWord.unit == 0 ? hint : 0
  }

  /// Says that all records before `place` have been claimed by producers.
  @inline(__always)
  func raiseWriteHint(_ place: Place) {
    // Pair segment-hint.
    region.word(at: QueueSegmentLayout.writeHint).raise(to: place.rawValue)
  }

  /// How many records have been claimed here and in the segments before.
  ///
  /// - Complexity: O(records behind the hint).
  func claimedCount() throws(StoreError) -> UInt64 {
    var place = writeHint
    while let record = record(at: place.offset) {
      // Pair record-claimed.
      let word = RecordWord(rawValue: record.control.loadAcquiring())
      if word.state == .unused || word.state == .end { break }
      place = Place(offset: try end(of: place.offset, word), count: place.count &+ 1)
    }
    return region.word(at: QueueSegmentLayout.first).loadRelaxed() &+ place.count
  }

  /// Says that no record before `offset` is to be taken any more.
  @inline(__always)
  func raiseReadHint(_ offset: Int) {
    // Pair segment-hint.
    region.word(at: QueueSegmentLayout.readHint).raise(to: UInt64(offset))
  }

  /// Whether nobody claims a record in it any more, and the tail may have gone past it.
  var isClosed: Bool { region.word32(at: QueueSegmentLayout.closed).loadSequential() != 0 }

  /// Says so, after the last record has been claimed.
  func setClosed() {
    // Pair segment-closed: before the tail goes past it.
    region.word32(at: QueueSegmentLayout.closed).setBits(1)
  }
}
