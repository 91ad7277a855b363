import SharedMemory
import Synchronization

/// A named entry whose value is a structure that processes change in place.
///
/// The handle pins the entry's memory for as long as it stands: when somebody deletes the entry,
/// its users go on with what they have, and nobody reuses it under them. A forked child pins it
/// anew before it first changes it. A handle on a read-only mapping pins nothing: where the entry
/// may be deleted, what it shows may be another's.
///
/// **Concurrency.** `Sendable`; what is in the region is the structure's business.
public final class StructureHandle: Sendable {
  /// The database it lies in.
  public let database: Database
  /// Name of the entry.
  public let name: String
  /// The structure's bytes, beginning on a cache line.
  public let region: SharedRegion
  let word: SlotWord
  /// The first of what pins it. Pins of the processes that this one was forked from do nothing
  /// here.
  private let holds = AtomicLazyReference<LongPin>()
  /// The serial of the attachment that has the last of them.
  @usableFromInline let holder: Atomic<UInt64>
  /// What every operation looks at of the database, here so that looking counts no references.
  @usableFromInline let segment: SegmentState
  @usableFromInline let serial: AtomicWord?
  @usableFromInline let identity: AtomicWord?

  init(
    database: Database, name: String, region: SharedRegion, word: SlotWord, hold: LongPin?
  ) {
    self.database = database
    self.name = name
    self.region = region
    self.word = word
    holder = Atomic(hold?.serial ?? 0)
    segment = database.segment.state
    serial = database.serialWord
    identity = database.identityWord
    if let hold { keep(hold) }
  }

  deinit {
    var hold = holds.load()
    while let current = hold {
      current.release()
      hold = current.next.load()
    }
  }

  private func keep(_ hold: LongPin) {
    var last = holds.storeIfNil(hold)
    while last !== hold { last = last.next.storeIfNil(hold) }
  }

  /// Refuses a database that was dropped as well: nothing more comes, and nobody finds what is
  /// left.
  ///
  /// - Throws: `dropped`, `segmentLost`.
  @inlinable @inline(__always)
  public func checkLive() throws(StoreError) {
    if !segment.isLive { throw endError() }
  }

  /// Refuses a database whose bytes are gone; called before zeros are taken for an answer.
  ///
  /// - Throws: `segmentLost`.
  @inlinable @inline(__always)
  public func checkLoss() throws(StoreError) {
    if segment.isLost { throw endError() }
  }

  @usableFromInline @inline(never)
  func endError() -> StoreError { database.segment.endError() }

  /// What ``checkLoss()`` throws, or `nil` while the bytes are there.
  public var lossError: StoreError? {
    database.isLost ? database.segment.lossError() : nil
  }

  /// Whom this process is in the segment.
  ///
  /// - Throws: `readOnly`; in a forked child `full` when there is no row or lane for it, `notFound`
  ///   when the entry was deleted before it first changed it.
  @inlinable @inline(__always)
  public func owner() throws(StoreError) -> ParticipantIdentity {
    if let known = identity?.loadRelaxed(), known != 0,
      holder.load(ordering: .relaxed) == serial?.loadRelaxed()
    {
      return ParticipantIdentity(rawValue: known - 1)
    }
    return try newOwner()
  }

  /// The same where this process has not attached, or not pinned the entry.
  @usableFromInline @inline(never)
  func newOwner() throws(StoreError) -> ParticipantIdentity {
    let identity = try database.identity()
    if holder.load(ordering: .relaxed) != database.serial { try holdAgain() }
    return identity
  }

  @inline(never)
  private func holdAgain() throws(StoreError) {
    let hold = try database.holdLong(word.incarnation)
    let isThere: Bool
    do throws(StoreError) {
      isThere = try database.isEntry(word, of: name)
    } catch {
      hold.release()
      throw error
    }
    guard isThere else {
      hold.release()
      throw StoreError(
        .notFound, place: "database '\(database.name)', entry '\(name)'",
        reason: "it was deleted since this process was forked", remedy: "open it again")
    }
    keep(hold)
    holder.store(hold.serial, ordering: .relaxed)
  }

  /// Whether a participant is gone: its process has ended, or its row was given back.
  ///
  /// **Concurrency.** Any thread.
  ///
  /// - Complexity: some system calls.
  public func isDead(_ identity: ParticipantIdentity) -> Bool {
    !Participant.isAlive(identity, in: database.segment)
  }
}

extension Database {
  /// Attaches to the structure named `name`, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - name: Key of the entry.
  ///   - type: What kind of structure it must be.
  ///   - creating: Bytes it takes, and what fills them before anybody sees them.
  ///   - clearedByteCount: How many of them, from the first on, are zero before; all by default.
  /// - Throws: `notFound`, `typeMismatch`, `full`, `corrupt`, `dropped`, `segmentLost`.
  /// - Complexity: O(1), and O(bytes) where it is created.
  public func structure(
    _ name: String, type: TypeID,
    creating: (byteCount: Int, initialize: (SharedRegion) -> Void)?, clearedByteCount: Int = .max
  ) throws(StoreError) -> StructureHandle {
    while true {
      if let handle = try attachStructure(name, type: type) { return handle }
      guard let creating else {
        throw StoreError(
          .notFound, place: "database '\(self.name)'", reason: "there is no entry '\(name)'",
          remedy: "create it first, or check the name with 'lava db keys \(self.name)'")
      }
      try createStructure(
        name, type: type, byteCount: creating.byteCount, clearedByteCount: clearedByteCount,
        creating.initialize)
    }
  }

  private func attachStructure(
    _ name: String, type: TypeID
  ) throws(StoreError) -> StructureHandle? {
    try name.withBytes { key throws(StoreError) in
      try checkKey(key)
      let hash = index.hash(key)
      while let place = try find(key, hash: hash)?.place {
        let hold = isWritable ? try holdLong(place.word.incarnation) : nil
        // Pair pin-scan.
        guard index.isUnchanged(place, now: index.word(place).loadSequential()) else {
          hold?.release()
          continue
        }
        do throws(StoreError) {
          let region = try structureRegion(place.word, name: name, type: type)
          return StructureHandle(
            database: self, name: name, region: region, word: place.word, hold: hold)
        } catch {
          hold?.release()
          throw error
        }
      }
      return try absent()
    }
  }

  /// Whether the entry of `name` is still the one that `word` names, which has been pinned.
  fileprivate func isEntry(_ word: SlotWord, of name: String) throws(StoreError) -> Bool {
    try name.withBytes { key throws(StoreError) in
      guard let place = try find(key, hash: index.hash(key))?.place else { return false }
      // Pair pin-scan.
      return place.word.incarnation == word.incarnation
        && index.isUnchanged(place, now: index.word(place).loadSequential())
    }
  }

  private func structureRegion(
    _ word: SlotWord, name: String, type: TypeID
  ) throws(StoreError) -> SharedRegion {
    let record = try entries.anyRecord(at: word)
    guard let found = record.type(in: space) else { throw corruptRecord(word) }
    guard found == type else {
      throw StoreError(
        .typeMismatch, place: "database '\(self.name)', entry '\(name)'",
        reason: "it is \(found), not \(type)", remedy: "use another name")
    }
    // A structure is never built in several runs.
    guard !record.lengths.isFragmented, let region = record.wholeValue(in: space) else {
      throw corruptRecord(word)
    }
    return region
  }
}
