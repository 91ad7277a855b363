import SharedMemory

/// Some of all keys: those whose home is one of some neighbouring groups of a table.
///
/// Which keys they are depends on their hashes alone. So a walk that goes by shares can go on with
/// the next one whatever table is the index by then.
///
/// Pure.
struct IndexShare {
  /// The homes, as byte offsets from the first group.
  fileprivate let homes: Range<Int>
  /// What of a hash tells them.
  fileprivate let homeMask: Int

  /// Whether the key of `hash` is one of the share.
  func contains(_ hash: UInt64) -> Bool {
    homes.contains(SlotIndex.homeOffset(hash, homeMask))
  }

  /// The positions of the groups of a table that are homes of the share, in runs; groups without a
  /// home belong to the last one.
  func groups(of table: SlotIndex.Table) -> [Range<Int>] {
    // No table is followed by a smaller one.
    guard table.homeMask >= homeMask else { return [table.origin..<table.end] }
    let end = table.homeMask + IndexTable.groupStride
    return stride(from: homes.lowerBound, to: end, by: homeMask + IndexTable.groupStride).map {
      let last = $0 + homes.count
      return table.origin + $0..<(last == end ? table.end : table.origin + last)
    }
  }

  /// How many groups of a table are homes of the share.
  func homeCount(in table: SlotIndex.Table) -> Int {
    let end = table.homeMask + IndexTable.groupStride
    return homes.count / IndexTable.groupStride
      * max(1, end / (homeMask + IndexTable.groupStride))
  }
}

/// Shares of all keys, one after the other; each key belongs to exactly one.
///
/// Behind its homes a share reaches as far as the path of the last one: a group or two. In a damaged
/// table it may be all of them each time, so that a share is as large as it must be when too much
/// has been read in vain.
///
/// Pure.
struct IndexShares {
  private let homeMask: Int
  private let mostOverrun: Int
  private var first = 0
  private var overrun = 0

  /// Home groups of a share. The more there are, the fewer groups are looked at twice; the fewer
  /// there are, the likelier the index stands while one is looked at.
  private static let groupCount = 16

  /// The shares of a walk that begins with `table`.
  init(of table: SlotIndex.Table) {
    homeMask = table.homeMask
    mostOverrun = table.groupCount
  }

  /// The next share.
  mutating func next() -> IndexShare? {
    let end = homeMask + IndexTable.groupStride
    guard first < end else { return nil }
    let usual = min(end - first, Self.groupCount * IndexTable.groupStride)
    let length = overrun > mostOverrun ? end - first : usual
    defer { first += length }
    return IndexShare(homes: first..<first + length, homeMask: homeMask)
  }

  /// Takes note of how many groups were read for a share that are no homes of it.
  mutating func noteOverrun(_ groups: Int) { overrun += groups }
}
