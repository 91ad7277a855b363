/// The blocks of a segment: equal parts of one stretch of bytes.
///
/// **Concurrency.** As the bytes: other processes may change them at any time.
@safe @frozen
public struct BlockSpace: Sendable {
  /// All bytes of all blocks.
  public let bytes: SharedRegion
  /// Bytes per block, at least 64.
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

  /// Block `index`, or `nil` when there is none.
  @inlinable @inline(__always)
  public func block(_ index: Int) -> Block? {
    guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return nil }
    let offset = index &* blockSize
    return unsafe Block(
      bytes: SharedRegion(base: bytes.base + offset, count: bytes.count &- offset))
  }

  /// How many blocks `byteCount` bytes take.
  @inlinable @inline(__always)
  public func blockCount(for byteCount: Int) -> Int {
    // The common case without a division, which costs more than the copy of a small value.
    byteCount <= blockSize ? 1 : (byteCount &+ blockSize &- 1) / blockSize
  }

  /// A block with all that follow.
  @frozen
  public struct Block: Sendable {
    /// The bytes from the block's beginning to the end of all blocks.
    public let bytes: SharedRegion

    @inlinable @inline(__always)
    init(bytes: SharedRegion) { self.bytes = bytes }

    /// One of the eight words that every block begins with.
    @inlinable @inline(__always)
    public func word(_ number: Int) -> AtomicWord {
      unsafe AtomicWord(
        (bytes.base + (number & 7) &* 8).assumingMemoryBound(to: UInt64.self))
    }
  }
}
