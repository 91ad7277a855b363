import SharedMemory
import SimDB

/// What makes lists fast: from a head, and from nodes of a level, hints lead to nodes of that level
/// further on.
///
/// A hint may be of the node's last life, or lead to a node that has been removed, or used again
/// under any key. What is told by the header, read before and after key and link: a live node is
/// linked, and if its key lies before the bound, a search may go on from there. Who writes sets
/// right what he finds otherwise, and puts nodes into their levels that he meets where they are
/// missing.
extension NodeList {
  /// A head's hints stand behind its link, in the order of their levels.
  @inlinable @inline(__always)
  func headHint(_ level: Int) -> AtomicWord {
    pool.region.word(at: NodeLayout.headerSize &+ level &* 8)
  }

  @inlinable @inline(__always)
  func hint(_ index: UInt64, _ level: Int) -> AtomicWord {
    index == 0 ? headHint(level) : pool.hintWord(index, level: level)
  }

  /// Levels that nodes can be in.
  @inlinable @inline(__always)
  var topLevel: Int { pool.topLevel }

  /// Goes down the levels to a place near the bound; `nil` when it is gone meanwhile.
  @inlinable @inline(__always)
  func descend(
    _ bound: Bound, _ head: AtomicWord, _ path: inout HintPath, _ hops: inout Int,
    repairing: Bool = false
  ) throws(StoreError) -> Spot? {
    // The last node that was met before the bound; 0 is the head. Most nodes are of the first
    // extent: where hints of those stand is told by their place.
    var index: UInt64 = 0
    var place: UInt64 = 0
    var key: Key?
    // The last that was met behind the bound, where hints of lower levels often lead too.
    var behind: UInt64 = 0
    var level = topLevel
    var row = HintRow(level, of: pool.first)
    if repairing { path.levels = level }
    var tries = 0
    while level > 0 {
      let word =
        _fastPath(index != 0 && index < pool.firstCount)
        ? pool.first.region.word(at: row.offset(place)) : hint(index, level)
      let link = word.link()
      if link.index != 0, link.index != behind {
        let seen = Seen(link.index, try pool.unit(link.index), self, twice: true)
        hops &+= 1
        if seen.isLinked, key.map({ $0 < seen.key }) ?? true {
          if !bound.isAfter(seen.key) {
            behind = link.index
          } else if let found = pool.place(link.index, ifIn: level, row) {
            if repairing { promote(link.index, &path, isNew: false, above: level) }
            (index, place, key) = (link.index, found, seen.key)
            continue
          }
        } else if repairing && !seen.header.is(.allocated) && tries < 64 {
          tries &+= 1
          let tower = pool.tower(link.index)
          let next = seen.isLinked || !tower.reaches(level) ? 0 : tower.hintWord(level).link().index
          if next != link.index, word.relink(link, to: link.pointing(to: next)) { continue }
        }
      }
      if repairing { path.steps[level] = HintPath.Step(index: index, hint: link) }
      level &-= 1
      row.descend(to: level)
    }
    guard index != 0 else { return Spot(head: head) }
    // The link that a search goes on from is of a node that still is linked.
    let seen = Seen(index, try pool.unit(index), self, twice: true)
    return seen.isLinked && bound.isAfter(seen.key) ? Spot(seen) : nil
  }

  /// Puts a node that lies behind the nodes of `path` into the levels of its height.
  ///
  /// - Parameters:
  ///   - isNew: Whether its own hints are of its last life.
  ///   - above: The level that it was found in.
  @inlinable @inline(__always)
  func promote(_ index: UInt64, _ path: inout HintPath, isNew: Bool, above: Int = 0) {
    let height = pool.height(index)
    var level = above &+ 1
    while level <= min(height, path.levels) {
      let step = path.steps[level]
      let own = hint(index, level)
      let link = own.link()
      if isNew || step.hint.index != 0 {
        _ = own.relink(link, to: link.pointing(to: step.hint.index))
      }
      let hinted = step.hint.pointing(to: index)
      guard step.index != index, hint(step.index, level).relink(step.hint, to: hinted) else {
        return
      }
      path.steps[level].index = index
      path.steps[level].hint = own.link()
      level &+= 1
    }
  }

  /// Leads the head's hints past a node that is the first and is gone.
  @inlinable @inline(__always)
  func passInHead(_ index: UInt64) {
    var level = pool.height(index)
    while level > 0 {
      let word = headHint(level)
      let link = word.link()
      if link.index == index {
        _ = word.relink(link, to: link.pointing(to: hint(index, level).link().index))
      }
      level &-= 1
    }
  }
}

extension NodeList.Seen {
  /// A node that may not be linked; what was read is of one life if ``isOfOneLife``.
  @inlinable @inline(__always)
  init(_ index: UInt64, _ unit: Unit, _ list: NodeList, twice: Bool) {
    let first = unit.header()
    self.init(index, unit, list)
    isOfOneLife = first == header
  }

  /// Whether the node was linked when it was seen.
  @inlinable @inline(__always)
  var isLinked: Bool { header.is(.live) && isOfOneLife && !next.isMarked }
}
