import SharedMemory
import SimDB
import Synchronization

/// 256 queues of units, and words that say which of them may have elements.
///
/// Invariants, for each level:
/// - The head names a unit without an element, behind which the others are linked in their order.
///   An element is pushed with the link that leads to its unit, and popped with the head that moves
///   to it; the unit that the head named before is then given back.
/// - The head moves to a unit only when the tail is there or further: no unit that the tail names
///   is given back.
/// - The link of a unit that was allocated with version v has version v - 1 while it leads nowhere
///   and v once it leads to the next: so it is told from the unit alone whether it ever was in
///   front of another.
///
/// **Concurrency.** Lock-free; any number of threads and processes.
///
/// - SeeAlso: Michael and Scott (1996), doi:10.1145/248052.248106.
@usableFromInline
final class PriorityLevels: LinkedUnits {
  @usableFromInline static var count: Int { 256 }

  @usableFromInline let pool: NodePool
  @usableFromInline let handle: StructureHandle
  @usableFromInline let arrival: WakeWord
  /// When this process looks for elements that their producers did not live to tell of.
  private let search = SearchTimer()

  init(_ handle: StructureHandle, elementSize: Int) throws(StoreError) {
    self.handle = handle
    pool = try NodePool(
      handle, .priorityQueue, stride: Self.stride(elementSize: elementSize),
      headsSize: NodeLayout.levelsSize, isSorted: false)
    arrival = WakeWord(handle.region.word32(at: NodeLayout.arrival))
  }

  /// Where the element lies in its unit.
  @inlinable @inline(__always)
  static var elementOffset: Int { NodeLayout.key }

  static func stride(elementSize: Int) -> Int { NodePool.stride(elementOffset + elementSize) }

  /// Makes all levels empty, after the sizes have been written: unit n + 1 is the first that the
  /// head of level n names.
  static func initialize(_ region: SharedRegion) {
    let bits = Int(region.word(at: NodeLayout.unitBits).loadRelaxed())
    let stride = Int(region.word32(at: NodeLayout.stride).loadRelaxed())
    let heads = NodeLayout.headerSize
    let extent = Extent(region, at: heads + NodeLayout.levelsSize, bits: bits, levels: 0)
    for level in 0..<count {
      let index = UInt64(level + 1)
      let allocated = UnitWord(rawValue: 0).next(.allocated)
      region.word(at: extent.units + Int(index) * stride).storeRelaxed(allocated.rawValue)
      let line = heads + NodeLayout.firstLevel + level * NodeLayout.levelSize
      region.word(at: line).storeRelaxed(index)
      region.word(at: line + NodeLayout.levelTail).storeRelaxed(index)
    }
  }

  // MARK: Places

  @inlinable @inline(__always)
  func head(_ level: Int) -> AtomicWord {
    pool.region.word(
      at: NodeLayout.headerSize &+ NodeLayout.firstLevel &+ level &* NodeLayout.levelSize)
  }

  @inlinable @inline(__always)
  func tail(_ level: Int) -> AtomicWord {
    pool.region.word(
      at: NodeLayout.headerSize &+ NodeLayout.firstLevel &+ level &* NodeLayout.levelSize
        &+ NodeLayout.levelTail)
  }

  @inlinable @inline(__always)
  func stateWord(_ level: Int) -> AtomicWord {
    states(level >> LevelStates.bits)
  }

  @inlinable @inline(__always)
  func states(_ number: Int) -> AtomicWord {
    pool.region.word(at: NodeLayout.headerSize &+ number &* 8)
  }

  @inlinable @inline(__always)
  static func place(_ level: Int) -> Int { level & (1 << LevelStates.bits &- 1) }

  // MARK: Pushing

  /// Appends what `fill` writes to a level.
  ///
  /// - Complexity: O(1); O(units) when there is no free one.
  @inlinable @inline(__always)
  func push(
    _ level: Int, _ fill: (_ region: SharedRegion, _ offset: Int) -> Void
  ) throws(StoreError) {
    let claim = try pool.take(pool.owner()) { owner throws(StoreError) in try takeAtLast(owner) }
    fill(claim.unit.region, claim.unit.offset &+ Self.elementOffset)
    // Pair unit-linked.
    claim.unit.nextWord.storeReleasing(claim.header.lastLink.rawValue)
    // Said before, so that it is found if its producer dies then; and looked at again, since
    // somebody may have found the level empty in between.
    if !isFilled(level) { sayFilled(level) }
    do throws(StoreError) { try append(claim, level) } catch {
      pool.release(claim)
      throw error
    }
    // Pair level-state: linked by a compare-and-swap, looked at afterwards.
    if !isFilled(level) { sayFilled(level) }
    // Pair wake: the element was linked by a compare-and-swap.
    arrival.wake()
    try handle.checkLive()
  }

