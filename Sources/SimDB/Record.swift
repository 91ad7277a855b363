import SharedMemory

/// What a slot names: key and value of an entry, in the run of blocks that begins with `block`.
///
///     header of the first block             the run
///     8   lengths and type                  0  value
///     16  the first 16 bytes of the key     .. padding to 8
///                                           .. type, where its id is 1,023 or more
///                                           .. the rest of the key
///
/// So most searches need only the header, values lie on a cache line, and one of a block's size
/// fits a block. Where no single run was free, the record is fragmented: the bytes above go through
/// several runs, each of which begins with a word {blocks of this run, next run's block + 1}.
///
/// A reader without a pin may find the bytes of a later incarnation here. So the lengths are loaded
/// once and checked against the end of the blocks before they are used, and nothing read counts
/// until the slot has been seen unchanged afterwards.
struct Record {
  let block: Int
  let header: BlockHeader
  let lengths: RecordLengths

  /// Reads the lengths of the record that begins with `block`, whatever they say.
  @inline(__always)
  init(_ block: Int, _ header: BlockHeader) {
    self.block = block
    self.header = header
    lengths = RecordLengths(rawValue: header.lengths.loadRelaxed())
  }

  /// Whether the record lies in one run and its key equals `key` at this moment.
  @inline(__always)
  func isWhole(with key: RawSpan, in space: BlockSpace) -> Bool {
    guard lengths.areWhole(keyLength: key.byteCount) else { return false }
    return key.byteCount <= BlockHeader.keyCapacity
      ? header.key.equals(key, at: 0) : longKeyEquals(key, in: space)
  }

  /// Whether the record's key equals `key` at this moment.
  func hasKey(_ key: RawSpan, in space: BlockSpace) -> Bool {
    guard lengths.keyLength == key.byteCount else { return false }
    if key.byteCount <= BlockHeader.keyCapacity { return header.key.equals(key, at: 0) }
    return longKeyEquals(key, in: space)
  }

  @inline(never)
  private func longKeyEquals(_ key: RawSpan, in space: BlockSpace) -> Bool {
    let capacity = BlockHeader.keyCapacity
    guard header.key.equals(key.extracting(0..<capacity), at: 0) else { return false }
    let rest = key.extracting(capacity..<key.byteCount)
    if lengths.isFragmented {
      return bytes(from: lengths.keyRestOffset, count: rest.byteCount, in: space)?
        .elementsEqual(rest) ?? false
    }
    guard let run = space.bytes(from: block, count: lengths.dataLength) else { return false }
    return run.equals(rest, at: lengths.keyRestOffset)
  }

  /// The value of a record in one run; `nil` when it cannot lie where the lengths say.
  @inline(__always)
  func wholeValue(in space: BlockSpace) -> SharedRegion? {
    space.bytes(from: block, count: lengths.valueLength)
  }

  /// Whether the store could hold a value of the length that the record tells.
  func hasPossibleLength(in space: BlockSpace) -> Bool {
    lengths.isFragmented
      ? space.has(lengths.dataLength) : wholeValue(in: space) != nil
  }

  /// A copy of the record's value; `nil` when its runs contradict each other.
  @inline(__always)
  func copyValue(in space: BlockSpace) -> [UInt8]? {
    if lengths.isFragmented { return bytes(from: 0, count: lengths.valueLength, in: space) }
    guard let value = wholeValue(in: space) else { return nil }
    return value.bytes(at: 0, count: value.count)
  }

  /// Copies the value to the beginning of `destination`, as much of it as fits.
  ///
  /// - Returns: The value's length; `nil` when the record's runs contradict each other.
  func copyValue(in space: BlockSpace, into destination: inout MutableRawSpan) -> Int? {
    let length = lengths.valueLength
    guard hasPossibleLength(in: space) else { return nil }
    let wanted = min(length, destination.byteCount)
    var parts = RecordParts(self, from: 0, count: wanted, in: space)
    var copied = 0
    while let part = parts.next() {
      part.copy(at: 0, count: part.count, into: &destination, at: copied)
      copied += part.count
    }
    return copied == wanted ? length : nil
  }

  /// The record's key; `nil` when its runs contradict each other.
  func key(in space: BlockSpace) -> [UInt8]? {
    let count = lengths.keyLength
    let prefix = header.key.bytes(at: 0, count: min(count, BlockHeader.keyCapacity))
    guard count > prefix.count else { return prefix }
    return bytes(from: lengths.keyRestOffset, count: count - prefix.count, in: space)
      .map { prefix + $0 }
  }

  /// What the value is; `nil` when the runs contradict each other.
  @inline(__always)
  func type(in space: BlockSpace) -> TypeID? {
    let code = lengths.typeCode
    return code == RecordLengths.longTypeCode ? longType(in: space) : TypeID(rawValue: code)
  }

  @inline(never)
  private func longType(in space: BlockSpace) -> TypeID? {
    bytes(from: lengths.tailOffset, count: 4, in: space).map { bytes in
      TypeID(rawValue: bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
  }

  /// Blocks of the record's one run; 0 when it has several.
  @inline(__always)
  func runLength(in space: BlockSpace) -> Int {
    lengths.isFragmented ? 0 : space.blockCount(for: lengths.dataLength)
  }

  /// The runs of blocks the record lies in; they end with its bytes, even where they form a ring.
  func runs(in space: BlockSpace) -> [Range<Int>] {
    guard lengths.isFragmented else { return [block..<block + runLength(in: space)] }
    var runs: [Range<Int>] = []
    var left = min(lengths.dataLength, space.byteCount)
    var run = FragmentRun(block, in: space)
    while let current = run, left > 0 {
      runs.append(current.blocks)
      left -= current.payload.count
      run = current.next(in: space)
    }
    return runs
  }

  /// A copy of some of the record's bytes; `nil` when they cannot lie where the lengths say.
  @inline(never)
  private func bytes(from offset: Int, count: Int, in space: BlockSpace) -> [UInt8]? {
    // Nothing is allocated for more than the store could hold.
    guard space.has(offset + count) else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var parts = RecordParts(self, from: offset, count: count, in: space)
    while let part = parts.next() { result += part.bytes(at: 0, count: part.count) }
    return result.count == count ? result : nil
  }
}

extension [UInt8] {
  /// Whether the elements equal the bytes of `other`.
  fileprivate func elementsEqual(_ other: RawSpan) -> Bool {
    count == other.byteCount && indices.allSatisfy { self[$0] == other.byte(at: $0) }
  }
}
