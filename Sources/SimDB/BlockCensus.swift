import SharedMemory

/// Who has which blocks, counted from the headers themselves.
///
/// **Concurrency.** Weakly consistent: each block is counted as it was at some moment of the count.
struct BlockCensus {
  /// Blocks of one participant that no entry needs, or needs yet.
  struct Holding {
    /// Being filled.
    var allocated = 0
    /// Replaced or deleted, and not free again.
    var retired = 0
  }

  private(set) var free = 0
  private(set) var retired = 0
  private(set) var holdings: [ParticipantIdentity: Holding] = [:]
  /// Blocks of each replaced or deleted value that somebody has pinned.
  private(set) var pinned: [UInt64: Int] = [:]

  /// Counts all blocks.
  ///
  /// - Parameter pins: The words that are pinned.
  /// - Complexity: O(blocks).
  init(_ blocks: BlockTable, pins: Set<UInt64>) {
    for index in blocks.all {
      let word = blocks.word(index)
      if word.state == .live { continue }
      if blocks.isClaimable(word) {
        free += 1
      } else if word.state == .tail {
        add(blocks.word(word.head), of: word.head, pins)
      } else {
        add(word, of: index, pins)
      }
    }
  }

  /// Adds a block of the run of `head`, whose header is `word`.
  private mutating func add(_ word: BlockWord, of head: Int, _ pins: Set<UInt64>) {
    switch word.state {
    case .allocated: holdings[word.owner, default: Holding()].allocated += 1
    case .retired:
      retired += 1
      holdings[word.owner, default: Holding()].retired += 1
      let slot = word.slot(of: head).rawValue
      if pins.contains(slot) { pinned[slot, default: 0] += 1 }
    default: break
    }
  }
}
