import SharedMemory
import SimDB

/// Every change takes effect by one compare-and-swap: an element is inserted with the link that
/// leads to its node, and removed or given another value with the node's header.
extension NodeList {
  /// What to do with a key that is there.
  @frozen @usableFromInline
  enum Existing {
    case keep, replace
  }

  /// One value of one node: no other value of any key has the same.
  @frozen @usableFromInline
  struct Version: Equatable {
    @usableFromInline let index: UInt64
    @usableFromInline let header: UnitWord

    @inlinable @inline(__always)
    init(index: UInt64, header: UnitWord) {
      self.index = index
      self.header = header
    }
  }

  @inlinable @inline(__always)
  func isOther(_ expected: Version?, _ seen: Seen, _ header: UnitWord) -> Bool {
    guard let expected else { return false }
    return seen.index != expected.index || header != expected.header
  }

  /// What a change found.
  @frozen @usableFromInline
  struct Outcome {
    /// The value before; `nil` when there was none.
    @usableFromInline let old: Value?
    @usableFromInline let isChanged: Bool

    @inlinable @inline(__always)
    init(old: Value?, isChanged: Bool) {
      self.old = old
      self.isChanged = isChanged
    }
  }

  /// Inserts an element, or replaces or leaves the one that is there.
  ///
  /// - Parameter expected: Where it is given, only this value is replaced, and nothing is inserted.
  @inlinable
  func put(
    _ key: Key, _ value: Value, _ existing: Existing, expected: Version? = nil
  ) throws(StoreError) -> Outcome {
    let owner = try pool.owner()
    var claim: NodePool.Claim?
    defer { if let claim { pool.release(claim) } }
    // In a short list, a look is cheap beside a search that unlinks.
    if !isHinted, existing == .replace, case .found(let seen) = try look(for: key),
      let outcome = try give(seen, key, value, existing, expected: expected, owner, &claim)
    {
      return outcome
    }
    var path = HintPath()
    while true {
      let place = try prepare(.at(key), head(key), &path)
      if let seen = place.seen, seen.key == key {
        guard
          let outcome = try give(seen, key, value, existing, expected: expected, owner, &claim)
        else { continue }
        return outcome
      }
      if expected != nil { return Outcome(old: nil, isChanged: false) }
      let node = try fill(&claim, key, value, owner)
      guard link(node, place, &path) else { continue }
      claim = nil
      return Outcome(old: nil, isChanged: true)
    }
  }

  /// Does with a key that is there what `put` is asked to; `nil` when it has changed meanwhile.
  @inlinable @inline(__always)
  func give(
    _ seen: Seen, _ key: Key, _ value: Value, _ existing: Existing, expected: Version?,
    _ owner: ParticipantIdentity, _ claim: inout NodePool.Claim?
  ) throws(StoreError) -> Outcome? {
    guard let header = seeLinked(seen) else { return nil }
    let old = try self.value(seen.index, seen.unit, header)
    if existing == .keep || isOther(expected, seen, header) {
      // No pair: read of one life.
      return seen.unit.header() == header ? Outcome(old: old, isChanged: false) : nil
    }
    let cell = try fill(&claim, key, value, owner)
    guard replaceValue(seen, header, by: cell) else { return nil }
    claim = nil
    return Outcome(old: old, isChanged: true)
  }

  /// The same unit each time that it is asked for.
  @inlinable @inline(__always)
  func fill(
    _ claim: inout NodePool.Claim?, _ key: Key, _ value: Value, _ owner: ParticipantIdentity
  ) throws(StoreError) -> NodePool.Claim {
    if let claim { return claim }
    let filled = try fill(key, value, owner)
    claim = filled
    return filled
  }

  /// A unit with key and value that is nobody else's.
  @inlinable @inline(__always)
  func fill(
    _ key: Key, _ value: Value, _ owner: ParticipantIdentity
  ) throws(StoreError) -> NodePool.Claim {
    let claim = try pool.take(owner) { owner throws(StoreError) in try takeAtLast(owner) }
    claim.unit.region.setElement(key, at: claim.unit.offset &+ NodeLayout.key)
    claim.unit.region.setElement(value, at: claim.unit.offset &+ Self.valueOffset)
    return claim
  }

  /// Links a filled unit where a search ended; `false` when the place has changed.
  @inlinable @inline(__always)
  func link(_ node: NodePool.Claim, _ place: Place, _ path: inout HintPath) -> Bool {
    let behind = LinkWord(rawValue: node.unit.nextWord.loadRelaxed())
    // Nobody else changes the link of a unit that is being filled.
    // Pair unit-linked.
    node.unit.nextWord.storeReleasing(
      behind.pointing(to: place.seen?.index ?? 0).rawValue)
    let spot = place.before
    guard spot.word.relink(spot.link, to: spot.link.pointing(to: node.index)) else {
      return false
    }
    _ = node.unit.change(node.header, to: node.header.next(.live, node.index))
    if isHinted { promote(node.index, &path, isNew: true) }
    return true
  }