  /// Links a filled unit at the end of a level.
  @inlinable @inline(__always)
  func append(_ claim: NodePool.Claim, _ level: Int) throws(StoreError) {
    let tailWord = tail(level)
    var helped: UInt64 = 0
    while true {
      let tail = tailWord.position()
      let last = try pool.unit(tail.index)
      let link = last.next()
      guard tailWord.isStill(tail) else { continue }
      if link.index == 0 {
        guard last.relink(link, to: link.pointing(to: claim.index)) else { continue }
        _ = tailWord.move(tail, to: tail.next(claim.index))
        return
      }
      if tailWord.move(tail, to: tail.next(link.index)) { helped &+= 1 }
      guard helped <= 1 << UInt64(pool.maximumBits) else {
        throw pool.corrupt("a level has no end")
      }
    }
  }

  @inlinable @inline(__always)
  func isFilled(_ level: Int) -> Bool {
    // Pair level-state.
    LevelStates(rawValue: stateWord(level).loadSequential()).is(.filled, Self.place(level))
  }

  @inline(never) @usableFromInline
  func sayFilled(_ level: Int) {
    let word = stateWord(level)
    while true {
      let states = LevelStates(rawValue: word.loadRelaxed())
      if states.is(.filled, Self.place(level)) { return }
      // Pair level-state.
      if word.compareExchange(
        states.rawValue, states.setting(Self.place(level), .filled).rawValue)
      {
        return
      }
    }
  }

  // MARK: Popping

  /// Takes the first element of the first level that has one.
  ///
  /// - Parameter read: Reads the element; what it returns is thrown away when another was faster.
  /// - Complexity: O(1), amortised.
  @inlinable @inline(__always)
  func pop<Element>(
    _ read: (_ region: SharedRegion, _ offset: Int) -> Element
  ) throws(StoreError) -> (level: Int, element: Element)? {
    _ = try pool.owner()
    var start = 0
    while let level = try firstLevel(ofAllFrom: start) {
      if let element = try pop(level, read) {
        try handle.checkLoss()
        return (level, element)
      }
      try doubt(level)
      start = level
    }
    try handle.checkLive()
    return nil
  }

  /// A level that may have elements: the first from `level` on, or else of all; `nil` when at one
  /// instant none had.
  @inlinable @inline(__always)
  func firstLevel(ofAllFrom level: Int) throws(StoreError) -> Int? {
    if let level = firstLevel(from: level) { return level }
    return try firstLevelAtLast()
  }

  @inline(never) @usableFromInline
  func firstLevelAtLast() throws(StoreError) -> Int? {
    while true {
      let seen = allStates()
      if let level = firstLevel(from: 0) { return level }
      // Pair level-state: the same words twice were so in between.
      Fence.acquire()
      let now = allStates()
      guard (seen.indices.allSatisfy { seen[$0] == now[$0] }) else { continue }
      guard try findForgotten() else { return nil }
    }
  }

  private func allStates() -> InlineArray<16, UInt64> {
    InlineArray {
      // Pair level-state, pair wake: read after a sleeper has announced itself.
      states($0).loadSequential()
    }
  }

  /// The first level from `level` on that may have elements.
  @inlinable @inline(__always)
  func firstLevel(from level: Int) -> Int? {
    var place = Self.place(level)
    for number in level >> LevelStates.bits..<Self.count >> LevelStates.bits {
      // Pair level-state: the link that the state speaks of is visible.
      let states = LevelStates(rawValue: states(number).loadAcquiring())
      if let found = states.first(from: place) { return number << LevelStates.bits &+ found }
      place = 0
    }
    return nil
  }

  @inlinable @inline(__always)
  func pop<Element>(
    _ level: Int, _ read: (_ region: SharedRegion, _ offset: Int) -> Element
  ) throws(StoreError) -> Element? {
    let (headWord, tailWord) = (head(level), tail(level))
    while true {
      let head = headWord.position()
      let before = try pool.unit(head.index)
      let link = before.next()
      guard link.index != 0 else {
        guard headWord.isStill(head) else { continue }
        return nil
      }
      let unit = try pool.unit(link.index)
      let element = read(unit.region, unit.offset &+ Self.elementOffset)
      let header = before.header()
      let isWhole = header.is(.allocated) && unit.header().is(.allocated)
      let tail = tailWord.position()
      guard headWord.isStill(head) else { continue }
      guard isWhole else { throw pool.corrupt("a linked unit is nobody's") }
      let moved = head.next(link.index)
      if tail.distance(from: moved) < 0 {
        // Who has linked the unit has not come to this.
        guard tailWord.move(tail, to: tail.next(link.index)) else { continue }
      }
      guard headWord.move(head, to: moved) else { continue }
      pool.release(head.index, before, header)
      return element
    }
  }

