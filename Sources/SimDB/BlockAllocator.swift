import SharedMemory

/// Blocks for one record, claimed and not yet published.
struct Allocation {
  /// Block that a slot will name.
  let head: Int
  /// Generation of the head's new incarnation.
  let generation: UInt64
}

/// Blocks for one record in a store without enough neighbouring ones.
struct Fragments {
  let allocation: Allocation
  /// The runs in order, the first of which begins at the allocation's head; empty where there is but
  /// one.
  let runs: [Range<Int>]
}

/// What one thread needs to allocate and retire blocks without meeting others.
///
/// Retired runs wait in the limbo until no pin names them, and are then reused by this thread or
/// freed. Of single blocks and of longer runs, limbo and reusable each hold at most a 128th of the
/// store and 256 blocks, or one run. Everything in them stands in the block headers as `retired` by
/// this participant: another process may take it when the store is full, and does so when this one
/// dies.
///
/// Blocks of the reserve are claimed by `allocateReplaced` and `allocateForReplacing` alone.
///
/// **Concurrency.** One thread at a time.
struct BlockAllocator: ~Copyable {
  private let blocks: BlockTable
  private let blockSize: Int
  private let lanes: Lanes
  private let owner: ParticipantIdentity
  private let cursor: AtomicWord
  private let reserve: BlockReserve
  /// Most blocks to keep in limbo, and as many again for reuse.
  private let limit: Int

  private var limbo = WordStack(capacity: 256)
  private var reusable = WordStack(capacity: 256)
  private var limboRuns: [RetiredRun] = []
  private var reusableRuns: [RetiredRun] = []
  private var limboRunBlocks = 0
  private var reusableRunBlocks = 0
  private var window = 0..<0
  /// How many searches to leave out, since one found not a single block, or none to spare.
  private var skips = 0
  /// Blocks that may be claimed before the reserve is counted again.
  private var granted = 0
  /// Whether this thread has freed kept blocks since it last claimed one.
  private var hasRefilledReserve = false
  private var pins: [UInt64] = []

  private struct RetiredRun {
    let slot: SlotWord
    let length: Int
  }

  init(segment: Segment, owner: ParticipantIdentity) {
    blocks = BlockTable(segment)
    blockSize = segment.layout.blockSize
    lanes = Lanes(segment)
    self.owner = owner
    cursor = segment.region.word(at: allocationCursorOffset)
    reserve = BlockReserve(segment)
    limit = max(1, min(256, segment.layout.blockCount / 128))
  }

  // MARK: Allocating

  /// Claims `length` neighbouring blocks, or returns `nil` when a search of the store found none.
  @inline(__always)
  mutating func allocate(_ length: Int) -> Allocation? {
    if length == 1, let found = reuseBlock() { return found }
    return search(length)
  }

  @inline(__always)
  private mutating func reuseBlock() -> Allocation? {
    guard let word = reusable.pop() else { return nil }
    let slot = SlotWord(rawValue: word)
    guard
      let generation = blocks.reuse(slot.blockIndex, retired: slot.generation, owner: owner)
    else { return nil }
    return Allocation(head: slot.blockIndex, generation: generation)
  }

  /// Looks for blocks where that is likely to find some, and where it takes nothing from what is kept:
  /// here nobody knows whether they will replace others.
  @inline(never)
  private mutating func search(_ length: Int) -> Allocation? {
    guard skips == 0 else {
      skips -= 1
      return nil
    }
    if reserve.isInUse {
      if granted < length {
        guard reserve.allows(length + Self.windowLength) else {
          skips = searchInterval
          return nil
        }
        granted = length + Self.windowLength
      }
      granted -= length
    }
    let found = find(length)
    if found == nil, length == 1 { skips = searchInterval }
    return found
  }

  /// How many searches are left out after one in vain: each looks at all blocks, so that leaves 64 for
  /// each.
  private var searchInterval: Int { blocks.count / 64 }

  /// Claims `length` neighbouring blocks that are not kept, or returns `nil` when there are none.
  private mutating func find(_ length: Int) -> Allocation? {
    length == 1 ? allocateBlock() : allocateRun(length)
  }

  /// Claims `length` neighbouring blocks in a store where `allocate` found none, for a record that
  /// replaces none.
  ///
  /// - Returns: `nil` also when blocks would be missing to those who overwrite.
  mutating func allocateForNew(_ length: Int) -> Allocation? {
    guard reserve.allows(length), let found = find(length) else { return nil }
    skips = 0
    return found
  }