  /// Says of a linked node that it is live, for whoever has linked it; the header, or `nil` when
  /// it has changed.
  @inlinable @inline(__always)
  func seeLinked(_ seen: Seen) -> UnitWord? {
    guard seen.header.is(.allocated) else { return seen.header.is(.live) ? seen.header : nil }
    let live = seen.header.next(.live, seen.index)
    return seen.unit.change(seen.header, to: live) ? live : nil
  }

  /// Makes a filled unit the value of a node.
  @inlinable
  func replaceValue(_ seen: Seen, _ header: UnitWord, by cell: NodePool.Claim) -> Bool {
    let own = LinkWord(rawValue: cell.unit.nextWord.loadRelaxed())
    // So it is told after a death what the unit was to be.
    // Pair unit-linked.
    cell.unit.nextWord.storeReleasing(own.pointing(to: seen.index).rawValue)
    let replaced = header.next(.live, cell.index)
    guard seen.unit.change(header, to: replaced) else { return false }
    let called = cell.header.next(.cell, seen.index)
    if cell.unit.change(cell.header, to: called) {
      let now = seen.unit.header()
      // Whoever has replaced it meanwhile may have found no cell yet.
      if now != replaced, !(now.link == cell.index && (now.is(.live) || now.is(.gone))) {
        pool.release(cell.index, cell.unit, called)
      }
    }
    if header.link != seen.index { releaseCell(header.link, of: seen.index) }
    return true
  }

  /// Removes the element of `key`.
  ///
  /// - Parameter expected: As of `put`.
  @inlinable
  func remove(
    _ key: Key, expected: Version? = nil
  ) throws(StoreError) -> Value? {
    _ = try pool.owner()
    while true {
      let place = try prepare(.at(key), head(key))
      guard let seen = place.seen, seen.key == key else { return nil }
      guard let header = seeLinked(seen) else { continue }
      if isOther(expected, seen, header) { return nil }
      let value = try self.value(seen.index, seen.unit, header)
      let gone = header.next(.gone, header.link)
      guard seen.unit.change(header, to: gone) else { continue }
      if isHinted && pool.height(seen.index) > 0
        || !takeOut(seen, gone, behind: place.before)
      {
        // The search sets the hints right, and unlinks it.
        _ = try prepare(.at(key), head(key))
      }
      return value
    }
  }

  /// Removes the elements up to that of `last`, one after the other.
  ///
  /// - Throws: `corrupt` also when a search does not find the first element.
  func removeAll(upTo last: Key) throws(StoreError) {
    var missed: Version?
    while let first = try firstElement(), !(last < first.key) {
      // No word comes twice: it stood while the search passed it by.
      guard first.version != missed else { throw pool.corrupt("a search misses its first key") }
      missed = try remove(first.key) == nil ? first.version : nil
      try checkLive()
    }
  }

  /// Marks and unlinks a node at once; `false` when a search must do it.
  @inlinable @inline(__always)
  func takeOut(_ seen: Seen, _ gone: UnitWord, behind spot: Spot) -> Bool {
    guard seen.unit.relink(seen.next, to: seen.next.marked),
      spot.word.relink(spot.link, to: spot.link.pointing(to: seen.next.index))
    else { return false }
    release(seen.index, seen.unit, gone)
    return true
  }

  /// Takes the first element.
  ///
  /// Nodes that are gone stay linked in front until there are some of them, which one
  /// compare-and-swap then unlinks.
  ///
  /// - Parameter taker: Who is named while the element is taken, so that it is counted where the
  ///   taker dies; `nil` where nothing is counted.
  @inlinable
  func popFirst(
    _ head: AtomicWord, taker: ParticipantIdentity?
  ) throws(StoreError) -> (key: Key, value: Value)? {
    while true {
      guard let first = try firstForTaking(head) else { return nil }
      guard let header = seeLinked(first) else { continue }
      let value = try self.value(first.index, first.unit, header)
      guard take(first, header, taker) else { continue }
      return (first.key, value)
    }
  }

  /// Takes the first element, whose node is as `header` says; `false` when it is not any more.
  @inlinable @inline(__always)
  func take(_ first: Seen, _ header: UnitWord, _ taker: ParticipantIdentity?) -> Bool {
    if let taker {
      let claimed = header.next(.claimed, taker.rawValue)
      guard first.unit.change(header, to: claimed) else { return false }
      _ = first.unit.change(claimed, to: claimed.next(.gone, first.index))
    } else {
      guard first.unit.change(header, to: header.next(.gone, header.link)) else { return false }
    }
    if isHinted { passInHead(first.index) }
    return true
  }

