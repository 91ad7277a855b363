import SharedMemory

/// Blocks for one record, claimed and not yet published.
struct Allocation {
  /// Block that a slot will name.
  let head: Int
  /// Generation of the head's new incarnation.
  let generation: UInt64
}

/// What one thread needs to allocate and retire blocks without meeting others.
///
/// Retired runs wait in the limbo until no pin names them, and are then reused by this thread or
/// freed. Of single blocks and of longer runs, limbo and reusable each hold at most a 128th of the
/// store and 256 blocks, or one run. Everything in them stands in the block headers as `retired` by
/// this participant: another process may take it when the store is full, and does so when this one
/// dies.
///
/// **Concurrency.** One thread at a time.
struct BlockAllocator: ~Copyable {
  private let blocks: BlockTable
  private let blockSize: Int
  private let lanes: Lanes
  private let owner: ParticipantIdentity
  private let cursor: AtomicWord
  /// Most blocks to keep in limbo, and as many again for reuse.
  private let limit: Int

  private var limbo = WordStack(capacity: 256)
  private var reusable = WordStack(capacity: 256)
  private var limboRuns: [RetiredRun] = []
  private var reusableRuns: [RetiredRun] = []
  private var limboRunBlocks = 0
  private var reusableRunBlocks = 0
  private var window = 0..<0
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

  @inline(never)
  private mutating func search(_ length: Int) -> Allocation? {
    length == 1 ? allocateBlock() : allocateRun(length)
  }

  /// Claims one block, or returns `nil` when a search of the whole store found none.
  private mutating func allocateBlock() -> Allocation? {
    // One that another took when the store was full is no reason to give up the others.
    while reusable.count > 0 {
      if let found = reuseBlock() { return found }
    }
    let windowCount = (blocks.count + Self.windowLength - 1) / Self.windowLength
    for _ in 0...windowCount {
      while let index = window.popFirst() {
        if let generation = blocks.claimHead(index, owner: owner) {
          return Allocation(head: index, generation: generation)
        }
      }
      // A hint that spreads threads over the store; nothing depends on its value.
      let next = Int(truncatingIfNeeded: cursor.addRelaxed(1)) % windowCount
      let first = abs(next) * Self.windowLength
      window = first..<min(first + Self.windowLength, blocks.count)
    }
    return nil
  }

  private static let windowLength = 64

  /// Claims `length` neighbouring blocks, or returns `nil` when no run of that length is free.
  private mutating func allocateRun(_ length: Int) -> Allocation? {
    if let found = reuseRun(length) { return found }
    // Memory that was used a moment ago is mapped and may be cached; what a search finds is neither,
    // and costs more than a look at the pins.
    if limboRuns.contains(where: { $0.length == length }) {
      reclaim()
      if let found = reuseRun(length) { return found }
    }
    guard length <= blocks.count else { return nil }
    let start = Int(truncatingIfNeeded: cursor.loadRelaxed()) & Int.max
    let origin =
      start % ((blocks.count + Self.windowLength - 1) / Self.windowLength)
      * Self.windowLength
    return claimRun(length, in: origin..<blocks.count)
      ?? claimRun(length, in: 0..<min(blocks.count, origin + length))
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
          let windows = (index + Self.windowLength - 1) / Self.windowLength
          cursor.storeRelaxed(UInt64(windows))
          return Allocation(head: first, generation: generation)
        }
        first = index
      }
    }
    return nil
  }

  /// Claims free blocks wherever they are, until `payload` bytes fit, or none.
  ///
  /// - Returns: The runs in order; the first begins at the allocation's head.
  func allocateFragments(_ payload: Int) -> (allocation: Allocation, runs: [Range<Int>])? {
    var head: (index: Int, generation: UInt64)?
    var runs: [Range<Int>] = []
    var capacity = 0
    for index in 0..<blocks.count where capacity < payload {
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
    return (allocation, runs)
  }

  /// Lets the store grow by `wanted` blocks or more, where the next search begins.
  ///
  /// - Returns: `false` when it is as large as it may be.
  func addBlocks(_ wanted: Int) throws(StoreError) -> Bool {
    let first = blocks.all.count
    guard try blocks.headers.committed.grow(by: wanted) else { return false }
    cursor.storeRelaxed(UInt64(first / Self.windowLength))
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
    if pins.isEmpty, reusable.count == 0 {
      swap(&limbo, &reusable)
    }
    for _ in 0..<limbo.count {
      guard let word = limbo.pop() else { break }
      if pins.contains(word) {
        limboRuns.append(RetiredRun(slot: SlotWord(rawValue: word), length: 1))
        limboRunBlocks += 1
      } else if reusable.count >= limit || !reusable.push(word) {
        free(SlotWord(rawValue: word))
      }
    }
    let waiting = limboRuns
    limboRuns.removeAll(keepingCapacity: true)
    limboRunBlocks = 0
    for run in waiting {
      if pins.contains(run.slot.rawValue) {
        limboRuns.append(run)
        limboRunBlocks += max(run.length, 1)
      } else if run.length > 1, reusableRunBlocks + run.length <= limit {
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

  private func free(_ slot: SlotWord) {
    let word = BlockWord(.retired, owner: owner, generation: slot.generation)
    _ = blocks.free(slot.blockIndex, from: word)
  }
}
