import CSharedMemory

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

  /// Segment offsets of the words that somebody, alive or dead, has announced to change, and may
  /// have changed already.
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
  /// In a word of the header that any number of sweepers raise: the lane may be another's by the
  /// time a stopped sweeper goes on.
  public func countSettledChange() {
    // Pair changes-counted: the slot has changed before.
    settledChanges.addReleasing(1)
  }

  private var settledChanges: AtomicWord { segmentRegion.word(at: shm_header_settled_changes) }

  /// Grows with every published change; what a polling viewer compares.
  public var changeCount: UInt64 {
    // Pair changes-counted: slots that are read afterwards hold what was counted, or something
    // newer.
    let settled = settledChanges.loadAcquiring()
    return (0..<usedCount).reduce(settled) { sum, index in
      // Pair changes-counted.
      sum &+ lane(index).region.word(at: shm_lane_changes).loadAcquiring()
    }
  }
}