  /// How many nodes that are gone are unlinked at once.
  @inlinable
  static var batch: Int { 16 }

  /// The first node with an element; unlinks what is gone before it when that is enough.
  @inlinable @inline(__always)
  func firstForTaking(_ head: AtomicWord) throws(StoreError) -> Seen? {
    var spot = Spot(head: head)
    var last: Key?
    var index = spot.link.index
    var run = InlineArray<16, (index: UInt64, header: UnitWord)>(
      repeating: (0, UnitWord(rawValue: 0)))
    var runLength = 0
    while true {
      guard index != 0 else {
        if spot.isUnchanged { return nil }
        spot = Spot(head: head)
        (index, last, runLength) = (spot.link.index, nil, 0)
        continue
      }
      let seen = Seen(index, try pool.unit(index), self)
      guard spot.isUnchanged else {
        spot = Spot(head: head)
        (index, last, runLength) = (spot.link.index, nil, 0)
        continue
      }
      if let last, !(last < seen.key) { throw pool.corrupt("its keys do not ascend") }
      if seen.header.is(.gone) {
        if !seen.next.isMarked {
          _ = seen.unit.relink(seen.next, to: seen.next.marked)
          continue
        }
        run[runLength] = (index, seen.header)
        runLength &+= 1
        last = seen.key
        index = seen.next.index
        guard runLength == Self.batch else { continue }
        let link = spot.link.pointing(to: index)
        if spot.word.relink(spot.link, to: link) {
          for place in 0..<runLength {
            // Exactly as it was when it was linked: nobody gives back another life of it.
            release(run[place].index, try pool.unit(run[place].index), run[place].header)
          }
          spot.link = link
          runLength = 0
        }
        continue
      }
      guard !seen.header.isPresent else { return seen }
      try passClaimed(seen)
      spot = Spot(seen)
      (index, last, runLength) = (seen.next.index, seen.key, 0)
    }
  }

  // MARK: After a death

  @inline(never) @usableFromInline
  func takeAtLast(
    _ owner: ParticipantIdentity
  ) throws(StoreError) -> NodePool.Claim? {
    var deaths = Deaths(handle)
    return try pool.takeAtLast(owner) { (index, unit, header) throws(StoreError) in
      let isClaimed = header.is(.allocated) || header.is(.claimed)
      let isDead = isClaimed && deaths.isDead(header.owner)
      try settle(index, unit, header, ownerIsDead: isDead)
    }
  }

  /// Frees a unit that is nobody's, finishing what the dead left.
  @usableFromInline
  func settle(
    _ index: UInt64, _ unit: Unit, _ header: UnitWord, ownerIsDead: Bool
  ) throws(StoreError) {
    switch header.state {
    case .free, .live: break
    case .allocated: if ownerIsDead { try settleFilled(index, unit, header) }
    case .claimed:
      if ownerIsDead { endClaim(unit, header) }
      let now = unit.header()
      if now.is(.gone) { try settleGone(index, unit, now) }
    case .gone: try settleGone(index, unit, header)
    case .cell:
      // Called a cell after it was the node's value: when it is not now, it never will be again.
      if try !isValue(index, of: header.link) { pool.release(index, unit, header) }
    case nil: throw pool.corrupt("a unit has no state")
    }
  }

  /// Whether a unit holds the value of a node.
  private func isValue(_ index: UInt64, of node: UInt64) throws(StoreError) -> Bool {
    guard node != 0, node != index else { return false }
    let header = try pool.unit(node).header()
    return header.link == index && (header.is(.live) || header.is(.gone))
  }

  /// A unit that its owner, who is dead, filled and may have linked, or made a value.
  private func settleFilled(
    _ index: UInt64, _ unit: Unit, _ header: UnitWord
  ) throws(StoreError) {
    let node = unit.next().index
    if try isValue(index, of: node) {
      let called = header.next(.cell, node)
      if unit.change(header, to: called), try !isValue(index, of: node) {
        pool.release(index, unit, called)
      }
      return
    }
    let key = key(unit)
    let place = try prepare(.at(key), head(key))
    if place.seen?.index == index {
      _ = unit.change(header, to: header.next(.live, index))
    } else {
      pool.release(index, unit, header)
    }
  }

  /// A node without an element that nobody may have unlinked or given back.
  private func settleGone(
    _ index: UInt64, _ unit: Unit, _ header: UnitWord
  ) throws(StoreError) {
    let key = key(unit)
    // Behind the search, no node of the key that is gone is linked.
    _ = try prepare(.at(key), head(key))
    release(index, unit, header)
  }
}
