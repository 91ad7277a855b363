import SharedMemory

/// Some of all keys: those whose home is one of some neighbouring groups of a table.
///
/// Which keys they are depends on their hashes alone. So a walk that goes by shares can go on with
/// the next one whatever table is the index by then.
///
/// Pure.
struct IndexShare {
  /// The homes, as byte offsets from the first group.
  private let homes: Range<Int>
  /// What of a hash tells them.
  private let homeMask: Int

  /// Home groups of a share. The more there are, the fewer groups are looked at twice; the fewer
  /// there are, the likelier the index stands while one is looked at.
  private static let groupCount = 16

  /// All shares of a table; each key belongs to exactly one.
  static func all(of table: SlotIndex.Table) -> some Sequence<IndexShare> {
    let end = table.homeMask + IndexTable.groupStride
    let length = min(end, groupCount * IndexTable.groupStride)
    return stride(from: 0, to: end, by: length).lazy.map { first in
      IndexShare(homes: first..<first + length, homeMask: table.homeMask)
    }
  }

  /// Whether the key of `hash` is one of the share.
  func contains(_ hash: UInt64) -> Bool {
    homes.contains(SlotIndex.homeOffset(hash, homeMask))
  }

  /// The positions of the groups of a table that are homes of the share, in runs; groups without a
  /// home belong to the last one.
  func groups(of table: SlotIndex.Table) -> [Range<Int>] {
    let end = table.homeMask + IndexTable.groupStride
    let length = min(homes.count, end)
    return stride(
      from: homes.lowerBound & table.homeMask, to: end, by: homeMask + IndexTable.groupStride
    ).map { first in
      let last = table.origin + first + length
      return table.origin + first..<(first + length == end ? table.end : last)
    }
  }
}
