import SharedMemory
import SimDB
import Synchronization

/// Units of equal size that structures are linked of.
///
/// Invariants:
/// - A unit's header is the truth; free bits and shelves are hints. Who takes a unit changes its
///   header from free, by compare-and-swap; so a hint that is wrong, or given twice, is harmless,
///   and one that died with its process is found again by looking at all headers.
/// - Extents never move and are never given back while the structure stands.
///
/// **Concurrency.** `Sendable`; lock-free but for a lock inside this process while it attaches to
/// an extent that another has added.
@usableFromInline
final class NodePool: Sendable {
  @usableFromInline let handle: StructureHandle
  @usableFromInline let kind: TypeID
  @usableFromInline let region: SharedRegion
  @usableFromInline let stride: Int
  @usableFromInline let firstBits: Int
  @usableFromInline let maximumBits: Int
  @usableFromInline let levels: Int
  let headsSize: Int
  // Of the first extent, in which most units are.
  @usableFromInline let firstCount: UInt64
  @usableFromInline let first: Extent
  @usableFromInline let extents = AppendOnlyTable<Extent>(capacity: 28)
  @usableFromInline let shelf: HintShelf
  private let shelfMemory: LocalMemory
  private let parts = AppendOnlyTable<StructureHandle>(capacity: 28)
  private let appending = LocalMutex<Void>(())
  /// Where free bits were last found.
  private let cursor = Atomic<Int>(0)
  /// The participant that has pinned all extents.
  @usableFromInline let identity = Atomic<UInt64>(.max)
  let suspicion = Suspicion()

  /// Most units of all extents: what a link can name.
  static let mostBits = 28

  /// Bytes of a unit that holds `byteCount`, in as few cache lines as they need.
  static func stride(_ byteCount: Int) -> Int {
    let bytes = (byteCount + 7) & ~7
    return bytes <= 32 ? 32 : (bytes + 63) & ~63
  }

  init(
    _ handle: StructureHandle, _ kind: TypeID, stride: Int, headsSize expected: Int?, isSorted: Bool
  ) throws(StoreError) {
    self.handle = handle
    self.kind = kind
    region = handle.region
    self.stride = stride
    (shelf, shelfMemory) = HintShelf.make()
    try handle.checkVersion(
      kind, expected: NodeLayout.version, headerSize: NodeLayout.headerSize)
    firstBits = Int(clamping: region.word(at: NodeLayout.unitBits).loadRelaxed())
    maximumBits = Int(clamping: region.word(at: NodeLayout.maximumBits).loadRelaxed())
    headsSize = Int(clamping: region.word(at: NodeLayout.headsSize).loadRelaxed())
    levels = isSorted ? Extent.levels(bits: Self.mostBits) : 0
    let heads = headsSize
    guard (6...Self.mostBits).contains(firstBits),
      (firstBits...Self.mostBits).contains(maximumBits),
      Int(region.word32(at: NodeLayout.stride).loadRelaxed()) == stride,
      (0...1 << 32).contains(heads), heads % 64 == 0, expected == nil || expected == heads,
      region.count
        == NodeLayout.headerSize + heads
        + Extent.byteCount(bits: firstBits, levels: levels, stride: stride)
    else { throw handle.corrupt(kind, "its sizes contradict each other") }
    firstCount = 1 << UInt64(firstBits)
    first = Extent(region, at: NodeLayout.headerSize + heads, bits: firstBits, levels: levels)
    extents.append(first)
  }

  // MARK: Places

  /// The unit that `index` names.
  @inlinable @inline(__always)
  func unit(_ index: UInt64) throws(StoreError) -> Unit {
    if _fastPath(index < firstCount) {
      return Unit(region, first.units &+ Int(truncatingIfNeeded: index) &* stride)
    }
    let number = extentNumber(index)
    guard number < extents.count else { return try attachUnit(index) }
    let extent = extents[number]
    return Unit(extent.region, extent.units &+ Int(truncatingIfNeeded: local(index)) &* stride)
  }

  /// Extent 0 has 2^k units, extent e > 0 those from 2^(k+e-1) on.
  @inlinable @inline(__always)
  func extentNumber(_ index: UInt64) -> Int {
    64 &- (index >> UInt64(firstBits)).leadingZeroBitCount
  }

  /// The number of a unit in its extent.
  @inlinable @inline(__always)
  func local(_ index: UInt64) -> UInt64 {
    index < (1 as UInt64) << UInt64(firstBits)
      ? index : index ^ ((1 as UInt64) << UInt64(63 &- index.leadingZeroBitCount))
  }

  /// Where the unit's hints stand; it must have been found before.
  @inlinable @inline(__always)
  func tower(_ index: UInt64) -> Tower {
    if _fastPath(index < firstCount) { return Tower(of: index, in: first) }
    return Tower(of: local(index), in: extents[extentNumber(index)])
  }

