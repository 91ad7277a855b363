import CSharedMemory

/// Where everything lies in a segment; a pure function of its geometry.
///
/// An attacher computes the layout from the header's geometry and refuses a header whose offsets
/// differ, so no offset of the file is ever trusted.
///
/// **Concurrency.** A value.
@frozen
public struct SegmentLayout: Hashable, Sendable {
  /// Bytes per block.
  public let blockSize: Int
  /// Blocks committed at creation.
  public let blockCount: Int
  /// Blocks the mapping has room for.
  public let maximumBlockCount: Int
  /// Rows for attached processes.
  public let participantCount: Int
  /// Rows for threads that write or pin.
  public let laneCount: Int
  /// Home groups of the first index, a power of two.
  public let indexGroupCount: Int
  /// Home groups of the greatest index, a power of two.
  public let maximumIndexGroupCount: Int
  /// Byte offset of the participant rows.
  public let participantsOffset: Int
  /// Byte offset of the lanes.
  public let lanesOffset: Int
  /// Byte offset of the change table.
  public let changesOffset: Int
  /// Byte offset of the two areas that tables of the index lie in by turns.
  public let indexOffset: Int
  /// Byte offset of the block headers.
  public let blockHeadersOffset: Int
  /// Byte offset of the block stamps.
  public let blockStampsOffset: Int
  /// Byte offset of block 0.
  public let blocksOffset: Int
  /// Size of the mapping in bytes.
  public let totalBytes: Int

  /// Number of slots in an index group.
  public static let slotsPerGroup = 7
  /// Groups behind the home groups of a table, for what overflows at its end.
  public static let tailGroupCount = 64
  /// The greatest block index plus one that a slot word can name.
  public static let blockCountLimit = 1 << 28

  /// The geometry that this is the layout of.
  public var geometry: Geometry {
    Geometry(
      blockSize: blockSize, blockCount: blockCount, maximumBlockCount: maximumBlockCount,
      participantCount: participantCount)
  }

  /// Computes the layout of a geometry, or says what is wrong with it.
  init(_ geometry: Geometry, place: String) throws(StoreError) {
    func refuse(_ reason: String, _ remedy: String) -> StoreError {
      StoreError(.invalidArgument, place: place, reason: reason, remedy: remedy)
    }
    guard geometry.blockSize >= 64, geometry.blockSize % 64 == 0, geometry.blockSize <= 1 << 24
    else {
      throw refuse(
        "block size \(geometry.blockSize) is not possible",
        "choose a multiple of 64 from 64 to 16777216")
    }
    guard geometry.blockCount >= 64, geometry.blockCount <= Self.blockCountLimit else {
      throw refuse(
        "block count \(geometry.blockCount) is not possible",
        "choose 64 to \(Self.blockCountLimit) blocks")
    }
    guard (1...1_024).contains(geometry.participantCount) else {
      throw refuse(
        "participant count \(geometry.participantCount) is not possible", "choose 1 to 1024")
    }
    guard geometry.maximumBlockCount >= geometry.blockCount,
      geometry.maximumBlockCount <= Self.blockCountLimit
    else {
      throw refuse(
        "growing from \(geometry.blockCount) to \(geometry.maximumBlockCount) blocks is not possible",
        "choose \(geometry.blockCount) to \(Self.blockCountLimit) blocks")
    }
    func pageAligned(_ offset: Int) -> Int { (offset + 4_095) & ~4_095 }
    blockSize = geometry.blockSize
    blockCount = geometry.blockCount
    maximumBlockCount = geometry.maximumBlockCount
    participantCount = geometry.participantCount
    laneCount = geometry.participantCount * 4
    indexGroupCount = Self.indexGroupCount(forBlocks: geometry.blockCount)
    maximumIndexGroupCount = Self.indexGroupCount(forBlocks: geometry.maximumBlockCount)
    participantsOffset = shm_header_size
    lanesOffset = pageAligned(participantsOffset + participantCount * Participant.rowSize)
    changesOffset = pageAligned(lanesOffset + laneCount * Lane.lineSize)
    indexOffset = pageAligned(changesOffset + shm_change_table_size)
    blockHeadersOffset = pageAligned(
      indexOffset + 2 * Self.indexAreaBytes(groupCount: maximumIndexGroupCount))
    blockStampsOffset = pageAligned(
      blockHeadersOffset + maximumBlockCount * shm_block_header_size)
    blocksOffset = pageAligned(
      blockStampsOffset + maximumBlockCount * shm_block_stamp_size)
    totalBytes = pageAligned(blocksOffset + maximumBlockCount * blockSize)
  }

  /// Home groups of an index in which five eighths of the slots are in use when every block is an
  /// entry of its own, or fewer.
  private static func indexGroupCount(forBlocks count: Int) -> Int {
    let wanted = (count * 8 / 5 + 1) / slotsPerGroup + 1
    var groups = 16
    while groups < wanted { groups *= 2 }
    return groups
  }

  /// Bytes from one area of the index to the other: a power of two with room for home and tail
  /// groups.
  static func indexAreaBytes(groupCount: Int) -> Int {
    let bytes = (groupCount + tailGroupCount) * shm_index_group_size
    return 1 << (Int.bitWidth - (bytes - 1).leadingZeroBitCount)
  }

  /// Bytes from one area of the index to the other.
  var indexAreaBytes: Int { Self.indexAreaBytes(groupCount: maximumIndexGroupCount) }

  /// Bytes of a table of the index with `groupCount` home groups.
  static func tableBytes(groupCount: Int) -> Int {
    (groupCount + tailGroupCount) * shm_index_group_size
  }

  /// The parts of the file that have memory when there are `count` blocks more than `known`.
  func blockRanges(from known: Int, to count: Int) -> [Range<Int>] {
    [
      (blockHeadersOffset, shm_block_header_size), (blockStampsOffset, shm_block_stamp_size),
      (blocksOffset, blockSize),
    ].map { offset, size in offset + known * size..<offset + count * size }
  }

  /// The part of the file that a table with `groupCount` home groups takes in one of the two areas.
  func tableRange(inArea area: Int, groupCount: Int) -> Range<Int> {
    let start = indexOffset + area * indexAreaBytes
    return start..<start + Self.tableBytes(groupCount: groupCount)
  }

  /// The parts of the file that have memory from the beginning.
  var initialRanges: [Range<Int>] {
    [0..<indexOffset] + [0, 1].map { tableRange(inArea: $0, groupCount: indexGroupCount) }
      + blockRanges(from: 0, to: blockCount)
  }
}

/// Segment offset of the hint where the next search for free blocks begins.
public var allocationCursorOffset: Int { shm_header_cursor }

/// Segment offset of the count of runs that participants which are gone left retired, because they
/// were pinned; a hint that a sweep has something to find.
public var orphansOffset: Int { shm_header_orphans }

/// Segment offset of the count of claims of blocks that are kept for overwriting; a hint that some
/// may be in use.
public var reserveClaimsOffset: Int { shm_header_reserve_claims }

extension Segment {
  /// The layout version that this build reads and writes.
  public static var layoutVersion: Int { shm_layout_version }
}
