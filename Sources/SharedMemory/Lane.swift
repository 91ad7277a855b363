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

/// A change that a thread announced.
///
/// **Concurrency.** A value.
public struct Intent: Hashable, Sendable {
  /// Segment offset of the word.
  public let slot: Int
  /// What the word held.
  public let old: UInt64
  /// What it was to hold.
  public let new: UInt64
}

/// All lanes of a segment.
///
/// **Concurrency.** Claiming is lock-free: one compare-and-swap on the owner's word.
@frozen
public struct Lanes: Sendable {
  private let segmentRegion: SharedRegion
  private let layout: SegmentLayout

  /// The lanes of `segment`.
  public init(_ segment: Segment) {
    segmentRegion = segment.region
    layout = segment.layout
  }

  private var highWater: AtomicWord {
    segmentRegion.word(at: shm_header_lane_high_water)
  }

  /// Lanes below this number have been used; bounded by the number there are.
  private var usedCount: Int {
    // Pair pin-scan: a lane's pins come after its number is below this mark.
    min(Int(clamping: highWater.loadSequential()), layout.laneCount)
  }

  /// Bytes that a look at all pins reads.
  public var usedByteCount: Int { usedCount * Lane.lineSize }

  private func lane(_ index: Int) -> Lane {
    Lane(
      region: segmentRegion.region(
        at: layout.lanesOffset + index * Lane.lineSize, count: Lane.lineSize))
  }

  /// Takes a free lane for a thread of `owner`, or returns `nil` when all are taken.
  public func claim(for owner: ParticipantIdentity) -> Lane? {
    for index in 0..<layout.laneCount {
      let lane = lane(index)
      let ownerWord = lane.region.word(at: 0)
      guard ownerWord.loadRelaxed() == 0 else { continue }
      // First, so that a sweep finds the lane of whoever dies having claimed it.
      highWater.raise(to: UInt64(index + 1))
      // Pair lane-owner: acquires what its last owner left, which is nothing.
      guard ownerWord.compareExchange(0, owner.rawValue + 1) else { continue }
      lane.clearIntent()
      for position in 0..<Lane.pinCount { lane.unpin(at: position) }
      return lane
    }
    return nil
  }

  /// Every word pinned at this moment, by anyone.
  public func collectPins(into pins: inout [UInt64]) {
    pins.removeAll(keepingCapacity: true)
    for index in 0..<usedCount {
      let lane = lane(index)
      // Pair pin-scan: sequentially consistent like the exchange.
      guard lane.word(0).loadSequential() != 0, lane.pinsAnything else { continue }
      for position in 0..<Lane.pinCount {
        // Pair pin-scan: what stands throughout is found by both looks.
        let word = lane.word(shm_lane_pins + position * 8).loadSequential()
        if word != 0 { pins.append(word) }
      }
    }
  }

  /// The lanes that somebody has at this moment, with the words pinned there.
  public func inUse() -> [(owner: ParticipantIdentity, pins: [UInt64])] {
    (0..<usedCount).compactMap { index in
      let region = lane(index).region
      // Pair lane-owner.
      let owner = region.word(at: 0).loadAcquiring()
      guard owner != 0 else { return nil }
      let pins = (0..<Lane.pinCount).map {
        region.word(at: shm_lane_pins + $0 * 8).loadRelaxed()
      }
      return (ParticipantIdentity(rawValue: owner - 1), pins.filter { $0 != 0 })
    }
  }

  /// Who has which lane at this moment.
  public func owners() -> [(lane: Int, owner: ParticipantIdentity)] {
    (0..<usedCount).compactMap { index in
      // Pair lane-owner.
      let owner = lane(index).region.word(at: 0).loadAcquiring()
      return owner == 0 ? nil : (index, ParticipantIdentity(rawValue: owner - 1))
    }
  }

  /// What the threads of a participant have announced, or had when it died.
  public func intents(of owner: ParticipantIdentity) -> [Intent] {
    (0..<usedCount).compactMap { index in
      let region = lane(index).region
      // Pair lane-owner: what is read belongs to this owner if it still has the lane afterwards.
      guard region.word(at: 0).loadAcquiring() == owner.rawValue + 1 else { return nil }
      // Pair intent.
      let slot = region.word(at: shm_lane_intent_slot).loadAcquiring()
      let old = region.word(at: shm_lane_intent_old).loadRelaxed()
      let new = region.word(at: shm_lane_intent_new).loadRelaxed()
      Fence.acquire()
      // Another sweeper may have freed the lane and a living thread taken it: then it is not ours.
      guard slot != 0, region.word(at: 0).loadRelaxed() == owner.rawValue + 1 else { return nil }
      return Intent(slot: Int(clamping: slot), old: old, new: new)
    }
  }

  /// Segment offsets of the words that somebody, alive or dead, has announced to change, and may have
  /// changed already.
  public func announcedSlots() -> [Int] {
    (0..<usedCount).compactMap { index in
      let region = lane(index).region
      // Pair lane-owner: what stands in a free lane was settled.
      guard region.word(at: 0).loadAcquiring() != 0 else { return nil }
      // Pair intent. Whose it is does not matter to who only looks at the word.
      let slot = region.word(at: shm_lane_intent_slot).loadAcquiring()
      return slot == 0 ? nil : Int(clamping: slot)
    }
  }

  /// Frees the lanes of a dead participant after its intents were settled.
  public func releaseAll(of owner: ParticipantIdentity) {
    for index in 0..<usedCount {
      // Pair lane-owner: the intents were read before.
      _ = lane(index).region.word(at: 0).compareExchange(owner.rawValue + 1, 0)
    }
  }

  /// Counts a change that a dead participant may have published and did not count.
  ///
  /// In a word of the header that any number of sweepers raise: the lane may be another's by the time
  /// a stopped sweeper goes on.
  public func countSettledChange() {
    // Pair changes-counted: the slot has changed before.
    settledChanges.addReleasing(1)
  }

  private var settledChanges: AtomicWord { segmentRegion.word(at: shm_header_settled_changes) }

  /// Grows with every published change; what a polling viewer compares.
  public var changeCount: UInt64 {
    // Pair changes-counted: slots that are read afterwards hold what was counted, or something newer.
    let settled = settledChanges.loadAcquiring()
    return (0..<usedCount).reduce(settled) { sum, index in
      // Pair changes-counted.
      sum &+ lane(index).region.word(at: shm_lane_changes).loadAcquiring()
    }
  }
}
