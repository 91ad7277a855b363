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
  /// The table with which the walk began.
  fileprivate let first: SlotIndex.Table

  /// Whether the key of `hash` is one of the share.
  func contains(_ hash: UInt64) -> Bool {
    homes.contains(SlotIndex.homeOffset(hash, first.homeMask))
  }

  /// The positions of the groups of a table that are homes of the share, in runs; groups without a
  /// home belong to the last one.
  func groups(of table: SlotIndex.Table) -> [Range<Int>] {
    // No table is followed by a smaller one.
    guard table.homeBytes >= first.homeBytes else { return [table.origin..<table.end] }
    return stride(from: homes.lowerBound, to: table.homeBytes, by: first.homeBytes).map {
      let last = $0 + homes.count
      return table.origin + $0..<(last == table.homeBytes ? table.end : table.origin + last)
    }
  }

  /// How many groups of a table are homes of the share.
  func homeCount(in table: SlotIndex.Table) -> Int {
    homes.count / IndexTable.groupStride * max(1, table.homeBytes / first.homeBytes)
  }
}

/// Shares of all keys, one after the other; each key belongs to exactly one.
///
/// Behind its homes a share reaches as far as the path of the last one: a group or two. In a
/// damaged table it may be all of them each time, so that a share is as large as it must be when
/// too much has been read in vain.
///
/// Pure.
struct IndexShares {
  private let table: SlotIndex.Table
  /// Where the next share begins, as a byte offset from the first group.
  private var position = 0
  private var overrun = 0

  /// Home groups of a share. The more there are, the fewer groups are looked at twice; the fewer
  /// there are, the likelier the index stands while one is looked at.
  private static let groupCount = 16

  /// The shares of a walk that begins with `table`.
  init(of table: SlotIndex.Table) { self.table = table }

  /// The next share.
  mutating func next() -> IndexShare? {
    let left = table.homeBytes - position
    guard left > 0 else { return nil }
    let usual = min(left, Self.groupCount * IndexTable.groupStride)
    let length = overrun > table.groupCount ? left : usual
    defer { position += length }
    return IndexShare(homes: position..<position + length, first: table)
  }

  /// Takes note of how many groups were read for a share that are no homes of it.
  mutating func noteOverrun(_ groups: Int) { overrun += groups }
}
