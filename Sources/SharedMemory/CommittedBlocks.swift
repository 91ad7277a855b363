/// How many of a segment's blocks this process knows to have memory.
///
/// The segment's header says how many there are. That number only rises, but it stands where
/// anybody may scribble; so a process keeps its own, and raises it when it meets a block beyond it.
///
/// **Concurrency.** The number never falls. Any thread.
///
/// Lives as long as the segment it was taken from.
@safe @frozen
public struct CommittedBlocks: @unchecked Sendable {
  // One pointer, since a search keeps all that it needs in registers.
  @usableFromInline let state: UnsafeMutablePointer<State>

  @usableFromInline
  @unsafe struct State {
    @usableFromInline var count: UInt64
    @usableFromInline var byteCount: UInt64
    var segment: Unmanaged<Segment>?
  }

  /// Knows of no block yet.
  init() {
    unsafe state = .allocate(capacity: 1)
    unsafe state.initialize(to: State(count: 0, byteCount: 0, segment: nil))
  }

  /// Says whose blocks they are, which keeps this as long as itself.
  func belong(to segment: Segment) { unsafe state.pointee.segment = .passUnretained(segment) }

  func deallocate() { unsafe state.deallocate() }

  @inlinable @inline(__always)
  var knownCount: AtomicWord {
    unsafe AtomicWord(UnsafeMutableRawPointer(state).assumingMemoryBound(to: UInt64.self))
  }

  @inlinable @inline(__always)
  var knownBytes: AtomicWord {
    unsafe AtomicWord(UnsafeMutableRawPointer(state).assumingMemoryBound(to: UInt64.self) + 1)
  }

  private var segment: Segment { unsafe state.pointee.segment!.takeUnretainedValue() }

  /// Blocks that are known.
  @inlinable @inline(__always)
  public var count: Int {
    // Pair blocks-known: whoever knows of a block knows its bytes.
    Int(truncatingIfNeeded: knownCount.loadAcquiring())
  }

  /// Bytes of the blocks that are known.
  @inlinable @inline(__always)
  public var byteCount: Int { Int(truncatingIfNeeded: knownBytes.loadRelaxed()) }

  /// Blocks there are at this moment.
  public var currentCount: Int { segment.lookForBlocks() }

  /// Adds blocks, `wanted` at least unless the maximum is reached before.
  ///
  /// **Concurrency.** Any number of processes at once.
  ///
  /// - Returns: `false` when there are as many as there may be.
  /// - Throws: `noRoom` when the file system has no memory for them; `dropped`.
  public func grow(by wanted: Int) throws(StoreError) -> Bool { try segment.addBlocks(wanted) }

  /// Takes `count` blocks of `blockSize` bytes for known.
  func know(_ count: Int, blockSize: Int) {
    knownBytes.raise(to: UInt64(count * blockSize))
    // Pair blocks-known: the bytes come first.
    knownCount.raise(to: UInt64(count))
  }
}