  /// Claims free blocks wherever they are, for a record that replaces none and has `payload` bytes.
  ///
  /// - Returns: As ``allocateFragments(_:from:)``.
  func allocateFragmentsForNew(_ payload: Int) -> Fragments? {
    // The links of the runs take some more; that much they may lack.
    guard reserve.allows((payload + blockSize - 1) / blockSize) else { return nil }
    return allocateFragments(payload, from: reserve.count)
  }

  /// Claims what this thread has replaced itself, be it kept or not: so whoever overwrites in a full
  /// store goes on for ever, and searches for nothing.
  mutating func allocateReplaced(_ length: Int) -> Allocation? {
    reclaim()
    if length == 1, let found = reuseBlock() { return found }
    if length > 1, let found = reuseRun(length) { return found }
    guard hasRefilledReserve else { return nil }
    hasRefilledReserve = false
    guard length <= reserve.count, let found = claimRun(length, in: 0..<reserve.count) else {
      return nil
    }
    reserve.noteClaim()
    return found
  }

  /// Claims blocks, kept ones last, for a record of `length` blocks that replaces one of as many.
  mutating func allocateForReplacing(_ length: Int, payload: Int) -> Fragments? {
    if let found = find(length) { return Fragments(allocation: found, runs: []) }
    if length > 1, let found = allocateFragments(payload, from: reserve.count) { return found }
    let found =
      claimRun(length, in: 0..<blocks.count).map { Fragments(allocation: $0, runs: []) }
      ?? allocateFragments(payload, from: 0)
    if found != nil { reserve.noteClaim() }
    return found
  }

  /// Claims one block, or returns `nil` when a search of the whole store found none.
  private mutating func allocateBlock() -> Allocation? {
    // One that another took when the store was full is no reason to give up the others.
    while reusable.count > 0 {
      if let found = reuseBlock() { return found }
    }
    let windowCount = self.windowCount
    for _ in 0...windowCount {
      while let index = window.popFirst() {
        if let generation = blocks.claimHead(index, owner: owner) {
          return Allocation(head: index, generation: generation)
        }
      }
      // A hint that spreads threads over the store; nothing depends on its value.
      let next = Int(truncatingIfNeeded: cursor.addRelaxed(1)) % windowCount
      let first = reserve.count + abs(next) * Self.windowLength
      window = first..<min(first + Self.windowLength, blocks.count)
    }
    return nil
  }

  private static let windowLength = 64

  /// Windows that all blocks but those kept make up.
  private var windowCount: Int {
    (blocks.count - reserve.count + Self.windowLength - 1) / Self.windowLength
  }

  /// Claims `length` neighbouring blocks, or returns `nil` when no run of that length is free.
  private mutating func allocateRun(_ length: Int) -> Allocation? {
    if let found = reuseRun(length) { return found }
    // Memory that was used a moment ago is mapped and may be cached; what a search finds is neither,
    // and costs more than a look at the pins.
    if limboRuns.contains(where: { $0.length == length }) {
      reclaim()
      if let found = reuseRun(length) { return found }
    }
    guard length <= blocks.count - reserve.count else { return nil }
    let start = Int(truncatingIfNeeded: cursor.loadRelaxed()) & Int.max
    let origin = reserve.count + start % windowCount * Self.windowLength
    return claimRun(length, in: origin..<blocks.count)
      ?? claimRun(length, in: reserve.count..<min(blocks.count, origin + length))
  }

  private mutating func reuseRun(_ length: Int) -> Allocation? {
    guard let found = reusableRuns.lastIndex(where: { $0.length == length }) else { return nil }
    let run = reusableRuns.remove(at: found)
    reusableRunBlocks -= length
    let index = run.slot.blockIndex
    return blocks.reuse(index, retired: run.slot.generation, owner: owner).map {
      Allocation(head: index, generation: $0)
    }
  }

  private mutating func claimRun(_ length: Int, in range: Range<Int>) -> Allocation? {
    var first = range.lowerBound
    var index = first
    while index < range.upperBound {
      guard blocks.isClaimable(blocks.word(index)) else {
        index += 1
        first = index
        continue
      }
      index += 1
      if index - first == length {
        if let generation = blocks.claimRun(first, length: length, owner: owner) {
          let passed = max(0, index - reserve.count)
          cursor.storeRelaxed(UInt64((passed + Self.windowLength - 1) / Self.windowLength))
          return Allocation(head: first, generation: generation)
        }
        first = index
      }
    }
    return nil
  }

