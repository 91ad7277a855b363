import SharedMemory

/// Records that are being written into claimed blocks, which nobody else can see yet.
extension Database {
  /// Claims blocks and writes a record into them.
  @inline(__always)
  func build(
    key: RawSpan, value: RawSpan, type: TypeID, writer: ThreadState<Writer>
  ) throws(StoreError) -> Allocation {
    let valueOffset = Record.valueOffset(
      keyLength: key.byteCount, alignmentLog2: Record.defaultAlignmentLog2)
    let length = index.space.blockCount(for: valueOffset &+ value.byteCount)
    guard let found = writer.value.allocator.allocate(length) else {
      return try buildInScarceStore(
        key: key, value: value, type: type, length: length, writer: writer)
    }
    write(key: key, value: value, type: type, valueOffset: valueOffset, at: found.head)
    return found
  }

  /// The last resorts, which cost a pass over all blocks: what this thread keeps, what the dead
  /// held, what others keep, and several runs instead of one.
  @inline(never)
  private func buildInScarceStore(
    key: RawSpan, value: RawSpan, type: TypeID, length: Int, writer: ThreadState<Writer>
  ) throws(StoreError) -> Allocation {
    guard length <= blocks.count else { throw fullError(length) }
    makeRoom(writer)
    if let found = writer.value.allocator.allocate(length) {
      let valueOffset = Record.valueOffset(
        keyLength: key.byteCount, alignmentLog2: Record.defaultAlignmentLog2)
      write(key: key, value: value, type: type, valueOffset: valueOffset, at: found.head)
      return found
    }
    let payload = Record.aligned(key.byteCount, to: 8) + value.byteCount
    guard let found = writer.value.allocator.allocateFragments(payload) else {
      throw fullError(length)
    }
    write(key: key, value: value, type: type, into: found.runs)
    return found.allocation
  }

  private func makeRoom(_ writer: ThreadState<Writer>) {
    writer.value.allocator.releaseAll()
    let sweeper = Sweeper(segment)
    sweeper.sweep()
    sweeper.freeAllRetired()
  }

  /// Claims a run for an entry of `byteCount` bytes on a cache line, and writes its key.
  ///
  /// - Parameter initialize: Fills the bytes, which are zero.
  func buildStructure(
    key: RawSpan, type: TypeID, byteCount: Int, writer: ThreadState<Writer>,
    _ initialize: (SharedRegion) -> Void
  ) throws(StoreError) -> Allocation {
    let valueOffset = Record.valueOffset(
      keyLength: key.byteCount, alignmentLog2: Record.lineAlignmentLog2)
    let length = index.space.blockCount(for: valueOffset + byteCount)
    var found = writer.value.allocator.allocate(length)
    if found == nil {
      makeRoom(writer)
      found = writer.value.allocator.allocate(length)
    }
    guard let found else { throw fullError(length) }
    let record = writeHeader(
      keyLength: key.byteCount, valueLength: byteCount, type: type, at: found.head,
      flags: UInt64(Record.lineAlignmentLog2) << 48)
    record.write(key, at: Record.headerSize)
    let region = record.region(at: valueOffset, count: byteCount)
    region.clear(at: 0, count: byteCount)
    initialize(region)
    return found
  }

  @inline(never)
  private func fullError(_ length: Int) -> StoreError {
    StoreError(
      .full, place: "database '\(name)'",
      reason: "\(length) blocks of \(segment.layout.blockSize) bytes are wanted, "
        + "of \(blocks.count) too few are free",
      remedy: "delete entries or create it with more blocks")
  }

  @inline(__always)
  private func write(
    key: RawSpan, value: RawSpan, type: TypeID, valueOffset: Int, at head: Int
  ) {
    let record = writeHeader(
      keyLength: key.byteCount, valueLength: value.byteCount, type: type, at: head,
      flags: UInt64(Record.defaultAlignmentLog2) << 48)
    record.write(key, at: Record.headerSize)
    record.write(value, at: valueOffset)
  }

  /// - Returns: The bytes from the record on.
  @inline(__always)
  private func writeHeader(
    keyLength: Int, valueLength: Int, type: TypeID, at head: Int, flags: UInt64
  ) -> SharedRegion {
    // An allocation is of blocks that exist.
    let record = index.space.block(head)!
    // Whoever still reads the incarnation before must not find these bytes under its old slot word:
    // pair record-reused, the reader's acquire fence before it looks at the slot again.
    Fence.release()
    record.word(0).storeRelaxed(UInt64(keyLength) | UInt64(type.rawValue) << 32)
    record.word(1).storeRelaxed(UInt64(valueLength) | flags)
    return record.bytes
  }

  private func write(key: RawSpan, value: RawSpan, type: TypeID, into runs: [Range<Int>]) {
    _ = writeHeader(
      keyLength: key.byteCount, valueLength: value.byteCount, type: type,
      at: runs[0].lowerBound,
      flags: Record.fragmentedBit | UInt64(Record.defaultAlignmentLog2) << 48)
    let space = index.space
    let padding = Record.aligned(key.byteCount, to: 8)
    var written = 0
    for (position, run) in runs.enumerated() {
      let bytes = space.bytes.region(
        at: run.lowerBound * space.blockSize, count: run.count * space.blockSize)
      let links = position == 0 ? Record.headerSize : 0
      let next = position + 1 < runs.count ? runs[position + 1].lowerBound + 1 : 0
      bytes.word(at: links).storeRelaxed(UInt64(run.count) | UInt64(next) << 32)
      var target = links + 8
      if written < key.byteCount {
        let count = min(bytes.count - target, key.byteCount - written)
        bytes.write(key.extracting(written..<written + count), at: target)
        written += count
        target += count
      }
      if written >= key.byteCount && written < padding && target < bytes.count {
        let gap = min(padding - written, bytes.count - target)
        written += gap
        target += gap
      }
      if written >= padding && target < bytes.count {
        let done = written - padding
        let count = min(bytes.count - target, value.byteCount - done)
        bytes.write(value.extracting(done..<done + count), at: target)
        written += count
      }
    }
  }
}
