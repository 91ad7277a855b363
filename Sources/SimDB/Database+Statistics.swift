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
    /// Values it has pinned.
    public let pins: Int
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
  /// **Concurrency.** Weakly consistent: each number is right for some moment of the count. Writes
  /// nothing.
  ///
  /// - Complexity: O(blocks + slots of the index).
  public func statistics() -> Statistics {
    var free = 0
    var retired = 0
    let all = blocks.all
    for index in all {
      let word = blocks.word(index)
      if blocks.isClaimable(word) {
        free += 1
      } else if word.state == .retired {
        retired += 1
      } else if word.state == .tail, word.head < all.count,
        blocks.word(word.head).state == .retired
      {
        retired += 1
      }
    }
    var entries = 0
    self.entries.forEachEntry { _ in entries += 1 }
    return Statistics(
      layoutVersion: Segment.layoutVersion, blockSize: segment.layout.blockSize,
      blockCount: all.count, maximumBlockCount: segment.layout.maximumBlockCount,
      usedBlocks: all.count - free, freeBlocks: free, retiredBlocks: retired,
      entries: entries, memoryBytes: segment.memoryBytes, totalBytes: segment.layout.totalBytes,
      creationTime: segment.creationTime, participants: participants())
  }

  /// The attached processes.
  ///
  /// **Concurrency.** Weakly consistent.
  public func participants() -> [Statistics.ParticipantStatistics] {
    let pins = Lanes(segment).pinCounts()
    return Participant.all(in: segment).map { facts in
      Statistics.ParticipantStatistics(
        pid: facts.pid, name: facts.name, startTime: facts.startTime, isAlive: facts.isAlive,
        pins: pins[facts.identity.row] ?? 0)
    }
  }

  /// Grows whenever an entry is put or deleted; what a viewer that polls compares.
  ///
  /// **Concurrency.** Writes nothing.
  public var changeCount: UInt64 { Lanes(segment).changeCount }
}
