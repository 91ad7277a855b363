import SharedMemory
import SimDB

/// A stack of units.
///
/// Invariants:
/// - An element is pushed with the top that moves to its unit, and popped with the top that moves
///   to the one below; the unit is then given back.
/// - A unit is live before it is popped. So one that is allocated was never popped, and one that is
///   live and not linked is to be given back.
/// - The link and the depth of a unit do not change while it is linked.
///
/// **Concurrency.** Lock-free; any number of threads and processes.
///
/// - SeeAlso: Treiber (1986), IBM RJ 5118.
@usableFromInline
final class UnitStack: LinkedUnits {
  @usableFromInline let pool: NodePool
  @usableFromInline let handle: StructureHandle
  @usableFromInline let arrival: WakeWord

  init(_ handle: StructureHandle, elementSize: Int) throws(StoreError) {
    self.handle = handle
    pool = try NodePool(
      handle, .stack, stride: Self.stride(elementSize: elementSize),
      headsSize: NodeLayout.stackSize, isSorted: false)
    arrival = WakeWord(handle.region.word32(at: NodeLayout.arrival))
  }

  /// Where the element lies in its unit, behind the depth.
  @inlinable @inline(__always)
  static var elementOffset: Int { NodeLayout.key &+ 8 }

  static func stride(elementSize: Int) -> Int { NodePool.stride(elementOffset + elementSize) }

  @inlinable @inline(__always)
  var top: AtomicWord { pool.region.word(at: NodeLayout.headerSize) }

  /// How many elements there are down from a unit.
  @inlinable @inline(__always)
  func depthWord(_ unit: Unit) -> AtomicWord {
    unit.region.word(at: unit.offset &+ NodeLayout.key)
  }

  // MARK: Pushing and popping

  /// Puts what `fill` writes on top.
  ///
  /// - Complexity: O(1); O(units) when there is no free one.
  @inlinable @inline(__always)
  func push(_ fill: (_ region: SharedRegion, _ offset: Int) -> Void) throws(StoreError) {
    let claim = try pool.take(pool.owner()) { owner throws(StoreError) in try takeAtLast(owner) }
    fill(claim.unit.region, claim.unit.offset &+ Self.elementOffset)
    var link = LinkWord(rawValue: claim.unit.nextWord.loadRelaxed())
    while true {
      let top = top.position()
      var depth: UInt64 = 0
      if top.index != 0 {
        do throws(StoreError) { depth = depthWord(try pool.unit(top.index)).loadRelaxed() } catch {
          pool.release(claim)
          throw error
        }
      }
      depthWord(claim.unit).storeRelaxed(depth &+ 1)
      link = link.pointing(to: top.index)
      // Pair unit-linked.
      claim.unit.nextWord.storeReleasing(link.rawValue)
      if self.top.move(top, to: top.next(claim.index)) { break }
    }
    // Pair wake: the top was moved by a compare-and-swap.
    arrival.wake()
    _ = claim.unit.change(claim.header, to: claim.header.next(.live))
    try handle.checkLive()
  }

  /// Takes the element on top.
  ///
  /// - Parameter read: Reads the element; what it returns is thrown away when another was faster.
  /// - Complexity: O(1).
  @inlinable @inline(__always)
  func pop<Element>(
    _ read: (_ region: SharedRegion, _ offset: Int) -> Element
  ) throws(StoreError) -> Element? {
    _ = try pool.owner()
    while true {
      let top = top.position()
      guard top.index != 0 else {
        try handle.checkLive()
        return nil
      }
      let unit = try pool.unit(top.index)
      let header = unit.header()
      let below = unit.next().index
      let element = read(unit.region, unit.offset &+ Self.elementOffset)
      guard self.top.isStill(top) else { continue }
      guard header.is(.live) else {
        try sayLive(unit, header)
        continue
      }
      guard self.top.move(top, to: top.next(below)) else { continue }
      pool.release(top.index, unit, header)
      try handle.checkLoss()
      return element
    }
  }

  /// Says of a linked unit that it is live, for whoever has linked it.
  @inline(never) @usableFromInline
  func sayLive(_ unit: Unit, _ header: UnitWord) throws(StoreError) {
    guard header.is(.allocated) else { throw pool.corrupt("a linked unit is nobody's") }
    _ = unit.change(header, to: header.next(.live))
  }

  // MARK: Looking

  /// Whether there is nothing.
  var isEmpty: Bool {
    // Pair wake: read after the sleeper has announced itself.
    PositionWord(rawValue: top.loadSequential()).index == 0
  }

  /// The elements from the top down, `limit` at most; writes nothing.
  ///
  /// - Parameter read: As of `pop`.
  func elements<Element>(
    limit: Int, _ read: (_ region: SharedRegion, _ offset: Int) -> Element
  ) throws(StoreError) -> [Element] {
    let elements = try elements(from: top, limit: limit) { unit in
      read(unit.region, unit.offset + Self.elementOffset)
    }
    try handle.checkLive()
    return elements
  }

  /// How many elements there are.
  func count() throws(StoreError) -> Int {
    while true {
      let top = top.position()
      guard top.index != 0 else { return 0 }
      let depth = depthWord(try pool.unit(top.index)).loadRelaxed()
      if self.top.isStill(top) { return Int(clamping: depth) }
    }
  }

  // MARK: After a death

  @usableFromInline
  func mayBeLeft(
    _ unit: Unit, _ header: UnitWord, _ deaths: inout Deaths
  ) throws(StoreError) -> Bool {
    switch header.state {
    case .live: true
    case .allocated: deaths.isDead(header.owner)
    default: throw pool.corrupt("a unit has no state")
    }
  }

  @usableFromInline
  func linkedCount() throws(StoreError) -> Int { try count() }

  @usableFromInline
  func insertLinked(_ units: inout UnitSet) throws(StoreError) -> Bool {
    try insert(from: top, into: &units)
  }
}