  /// Claims free blocks from `first` on, wherever they are, until `payload` bytes fit, or none.
  private func allocateFragments(_ payload: Int, from first: Int) -> Fragments? {
    var head: (index: Int, generation: UInt64)?
    var runs: [Range<Int>] = []
    var capacity = 0
    for index in first..<blocks.count where capacity < payload {
      if let head {
        guard blocks.claimTail(index, head: head.index, stamp: head.generation) else { continue }
      } else if let generation = blocks.claimHead(index, owner: owner) {
        head = (index, generation)
      } else {
        continue
      }
      if let last = runs.last, last.upperBound == index {
        runs[runs.count - 1] = last.lowerBound..<index + 1
        capacity += blockSize
      } else {
        capacity += blockSize - FragmentRun.linkLength
        runs.append(index..<index + 1)
      }
    }
    guard let head else { return nil }
    let allocation = Allocation(head: head.index, generation: head.generation)
    guard capacity >= payload else {
      giveBack(allocation)
      return nil
    }
    return Fragments(allocation: allocation, runs: runs)
  }

  /// Lets the store grow by `wanted` blocks or more, where the next search begins.
  ///
  /// - Returns: `false` when it is as large as it may be.
  mutating func addBlocks(_ wanted: Int) throws(StoreError) -> Bool {
    let first = blocks.all.count
    guard try blocks.headers.committed.grow(by: wanted) else { return false }
    cursor.storeRelaxed(UInt64((first - reserve.count) / Self.windowLength))
    skips = 0
    return true
  }

  /// Frees what was allocated and not published.
  func giveBack(_ allocation: Allocation) { blocks.giveBack(allocation, owner: owner) }

  // MARK: Retiring

  /// Retires the incarnation that no slot names any more.
  ///
  /// - Parameters:
  ///   - live: The header's word while the block is live.
  ///   - length: Blocks of its one run; 0 for a record of several runs, which is only freed.
  @inline(__always)
  mutating func retire(_ slot: SlotWord, live: BlockWord, length: Int) {
    guard blocks.retire(slot, live: live, owner: owner) else { return }
    if length == 1, limbo.count < limit, limbo.push(slot.incarnation) { return }
    keep(slot, length: length)
  }

  /// Keeps a retired run where the limbo is full, or holds no such runs.
  @inline(never)
  private mutating func keep(_ slot: SlotWord, length: Int) {
    if length == 1 {
      reclaim()
      if !limbo.push(slot.incarnation) { free(slot) }
    } else {
      // The length comes from the record: of one that reaches beyond the store nothing is reused.
      let length = length <= blocks.count - slot.blockIndex ? length : 0
      limboRuns.append(RetiredRun(slot: SlotWord(rawValue: slot.incarnation), length: length))
      limboRunBlocks += max(length, 1)
      if limboRunBlocks >= limit || limboRuns.count >= 64 { reclaim() }
    }
  }

  /// Makes reusable, or frees, everything in the limbo that nobody has pinned.
  mutating func reclaim() {
    lanes.collectPins(into: &pins)
    if pins.isEmpty, reusable.count == 0, !reserve.isInUse {
      swap(&limbo, &reusable)
    }
    for _ in 0..<limbo.count {
      guard let word = limbo.pop() else { break }
      let slot = SlotWord(rawValue: word)
      if pins.contains(word) {
        limboRuns.append(RetiredRun(slot: slot, length: 1))
        limboRunBlocks += 1
      } else if reserve.contains(slot) || reusable.count >= limit || !reusable.push(word) {
        free(slot)
      }
    }
    let waiting = limboRuns
    limboRuns.removeAll(keepingCapacity: true)
    limboRunBlocks = 0
    for run in waiting {
      if pins.contains(run.slot.rawValue) {
        limboRuns.append(run)
        limboRunBlocks += max(run.length, 1)
      } else if run.length > 1, !reserve.contains(run.slot),
        reusableRunBlocks + run.length <= limit
      {
        reusableRuns.append(run)
        reusableRunBlocks += run.length
      } else {
        free(run.slot)
      }
    }
  }

  /// Frees everything that is not pinned; what is stays `retired` for a later sweep.
  mutating func releaseAll() {
    reclaim()
    while let word = reusable.pop() { free(SlotWord(rawValue: word)) }
    for run in reusableRuns { free(run.slot) }
    reusableRuns = []
    reusableRunBlocks = 0
  }

  private mutating func free(_ slot: SlotWord) {
    if reserve.contains(slot) { hasRefilledReserve = true }
    let word = BlockWord(.retired, owner: owner, generation: slot.generation)
    _ = blocks.free(slot.blockIndex, from: word)
  }
}
