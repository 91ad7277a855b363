import CSharedMemory

/// What the creator of a segment chooses.
///
/// **Concurrency.** A value.
public struct Geometry: Hashable, Sendable, CustomStringConvertible {
  /// Bytes per block: a multiple of 64, at least 64.
  public var blockSize: Int
  /// Number of blocks, of which one in 64 is kept for overwriting.
  public var blockCount: Int
  /// How many processes may be attached at once, at most 1,024.
  public var participantCount: Int

  /// Makes a geometry; the defaults are 8 MiB of blocks, each for a value of up to 128 bytes.
  public init(blockSize: Int = 128, blockCount: Int = 65_536, participantCount: Int = 1_024) {
    self.blockSize = blockSize
    self.blockCount = blockCount
    self.participantCount = participantCount
  }

  /// As errors print it.
  public var description: String {
    "\(blockCount) blocks of \(blockSize) bytes for \(participantCount) participants"
  }
}

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
  /// Cache-line groups of the index, a power of two.
  public let indexGroupCount: Int
  /// Byte offset of the participant rows.
  public let participantsOffset: Int
  /// Byte offset of the lanes.
  public let lanesOffset: Int
  /// Byte offset of the index.
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
  /// The greatest block index plus one that a slot word can name.
  public static let blockCountLimit = 1 << 28

  /// The geometry that this is the layout of.
  public var geometry: Geometry {
    Geometry(blockSize: blockSize, blockCount: blockCount, participantCount: participantCount)
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
    func pageAligned(_ offset: Int) -> Int { (offset + 4_095) & ~4_095 }
    blockSize = geometry.blockSize
    blockCount = geometry.blockCount
    maximumBlockCount = geometry.blockCount
    participantCount = geometry.participantCount
    laneCount = geometry.participantCount * 4
    // At most three quarters of the slots are in use when every block is an entry of its own.
    let wantedGroups = (geometry.blockCount * 4 / 3 + 1) / Self.slotsPerGroup + 1
    var groups = 1
    while groups < wantedGroups { groups *= 2 }
    indexGroupCount = groups
    participantsOffset = shm_header_size
    lanesOffset = pageAligned(participantsOffset + participantCount * Participant.rowSize)
    indexOffset = pageAligned(lanesOffset + laneCount * Lane.lineSize)
    blockHeadersOffset = pageAligned(
      indexOffset + indexGroupCount * shm_index_group_size)
    blockStampsOffset = pageAligned(
      blockHeadersOffset + maximumBlockCount * shm_block_header_size)
    blocksOffset = pageAligned(
      blockStampsOffset + maximumBlockCount * shm_block_stamp_size)
    totalBytes = pageAligned(blocksOffset + maximumBlockCount * blockSize)
  }
}

/// Segment offset of the hint where the next search for free blocks begins.
public var allocationCursorOffset: Int { shm_header_cursor }

/// Segment offset of the count of runs that participants which are gone left retired, because they
/// were pinned; a hint that a sweep has something to find.
public var orphansOffset: Int { shm_header_orphans }

/// Segment offset of the count of claims of blocks that are kept for overwriting; a hint that some may
/// be in use.
public var reserveClaimsOffset: Int { shm_header_reserve_claims }

extension Segment {
  /// The layout version that this build reads and writes.
  public static var layoutVersion: Int { shm_layout_version }
}