  /// The unit's place in its extent, if it is in a level; it must have been found before.
  ///
  /// - Parameter row: That level of the first extent.
  @inlinable @inline(__always)
  func place(_ index: UInt64, ifIn level: Int, _ row: HintRow) -> UInt64? {
    guard _fastPath(index < firstCount) else {
      let tower = tower(index)
      return tower.reaches(level) ? tower.place : nil
    }
    let place = first.place(of: index)
    return level <= first.levels && place < row.count ? place : nil
  }

  /// How many levels of hints the unit is in; it must have been found before.
  @inlinable @inline(__always)
  func height(_ index: UInt64) -> Int { tower(index).height }

  /// The unit's hint of a level up to its height.
  @inlinable @inline(__always)
  func hintWord(_ index: UInt64, level: Int) -> AtomicWord { tower(index).hintWord(level) }

  /// The greatest height of a unit that there may be; also that of hints of a head.
  @usableFromInline
  var topLevel: Int { min(levels, Extent.levels(bits: maximumBits)) }

  @inline(never) @usableFromInline
  func attachUnit(_ index: UInt64) throws(StoreError) -> Unit {
    guard index < 1 << UInt64(maximumBits) else {
      throw corrupt("a link leads outside")
    }
    try attach(upTo: extentNumber(index))
    return try unit(index)
  }

  @usableFromInline
  func corrupt(_ reason: String) -> StoreError { handle.corrupt(kind, reason) }

  /// How many units there are in all extents that this process knows.
  var unitCount: UInt64 { 1 << UInt64(firstBits + extents.count - 1) }

  /// Whether there is a unit of that number.
  func knows(_ index: UInt64) throws(StoreError) -> Bool {
    guard index >= unitCount else { return true }
    guard index < 1 << UInt64(maximumBits) else { return false }
    try attachAll()
    return index < unitCount
  }

  /// Attaches to all extents that there are.
  func attachAll() throws(StoreError) {
    while firstBits + extents.count <= maximumBits {
      guard try attachNext(creating: false) else { return }
    }
  }

  /// Attaches to extents that others have added.
  private func attach(upTo number: Int) throws(StoreError) {
    while extents.count <= number {
      guard try attachNext(creating: false) else {
        if let loss = handle.lossError { throw loss }
        throw StoreError(
          .notFound, place: handle.place(kind), reason: "units that it grew by are gone",
          remedy: "it was deleted; create it again")
      }
    }
  }

  /// Attaches to the next extent; `false` when there is none and none is to be made.
  private func attachNext(creating: Bool) throws(StoreError) -> Bool {
    try attach(extents.count, creating: creating)
  }

  private func attach(_ number: Int, creating: Bool) throws(StoreError) -> Bool {
    let bits = firstBits + number - 1
    let byteCount = Extent.byteCount(bits: bits, levels: levels, stride: stride)
    let levels = levels
    let part = try handle.part(
      UInt64(number),
      creating: creating
        ? (
          byteCount,
          { Extent($0, at: 0, bits: bits, levels: levels).initialize(isFirst: false) }
        ) : nil)
    guard let part else { return false }
    guard part.region.count == byteCount else {
      throw corrupt("a part has \(part.region.count) bytes, not \(byteCount)")
    }
    appending.withLock { _ in
      guard extents.count == number else { return }
      parts.append(part)
      extents.append(Extent(part.region, at: 0, bits: bits, levels: levels))
    }
    return true
  }

  // MARK: Who

  /// Whom this process is, with all extents pinned.
  @inlinable @inline(__always)
  func owner() throws(StoreError) -> ParticipantIdentity {
    let owner = try handle.owner()
    if identity.load(ordering: .relaxed) != owner.rawValue { try pinAgain(owner) }
    return owner
  }

  /// A forked child pins the parts anew.
  @inline(never) @usableFromInline
  func pinAgain(_ owner: ParticipantIdentity) throws(StoreError) {
    for number in 0..<parts.count { _ = try parts[number].owner() }
    identity.store(owner.rawValue, ordering: .relaxed)
  }

  // MARK: Taking and giving back

  /// A unit that its taker alone may fill.
  @frozen @usableFromInline
  struct Claim {
    @usableFromInline let index: UInt64
    @usableFromInline let unit: Unit
    @usableFromInline let header: UnitWord

    @inlinable @inline(__always)
    init(index: UInt64, unit: Unit, header: UnitWord) {
      self.index = index
      self.unit = unit
      self.header = header
    }
  }

  /// Takes a unit that the shelf or the free bits know of.
  @inlinable @inline(__always)
  func take(_ owner: ParticipantIdentity) throws(StoreError) -> Claim? {
    while let index = shelf.take() {
      if let claim = try claim(index, owner) { return claim }
    }
    return try takeByBits(owner)
  }

