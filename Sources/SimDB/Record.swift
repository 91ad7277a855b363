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
/// A reader without a pin may find the bytes of a later incarnation here. So both words are loaded
/// once and checked against the end of the blocks before they are used, and nothing read counts
/// until the slot has been seen unchanged afterwards.
struct Record {
  private let block: BlockSpace.Block
  private let first: UInt64
  private let second: UInt64

  /// The bytes from the record's first block to the end of all blocks.
  @inline(__always)
  var bytes: SharedRegion { block.bytes }

  static let headerSize = 16
  static let fragmentedBit: UInt64 = 1 << 56
  static let lengthMask: UInt64 = 1 << 48 - 1
  /// Values begin at a multiple of 8 bytes.
  static let defaultAlignmentLog2 = 3
  /// Structures begin on a cache line.
  static let lineAlignmentLog2 = 6

  /// Reads the header at the beginning of `block`, whatever it says.
  @inline(__always)
  init(_ block: BlockSpace.Block) {
    self.block = block
    first = block.word(0).loadRelaxed()
    second = block.word(1).loadRelaxed()
  }

  /// Reads the header of the record that begins with block `index`; `nil` when it cannot be one.
  @inline(__always)
  init?(at index: Int, in space: BlockSpace) {
    guard let block = space.block(index) else { return nil }
    self.init(block)
    guard isPossible else { return nil }
  }

  @inline(__always)
  var keyLength: Int { Int(first & 0xffff_ffff) }

  @inline(__always)
  var type: TypeID { TypeID(rawValue: UInt32(first >> 32)) }

  @inline(__always)
  var valueLength: Int { Int(second & Self.lengthMask) }

  @inline(__always)
  var isFragmented: Bool { second & Self.fragmentedBit != 0 }

  /// Bytes from the first block to the value, of a record in one run.
  @inline(__always)
  var valueOffset: Int {
    Self.valueOffset(keyLength: keyLength, alignmentLog2: Int((second >> 48) & 0x3f))
  }

  /// Whether key and value could lie where the lengths say.
  @inline(__always)
  var isPossible: Bool {
    guard keyLength &- 1 < Database.maximumKeyLength, keyLength > 0,
      (second >> 48) & 0xff <= 12
    else { return false }
    return isFragmented || valueLength <= bytes.count &- valueOffset
  }

  /// The value of a record in one run.
  var value: SharedRegion { bytes.region(at: valueOffset, count: valueLength) }

  /// Whether the value of a record in one run begins on a cache line: blocks do.
  func isValueOnLine(in space: BlockSpace) -> Bool {
    (space.bytes.count - bytes.count + valueOffset) % (1 << Self.lineAlignmentLog2) == 0
  }

  /// Bytes that a record in one run takes.
  @inline(__always)
  static func size(keyLength: Int, valueLength: Int, alignmentLog2: Int) -> Int {
    valueOffset(keyLength: keyLength, alignmentLog2: alignmentLog2) &+ valueLength
  }

  @inline(__always)
  static func valueOffset(keyLength: Int, alignmentLog2: Int) -> Int {
    aligned(headerSize &+ keyLength, to: 1 &<< alignmentLog2)
  }

  @inline(__always)
  static func aligned(_ count: Int, to alignment: Int) -> Int {
    (count &+ alignment &- 1) & ~(alignment &- 1)
  }

  /// Blocks of the record's one run; 0 when it has several.
  @inline(__always)
  func runLength(in space: BlockSpace) -> Int {
    isFragmented ? 0 : space.blockCount(for: valueOffset &+ valueLength)
  }

  /// Whether this is what most records are, in one run and of the usual alignment, and its key equals
  /// `key` at this moment, and its value could lie where the lengths say.
  @inline(__always)
  func isPlain(with key: RawSpan) -> Bool {
    keyLength == key.byteCount && second >> 48 == UInt64(Self.defaultAlignmentLog2)
      && valueLength <= bytes.count &- plainValueOffset
      && bytes.equals(key, at: Self.headerSize)
  }

