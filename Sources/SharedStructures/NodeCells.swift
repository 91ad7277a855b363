import SharedMemory
import SimDB

/// A structure of nodes whose keys and values are bytes: what sorted maps, sets, hash maps and
/// lists are to programs that have no types of theirs.
///
/// **Concurrency.** As walking through the structure; writes nothing.
struct NodeCells {
  let keys: SharedLayout
  let values: SharedLayout
  private let pool: NodePool
  private let heads: Int
  private let keyOffset: Int
  private let valueOffset: Int

  /// The kinds of structures that it reads.
  static let kinds: [TypeID] = [.sortedMap, .set, .list, .hashMap]

  init(_ handle: StructureHandle, _ kind: TypeID) throws(StoreError) {
    try handle.checkVersion(
      kind, expected: NodeLayout.version, headerSize: NodeLayout.headerSize)
    keys = try handle.elementLayout(kind, at: NodeLayout.keys)
    values = try handle.elementLayout(kind, at: NodeLayout.values)
    // In a hash map the hash lies before the key.
    let isHashed = kind == .hashMap
    let before = isHashed ? max(8, keys.alignment) : 0
    keyOffset = NodeLayout.key + before
    valueOffset = NodeLayout.key + (before + keys.size + 7) & ~7
    pool = try NodePool(
      handle, kind, stride: NodePool.stride(valueOffset + values.size),
      headsSize: isHashed ? nil : NodeList<OrderedKey<UInt64>, Nothing>.sortedHeadSize,
      isSorted: !isHashed)
    heads = isHashed ? pool.headsSize / 8 : 1
  }

  /// An element.
  struct Element {
    let key: [UInt8]
    let value: [UInt8]
  }

  /// The first elements, `limit` at most, and how many more there are.
  ///
  /// Each was there when it was copied. A list that changes all the time is shown as far as one
  /// walk came.
  func elements(limit: Int) throws(StoreError) -> (elements: [Element], more: Int) {
    var elements: [Element] = []
    var count = 0
    var hops: UInt64 = 0
    for number in 0..<heads {
      let (first, countBefore) = (elements.count, count)
      for look in 1...16 {
        elements.removeSubrange(first...)
        count = countBefore
        let isWhole = try walk(number, &hops) { unit, valueUnit in
          count += 1
          guard elements.count < limit else { return }
          elements.append(
            Element(
              key: unit.region.bytes(at: unit.offset + keyOffset, count: keys.size),
              value: valueUnit.region.bytes(
                at: valueUnit.offset + valueOffset, count: values.size)))
        } undo: {
          count -= 1
          if elements.count > count { elements.removeLast() }
        }
        if isWhole || look == 16 { break }
      }
    }
    try pool.handle.checkLive()
    return (elements, count - elements.count)
  }

  /// Goes through one list.
  ///
  /// - Parameters:
  ///   - hops: How many nodes were looked at, in all lists.
  ///   - body: Called with a node, and the unit that holds its value.
  ///   - undo: Called when that node has changed during the last call.
  /// - Returns: `false` when it was lost on the way because others changed the list.
  private func walk(
    _ head: Int, _ hops: inout UInt64, _ body: (_ unit: Unit, _ valueUnit: Unit) -> Void,
    undo: () -> Void
  ) throws(StoreError) -> Bool {
    var word = pool.region.word(at: NodeLayout.headerSize + head * 8)
    var link = word.link()
    var index = link.index
    while index != 0 {
      let unit = try pool.unit(index)
      // Sixteen looks at each list, and others change them meanwhile.
      guard hops < 32 * pool.unitCount else { throw pool.corrupt("a list has no end") }
      hops += 1
      let next = unit.next()
      let header = unit.header()
      if header.isPresent {
        let isOwn = !header.is(.live) || header.link == index
        body(unit, isOwn ? unit : try pool.unit(header.link))
      }
      // Pair unit-header, pair unit-linked: looked at again after what was read.
      Fence.acquire()
      let isSame = unit.headerWord.loadRelaxed() == header.rawValue
      guard word.loadRelaxed() == link.rawValue, isSame || !header.isPresent else {
        if header.isPresent { undo() }
        return false
      }
      index = next.index
      if !next.isMarked { (word, link) = (unit.nextWord, next) }
    }
    return true
  }
}
