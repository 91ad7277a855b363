import SharedMemory

/// The block headers of a segment and every legal step on them.
///
/// **Concurrency.** Each step is a compare-and-swap from a word that names state, owner and
/// generation, so any number of processes may try the same step and one succeeds.
struct BlockTable: Sendable {
  let headers: BlockHeaders
  /// Head: the generation at which its run was claimed. Tail: its own generation.
  private let stamps: SharedRegion

  init(_ segment: Segment) {
    headers = BlockHeaders(segment)
    stamps = segment.region.region(
      at: segment.layout.blockStampsOffset, count: segment.layout.maximumBlockCount * 8)
  }

  /// Blocks that are known to exist.
  @inline(__always)
  var count: Int { headers.committed.count }

  /// All blocks that exist at this moment.
  var all: Range<Int> { 0..<headers.committed.currentCount }

  private func stamp(_ index: Int) -> AtomicWord { stamps.word(at: index * 8) }

  /// The header word at this moment.
  @inline(__always)
  func word(_ index: Int) -> BlockWord {
    // Pair header-step: acquires what the step's process wrote before it.
    BlockWord(rawValue: headers[index].state.loadAcquiring())
  }

  /// Whether a block with header `word` could be claimed now.
  func isClaimable(_ word: BlockWord) -> Bool {
    switch word.state {
    case .free: true
    case .tail: !belongsToRun(word)
    default: false
    }
  }

  /// Whether the run that a tail names still exists.
  func belongsToRun(_ tail: BlockWord) -> Bool {
    guard let head = headers.header(of: tail.head) else { return false }
    // Pair header-step.
    switch BlockWord(rawValue: head.state.loadAcquiring()).state {
    // Pair head-stamped.
    case .allocated, .live, .retired: return stamp(tail.head).loadAcquiring() == tail.stamp
    default: return false
    }
  }

  /// Claims a free block as the head of a run.
  ///
  /// - Returns: The generation of the new incarnation, or `nil` when another has the block.
  func claimHead(_ index: Int, owner: ParticipantIdentity) -> UInt64? {
    let found = word(index)
    let generation: UInt64
    switch found.state {
    case .free: generation = BlockWord.next(found.generation)
    case .tail where !belongsToRun(found): generation = BlockWord.next(stamp(index).loadRelaxed())
    default: return nil
    }
    let claimed = BlockWord(.allocated, owner: owner, generation: generation)
    // Pair header-step.
    guard headers[index].state.compareExchange(found.rawValue, claimed.rawValue) else { return nil }
    // Until this store, tails of an older run still seem to have a head: nobody takes them.
    // Pair head-stamped.
    stamp(index).storeReleasing(generation)
    return generation
  }

  /// Claims a free block as a further block of the run of `head`.
  func claimTail(_ index: Int, head: Int, stamp runStamp: UInt64) -> Bool {
    // Pair head-stamped: before the word, so that a stamp of a later run is not taken for this
    // one's.
    let stamped = stamp(index).loadAcquiring()
    let found = word(index)
    switch found.state {
    case .free:
      // The block's own generation must survive while the word names the head instead. Where the
      // stamp has changed, so has the word, or another has done this.
      _ = stamp(index).compareExchange(stamped, found.generation)
    case .tail where !belongsToRun(found): break
    default: return false
    }
    let claimed = BlockWord.tail(head: head, stamp: runStamp)
    // Pair header-step.
    return headers[index].state.compareExchange(found.rawValue, claimed.rawValue)
  }

  /// Claims `length` neighbouring blocks from `first`, or none.
  ///
  /// - Returns: The generation of the head.
  func claimRun(_ first: Int, length: Int, owner: ParticipantIdentity) -> UInt64? {
    guard let generation = claimHead(first, owner: owner) else { return nil }
    for index in first + 1..<first + length
    where !claimTail(index, head: first, stamp: generation) {
      // Tails taken so far lose their head and with it their owner.
      _ = free(first, from: BlockWord(.allocated, owner: owner, generation: generation))
      return nil
    }
    return generation
  }

