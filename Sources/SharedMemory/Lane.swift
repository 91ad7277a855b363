import CSharedMemory

/// What one thread of a participant holds half-done: the change it is about to publish, and the
/// words it has pinned.
///
/// A lane stands in the segment, so that any other process can finish or undo what a dead thread
/// left, and can see what it must not reuse.
///
/// Intent: `old` and `new` are written before `slot`, and `slot` is cleared first; so whoever finds
/// the slot of a dead owner's lane set finds the two that belong to it.
///
/// Pin: `pin` exchanges a word into the lane, and the caller then looks again at where it read it.
/// A writer first replaces the word and then reads all pins. One of the two sees the other, because
/// all four are sequentially consistent (pair pin-scan).
///
/// **Concurrency.** Changed by one thread; read by all.
@safe @frozen
public struct Lane: Sendable {
  /// How many words a lane can pin at once.
  public static let pinCount = shm_lane_pin_count
  @usableFromInline static let lineSize = shm_lane_size

  @usableFromInline let region: SharedRegion

  /// Takes the lane that lies in `region`, all of it.
  init(region: SharedRegion) {
    precondition(region.count == Self.lineSize, "a lane has a fixed size")
    self.region = region
  }

  /// The word at `offset`, wherever that is, inside the lane.
  @inlinable @inline(__always)
  func word(_ offset: Int) -> AtomicWord {
    unsafe AtomicWord(
      (region.base + (offset & (Self.lineSize - 8))).assumingMemoryBound(to: UInt64.self))
  }

  /// Says what the next compare-and-swap will do.
  ///
  /// - Parameters:
  ///   - slot: Segment offset of the word about to change.
  ///   - old: What it holds.
  ///   - new: What it is to hold.
  @inlinable @inline(__always)
  public func announce(slot: Int, old: UInt64, new: UInt64) {
    #if STEP_HOOK
      if Protection.announcement.isMissing { return }
    #endif
    word(shm_lane_intent_old).storeRelaxed(old)
    word(shm_lane_intent_new).storeRelaxed(new)
    // Pair intent: acquired by `Lanes.intents(of:)`.
    word(shm_lane_intent_slot).storeReleasing(UInt64(slot))
  }

  /// Says that the announced change is complete or was given up.
  @inlinable @inline(__always)
  public func clearIntent() {
    word(shm_lane_intent_slot).storeReleasing(0)
  }

  /// Counts a published change, for viewers that poll.
  @inlinable @inline(__always)
  public func countChange() {
    let changes = word(shm_lane_changes)
    // Pair changes-counted: the slot has changed before. Nobody else writes the count.
    changes.storeReleasing(changes.loadRelaxed() &+ 1)
  }

  /// Announces that `word` is being read in place; the caller must look at its source again.
  @inlinable @inline(__always)
  public func pin(_ word: UInt64, at position: Int) {
    #if STEP_HOOK
      if Protection.pin.isMissing { return }
    #endif
    // Pair pin-scan.
    self.word(shm_lane_pins + position * 8).exchangeSequential(word)
  }

  /// Ends what `pin` began.
  @inlinable @inline(__always)
  public func unpin(at position: Int) {
    word(shm_lane_pins + position * 8).storeReleasing(0)
  }

  /// Whether any word is pinned here.
  var pinsAnything: Bool {
    var words: UInt64 = 0
    for position in 0..<Self.pinCount {
      // Pair pin-scan.
      words |= word(shm_lane_pins + position * 8).loadSequential()
    }
    return words != 0
  }

  /// Gives the lane back; nothing is pinned or announced any more.
  public func release() {
    clearIntent()
    for position in 0..<Self.pinCount { unpin(at: position) }
    // Pair lane-owner: whoever claims the lane finds it empty.
    word(0).storeReleasing(0)
  }
}
