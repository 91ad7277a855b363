import SharedMemory

/// A named entry whose value is a structure that processes change in place.
///
/// The handle pins the entry's memory for as long as it stands: when somebody deletes the entry,
/// its users go on with what they have, and nobody reuses it under them.
///
/// **Concurrency.** `Sendable`; what is in the region is the structure's business.
public final class StructureHandle: Sendable {
  /// The database it lies in.
  public let database: Database
  /// Name of the entry.
  public let name: String
  /// The structure's bytes, beginning on a cache line.
  public let region: SharedRegion
  private let hold: LongPin?

  init(database: Database, name: String, region: SharedRegion, hold: LongPin?) {
    self.database = database
    self.name = name
    self.region = region
    self.hold = hold
  }

  deinit { hold?.release() }

  /// Refuses a database whose bytes are gone; called before zeros are taken for an answer.
  ///
  /// - Throws: `segmentLost`.
  public func checkLoss() throws(StoreError) { try database.segment.checkLoss() }

  /// What ``checkLoss()`` throws, or `nil` while the bytes are there.
  public var lossError: StoreError? {
    database.isLost ? database.segment.lossError() : nil
  }

  /// Whom this process is in the segment.
  ///
  /// - Throws: `readOnly`; `full` in a forked child that finds no row.
  public func owner() throws(StoreError) -> ParticipantIdentity { try database.identity() }

  /// Whether a participant is gone: its process has ended, or its row was given back.
  ///
  /// - Complexity: a system call or two.
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
  /// - Throws: `notFound`, `typeMismatch`, `full`, `corrupt`, `segmentLost`.
  public func structure(
    _ name: String, type: TypeID,
    creating: (byteCount: Int, initialize: (SharedRegion) -> Void)?
  ) throws(StoreError) -> StructureHandle {
    while true {
      if let handle = try attachStructure(name, type: type) { return handle }
      guard let creating else {
        throw StoreError(
          .notFound, place: "database '\(self.name)'", reason: "there is no entry '\(name)'",
          remedy: "create it first, or check the name with 'lava db keys \(self.name)'")
      }
      try createStructure(name, type: type, byteCount: creating.byteCount, creating.initialize)
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
          return StructureHandle(database: self, name: name, region: region, hold: hold)
        } catch {
          hold?.release()
          throw error
        }
      }
      return try absent()
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
