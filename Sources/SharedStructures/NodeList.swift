import SharedMemory
import SimDB

/// Lists of nodes in ascending order of their keys, no key twice, in the units of a pool.
///
/// Invariants:
/// - The lowest level is the only truth. Hints lead to places in it from which a search may begin,
///   and may be stale or missing: only speed depends on them.
/// - A node is linked once, by one compare-and-swap on the link before it; it is marked before it
///   is unlinked, and given back after that, by whoever has unlinked it or has seen by a search
///   that it is. So the link of an unmarked node that was linked leads to a node that is linked.
/// - Keys ascend along links, also over nodes without an element.
///
/// **Concurrency.** Lock-free; any number of threads and processes.
///
/// - SeeAlso: Harris (2001), doi:10.1007/3-540-45414-4_21; Michael (2002),
///   doi:10.1145/564870.564881; Pugh (1990), doi:10.1145/78973.78977.
@usableFromInline
final class NodeList<Key: NodeKey, Value: SharedValue>: Sendable {
  @usableFromInline let pool: NodePool
  @usableFromInline let handle: StructureHandle
  /// One less than the number of lists, which is a power of two.
  @usableFromInline let headMask: UInt64

  @usableFromInline
  init(_ pool: NodePool, headMask: UInt64) {
    self.headMask = headMask
    self.pool = pool
    handle = pool.handle
  }

  // What callers would otherwise ask the handle or the pool for, and count references.

  @inlinable @inline(__always)
  func checkLive() throws(StoreError) { try handle.checkLive() }

  @inlinable @inline(__always)
  func checkLoss() throws(StoreError) { try handle.checkLoss() }

  @inlinable @inline(__always)
  func owner() throws(StoreError) -> ParticipantIdentity { try pool.owner() }

  /// The head of the list that `key` belongs to.
  @inlinable @inline(__always)
  func head(_ key: Key) -> AtomicWord {
    head(Int(truncatingIfNeeded: key.headNumber & headMask))
  }

  @inlinable @inline(__always)
  func head(_ number: Int) -> AtomicWord {
    pool.region.word(at: NodeLayout.headerSize &+ number &* 8)
  }

  /// The head of the only list.
  @inlinable @inline(__always)
  var head: AtomicWord { pool.region.word(at: NodeLayout.headerSize) }

  /// Bytes of a unit.
  static var stride: Int { stride(valueSize: MemoryLayout<Value>.size) }

  /// Bytes of a unit: two words, key and value.
  static func stride(valueSize: Int) -> Int { NodePool.stride(valueOffset + valueSize) }

  @inlinable @inline(__always)
  static var valueOffset: Int { NodeLayout.key &+ (MemoryLayout<Key>.size &+ 7) & ~7 }

  @inlinable @inline(__always)
  var isHinted: Bool { Key.isHinted }

  // MARK: Reading a unit

  @inlinable @inline(__always)
  func key(_ unit: Unit) -> Key {
    unit.region.element(at: unit.offset &+ NodeLayout.key, as: Key.self)
  }

  /// The value of a node whose header is `header`; whole if the header is the same afterwards.
  @inlinable @inline(__always)
  func value(_ index: UInt64, _ unit: Unit, _ header: UnitWord) throws(StoreError) -> Value {
    // Before it is seen to be linked, a node holds its value itself.
    guard header.is(.live), header.link != index else {
      return unit.region.element(at: unit.offset &+ Self.valueOffset, as: Value.self)
    }
    let cell = try pool.unit(header.link)
    return cell.region.element(at: cell.offset &+ Self.valueOffset, as: Value.self)
  }

  // MARK: Places

  /// A node, or a head, that was seen linked and unmarked, and its link at that moment.
  @frozen @usableFromInline
  struct Spot {
    @usableFromInline var word: AtomicWord
    @usableFromInline var link: LinkWord
    /// 0 is the head.
    @usableFromInline var index: UInt64
    /// The node's header when it was seen, and where it stands; nothing of a head.
    @usableFromInline var node: (unit: Unit, header: UnitWord, key: Key)?

    @inlinable @inline(__always)
    init(head: AtomicWord) {
      word = head
      link = head.link()
      index = 0
    }

    @inlinable @inline(__always)
    init(_ seen: Seen) {
      word = seen.unit.nextWord
      link = seen.next
      index = seen.index
      node = (seen.unit, seen.header, seen.key)
    }

