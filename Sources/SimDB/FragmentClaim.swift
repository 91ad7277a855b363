import SharedMemory

/// Several runs that are being claimed for one record, block by block.
///
/// **Concurrency.** Lock-free: a block that another has is left out, and what was claimed for too
/// short a record is freed by one compare-and-swap.
struct FragmentClaim {
  private let blocks: BlockTable
  private let owner: ParticipantIdentity
  private let blockSize: Int
  private var allocation: Allocation?
  private var runs: [Range<Int>] = []
  /// Bytes of a record that fit into what was claimed.
  private(set) var capacity = 0

  init(_ blocks: BlockTable, owner: ParticipantIdentity, blockSize: Int) {
    self.blocks = blocks
    self.owner = owner
    self.blockSize = blockSize
  }

  /// Blocks of one run that `payload` bytes would need besides what was claimed.
  func blockCount(for payload: Int) -> Int {
    (payload - capacity + FragmentRun.linkLength + blockSize - 1) / blockSize
  }

  /// Claims a block, if it is free.
  mutating func add(_ index: Int) -> Bool {
    if let allocation {
      guard blocks.claimTail(index, head: allocation.head, stamp: allocation.generation) else {
        return false
      }
    } else {
      guard let generation = blocks.claimHead(index, owner: owner) else { return false }
      allocation = Allocation(head: index, generation: generation)
    }
    if let last = runs.last, last.upperBound == index {
      runs[runs.count - 1] = last.lowerBound..<index + 1
      capacity += blockSize
    } else {
      capacity += blockSize - FragmentRun.linkLength
      runs.append(index..<index + 1)
    }
    return true
  }

  /// What was claimed, or nothing where that is too little for `payload` bytes.
  func finish(_ payload: Int) -> Fragments? {
    guard let allocation else { return nil }
    guard capacity >= payload else {
      blocks.giveBack(allocation, owner: owner)
      return nil
    }
    // One that its record needs to the last block is a run like any other, and can be lent.
    let isWhole = runs.count == 1 && payload > (runs[0].count - 1) * blockSize
    return Fragments(allocation: allocation, runs: isWhole ? [] : runs)
  }
}
