/// How many of a segment's blocks this process knows to have memory.
///
/// The segment's header says how many there are. That number only rises, but it stands where anybody
/// may scribble; so a process keeps its own, and raises it when it meets a block beyond it.
///
/// **Concurrency.** The number never falls. Any thread.
///
/// Lives as long as the segment it was taken from.
@safe @frozen
public struct CommittedBlocks: @unchecked Sendable {
  @usableFromInline let knownCount: AtomicWord
  @usableFromInline let knownBytes: AtomicWord
  private let segment: Unmanaged<Segment>

  init(_ segment: Segment) {
    knownCount = segment.knownBlocks
    knownBytes = segment.knownBytes
    unsafe self.segment = .passUnretained(segment)
  }

  /// Blocks that are known.
  @inlinable @inline(__always)
  public var count: Int { Int(truncatingIfNeeded: knownCount.loadRelaxed()) }

  /// Bytes of the blocks that are known.
  @inlinable @inline(__always)
  public var byteCount: Int { Int(truncatingIfNeeded: knownBytes.loadRelaxed()) }

  /// Blocks there are at this moment.
  public var currentCount: Int {
    unsafe segment._withUnsafeGuaranteedRef { $0.lookForBlocks() }
  }

  /// Adds blocks, `wanted` at least unless the maximum is reached before.
  ///
  /// **Concurrency.** Any number of processes at once.
  ///
  /// - Returns: `false` when there are as many as there may be.
  /// - Throws: `noRoom` when the file system has no memory for them; `dropped`.
  public func grow(by wanted: Int) throws(StoreError) -> Bool {
    try unsafe segment.takeUnretainedValue().addBlocks(wanted)
  }
}