    /// Whether nothing was linked behind it, and it was not removed, since it was seen.
    @inlinable @inline(__always)
    var isUnchanged: Bool {
      // Pair unit-linked: what was read of the node behind it was read before.
      Fence.acquire()
      return word.loadRelaxed() == link.rawValue
    }

    /// Reads the link again; `false` when the node is not known to be linked any more.
    @inlinable @inline(__always)
    mutating func renew() -> Bool {
      let now = word.link()
      // The same header afterwards: the link is of the same life.
      if let node, node.unit.header() != node.header || now.isMarked { return false }
      link = now
      return true
    }
  }

  /// A node as it was while it was linked.
  @frozen @usableFromInline
  struct Seen {
    @usableFromInline let index: UInt64
    @usableFromInline let unit: Unit
    @usableFromInline let next: LinkWord
    @usableFromInline let key: Key
    @usableFromInline let header: UnitWord
    /// Whether the header was the same before.
    @usableFromInline var isOfOneLife = true

    @inlinable @inline(__always)
    init(_ index: UInt64, _ unit: Unit, _ list: NodeList) {
      self.index = index
      self.unit = unit
      next = unit.next()
      key = list.key(unit)
      // Pair unit-header: what was read above was read before the header is.
      Fence.acquire()
      header = unit.header()
    }
  }

  /// Where a search ended.
  @frozen @usableFromInline
  struct Place {
    /// The last node before the bound, or the head.
    @usableFromInline var before: Spot
    /// The node behind; `nil` at the end.
    @usableFromInline var seen: Seen?
    /// How many nodes were looked at.
    @usableFromInline var hops: Int

    @inlinable @inline(__always)
    init(before: Spot, seen: Seen?, hops: Int) {
      self.before = before
      self.seen = seen
      self.hops = hops
    }
  }

  /// What a search looks for: the first key that does not lie before it.
  @frozen @usableFromInline
  struct Bound: Sendable {
    /// `nil`: everything lies before it, or nothing.
    @usableFromInline let key: Key?
    @usableFromInline let isPassed: Bool

    @inlinable @inline(__always)
    init(key: Key?, isPassed: Bool) {
      self.key = key
      self.isPassed = isPassed
    }

    /// The first key that is at least `key`.
    @inlinable @inline(__always)
    static func at(_ key: Key) -> Bound { Bound(key: key, isPassed: false) }
    /// The first key that is greater than `key`.
    @inlinable @inline(__always)
    static func after(_ key: Key) -> Bound { Bound(key: key, isPassed: true) }
    /// The first key.
    @inlinable @inline(__always)
    static var start: Bound { Bound(key: nil, isPassed: false) }
    /// The end.
    @inlinable @inline(__always)
    static var end: Bound { Bound(key: nil, isPassed: true) }

    /// Whether `other` lies before it.
    @inlinable @inline(__always)
    func isAfter(_ other: Key) -> Bool {
      guard let key else { return isPassed }
      return isPassed ? !(key < other) : other < key
    }
  }

  // MARK: Searching

  /// Finds the first element that does not lie before `bound`; writes nothing.
  ///
  /// - Complexity: O(log n) expected, and what others remove and insert there meanwhile.
  @inlinable
  func seek(_ bound: Bound, _ head: AtomicWord) throws(StoreError) -> Place {
    var hops = 0
    while true {
      var path = HintPath()
      let start = isHinted ? try descend(bound, head, &path, &hops) : Spot(head: head)
      if let start, let place = try seek(bound, from: start, &hops) { return place }
    }
  }

  /// Goes on from a place that was seen linked; `nil` when it may not be any more.
  @inlinable @inline(__always)
  func seek(_ bound: Bound, from start: Spot, _ hops: inout Int) throws(StoreError) -> Place? {
    var spot = start
    var before = start
    var last = start.node?.key
    var index = start.link.index
    while true {
      guard index != 0 else {
        guard spot.isUnchanged else {
          guard spot.renew() else { return nil }
          last = spot.node?.key
          index = spot.link.index
          continue
        }
        return Place(before: before, seen: nil, hops: hops)
      }
      let seen = Seen(index, try pool.unit(index), self)
      hops &+= 1
      guard spot.isUnchanged else {
        guard spot.renew() else { return nil }
        last = spot.node?.key
        index = spot.link.index
        continue
      }
      // It was linked behind the spot, so all that was read is of one life.
      if let last, !(last < seen.key) { throw pool.corrupt("its keys do not ascend") }
      last = seen.key
      let isBefore = bound.isAfter(seen.key)
      if !isBefore && seen.header.isPresent {
        return Place(before: before, seen: seen, hops: hops)
      }
      index = seen.next.index
      if !seen.next.isMarked {
        spot = Spot(seen)
        if isBefore { before = spot }
      }
    }
  }

