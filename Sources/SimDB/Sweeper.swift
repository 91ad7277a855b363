import SharedMemory

/// Finishes or undoes what dead participants left, and finds room when a store is full.
///
/// A pass over a dead participant: settle its announced changes, then free the blocks it had
/// allocated and not published, then its lanes, then what it had retired, then its row. Each step is
/// a compare-and-swap from a word that names the dead owner, so any number of processes may run a
/// pass at once, a stopped one holds nobody up, and one that dies half-way is repeated by the next. A
/// row is reused only after a complete pass.
///
/// Who watches is told of the changes that the dead had announced, and where only the dead have watched,
/// publishers are told that nobody does.
///
/// What is pinned cannot be freed with its owner. Such orphans are counted in the segment's header
/// before the owner's row is given back, and a sweep that finds them counted looks for them.
///
/// **Concurrency.** Lock-free; any number at once.
struct Sweeper {
  private let segment: Segment
  private let blocks: BlockTable
  private let lanes: Lanes
  private let changeTable: ChangeTable

  init(_ segment: Segment) {
    self.segment = segment
    blocks = BlockTable(segment)
    lanes = Lanes(segment)
    changeTable = ChangeTable(segment)
  }

  /// Sweeps every dead participant.
  ///
  /// - Returns: How many there were.
  /// - Complexity: O(blocks) when there was one, or there are orphans; O(participants) otherwise.
  @discardableResult
  func sweep() -> Int {
    let dead = Participant.all(in: segment).filter { !$0.isAlive }
    for participant in dead {
      settle(participant.identity)
      Participant.releaseDead(participant.identity, in: segment)
    }
    freeOrphans()
    ChangeTable.clearUnlessWatched(in: segment)
    return dead.count
  }

  private func freeOrphans() {
    let orphans = segment.region.word(at: orphansOffset)
    // Pair orphans-counted.
    let counted = orphans.loadAcquiring()
    guard counted != 0 else { return }
    let rows = Set(Participant.all(in: segment).map(\.identity))
    // Whoever left more meanwhile has changed the count, which then stands.
    if freeRetired(where: { !rows.contains($0) }) == 0 { _ = orphans.compareExchange(counted, 0) }
  }

  /// Settles everything that stands under `owner`, who does nothing any more.
  func settle(_ owner: ParticipantIdentity) {
    let intents = lanes.intents(of: owner)
    for intent in intents { settle(intent, of: owner) }
    // Before the lanes go: until then watchers find the announcements themselves.
    lanes.countSwept(intents.count)
    for index in 0..<blocks.count {
      let word = blocks.word(index)
      guard word.owner == owner else { continue }
      // Intents were settled first: what is still allocated was never published.
      if word.state == .allocated { _ = blocks.free(index, from: word) }
    }
    lanes.releaseAll(of: owner)
    // Only now do the owner's own pins protect nothing any more.
    if freeRetired(where: { $0 == owner }) > 0 {
      // Pair orphans-counted: what is left retired comes before the count.
      segment.region.word(at: orphansOffset).addReleasing(1)
    }
  }

  /// Frees every retired block that nobody has pinned, whoever retired it.
  func freeAllRetired() { _ = freeRetired { _ in true } }

  /// Frees the chosen owners' retired blocks that nobody has pinned.
  ///
  /// - Returns: How many somebody has pinned.
  private func freeRetired(where isChosen: (ParticipantIdentity) -> Bool) -> Int {
    // Retired before the pins are read: a reader that pins later sees that its slot has changed.
    let retired = (0..<blocks.count).compactMap { index -> (Int, BlockWord)? in
      let word = blocks.word(index)
      return word.state == .retired && isChosen(word.owner) ? (index, word) : nil
    }
    guard !retired.isEmpty else { return 0 }
    // Pair pin-scan: retired before the pins are read.
    Fence.sequential()
    var pins: [UInt64] = []
    lanes.collectPins(into: &pins)
    let pinned = Set(pins)
    var left = 0
    for (index, word) in retired {
      if pinned.contains(word.slot(of: index).rawValue) {
        left += 1
      } else {
        _ = blocks.free(index, from: word)
      }
    }
    return left
  }

  private func settle(_ intent: Intent, of owner: ParticipantIdentity) {
    guard intent.slot % 8 == 0, intent.slot >= segment.layout.indexOffset,
      intent.slot < segment.layout.blockHeadersOffset
    else { return }
    let slot = segment.region.word(at: intent.slot)
    let new = SlotWord(rawValue: intent.new)
    let old = SlotWord(rawValue: intent.old)
    // The slot first, the header afterwards: whoever replaces our word makes the block live before.
    // Pair slot-published.
    let current = SlotWord(rawValue: slot.loadSequential())
    if new.isLive, new.blockIndex < blocks.count, current.incarnation == new.incarnation {
      let word = blocks.word(new.blockIndex)
      if word == BlockWord(.allocated, owner: owner, generation: new.generation) {
        _ = blocks.step(new.blockIndex, from: word, to: .live, owner: owner)
      }
    }
    // A live word never returns to its slot, so one that is not there any more is garbage, whoever
    // removed it.
    if old.isLive, old.blockIndex < blocks.count, current.incarnation != old.incarnation {
      let live = BlockWord(
        .live, owner: blocks.word(old.blockIndex).owner, generation: old.generation)
      _ = blocks.retire(old, live: live, owner: owner)
    }
    // Its publisher may have died before it did.
    if changeTable.isWatched { changeTable.mark(intent.slot - segment.layout.indexOffset) }
  }
}
