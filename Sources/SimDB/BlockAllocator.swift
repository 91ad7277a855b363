import SharedMemory

/// What one thread needs to allocate and retire blocks without meeting others.
///
/// Retired runs wait in the limbo until no pin names them, and are then reused by this thread or
/// freed. Of single blocks and of longer runs, limbo and reusable each hold at most a 128th of the
/// store, and 256 single blocks; or one run, of a 64th at most where it is reusable. Everything in
/// them stands in the block headers as `retired` by this participant: another process may take it
/// when the store is full, and does so when this one dies.
///
/// Blocks of the reserve are claimed by `allocateReplaced` and `allocateForReplacing` alone.
///
/// **Concurrency.** One thread at a time.
struct BlockAllocator: ~Copyable {
  private let blocks: BlockTable
  private let space: BlockSpace
  private let lanes: Lanes
  private let owner: ParticipantIdentity
  private let cursor: AtomicWord
  private let reserve: BlockReserve
  /// Most single blocks to keep in limbo, and as many again for reuse.
  private var limit: Int

  private var limbo = WordStack(capacity: 256)
  private var reusable = WordStack(capacity: 256)
  private var limboRuns: [RetiredRun] = []
  private var reusableRuns: [RetiredRun] = []
  /// How many of the runs in limbo were pinned when the pins were last looked at.
  private var pinnedRuns = 0
  /// Blocks of the others.
  private var waitingRunBlocks = 0
  private var reusableRunBlocks = 0
  private var window = 0..<0
  private var freeRuns = FreeRuns()
  /// What a search of the whole store did not find, and how many blocks to allocate before the
  /// next.
  private var missing: (length: Int, pause: Int)?
  /// How many searches to leave out, since one found not a single block, or none to spare.
  private var skips = 0
  /// Blocks that may be claimed before the reserve is counted again.
  private var granted = 0
  /// Whether this thread has freed kept blocks since it last claimed one.
  private var hasRefilledReserve = false
  /// In ascending order.
  private var pins: [UInt64] = []

  private struct RetiredRun {
    let slot: SlotWord
    /// 0 for several runs, of which none is reused.
    let length: Int
  }

  init(segment: Segment, owner: ParticipantIdentity) {
    blocks = BlockTable(segment)
    space = BlockSpace(segment)
    lanes = Lanes(segment)
    self.owner = owner
    cursor = segment.region.word(at: allocationCursorOffset)
    reserve = BlockReserve(segment)
    limit = Self.limit(segment.layout.blockCount)
  }

  private static func limit(_ blockCount: Int) -> Int { max(1, min(256, blockCount / 128)) }

  /// Most blocks to keep in runs in limbo, and as many again for reuse.
  private var runLimit: Int { max(1, blocks.count / 128) }
  /// Most runs to keep in limbo, and as many again for reuse: they are looked through.
  private static let mostRuns = 256

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

  /// Looks for blocks where that is likely to find some, and where it takes nothing from what is
  /// kept: here nobody knows whether they will replace others.
  @inline(never)
  private mutating func search(_ length: Int) -> Allocation? {
    if length > 1, let found = reuseRun(length) { return found }
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

  /// How many searches are left out after one in vain: each looks at all blocks, so that leaves 64
  /// for each.
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
    missing = nil
    guard reserve.allows(length), let found = find(length) else { return nil }
    skips = 0
    return found
  }

  /// Claims short runs for a record of `payload` bytes, the longest that this thread knows of.
  ///
  /// - Parameter isNew: Whether the record replaces none, and so may take nothing from what is
  ///   kept.
  mutating func allocateFragments(_ payload: Int, isNew: Bool) -> Fragments? {
    guard !isNew || allowsFragments(payload) else { return nil }
    var claim = FragmentClaim(blocks, owner: owner, blockSize: space.blockSize)
    var hasGathered = false
    while claim.capacity < payload {
      let wanted = claim.blockCount(for: payload)
      guard let run = freeRuns.take(atLeast: wanted) ?? freeRuns.takeLongest() else {
        guard !hasGathered else { break }
        hasGathered = true
        gather(4 * wanted)
        continue
      }
      var rest = run
      while claim.capacity < payload, let index = rest.popFirst(), claim.add(index) {}
      freeRuns.note(rest)
    }
    return claim.finish(payload)
  }

  /// Claims free blocks wherever they are, for a record that replaces none and has `payload` bytes.
  ///
  /// - Returns: As ``allocateFragments(_:from:)``.
  func allocateFragmentsForNew(_ payload: Int) -> Fragments? {
    allowsFragments(payload) ? allocateFragments(payload, from: reserve.count) : nil
  }

  /// The links of the runs take some more; that much the reserve may lack.
  private func allowsFragments(_ payload: Int) -> Bool {
    reserve.allows(space.blockCount(for: payload))
  }