  /// Takes one step from `word` to another state of the same generation.
  func step(
    _ index: Int, from word: BlockWord, to state: BlockWord.State, owner: ParticipantIdentity
  ) -> Bool {
    // Pair header-step.
    headers[index].state.compareExchange(
      word.rawValue, BlockWord(state, owner: owner, generation: word.generation).rawValue)
  }

  /// Frees the run that `index` heads.
  func free(_ index: Int, from word: BlockWord) -> Bool {
    headers[index].state.compareExchange(
      word.rawValue, BlockWord.free(generation: word.generation).rawValue)
  }

  /// Frees what `owner` allocated and did not publish.
  func giveBack(_ allocation: Allocation, owner: ParticipantIdentity) {
    let word = BlockWord(.allocated, owner: owner, generation: allocation.generation)
    _ = free(allocation.head, from: word)
  }

  /// Reuses a run that `owner` retired and that nobody reads any more, with its tails.
  ///
  /// - Returns: The generation of the new incarnation, or `nil` when another has taken the run.
  func reuse(_ index: Int, retired generation: UInt64, owner: ParticipantIdentity) -> UInt64? {
    let next = BlockWord.next(generation)
    let from = BlockWord(.retired, owner: owner, generation: generation)
    let to = BlockWord(.allocated, owner: owner, generation: next)
    // Pair header-step.
    return headers[index].state.compareExchange(from.rawValue, to.rawValue) ? next : nil
  }

  /// Makes a run that its owner built, and that a slot names now, `live`.
  @inline(__always)
  func publish(_ index: Int, owner: ParticipantIdentity, generation: UInt64) {
    let built = BlockWord(.allocated, owner: owner, generation: generation)
    _ = step(index, from: built, to: .live, owner: owner)
  }

  /// Makes sure that a block some slot names is `live`, whoever published it.
  ///
  /// Whoever replaces a slot's word does this first, so that a sweeper which finds the block still
  /// `allocated` by a dead process knows that no slot ever named it, or one still does.
  ///
  /// - Returns: The header's word while the block is live.
  @inline(__always)
  func ensureLive(_ slot: SlotWord) -> BlockWord {
    let found = word(slot.blockIndex)
    let live = BlockWord(.live, owner: found.owner, generation: slot.generation)
    if found == BlockWord(.allocated, owner: found.owner, generation: slot.generation) {
      // Whoever else takes this step takes the same.
      // Pair header-step.
      _ = headers[slot.blockIndex].state.compareExchange(found.rawValue, live.rawValue)
    }
    return live
  }

  /// Makes sure that the block of an entry that is about to be replaced is `live`.
  ///
  /// The word of one that has arrived was frozen, which has done so. It does not tell its
  /// generation: that was read in the header after the slot, and may be of an incarnation that
  /// somebody builds by now.
  ///
  /// - Returns: The header's word while the block is live.
  @inline(__always)
  func ensureLive(_ place: SlotIndex.Place) -> BlockWord {
    #if STEP_HOOK
      if Protection.arrivedBlock.isMissing { return ensureLive(place.word) }
    #endif
    if place.observed.isLive { return ensureLive(place.word) }
    let owner = word(place.word.blockIndex).owner
    return BlockWord(.live, owner: owner, generation: place.word.generation)
  }

  /// Retires the incarnation that `slot` named; the caller has seen that its slot no longer does.
  ///
  /// - Parameter live: What `ensureLive` returned for the slot.
  /// - Returns: Whether the caller retired it, and so has it to free.
  @inline(__always)
  func retire(_ slot: SlotWord, live: BlockWord, owner: ParticipantIdentity) -> Bool {
    step(slot.blockIndex, from: live, to: .retired, owner: owner)
  }

  /// Makes a retired run nobody's.
  func disown(_ slot: SlotWord, owner: ParticipantIdentity) {
    let retired = BlockWord(.retired, owner: owner, generation: slot.generation)
    _ = step(slot.blockIndex, from: retired, to: .retired, owner: owner.nobody)
  }
}
