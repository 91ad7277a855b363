/// The blocks of a segment: equal parts of one stretch of bytes that begins on a page.
///
/// **Concurrency.** As the bytes: other processes may change them at any time.
///
/// The blocks live as long as the mapping they were taken from.
@safe @frozen
public struct BlockSpace: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutableRawPointer
  @usableFromInline let committed: CommittedBlocks
  /// Bytes per block, a multiple of 64.
  public let blockSize: Int

  /// The blocks of `segment`.
  public init(_ segment: Segment) {
    let layout = segment.layout
    blockSize = layout.blockSize
    unsafe base =
      segment.region.region(
        at: layout.blocksOffset, count: layout.maximumBlockCount * blockSize
      ).base
    committed = segment.committed
  }

  /// How many bytes all blocks have at this moment.
  public var byteCount: Int { committed.currentCount * blockSize }

  /// Whether all blocks have `byteCount` bytes at this moment.
  @inlinable @inline(__always)
  public func has(_ byteCount: Int) -> Bool {
    byteCount <= committed.byteCount || byteCount <= self.byteCount
  }

  /// The `count` bytes that begin with block `index`; `nil` when there are no such blocks.
  @inlinable @inline(__always)
  public func bytes(from index: Int, count: Int) -> SharedRegion? {
    let offset = index &* blockSize
    let end = committed.byteCount
    guard UInt(bitPattern: offset) < UInt(bitPattern: end), count <= end &- offset else {
      return addedBytes(from: index, count: count)
    }
    return unsafe SharedRegion(base: base + offset, count: count)
  }

  /// The bytes that begin with a block, or end with one, that was not known so far.
  @inlinable @inline(never)
  func addedBytes(from index: Int, count: Int) -> SharedRegion? {
    let blockCount = committed.currentCount
    guard UInt(bitPattern: index) < UInt(bitPattern: blockCount) else { return nil }
    let offset = index &* blockSize
    guard count <= blockCount &* blockSize &- offset else { return nil }
    return unsafe SharedRegion(base: base + offset, count: count)
  }

  /// The `count` bytes that begin with block `index`, which the caller has claimed, and so exist.
  @inlinable @inline(__always)
  public func claimedBytes(from index: Int, count: Int) -> SharedRegion {
    let offset = index &* blockSize
    precondition(offset &+ count <= committed.byteCount, "claimed blocks are known")
    return unsafe SharedRegion(base: base + offset, count: count)
  }

  /// Asks for the first line of block `index` before it is needed, if it is known.
  @inlinable @inline(__always)
  public func prefetch(_ index: Int) {
    let offset = index &* blockSize
    guard UInt(bitPattern: offset) < UInt(bitPattern: committed.byteCount) else { return }
    unsafe SharedRegion(base: base + offset, count: 64).prefetch(0)
  }

  /// How many blocks `byteCount` bytes take.
  @inlinable @inline(__always)
  public func blockCount(for byteCount: Int) -> Int {
    // The common case without a division, which costs more than the copy of a small value.
    byteCount <= blockSize ? 1 : (byteCount &+ blockSize &- 1) / blockSize
  }
}
