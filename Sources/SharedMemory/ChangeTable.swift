import CSharedMemory

/// What publishers tell watchers: that somebody watches, where in the index something has changed,
/// and a word to sleep on.
///
/// The groups of the index are dealt out to 1,024 shares, and a word of the table counts the
/// changes that were announced in each. Counts are only raised. Each watcher, in any process,
/// compares them with those it saw last: nobody clears anything, and no death leaves anything
/// behind.
///
/// While nobody watches, publishing reads one word that hardly ever changes. That a watcher begins
/// is told in one order that all agree on (pair watched), so one of the two sees the other:
///
///     publisher                               watcher
///     slot: A -> B                            watched := yes
///     reads watched: no?                      reads all slots
///     then the watcher has not said so yet, and will find B
///
/// And so is that a change has come (pair wake):
///
///     publisher                               watcher
///     count of the share: + 1                 says that it may fall asleep
///     reads whether anybody sleeps: no?       reads all counts; sleeps if they are as before
///     then the watcher has not read the counts yet, and will find the change
///
/// **Concurrency.** Any number of publishers and watchers in any process.
@frozen
public struct ChangeTable: Sendable {
  /// How many parts the index has.
  public static let shareCount = shm_change_share_count

  private let counts: SharedRegion
  // Bit 0: somebody watches. Bits 1 to 31 count how often that was said, so that whoever has seen
  // nobody watch does not clear what was said since; bits 32 to 63 how often it was cleared, so
  // that a watcher sees that changes may have gone by unannounced.
  @usableFromInline let watched: AtomicWord
  /// What watchers sleep on.
  public let arrival: WakeWord

  /// The change table of `segment`.
  public init(_ segment: Segment) {
    let layout = segment.layout
    counts = segment.region.region(at: layout.changesOffset, count: shm_change_table_size)
    watched = segment.region.word(at: shm_header_watched)
    arrival = WakeWord(segment.region.word32(at: shm_header_change_arrival))
  }

  // MARK: Publishing

  /// Whether a change is to be counted; asked after it was made, by a sequentially consistent
  /// operation.
  @inlinable @inline(__always)
  public var isWatched: Bool {
    // Pair watched: after the slot has changed.
    watched.loadSequential() & 1 != 0
  }

  /// Counts a change of the slot at `position` of the index, and wakes the watchers that sleep.
  public func mark(_ position: Int) {
    // Pair change-marked: after the slot has changed. Pair wake: before the sleepers are looked
    // for.
    counts.word(at: share(of: position) * 8).addSequential(1)
    arrival.wake()
  }

  /// Wakes all watchers, for something other than a change.
  public func wakeWatchers() {
    // Pair wake: what they are to see comes before.
    Fence.sequential()
    arrival.wake()
  }

  /// The share that the group at `position`, or in which it lies, belongs to.
  public func share(of position: Int) -> Int {
    position / shm_index_group_size & (Self.shareCount - 1)
  }

  // MARK: Watching

  /// Says that somebody watches, whose row says so already.
  ///
  /// - Returns: How often that was cleared before: where it differs later, changes may have gone
  ///   by.
  public func beginWatching() -> UInt64 {
    while true {
      let found = watched.loadRelaxed()
      let said = (found | 1) &+ 2
      // Pair watched: before the slots are read. Pair watch-cleared: after the row was written.
      guard watched.compareExchange(found, said) else { continue }
      // Pair watched: the slots are read by acquiring loads.
      Fence.sequential()
      return said >> 32
    }
  }

  /// How often it was cleared that somebody watches.
  public var clearCount: UInt64 {
    // Pair watch-cleared: read before the counts.
    watched.loadSequential() >> 32
  }

  /// Clears that somebody watches if no row says so any more.
  public static func clearUnlessWatched(in segment: Segment) {
    let watched = segment.region.word(at: shm_header_watched)
    // Pair watch-cleared: before the rows are read, so that whoever says so later is not
    // overlooked.
    let found = watched.loadSequential()
    guard found & 1 != 0, !Participant.isAnyWatching(in: segment) else { return }
    // Pair watch-cleared: fails when anybody has said so since.
    _ = watched.compareExchange(found, (found & ~1) &+ 1 << 32)
  }

  /// Changes announced in a share so far; where it differs later, the share's slots must be
  /// compared.
  public func count(of share: Int) -> UInt64 {
    // Pair change-marked: the slots are read afterwards. Pair wake: read after a sleeper's word.
    counts.word(at: share * 8).loadSequential()
  }
}
