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

  /// How many blocks are known to have memory.
  @inlinable @inline(__always)
  public var count: Int { committed.count }

  /// How many bytes are known to have memory.
  @inlinable @inline(__always)
  public var byteCount: Int { committed.byteCount }

  /// The bytes from block `index` to the end of the last; `nil` when there is no such block.
  @inlinable @inline(__always)
  public func bytes(from index: Int) -> SharedRegion? {
    let offset = index &* blockSize
    let end = committed.byteCount
    guard UInt(bitPattern: offset) < UInt(bitPattern: end) else { return addedBytes(from: index) }
    return unsafe SharedRegion(base: base + offset, count: end &- offset)
  }

  /// The bytes from a block that was not known so far.
  @inlinable @inline(never)
  func addedBytes(from index: Int) -> SharedRegion? {
    let count = committed.currentCount
    guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return nil }
    let offset = index &* blockSize
    return unsafe SharedRegion(base: base + offset, count: count &* blockSize &- offset)
  }

  /// Asks for the first line of block `index` before it is needed.
  @inlinable @inline(__always)
  public func prefetch(_ index: Int) { bytes(from: index)?.prefetch(0) }

  /// How many blocks `byteCount` bytes take.
  @inlinable @inline(__always)
  public func blockCount(for byteCount: Int) -> Int {
    // The common case without a division, which costs more than the copy of a small value.
    byteCount <= blockSize ? 1 : (byteCount &+ blockSize &- 1) / blockSize
  }
}
