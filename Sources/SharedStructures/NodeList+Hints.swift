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
  /// For each level, the last node before the bound and its hint.
  @frozen @usableFromInline
  struct Path {
    @usableFromInline var steps = InlineArray<16, Step>(repeating: Step())
    /// Levels that are filled in; above them nothing is known.
    @usableFromInline var levels = 0

    @inlinable @inline(__always)
    init() {}
  }

  @frozen @usableFromInline
  struct Step {
    /// 0 is the head.
    @usableFromInline var index: UInt64 = 0
    @usableFromInline var hint = LinkWord(rawValue: 0)

    @inlinable @inline(__always)
    init() {}
  }

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

  /// Goes down the levels to a place near the bound.
  @inlinable @inline(__always)
  func descend(
    _ bound: Bound, _ head: AtomicWord, _ path: inout Path, _ hops: inout Int,
    repairing: Bool = false
  ) throws(StoreError) -> Spot {
    var spot: Spot?
    var tower: Tower?
    var level = topLevel
    if repairing { path.levels = level }
    var tries = 0
    while level > 0 {
      let word = tower?.hintWord(level) ?? headHint(level)
      let link = word.link()
      if link.index != 0 {
        let seen = Seen(link.index, try pool.unit(link.index), self, twice: true)
        hops &+= 1
        let ascends = spot.map { $0.node!.key < seen.key } ?? true
        let isLinked = seen.header.is(.live) && seen.isOfOneLife && !seen.next.isMarked
        let found = pool.tower(link.index)
        if isLinked && ascends && found.height >= level {
          if bound.isAfter(seen.key) {
            if repairing { promote(link.index, &path, isNew: false, above: level) }
            spot = Spot(seen)
            tower = found
            continue
          }
        } else if repairing && !seen.header.is(.allocated) && tries < 64 {
          tries &+= 1
          let next = isLinked || found.height < level ? 0 : found.hintWord(level).link().index
          if next != link.index, word.relink(link, to: link.pointing(to: next)) { continue }
        }
      }
      if repairing {
        path.steps[level].index = spot?.index ?? 0
        path.steps[level].hint = link
      }
      level &-= 1
    }
    return spot ?? Spot(head: head)
  }

  /// Puts a node that lies behind the nodes of `path` into the levels of its height.
  ///
  /// - Parameters:
  ///   - isNew: Whether its own hints are of its last life.
  ///   - above: The level that it was found in.
  @inlinable @inline(__always)
  func promote(_ index: UInt64, _ path: inout Path, isNew: Bool, above: Int = 0) {
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
}