  /// Finds the first node that does not lie before `bound`, with nothing in between, and unlinks
  /// what it finds removed on its way.
  ///
  /// The node may be one whose element is being taken.
  ///
  /// - Complexity: As ``seek(_:_:)``.
  @inlinable
  func prepare(_ bound: Bound, _ head: AtomicWord) throws(StoreError) -> Place {
    var path = HintPath()
    return try prepare(bound, head, &path)
  }

  /// The same, with the nodes before the place in each level.
  @inlinable
  func prepare(
    _ bound: Bound, _ head: AtomicWord, _ path: inout HintPath
  ) throws(StoreError) -> Place {
    var hops = 0
    while true {
      let start =
        isHinted
        ? try descend(bound, head, &path, &hops, repairing: true) : Spot(head: head)
      if let start, let place = try prepare(bound, from: start, &path, &hops) { return place }
    }
  }

  @inlinable @inline(__always)
  func prepare(
    _ bound: Bound, from start: Spot, _ path: inout HintPath, _ hops: inout Int
  ) throws(StoreError) -> Place? {
    var spot = start
    while true {
      let index = spot.link.index
      guard index != 0 else {
        if spot.isUnchanged {
          return Place(before: spot, seen: nil, hops: hops)
        }
        guard spot.renew() else { return nil }
        continue
      }
      let seen = Seen(index, try pool.unit(index), self)
      hops &+= 1
      guard spot.isUnchanged else {
        guard spot.renew() else { return nil }
        continue
      }
      if let last = spot.node?.key, !(last < seen.key) {
        throw pool.corrupt("its keys do not ascend")
      }
      if seen.next.isMarked {
        guard seen.header.is(.gone) else { throw pool.corrupt("an element is marked") }
        if let link = unlink(seen, behind: spot) {
          spot.link = link
        } else {
          guard spot.renew() else { return nil }
        }
      } else if seen.header.is(.gone) {
        // Read before the header was: no change of it since means that it is of this life.
        _ = seen.unit.relink(seen.next, to: seen.next.marked)
      } else {
        if !seen.header.isPresent { try passClaimed(seen) }
        if !bound.isAfter(seen.key) {
          return Place(before: spot, seen: seen, hops: hops)
        }
        spot = Spot(seen)
        if isHinted { promote(seen.index, &path, isNew: false) }
      }
    }
  }

  /// Takes a marked node out and gives it back; the link before it, or `nil` when that has changed.
  @inlinable @inline(__always)
  func unlink(_ seen: Seen, behind spot: Spot) -> LinkWord? {
    let link = spot.link.pointing(to: seen.next.index)
    guard spot.word.relink(spot.link, to: link) else { return nil }
    release(seen.index, seen.unit, seen.header)
    return link
  }

  /// Gives back a node that is not linked any more, if it still is as `header` says, and the unit
  /// of its value.
  @inlinable @inline(__always)
  func release(_ index: UInt64, _ unit: Unit, _ header: UnitWord) {
    if pool.release(index, unit, header), header.link != index {
      releaseCell(header.link, of: index)
    }
  }

  /// Gives back a unit that held the value of `node` and does not any more.
  @usableFromInline
  func releaseCell(_ index: UInt64, of node: UInt64) {
    guard let cell = try? pool.unit(index) else { return }
    let header = cell.header()
    // One that is not yet called a cell, who has made it gives back.
    if header.is(.cell), header.link == node { pool.release(index, cell, header) }
  }

  /// Looks at a linked node whose element somebody is taking; ends the claim of a taker that died.
  @inline(never) @usableFromInline
  func passClaimed(_ seen: Seen) throws(StoreError) {
    guard seen.header.is(.claimed) else { throw pool.corrupt("a linked unit is nobody's") }
    guard pool.suspicion.isOfDead(seen.header.rawValue, seen.header.owner, handle) else { return }
    endClaim(seen.unit, seen.header)
  }

  /// Ends the claim of a taker that died.
  func endClaim(_ unit: Unit, _ header: UnitWord) {
    if unit.change(header, to: header.next(.gone)) {
      pool.region.word(at: NodeLayout.lost).addRelaxed(1)
    }
  }
}