  /// Bytes from the first block to the value of a plain record.
  @inline(__always)
  var plainValueOffset: Int {
    Self.valueOffset(keyLength: keyLength, alignmentLog2: Self.defaultAlignmentLog2)
  }

  /// Whether the record's key equals `key` at this moment.
  func hasKey(_ key: RawSpan, in space: BlockSpace) -> Bool {
    guard keyLength == key.byteCount else { return false }
    if isFragmented {
      return readFragments(skip: 0, count: keyLength, in: space)?.elementsEqual(key) ?? false
    }
    return keyLength <= bytes.count &- Self.headerSize
      && bytes.equals(key, at: Self.headerSize)
  }

  /// The record's key; `nil` when its runs contradict each other.
  func key(in space: BlockSpace) -> [UInt8]? {
    if isFragmented { return readFragments(skip: 0, count: keyLength, in: space) }
    guard keyLength <= bytes.count - Self.headerSize else { return nil }
    return bytes.bytes(at: Self.headerSize, count: keyLength)
  }

  /// A copy of the record's value; `nil` when its runs contradict each other.
  @inline(__always)
  func copyValue(in space: BlockSpace) -> [UInt8]? {
    if !isFragmented { return bytes.bytes(at: valueOffset, count: valueLength) }
    return readFragments(
      skip: Self.aligned(keyLength, to: 8), count: valueLength, in: space)
  }
}

// MARK: - Several runs

extension Record {
  private func firstBlock(in space: BlockSpace) -> Int {
    (space.bytes.count - bytes.count) / space.blockSize
  }

  /// The runs of blocks the record lies in.
  func runs(in space: BlockSpace) -> [Range<Int>] {
    let first = firstBlock(in: space)
    guard isFragmented else { return [first..<first + runLength(in: space)] }
    var runs: [Range<Int>] = []
    var run = FragmentRun(first: first, in: space)
    while let current = run, runs.count < space.count {
      runs.append(current.blocks)
      run = current.next(in: space)
    }
    return runs
  }

  @inline(never)
  private func readFragments(skip: Int, count: Int, in space: BlockSpace) -> [UInt8]? {
    guard count <= space.bytes.count else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var toSkip = skip
    var run = FragmentRun(first: firstBlock(in: space), in: space)
    // Each run holds at least one payload byte, so a ring of runs ends when enough was read.
    while let current = run, result.count < count {
      let skipped = min(toSkip, current.payload.count)
      toSkip -= skipped
      let wanted = min(count - result.count, current.payload.count - skipped)
      result += current.payload.bytes(at: skipped, count: wanted)
      run = current.next(in: space)
    }
    return result.count == count ? result : nil
  }
}

/// One of several runs that a record lies in.
private struct FragmentRun {
  let blocks: Range<Int>
  /// The bytes of key and value that it carries.
  let payload: SharedRegion
  private let nextBlock: Int

  /// The run that begins with the record's header, in block `first`.
  init?(first: Int, in space: BlockSpace) {
    self.init(block: first, links: Record.headerSize, in: space)
  }

  private init?(block: Int, links: Int, in space: BlockSpace) {
    guard let bytes = space.block(block)?.bytes else { return nil }
    let word = bytes.word(at: links).loadRelaxed()
    let count = Int(word & 0xffff_ffff)
    guard count > 0, count <= space.count - block else { return nil }
    blocks = block..<block + count
    nextBlock = Int(word >> 32) - 1
    payload = bytes.region(at: links + 8, count: count * space.blockSize - links - 8)
  }

  /// The run after this one; `nil` at the end or when the link cannot be right.
  func next(in space: BlockSpace) -> FragmentRun? {
    FragmentRun(block: nextBlock, links: 0, in: space)
  }
}

extension [UInt8] {
  /// Whether the elements equal the bytes of `other`.
  fileprivate func elementsEqual(_ other: RawSpan) -> Bool {
    count == other.byteCount && indices.allSatisfy { self[$0] == other.byte(at: $0) }
  }
}
