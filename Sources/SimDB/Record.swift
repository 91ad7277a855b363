import SharedMemory

/// What a block that a slot names begins with: lengths and type, then the key, then the value.
///
///     one run                                several runs, where no single run was free
///     0  key length, type                    0  key length, type
///     8  value length, alignment, flags      8  value length, alignment, flags
///     16 key                                 16 blocks of this run, next run's block + 1
///     .. padding to the value's alignment    24 key, padding to 8, value: as much as fits
///     .. value                               next run: 0 blocks, next + 1; 8 goes on
///
/// A reader without a pin may find the bytes of a later incarnation here. So every length is loaded
/// once and checked against the segment's ends before it is used, and nothing read counts until the
/// slot has been seen unchanged afterwards.
struct RecordHeader {
  /// Segment offset of the block.
  let offset: Int
  let keyLength: Int
  let type: TypeID
  let valueLength: Int
  let isFragmented: Bool
  /// Bytes from `offset` to the value, of a record in one run.
  let valueOffset: Int

  static let size = 16
  static let fragmentedBit: UInt64 = 1 << 56
  static let lengthMask: UInt64 = 1 << 48 - 1
  /// Values begin at a multiple of 8 bytes.
  static let defaultAlignmentLog2 = 3
  /// Structures begin on a cache line.
  static let lineAlignmentLog2 = 6

  /// Reads a header; `nil` when it cannot be that of a record.
  @inline(__always)
  init?(at index: Int, in region: SharedRegion, layout: SegmentLayout) {
    offset = layout.blocksOffset + index * layout.blockSize
    let first = region.word(at: offset).loadRelaxed()
    let second = region.word(at: offset + 8).loadRelaxed()
    keyLength = Int(first & 0xffff_ffff)
    type = TypeID(rawValue: UInt32(first >> 32))
    valueLength = Int(second & Self.lengthMask)
    isFragmented = second & Self.fragmentedBit != 0
    let alignmentLog2 = Int((second >> 48) & 0xff)
    guard (1...Database.maximumKeyLength).contains(keyLength), alignmentLog2 <= 12 else {
      return nil
    }
    valueOffset = Self.valueOffset(keyLength: keyLength, alignmentLog2: alignmentLog2)
    let end = layout.blocksOffset + layout.blockCount * layout.blockSize
    guard isFragmented || offset + valueOffset + valueLength <= end else { return nil }
  }

  /// Bytes that a record in one run takes.
  static func size(keyLength: Int, valueLength: Int, alignmentLog2: Int) -> Int {
    valueOffset(keyLength: keyLength, alignmentLog2: alignmentLog2) + valueLength
  }

  @inline(__always)
  static func valueOffset(keyLength: Int, alignmentLog2: Int) -> Int {
    aligned(size + keyLength, to: 1 << alignmentLog2)
  }

  @inline(__always)
  static func aligned(_ count: Int, to alignment: Int) -> Int {
    (count + alignment - 1) & ~(alignment - 1)
  }

  /// Blocks of the first run, as far as one can tell without following fragments.
  func blockCount(_ layout: SegmentLayout) -> Int {
    layout.blockCount(for: valueOffset + valueLength)
  }

  /// Whether the record's key equals `key` at this moment.
  func hasKey(_ key: RawSpan, in region: SharedRegion, layout: SegmentLayout) -> Bool {
    guard keyLength == key.byteCount else { return false }
    if !isFragmented { return region.equals(key, at: offset + Self.size) }
    let stored = readFragments(skip: 0, count: keyLength, in: region, layout: layout)
    return stored?.elementsEqual(key) ?? false
  }

  /// The record's key; `nil` when its runs contradict each other.
  func key(in region: SharedRegion, layout: SegmentLayout) -> [UInt8]? {
    isFragmented
      ? readFragments(skip: 0, count: keyLength, in: region, layout: layout)
      : region.bytes(at: offset + Self.size, count: keyLength)
  }

  /// The record's value; `nil` when its runs contradict each other.
  func value(in region: SharedRegion, layout: SegmentLayout) -> [UInt8]? {
    if !isFragmented { return region.bytes(at: offset + valueOffset, count: valueLength) }
    return readFragments(
      skip: Self.aligned(keyLength, to: 8), count: valueLength, in: region, layout: layout)
  }

  /// The runs of blocks the record lies in.
  func runs(in region: SharedRegion, layout: SegmentLayout) -> [Range<Int>] {
    func block(_ offset: Int) -> Int { (offset - layout.blocksOffset) / layout.blockSize }
    let first = block(offset)
    guard isFragmented else { return [first..<first + blockCount(layout)] }
    var runs: [Range<Int>] = []
    var run = FragmentRun(first: offset, region: region, layout: layout)
    while let current = run, runs.count < layout.blockCount {
      runs.append(block(current.payload.lowerBound)..<block(current.payload.upperBound))
      run = current.next(in: region, layout: layout)
    }
    return runs
  }

  private func readFragments(
    skip: Int, count: Int, in region: SharedRegion, layout: SegmentLayout
  ) -> [UInt8]? {
    guard count <= layout.blockCount * layout.blockSize else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var toSkip = skip
    var run = FragmentRun(first: offset, region: region, layout: layout)
    // Each run holds at least one payload byte, so a ring of runs ends when enough was read.
    while let current = run, result.count < count {
      let skipped = min(toSkip, current.payload.count)
      toSkip -= skipped
      let wanted = min(count - result.count, current.payload.count - skipped)
      result += region.bytes(at: current.payload.lowerBound + skipped, count: wanted)
      run = current.next(in: region, layout: layout)
    }
    return result.count == count ? result : nil
  }
}

/// One of several runs that a record lies in.
struct FragmentRun {
  /// Segment offsets of the bytes it carries.
  let payload: Range<Int>
  private let nextBlock: Int

  /// The run that begins with the record's header at segment offset `first`.
  init?(first: Int, region: SharedRegion, layout: SegmentLayout) {
    self.init(offset: first, links: first + 16, region: region, layout: layout)
  }

  private init?(offset: Int, links: Int, region: SharedRegion, layout: SegmentLayout) {
    let word = region.word(at: links).loadRelaxed()
    let blocks = Int(word & 0xffff_ffff)
    nextBlock = Int(word >> 32) - 1
    let end = layout.blocksOffset + layout.blockCount * layout.blockSize
    guard blocks > 0, nextBlock < layout.blockCount, offset + blocks * layout.blockSize <= end
    else { return nil }
    payload = links + 8..<offset + blocks * layout.blockSize
  }

  /// The run after this one; `nil` at the end or when the link cannot be right.
  func next(in region: SharedRegion, layout: SegmentLayout) -> FragmentRun? {
    guard nextBlock >= 0 else { return nil }
    let offset = layout.blocksOffset + nextBlock * layout.blockSize
    return FragmentRun(offset: offset, links: offset, region: region, layout: layout)
  }
}

extension [UInt8] {
  /// Whether the elements equal the bytes of `other`.
  fileprivate func elementsEqual(_ other: RawSpan) -> Bool {
    count == other.byteCount && indices.allSatisfy { self[$0] == other.byte(at: $0) }
  }
}
