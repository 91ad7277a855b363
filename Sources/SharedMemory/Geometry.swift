import CSharedMemory

/// What the creator of a segment chooses.
///
/// **Concurrency.** A value.
public struct Geometry: Hashable, Sendable, CustomStringConvertible {
  /// Bytes per block: a multiple of 64, at least 64.
  public var blockSize: Int
  /// Number of blocks at creation, of which one in 64 is kept for overwriting.
  public var blockCount: Int
  /// Number of blocks that the segment may grow to.
  public var maximumBlockCount: Int
  /// How many processes may be attached at once, at most 1,024.
  public var participantCount: Int

  /// Makes a geometry; the default is 8 MiB of blocks, each for a value of up to 128 bytes, which
  /// may grow to 128 MiB.
  ///
  /// - Parameters:
  ///   - blockSize: Bytes per block.
  ///   - blockCount: Blocks at creation; 65,536 where `nil`.
  ///   - maximumBlockCount: Blocks to grow to; where `nil`, a given `blockCount` stays as it is,
  ///     and the default grows sixteenfold.
  ///   - participantCount: Processes that may be attached at once.
  public init(
    blockSize: Int = 128, blockCount: Int? = nil, maximumBlockCount: Int? = nil,
    participantCount: Int = 1_024
  ) {
    self.blockSize = blockSize
    self.blockCount = blockCount ?? min(65_536, maximumBlockCount ?? .max)
    self.maximumBlockCount = maximumBlockCount ?? blockCount ?? 1_048_576
    self.participantCount = participantCount
  }

  /// The greatest number of blocks that a file of `maximumBytes` has room for.
  ///
  /// - Throws: `invalidArgument` when the blocks of the beginning do not fit, or the geometry is
  ///   impossible.
  public static func maximumBlockCount(
    inBytes maximumBytes: Int, of geometry: Geometry
  ) throws(StoreError) -> Int {
    var candidate = geometry
    candidate.maximumBlockCount = geometry.blockCount
    let place = "a database of \(candidate)"
    let smallest = try SegmentLayout(candidate, place: place).totalBytes
    guard smallest <= maximumBytes else {
      throw StoreError(
        .invalidArgument, place: place, reason: "it takes \(smallest) bytes, not \(maximumBytes)",
        remedy: "choose fewer blocks or more bytes")
    }
    var fitting = geometry.blockCount
    var tooMany = min(maximumBytes / geometry.blockSize, SegmentLayout.blockCountLimit) + 1
    while fitting + 1 < tooMany {
      candidate.maximumBlockCount = fitting + (tooMany - fitting) / 2
      if try SegmentLayout(candidate, place: place).totalBytes <= maximumBytes {
        fitting = candidate.maximumBlockCount
      } else {
        tooMany = candidate.maximumBlockCount
      }
    }
    return fitting
  }

  /// As errors print it.
  public var description: String {
    let growth = maximumBlockCount == blockCount ? "" : ", growing to \(maximumBlockCount),"
    return
      "\(blockCount) blocks of \(blockSize) bytes\(growth) for \(participantCount) participants"
  }
}