  /// Claims what this thread has replaced itself, be it kept or not: so whoever overwrites in a
  /// full store goes on for ever, and searches for nothing.
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
    missing = nil
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
    while let run = freeRuns.take(atLeast: 1) {
      if let found = claim(1, of: run) { return found }
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

  /// Claims `length` neighbouring blocks, or returns `nil` when no run of that length was found, or
  /// none not long ago.
  private mutating func allocateRun(_ length: Int) -> Allocation? {
    if let found = reuseRun(length) { return found }
    // Memory that was used a moment ago is mapped and may be cached; what a search finds is
    // neither, and costs more than a look at the pins, unless those are more bytes than the run.
    if waitingRunBlocks * space.blockSize >= lanes.usedByteCount + Self.leastLook,
      limboRuns.contains(where: { $0.length == length })
    {
      reclaim()
      if let found = reuseRun(length) { return found }
    }
    while let run = freeRuns.take(atLeast: length) {
      if let found = claim(length, of: run) { return found }
    }
    if let missing, length >= missing.length, missing.pause > 0 {
      self.missing?.pause -= length
      return nil
    }
    guard length <= blocks.count - reserve.count else { return nil }
    let origin = searchOrigin
    let found =
      claimRun(length, in: origin..<blocks.count)
      ?? claimRun(length, in: reserve.count..<min(blocks.count, origin + length))
    if found == nil {
      missing = (min(length, missing?.length ?? length), searchPause)
    } else if let missing, length >= missing.length {
      self.missing = nil
    }
    return found
  }

  /// What a look at the pins costs at least, told in bytes that are written meanwhile.
  private static let leastLook = 4_096

  /// How many blocks are allocated after a search in vain before the next.
  private var searchPause: Int { blocks.count / 16 }

  /// Where the next search begins.
  private var searchOrigin: Int {
    let start = Int(truncatingIfNeeded: cursor.loadRelaxed()) & Int.max
    return reserve.count + start % windowCount * Self.windowLength
  }

  /// Makes the next search begin with the window after block `index`.
  private func moveCursor(behind index: Int) {
    let passed = max(0, index - reserve.count)
    cursor.storeRelaxed(UInt64((passed + Self.windowLength - 1) / Self.windowLength))
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
    var index = range.lowerBound
    while let run = freeRun(from: index, before: range.upperBound, upTo: length) {
      if run.count >= length, let found = claim(length, of: run) {
        moveCursor(behind: run.upperBound)
        return found
      }
      note(run)
      index = run.upperBound
    }
    return nil
  }

  /// Claims the first blocks of a run that was seen free, and remembers the others.
  private mutating func claim(_ length: Int, of run: Range<Int>) -> Allocation? {
    let first = run.lowerBound
    guard let generation = blocks.claimRun(first, length: length, owner: owner) else { return nil }
    note(first + length..<run.upperBound)
    return Allocation(head: first, generation: generation)
  }

  /// Remembers a free run; none of what is kept.
  private mutating func note(_ run: Range<Int>) {
    freeRuns.note(run.clamped(to: min(reserve.count, run.upperBound)..<Int.max))
  }

  /// Remembers free runs of about `wanted` blocks from the cursor on.
  private mutating func gather(_ wanted: Int) {
    if let missing, missing.length == 1, missing.pause > 0 { return }
    let origin = searchOrigin
    var found = 0
    for range in [origin..<blocks.count, reserve.count..<origin] {
      var index = range.lowerBound
      while let run = freeRun(from: index, before: range.upperBound, upTo: 1) {
        note(run)
        found += run.count
        index = run.upperBound
        guard found < wanted else { return moveCursor(behind: index) }
      }
    }
    if found == 0 { missing = (1, searchPause) }
  }

  /// The first free run from `index` on, of which as much is seen as a window has or as is
  /// `wanted`.
  private func freeRun(from index: Int, before end: Int, upTo wanted: Int) -> Range<Int>? {
    var first = index
    while first < end {
      let word = blocks.word(first)
      if blocks.isClaimable(word) { break }
      first += occupied(first, word)
    }
    guard first < end else { return nil }
    let limit = min(end, first + max(wanted, Self.windowLength))
    var last = first + 1
    while last < limit, blocks.isClaimable(blocks.word(last)) { last += 1 }
    return first..<last
  }

  /// How many blocks from `index` on need no look, since that one belongs to a record.
  private func occupied(_ index: Int, _ word: BlockWord) -> Int {
    guard word.state == .live || word.state == .retired,
      let header = blocks.headers.header(of: index)
    else { return 1 }
    return max(1, Record(index, header).runLength(in: space))
  }

  /// Claims free blocks from `first` on, wherever they are, until `payload` bytes fit, or none.
  private func allocateFragments(_ payload: Int, from first: Int) -> Fragments? {
    var claim = FragmentClaim(blocks, owner: owner, blockSize: space.blockSize)
    for index in first..<blocks.count where claim.capacity < payload { _ = claim.add(index) }
    return claim.finish(payload)
  }

  /// Lets the store grow by `wanted` blocks or more, where the next search begins.
  ///
  /// - Returns: `false` when it is as large as it may be.
  mutating func addBlocks(_ wanted: Int) throws(StoreError) -> Bool {
    let first = blocks.all.count
    guard try blocks.headers.committed.grow(by: wanted) else { return false }
    cursor.storeRelaxed(UInt64((first - reserve.count) / Self.windowLength))
    skips = 0
    missing = nil
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
      // Which leaves nothing in the limbo.
      reclaim()
      _ = limbo.push(slot.incarnation)
    } else {
      // The length comes from the record: of one that reaches beyond the store nothing is reused.
      let length = length <= blocks.count - slot.blockIndex ? length : 0
      limboRuns.append(RetiredRun(slot: SlotWord(rawValue: slot.incarnation), length: length))
      waitingRunBlocks += length > 0 ? length : blockCount(ofRecordAt: slot)
      if waitingRunBlocks >= runLimit || limboRuns.count - pinnedRuns >= Self.mostRuns { reclaim() }
    }
  }

