import CSharedMemory

/// The header of a block, in the table beside the blocks.
///
/// **Concurrency.** As its words: other processes may change them at any time.
///
/// The header lives as long as the mapping it was taken from.
@safe @frozen
public struct BlockHeader: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutableRawPointer

  @inlinable @inline(__always)
  init(base: UnsafeMutableRawPointer) { unsafe self.base = base }

  /// Who has the block.
  @inlinable @inline(__always)
  public var state: AtomicWord {
    unsafe AtomicWord((base + shm_block_state).assumingMemoryBound(to: UInt64.self))
  }

  /// Lengths of the record that begins with the block.
  @inlinable @inline(__always)
  public var lengths: AtomicWord {
    unsafe AtomicWord((base + shm_block_lengths).assumingMemoryBound(to: UInt64.self))
  }

  /// The first bytes of the record's key.
  @inlinable @inline(__always)
  public var key: SharedRegion {
    unsafe SharedRegion(base: base + shm_block_key, count: Self.keyCapacity)
  }

  /// How many bytes of a key stand in the header.
  public static let keyCapacity = shm_block_key_capacity

  /// Asks for the header before it is needed.
  @inlinable @inline(__always)
  public func prefetch() { state.prefetch() }
}

/// The headers of all blocks of a segment.
///
/// **Concurrency.** As the headers.
@safe @frozen
public struct BlockHeaders: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutableRawPointer
  /// How many blocks there are.
  public let committed: CommittedBlocks

  /// The headers of `segment`.
  public init(_ segment: Segment) {
    let layout = segment.layout
    unsafe base =
      segment.region.region(
        at: layout.blockHeadersOffset, count: layout.maximumBlockCount * shm_block_header_size
      ).base
    committed = segment.committed
  }

  /// The header of block `index`, or `nil` when there is no such block.
  @inlinable @inline(__always)
  public func header(of index: Int) -> BlockHeader? {
    guard UInt(bitPattern: index) < UInt(bitPattern: committed.count) else {
      return addedHeader(of: index)
    }
    return unsafe BlockHeader(base: base + index &* shm_block_header_size)
  }

  /// The header of a block that was not known so far.
  @inlinable @inline(never)
  func addedHeader(of index: Int) -> BlockHeader? {
    guard UInt(bitPattern: index) < UInt(bitPattern: committed.currentCount) else { return nil }
    return unsafe BlockHeader(base: base + index &* shm_block_header_size)
  }

  /// The header of block `index`, which must exist.
  @inlinable @inline(__always)
  public subscript(index: Int) -> BlockHeader {
    precondition(
      UInt(bitPattern: index) < UInt(bitPattern: committed.count), "no such block")
    return unsafe BlockHeader(base: base + index &* shm_block_header_size)
  }
}