  /// Says of a level that was found empty that it is, if it still is.
  @inline(never) @usableFromInline
  func doubt(_ level: Int) throws(StoreError) {
    let (word, place) = (stateWord(level), Self.place(level))
    // Pair level-state: doubted first, looked at afterwards. Another's doubt is as good, and so
    // nobody doubts for ever because others do.
    var doubted = LevelStates(rawValue: word.loadSequential())
    guard !doubted.is(.empty, place) else { return }
    if !doubted.is(.doubted, place) {
      let states = doubted
      doubted = states.setting(place, .doubted)
      guard word.compareExchange(states.rawValue, doubted.rawValue) else { return }
    }
    guard try isEmpty(level) else { return }
    // Pair level-state: who has linked since then has changed the word.
    _ = word.compareExchange(doubted.rawValue, doubted.setting(place, .empty).rawValue)
  }

  /// Whether a level is empty, in the single order of all sequentially consistent operations.
  private func isEmpty(_ level: Int) throws(StoreError) -> Bool {
    let headWord = head(level)
    while true {
      let head = headWord.position()
      // Pair level-state: a link by who then found the level filled is visible.
      let link = LinkWord(rawValue: try pool.unit(head.index).nextWord.loadSequential())
      if headWord.isStill(head) { return link.index == 0 }
    }
  }

  /// Looks, ten times a second at most, for elements that their producers did not live to tell of.
  ///
  /// - Returns: Whether there may be something to pop now.
  private func findForgotten() throws(StoreError) -> Bool {
    guard search.isDue() else { return false }
    var isFound = false
    for level in 0..<Self.count where try !isEmpty(level) {
      sayFilled(level)
      isFound = true
    }
    return isFound
  }

  // MARK: Looking

  /// Whether there is nothing of which its producer has told.
  ///
  /// - Complexity: O(levels) where there is nothing.
  var seemsEmpty: Bool {
    var next = firstLevel(from: 0)
    while let level = next {
      // Who pops is told what is wrong.
      guard (try? isEmpty(level)) == true else { return false }
      next = firstLevel(from: level + 1)
    }
    return true
  }

  /// Whether there is something of which its producer did not live to tell.
  ///
  /// - Complexity: O(levels).
  var hasForgotten: Bool {
    // Who pops is told what is wrong.
    (0..<Self.count).contains { (try? isEmpty($0)) != true }
  }

  /// The elements that would be taken next, `limit` at most; writes nothing.
  ///
  /// - Parameter read: As of `pop`.
  func elements<Element>(
    limit: Int, _ read: (_ region: SharedRegion, _ offset: Int) -> Element
  ) throws(StoreError) -> [(level: Int, element: Element)] {
    var elements: [(level: Int, element: Element)] = []
    var next = firstLevel(from: 0)
    while let level = next, elements.count < limit {
      // The unit that the head names has no element.
      let found = try self.elements(from: head(level), skipping: 1, limit: limit - elements.count) {
        unit in read(unit.region, unit.offset + Self.elementOffset)
      }
      elements += found.map { (level, $0) }
      next = firstLevel(from: level + 1)
    }
    try handle.checkLive()
    return elements
  }

  /// How many elements all levels have.
  func count() throws(StoreError) -> Int {
    var sum = 0
    for level in 0..<Self.count { sum += try count(level) }
    try handle.checkLive()
    return sum
  }

  /// How many elements a level has; exact where nothing changes meanwhile.
  func count(_ level: Int) throws(StoreError) -> Int {
    let (headWord, tailWord) = (head(level), tail(level))
    while true {
      let head = headWord.position()
      let tail = tailWord.position()
      let link = try pool.unit(tail.index).next()
      guard tailWord.isStill(tail), headWord.isStill(head) else { continue }
      let count = tail.distance(from: head) + (link.index == 0 ? 0 : 1)
      return max(0, Int(count))
    }
  }

  /// Elements there may be at most.
  var capacity: Int { 1 << pool.maximumBits - 1 - Self.count }

  /// How many elements were ever pushed, but for those whose producer is about to say so; each
  /// level counts around 2^36.
  var pushedCount: UInt64 {
    (0..<Self.count).reduce(0) { $0 &+ tail($1).position().number }
  }

  // MARK: After a death

  @usableFromInline
  func mayBeLeft(
    _ unit: Unit, _ header: UnitWord, _ deaths: inout Deaths
  ) throws(StoreError) -> Bool {
    guard header.is(.allocated) else { throw pool.corrupt("a unit has no state") }
    return unit.next().version == header.version || deaths.isDead(header.owner)
  }

  @usableFromInline
  func linkedCount() throws(StoreError) -> Int { try count() + Self.count }

  @usableFromInline
  func insertLinked(_ units: inout UnitSet) throws(StoreError) -> Bool {
    for level in 0..<Self.count where try !insert(from: head(level), into: &units) { return false }
    return true
  }
}
