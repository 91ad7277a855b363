import SharedMemory

/// Blocks that are kept for values which replace others, so that a full store still overwrites.
///
/// Who overwrites needs a second block for a moment, and gives the first back. Without a reserve a
/// store that new keys have filled could not be written to at all.
///
/// Invariants:
/// - The first blocks of the store, one in 64, are claimed only for a record that replaces one of
///   at least as many blocks, and only when no other is free.
/// - What a kept block holds has left another block free, which belongs to the reserve instead: as
///   many other blocks as are missing here stay free, but for what threads claim at the same
///   moment.
/// - Nobody keeps a kept block for reuse: who retires one frees it.
///
/// **Concurrency.** Looking and counting never wait; `claims` is a hint that there is anything to
/// count.
struct BlockReserve {
  /// How many blocks are kept: those before this one.
  let count: Int
  private let blocks: BlockTable
  /// How often a kept block was claimed since all were seen free.
  private let claims: AtomicWord

  init(_ segment: Segment) {
    count = max(1, segment.layout.blockCount / 64)
    blocks = BlockTable(segment)
    claims = segment.region.word(at: reserveClaimsOffset)
  }

  /// Whether the block that `slot` names is one of those kept.
  func contains(_ slot: SlotWord) -> Bool { slot.blockIndex < count }

  /// Whether kept blocks may be in use; where not, none is in anybody's hands.
  var isInUse: Bool { claims.loadRelaxed() != 0 }

  /// Says that a kept block was claimed. It is not published before.
  func noteClaim() {
    // Pair reserve-claimed: the claim comes before.
    claims.addReleasing(1)
  }

  /// How many kept blocks are free.
  var freeCount: Int { (0..<count).count { blocks.isClaimable(blocks.word($0)) } }

  /// Whether a record that replaces none may take `length` blocks of the others.
  ///
  /// - Complexity: O(1) where no kept block is in use; O(blocks) in a store that is nearly full.
  func allows(_ length: Int) -> Bool {
    // Pair reserve-claimed: what is claimed after this look changes the count.
    let seen = claims.loadAcquiring()
    guard seen != 0 else { return true }
    let missing = count - freeCount
    guard missing > 0 else {
      // No pair: a hint that saves counting.
      _ = claims.compareExchange(seen, 0)
      return true
    }
    var wanted = missing + length
    for index in count..<blocks.count where blocks.isClaimable(blocks.word(index)) {
      wanted -= 1
      if wanted == 0 { return true }
    }
    return false
  }
}
