import SharedMemory

/// Finishes or undoes what dead participants left, and finds room when a store is full.
///
/// A pass over a dead participant: settle its announced changes, then free the blocks it had
/// allocated and not published, then its lanes, then what it had retired, then its row. Each step
/// is a compare-and-swap from a word that names the dead owner, so any number of processes may run
/// a pass at once, a stopped one holds nobody up, and one that dies half-way is repeated by the
/// next. A row is reused only after a complete pass.
///
/// Who watches is told of the changes that the dead had announced, and where only the dead have
/// watched, publishers are told that nobody does.
///
/// What is pinned cannot be freed with its owner, nor when the thread ends that has retired it.
/// Such orphans are counted in the segment's header, a dead owner's before its row is given back,
/// and a sweep that finds them counted looks for them.
///
/// **Concurrency.** Lock-free; any number at once.
struct Sweeper {
  private let segment: Segment
  private let entries: EntryIndex
  private let lanes: Lanes
  private let changeTable: ChangeTable

  private var blocks: BlockTable { entries.blocks }

  init(_ segment: Segment) {
    self.segment = segment
    entries = EntryIndex(segment)
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
    // Before the lanes go: until then watchers find the announcements themselves.
    for intent in lanes.intents(of: owner) { settle(intent, of: owner) }
    for index in blocks.all {
      let word = blocks.word(index)
      guard word.owner == owner else { continue }
      // Intents were settled first: what is still allocated was never published.
      if word.state == .allocated { _ = blocks.free(index, from: word) }
    }
    lanes.releaseAll(of: owner)
    // Only now do the owner's own pins protect nothing any more.
    if freeRetired(where: { $0 == owner || $0 == owner.nobody }) > 0 {
      Self.countOrphans(in: segment)
    }
  }

  /// Lets the next sweep look for retired blocks of owners that have no row.
  static func countOrphans(in segment: Segment) {
    // Pair orphans-counted: what is left retired comes before the count.
    segment.region.word(at: orphansOffset).addReleasing(1)
  }

  /// Frees every retired block that nobody has pinned, whoever retired it.
  func freeAllRetired() { _ = freeRetired { _ in true } }

  /// Frees the chosen owners' retired blocks that nobody has pinned.
  ///
  /// - Returns: How many somebody has pinned.
  private func freeRetired(where isChosen: (ParticipantIdentity) -> Bool) -> Int {
    // Retired before the pins are read: a reader that pins later sees that its slot has changed.
    let retired = blocks.all.compactMap { index -> (Int, BlockWord)? in
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
    let new = SlotWord(rawValue: intent.new)
    let old = SlotWord(rawValue: intent.old)
    // The index first, the header afterwards: whoever replaces or moves our word makes the block
    // live before. The slot is not asked, since the entry may have moved to another.
    let built = BlockWord(.allocated, owner: owner, generation: new.generation)
    var isPublished = new.isLive && !isHeader(of: new, built)
    if new.isLive, !isPublished, isEntry(new) == true {
      isPublished = true
      _ = blocks.step(new.blockIndex, from: built, to: .live, owner: owner)
    }
    let isReplaced = old.isLive && isEntry(old) == false
    // Its publisher may have died before it did.
    if changeTable.isWatched { changeTable.mark(intent.slot &- entries.slots.table.offset) }
    // Whoever died before counting what it had published leaves viewers with what was there before.
    if isPublished || isReplaced { lanes.countSettledChange() }
    // A word that was an entry's and is none any more never becomes one again, so it is garbage,
    // whoever replaced it.
    guard isReplaced, let header = blocks.headers.header(of: old.blockIndex) else { return }
    // Pair header-step.
    let holder = BlockWord(rawValue: header.state.loadAcquiring()).owner
    let live = BlockWord(.live, owner: holder, generation: old.generation)
    _ = blocks.retire(old, live: live, owner: owner)
  }

  private func isHeader(of word: SlotWord, _ wanted: BlockWord) -> Bool {
    guard let header = blocks.headers.header(of: word.blockIndex) else { return false }
    // Pair header-step.
    return BlockWord(rawValue: header.state.loadAcquiring()) == wanted
  }

  /// Whether `word`, whose record is whole, is that of its key's entry; `nil` when nobody can tell.
  private func isEntry(_ word: SlotWord) -> Bool? {
    guard let key = entries.record(at: word)?.key(in: entries.space) else { return nil }
    let hash = entries.slots.hash(key.rawSpan)
    do throws(StoreError) {
      while let place = try entries.search(key.rawSpan, hash: hash)?.place {
        if place.word.incarnation == word.incarnation { return true }
        #if STEP_HOOK
          if Protection.sweepersLook.isMissing { return false }
        #endif
        // The key may have been compared with that of a later incarnation, which is no entry yet.
        if entries.slots.isUnchanged(place) { return false }
      }
      return false
    } catch {
      return nil
    }
  }
}
