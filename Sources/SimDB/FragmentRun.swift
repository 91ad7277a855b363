import SharedMemory

/// One of several runs that a record lies in.
struct FragmentRun {
  let blocks: Range<Int>
  /// The record's bytes in it.
  let payload: SharedRegion
  private let nextBlock: Int

  /// Bytes that each run begins with: its own length and the next one's block.
  static let linkLength = 8

  /// The run that begins with `block`; `nil` when there can be none.
  init?(_ block: Int, in space: BlockSpace) {
    guard let link = space.bytes(from: block, count: Self.linkLength) else { return nil }
    let word = link.word(at: 0).loadRelaxed()
    let count = Int(word & 0xffff_ffff)
    guard count > 0, let bytes = space.bytes(from: block, count: count * space.blockSize) else {
      return nil
    }
    blocks = block..<block + count
    nextBlock = Int(word >> 32) - 1
    payload = bytes.region(from: Self.linkLength)
  }

  /// The run after this one; `nil` at the end or when the link cannot be right.
  func next(in space: BlockSpace) -> FragmentRun? { FragmentRun(nextBlock, in: space) }
}
