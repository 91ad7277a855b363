/// The blocks of a segment: equal parts of one stretch of bytes that begins on a page.
///
/// **Concurrency.** As the bytes: other processes may change them at any time.
@safe @frozen
public struct BlockSpace: Sendable {
  /// All bytes of all blocks.
  public let bytes: SharedRegion
  /// Bytes per block, a multiple of 64.
  public let blockSize: Int
  /// How many blocks there are.
  public let count: Int

  /// The blocks of `segment`.
  public init(_ segment: Segment) {
    let layout = segment.layout
    blockSize = layout.blockSize
    count = layout.blockCount
    bytes = segment.region.region(at: layout.blocksOffset, count: count * blockSize)
  }

  /// The bytes from block `index` to the end of the last; `nil` when there is no such block.
  @inlinable @inline(__always)
  public func bytes(from index: Int) -> SharedRegion? {
    guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return nil }
    let offset = index &* blockSize
    return unsafe SharedRegion(base: bytes.base + offset, count: bytes.count &- offset)
  }

  /// Asks for the first line of block `index` before it is needed.
  @inlinable @inline(__always)
  public func prefetch(_ index: Int) { bytes.prefetch(index &* blockSize) }

  /// How many blocks `byteCount` bytes take.
  @inlinable @inline(__always)
  public func blockCount(for byteCount: Int) -> Int {
    // The common case without a division, which costs more than the copy of a small value.
    byteCount <= blockSize ? 1 : (byteCount &+ blockSize &- 1) / blockSize
  }
}
