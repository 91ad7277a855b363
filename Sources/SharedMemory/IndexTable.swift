import CSharedMemory

/// The words of a segment's index: two areas, in which its tables lie by turns.
///
/// A position is a byte offset from the first area. It is masked to a word of the areas wherever it
/// is used, so that no position can lead outside.
///
/// **Concurrency.** As the words: other processes may change them at any time.
///
/// The areas live as long as the mapping they were taken from.
@safe @frozen
public struct IndexTable: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutableRawPointer
  @usableFromInline let mask: Int
  @usableFromInline let largestHomeMask: Int
  /// Bytes from one area to the other.
  public let areaBytes: Int
  /// Segment offset of the first area.
  public let offset: Int
  /// Which table is the index's.
  public let state: AtomicWord
  /// Hint: how many slots of the table were taken for the first time.
  public let used: AtomicWord
  /// Epoch (upper half) and number of a group: in a move from that epoch all slots below are
  /// frozen.
  public let front: AtomicWord
  /// Hint: what of a move is to be done next.
  public let cursor: AtomicWord
  private let segment: Unmanaged<Segment>

  /// Bytes of a group: a cache line.
  public static let groupStride = 64

  /// The index of `segment`.
  public init(_ segment: Segment) {
    let layout = segment.layout
    areaBytes = layout.indexAreaBytes
    precondition(areaBytes.nonzeroBitCount == 1, "areas are a power of two apart")
    unsafe base = segment.region.region(at: layout.indexOffset, count: 2 * areaBytes).base
    mask = 2 * areaBytes - 8
    largestHomeMask = (layout.maximumIndexGroupCount - 1) * Self.groupStride
    offset = layout.indexOffset
    state = segment.region.word(at: shm_header_index_state)
    used = segment.region.word(at: shm_header_index_used)
    front = segment.region.word(at: shm_header_index_front)
    cursor = segment.region.word(at: shm_header_index_cursor)
    unsafe self.segment = .passUnretained(segment)
  }

  /// As errors name the segment.
  public var place: String { "database '\(unsafe segment.takeUnretainedValue().name)'" }

  /// Why there is no index any more, if its memory is gone.
  public var lossError: StoreError? {
    let segment = unsafe segment.takeUnretainedValue()
    return segment.isLost ? segment.lossError() : nil
  }

  /// Binary logarithm of the home groups of the greatest table.
  public var largestLogarithm: Int {
    (largestHomeMask / Self.groupStride + 1).trailingZeroBitCount
  }

  /// Commits memory for the table of `epoch` with 2 to the power of `logarithm` home groups.
  ///
  /// - Throws: `noRoom`, `dropped`.
  public func commit(epoch: UInt64, logarithm: Int) throws(StoreError) {
    try unsafe segment.takeUnretainedValue().commitTable(
      inArea: Int(epoch & 1), logarithm: logarithm)
  }

  /// Position of the table of `epoch`.
  @inlinable @inline(__always)
  public func origin(ofEpoch epoch: UInt64) -> Int { areaBytes & -Int(epoch & 1) }

  /// What of a hash chooses the home group in a table with 2 to the power of `logarithm` of them,
  /// as a byte offset.
  @inlinable @inline(__always)
  public func homeMask(_ logarithm: Int) -> Int {
    ((Self.groupStride &<< logarithm) &- Self.groupStride) & largestHomeMask
  }

  /// The word at `position`.
  @inlinable @inline(__always)
  public func word(at position: Int) -> AtomicWord {
    unsafe AtomicWord((base + (position & mask)).assumingMemoryBound(to: UInt64.self))
  }

  /// Asks for the line at `position` before it is needed.
  @inlinable @inline(__always)
  public func prefetch(_ position: Int) { word(at: position).prefetch() }
}