  /// About how many blocks a record of several runs has.
  private func blockCount(ofRecordAt slot: SlotWord) -> Int {
    guard let header = blocks.headers.header(of: slot.blockIndex) else { return 1 }
    let length = Record(slot.blockIndex, header).lengths.dataLength
    return min(space.blockCount(for: length), blocks.count)
  }

  /// Makes reusable, or frees, everything in the limbo that nobody has pinned.
  mutating func reclaim() {
    limit = Self.limit(blocks.count)
    lanes.collectPins(into: &pins)
    pins.sort()
    if pins.isEmpty, reusable.count == 0, !reserve.isInUse {
      swap(&limbo, &reusable)
    }
    let waiting = limboRuns
    limboRuns.removeAll(keepingCapacity: true)
    for run in waiting {
      if isPinned(run.slot.rawValue) {
        limboRuns.append(run)
      } else if run.length > 1, !reserve.contains(run.slot), isReusable(run.length) {
        reusableRuns.append(run)
        reusableRunBlocks += run.length
      } else {
        free(run.slot, length: run.length)
      }
    }
    for _ in 0..<limbo.count {
      guard let word = limbo.pop() else { break }
      let slot = SlotWord(rawValue: word)
      if isPinned(word) {
        limboRuns.append(RetiredRun(slot: slot, length: 1))
      } else if reserve.contains(slot) || reusable.count >= limit || !reusable.push(word) {
        free(slot)
      }
    }
    // What is pinned stays, and does not bring every later retirement back here.
    pinnedRuns = limboRuns.count
    waitingRunBlocks = 0
  }

  /// Whether a run of `length` blocks may be kept beside those that are.
  private func isReusable(_ length: Int) -> Bool {
    reusableRunBlocks + length <= runLimit && reusableRuns.count < Self.mostRuns
      || reusableRuns.isEmpty && length <= blocks.count / 64
  }

  private func isPinned(_ word: UInt64) -> Bool {
    var candidates = pins[...]
    while let middle = candidates.indices.dropFirst(candidates.count / 2).first {
      if candidates[middle] == word { return true }
      candidates =
        candidates[middle] < word ? candidates[(middle + 1)...] : candidates[..<middle]
    }
    return false
  }

  /// Frees everything that is not pinned, and makes what is nobody's, since the thread ends.
  ///
  /// - Returns: Whether anything was left.
  mutating func end() -> Bool {
    releaseAll()
    for run in limboRuns { blocks.disown(run.slot, owner: owner) }
    defer { limboRuns = [] }
    return !limboRuns.isEmpty
  }

  /// Frees everything that is not pinned.
  mutating func releaseAll() {
    reclaim()
    while let word = reusable.pop() { free(SlotWord(rawValue: word)) }
    for run in reusableRuns { free(run.slot, length: run.length) }
    reusableRuns = []
    reusableRunBlocks = 0
  }

  private mutating func free(_ slot: SlotWord, length: Int = 1) {
    if reserve.contains(slot) { hasRefilledReserve = true }
    let first = slot.blockIndex
    // Read before: the next owner writes over it.
    let runs = length == 0 ? fragments(from: first) : [first..<first + length]
    let word = BlockWord(.retired, owner: owner, generation: slot.generation)
    guard blocks.free(first, from: word) else { return }
    if length != 1 || freeRuns.isInUse { for run in runs { note(run) } }
  }

  /// The first few runs of the record that begins with block `first`.
  private func fragments(from first: Int) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var next = FragmentRun(first, in: space)
    while let run = next, runs.count < 32 {
      runs.append(run.blocks)
      next = run.next(in: space)
    }
    return runs
  }
}
