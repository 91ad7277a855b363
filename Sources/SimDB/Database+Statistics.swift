import SharedMemory

/// Who holds what in a database, counted from the headers themselves.
///
/// **Concurrency.** A value.
public struct Statistics: Hashable, Sendable {
  /// An attached process.
  public struct ParticipantStatistics: Hashable, Sendable {
    /// Process number.
    public let pid: UInt32
    /// Name of the process, or what it called itself.
    public let name: String
    /// Start time of the process in clock ticks since boot.
    public let startTime: UInt64
    /// Whether it still runs.
    public let isAlive: Bool
    /// Its threads that write or pin, and places for pins that belong to no thread.
    public let lanes: Int
    /// Values it has pinned.
    public let pins: Int
    /// Bytes of blocks that only its pins, or those of others too, keep from being used again: of
    /// values that were replaced or deleted since they were pinned.
    public let heldBytes: Int
    /// Blocks it is filling.
    public let allocatedBlocks: Int
    /// Blocks it has replaced or deleted and not freed: they wait for pins, or for it to use them
    /// again.
    public let retiredBlocks: Int
  }

  /// Layout version of the segment.
  public let layoutVersion: Int
  /// Bytes per block.
  public let blockSize: Int
  /// Blocks there are.
  public let blockCount: Int
  /// Blocks there can be.
  public let maximumBlockCount: Int
  /// Blocks that hold records, or are being filled, or wait to be freed.
  public let usedBlocks: Int
  /// Blocks that can be claimed now.
  public let freeBlocks: Int
  /// Used blocks that no entry needs any more and that wait for pins or their retirer.
  public let retiredBlocks: Int
  /// Those of them, and of blocks being filled, whose owner is gone: the next sweep frees what
  /// nobody has pinned.
  public let orphanedBlocks: Int
  /// Blocks that are kept for values which replace others, used when no other is free.
  public let reservedBlocks: Int
  /// Those of them that are free.
  public let freeReservedBlocks: Int
  /// Lanes that threads and pins have now.
  public let lanesInUse: Int
  /// Lanes there are.
  public let laneCount: Int
  /// Entries.
  public let entries: Int
  /// Bytes of memory that the file has.
  public let memoryBytes: Int
  /// Bytes of memory that it may grow to.
  public let totalBytes: Int
  /// When it was created, in nanoseconds since the Unix epoch.
  public let creationTime: UInt64
  /// Attached processes.
  public let participants: [ParticipantStatistics]
}

extension Database {
  /// Counts everything.
  ///
  /// **Concurrency.** Weakly consistent: what comes, goes or is moved to another table of the index
  /// during the count may be in it or not, or twice. Writes nothing.
  ///
  /// - Throws: `segmentLost`.
  /// - Complexity: O(blocks + slots of the index).
  public func statistics() throws(StoreError) -> Statistics {
    let all = blocks.all
    let lanes = Lanes(segment).inUse()
    let census = BlockCensus(blocks, pins: Set(lanes.flatMap(\.pins)))
    let reserve = BlockReserve(segment)
    let rows = Participant.all(in: segment)
    let known = Set(rows.map(\.identity))
    let statistics = Statistics(
      layoutVersion: Segment.layoutVersion, blockSize: segment.layout.blockSize,
      blockCount: all.count, maximumBlockCount: segment.layout.maximumBlockCount,
      usedBlocks: all.count - census.free, freeBlocks: census.free,
      retiredBlocks: census.retired,
      orphanedBlocks: census.holdings.filter { !known.contains($0.key) }
        .reduce(0) { $0 + $1.value.allocated + $1.value.retired },
      reservedBlocks: reserve.count, freeReservedBlocks: reserve.freeCount,
      lanesInUse: lanes.count, laneCount: segment.layout.laneCount,
      entries: entries.count(), memoryBytes: segment.memoryBytes,
      totalBytes: segment.layout.totalBytes,
      creationTime: segment.creationTime,
      participants: rows.map { self.statistics(of: $0, lanes, census) })
    // Zeros count as nothing.
    try segment.checkLoss()
    return statistics
  }

  /// The attached processes, with what each holds.
  ///
  /// **Concurrency.** Weakly consistent. Writes nothing.
  ///
  /// - Throws: `segmentLost`.
  /// - Complexity: O(blocks).
  public func participants() throws(StoreError) -> [Statistics.ParticipantStatistics] {
    let lanes = Lanes(segment).inUse()
    let census = BlockCensus(blocks, pins: Set(lanes.flatMap(\.pins)))
    let participants = Participant.all(in: segment).map { statistics(of: $0, lanes, census) }
    try segment.checkLoss()
    return participants
  }

  private func statistics(
    of participant: ParticipantFacts, _ lanes: [(owner: ParticipantIdentity, pins: [UInt64])],
    _ census: BlockCensus
  ) -> Statistics.ParticipantStatistics {
    let own = lanes.filter { $0.owner == participant.identity }
    let pins = own.flatMap(\.pins)
    let held = Set(pins).reduce(0) { $0 + (census.pinned[$1] ?? 0) }
    let holding = census.holdings[participant.identity] ?? BlockCensus.Holding()
    return Statistics.ParticipantStatistics(
      pid: participant.pid, name: participant.name, startTime: participant.startTime,
      isAlive: participant.isAlive, lanes: own.count, pins: pins.count,
      heldBytes: held * space.blockSize, allocatedBlocks: holding.allocated,
      retiredBlocks: holding.retired)
  }

  /// Grows whenever an entry is put or deleted; what a viewer that polls compares.
  ///
  /// It is no error in a store that was lost: there it begins again at 0, so that a viewer, who
  /// sees another count than before, looks and is told.
  ///
  /// **Concurrency.** Writes nothing.
  ///
  /// - Complexity: O(lanes in use).
  public var changeCount: UInt64 { Lanes(segment).changeCount }
}
