/// The words of a segment's index: a power of two of cache lines, walked in a ring.
///
/// A position is a byte offset from the first line. It is masked to a word of the table wherever it
/// is used, so that a walk needs no test of its ends, and no position can lead outside.
///
/// **Concurrency.** As the words: other processes may change them at any time.
///
/// The table lives as long as the mapping it was taken from.
@safe @frozen
public struct IndexTable: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutableRawPointer
  @usableFromInline let mask: Int
  /// Segment offset of the first line.
  public let offset: Int

  /// Bytes of a group: a cache line.
  public static let groupStride = 64

  /// The index of `segment`.
  public init(_ segment: Segment) {
    let layout = segment.layout
    let byteCount = layout.indexGroupCount * Self.groupStride
    precondition(byteCount.nonzeroBitCount == 1, "a power of two of groups")
    unsafe base = segment.region.region(at: layout.indexOffset, count: byteCount).base
    mask = byteCount - 8
    offset = layout.indexOffset
  }

  /// How many groups there are.
  @inlinable @inline(__always)
  public var groupCount: Int { (mask &+ 8) / Self.groupStride }

  /// Position of the first word of the group that is `number` modulo their count.
  @inlinable @inline(__always)
  public func group(_ number: UInt64) -> Int {
    (Int(truncatingIfNeeded: number) &* Self.groupStride) & mask
  }

  /// Position of the group after the one at `position`.
  @inlinable @inline(__always)
  public func group(after position: Int) -> Int { (position &+ Self.groupStride) & mask }

  /// The word at `position`.
  @inlinable @inline(__always)
  public func word(at position: Int) -> AtomicWord {
    unsafe AtomicWord((base + (position & mask)).assumingMemoryBound(to: UInt64.self))
  }

  /// Asks for the line at `position` before it is needed.
  @inlinable @inline(__always)
  public func prefetch(_ position: Int) { word(at: position).prefetch() }
}