  /// Takes a unit to be filled now.
  ///
  /// - Parameter takeAtLast: Looks for more than is known to be free, after there was none. A
  ///   closure: a method by its name would count references each time.
  /// - Throws: `full` when it finds none either.
  @inlinable @inline(__always)
  func take(
    _ owner: ParticipantIdentity,
    else takeAtLast: (ParticipantIdentity) throws(StoreError) -> Claim?
  ) throws(StoreError) -> Claim {
    var taken = try take(owner)
    if taken == nil { taken = try takeAtLast(owner) }
    guard let claim = taken else {
      // Zeros of lost memory are no unit.
      try handle.checkLive()
      throw full()
    }
    // Pair unit-linked, pair unit-header: who reads what is written now will see that the unit was
    // given back before.
    Fence.release()
    return claim
  }

  @inlinable @inline(__always)
  func claim(_ index: UInt64, _ owner: ParticipantIdentity) throws(StoreError) -> Claim? {
    let unit = try unit(index)
    let header = unit.header()
    guard header.is(.free) else { return nil }
    let claimed = header.next(.allocated, owner.rawValue)
    guard unit.change(header, to: claimed) else { return nil }
    return Claim(index: index, unit: unit, header: claimed)
  }

  /// Gives a unit back, if it is still as `header` says.
  @inlinable @inline(__always) @discardableResult
  func release(_ index: UInt64, _ unit: Unit, _ header: UnitWord) -> Bool {
    guard unit.change(header, to: header.next(.free)) else { return false }
    if !shelf.put(index) { setFreeBit(index) }
    return true
  }

  @inlinable @inline(__always)
  func release(_ claim: Claim) { release(claim.index, claim.unit, claim.header) }

  @inline(never) @usableFromInline
  func setFreeBit(_ index: UInt64) {
    let number = Int(local(index))
    let word = extents[extentNumber(index)].freeWord(number >> 6)
    let bit = (1 as UInt64) << UInt64(number & 63)
    // No pair: a hint.
    if word.loadRelaxed() & bit == 0 { word.setBits(bit) }
  }

  /// Free bits that one look takes: more where nobody will miss them.
  private var batch: Int { unitCount < 4_096 ? 1 : 16 }

  @inline(never) @usableFromInline
  func takeByBits(_ owner: ParticipantIdentity) throws(StoreError) -> Claim? {
    let words = max(1, Int(unitCount >> 6))
    let start = cursor.load(ordering: .relaxed)
    for step in 0..<words {
      let number = (start &+ step) & (words - 1)
      let first = UInt64(number) << 6
      let word = extents[extentNumber(first)].freeWord(Int(local(first)) >> 6)
      while true {
        let bits = word.loadRelaxed()
        guard bits != 0 else { break }
        var left = bits
        for _ in 0..<batch { left &= left &- 1 }
        // No pair: a hint.
        guard word.compareExchange(bits, left) else { continue }
        cursor.store(number, ordering: .relaxed)
        var taken = bits ^ left
        var claim: Claim?
        while taken != 0 {
          let index = first | UInt64(taken.trailingZeroBitCount)
          taken &= taken &- 1
          if claim == nil {
            claim = try self.claim(index, owner)
          } else if !shelf.put(index) {
            setFreeBit(index)
          }
        }
        if let claim { return claim }
      }
    }
    return nil
  }

  // MARK: When there is none

  /// Takes a unit after all that is free has been found, and adds an extent when nothing is.
  ///
  /// - Parameter settle: Looks at a unit that is not free and frees it where it is nobody's.
  /// - Returns: `nil` when there are as many units as there may be, and all are in use.
  @inline(never) @usableFromInline
  func takeAtLast(
    _ owner: ParticipantIdentity, settle: (UInt64, Unit, UnitWord) throws(StoreError) -> Void
  ) throws(StoreError) -> Claim? {
    try findFree(settle: settle)
    return try takeOrGrow(owner)
  }

  /// Takes a unit that is known to be free, and adds an extent when none is.
  ///
  /// - Returns: `nil` when there are as many units as there may be, and all are in use.
  func takeOrGrow(_ owner: ParticipantIdentity) throws(StoreError) -> Claim? {
    while true {
      if let claim = try take(owner) { return claim }
      // Read once: another thread may have added the last one meanwhile.
      let number = extents.count
      guard firstBits + number <= maximumBits else { return nil }
      _ = try attach(number, creating: true)
    }
  }

  /// Looks at all headers, and sets the bits of those that are free.
  func findFree(
    settle: (UInt64, Unit, UnitWord) throws(StoreError) -> Void
  ) throws(StoreError) {
    try attachAll()
    for index in 1..<unitCount {
      let unit = try unit(index)
      let header = unit.header()
      if !header.is(.free) { try settle(index, unit, header) }
      if unit.header().is(.free) { setFreeBit(index) }
    }
  }

  /// What a structure throws that has no unit left.
  @usableFromInline
  func full() -> StoreError {
    StoreError(
      .full, place: handle.place(kind),
      reason: "its \(unitCount - 1) units are in use, and it may have no more",
      remedy: "remove elements, or create it with a greater maximum")
  }
}
