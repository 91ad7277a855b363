import SharedMemory

/// Records that are being written into claimed blocks, which nobody else can see yet.
extension Database {
  /// Claims blocks and writes a record into them.
  ///
  /// - Throws: `full`.
  @inline(__always)
  func build(
    key: RawSpan, value: RawSpan, type: TypeID, writer: ThreadState<Writer>
  ) throws(StoreError) -> Allocation {
    guard value.byteCount <= maximumValueLength else { throw fullError(value.byteCount) }
    let lengths = RecordLengths(
      keyLength: key.byteCount, valueLength: value.byteCount, type: type)
    let length = space.blockCount(for: lengths.dataLength)
    guard let found = writer.value.allocator.allocate(length) else {
      return try buildInScarceStore(
        key: key, value: value, type: type, lengths: lengths, writer: writer)
    }
    write(key: key, value: value, type: type, lengths: lengths, at: found.head)
    return found
  }

  /// Claims a run for an entry of `byteCount` bytes in one run, and writes its key.
  ///
  /// - Parameters:
  ///   - clearedByteCount: How many of its bytes, from the first on, are zero before.
  ///   - initialize: Fills the bytes, which begin on a cache line.
  func buildFilled(
    key: RawSpan, type: TypeID, byteCount: Int, clearedByteCount: Int,
    writer: ThreadState<Writer>, _ initialize: (SharedRegion) -> Void
  ) throws(StoreError) -> Allocation {
    guard byteCount <= maximumValueLength else { throw fullError(byteCount) }
    let lengths = RecordLengths(keyLength: key.byteCount, valueLength: byteCount, type: type)
    let length = space.blockCount(for: lengths.dataLength)
    guard length <= segment.layout.maximumBlockCount else { throw fullError(lengths.dataLength) }
    var found = writer.value.allocator.allocate(length)
    if found == nil, try replacedBlockCount(key) >= length {
      found = writer.value.allocator.allocateReplaced(length)
    }
    if found == nil { found = try findRun(length, writer: writer) }
    guard let found else { throw fullError(lengths.dataLength) }
    let run = space.claimedBytes(from: found.head, count: lengths.dataLength)
    writeHeader(key: key, lengths: lengths, at: found.head)
    let region = run.region(at: 0, count: byteCount)
    region.clear(at: 0, count: min(byteCount, clearedByteCount))
    initialize(region)
    writeTail(key: key, type: type, lengths: lengths, into: run)
    return found
  }

  /// Writes a record into blocks that were claimed for it, in one run or several.
  func write(
    key: RawSpan, value: RawSpan, type: TypeID, lengths: RecordLengths, in found: Fragments
  ) {
    let head = found.allocation.head
    guard !found.runs.isEmpty else {
      return write(key: key, value: value, type: type, lengths: lengths, at: head)
    }
    writeHeader(key: key, lengths: lengths.fragmented, at: head)
    var writing = FragmentWriter(found.runs, space)
    writing.write(value)
    writing.skip(lengths.tailOffset - lengths.valueLength)
    writeTail(key: key, type: type, lengths: lengths) { writing.write($0) }
  }

  @inline(__always)
  private func write(
    key: RawSpan, value: RawSpan, type: TypeID, lengths: RecordLengths, at head: Int
  ) {
    let run = space.claimedBytes(from: head, count: lengths.dataLength)
    writeHeader(key: key, lengths: lengths, at: head)
    run.write(value, at: 0)
    if lengths.hasTail { writeTail(key: key, type: type, lengths: lengths, into: run) }
  }

  @inline(__always)
  private func writeHeader(key: RawSpan, lengths: RecordLengths, at head: Int) {
    let header = blocks.headers[head]
    // Whoever still reads the incarnation before must not find these bytes under its old slot word:
    // pair record-reused, the reader's acquire fence before it looks at the slot again.
    Fence.release()
    header.lengths.storeRelaxed(lengths.rawValue)
    if key.byteCount <= BlockHeader.keyCapacity {
      header.key.write(key, at: 0)
    } else {
      header.key.write(key.extracting(0..<BlockHeader.keyCapacity), at: 0)
    }
  }

  @inline(never)
  private func writeTail(
    key: RawSpan, type: TypeID, lengths: RecordLengths, into run: SharedRegion
  ) {
    var offset = lengths.tailOffset
    writeTail(key: key, type: type, lengths: lengths) { bytes in
      run.write(bytes, at: offset)
      offset += bytes.byteCount
    }
  }

  private func writeTail(
    key: RawSpan, type: TypeID, lengths: RecordLengths, _ write: (RawSpan) -> Void
  ) {
    if lengths.typeCode == RecordLengths.longTypeCode {
      let id = (0..<8).map { UInt8(truncatingIfNeeded: UInt64(type.rawValue) >> ($0 * 8)) }
      write(id.rawSpan)
    }
    if key.byteCount > BlockHeader.keyCapacity {
      write(key.extracting(BlockHeader.keyCapacity..<key.byteCount))
    }
  }
}
