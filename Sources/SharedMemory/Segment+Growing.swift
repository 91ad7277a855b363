import CSharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory that is given to a segment while it is in use.
///
/// The address space for everything is mapped from the beginning, and the file is as long. Growing
/// means to commit memory for a part of it, and then to say so in the header. Whoever dies in
/// between leaves memory that the next one commits again, which changes nothing.
extension Segment {
  /// Bytes that blocks are added by at least, their headers included, if there are as many: the
  /// system finds and clears them in a millisecond or two.
  private static var growthStep: Int { 4 << 20 }

  /// How many blocks there are, as everybody is told.
  private var committedBlockCount: AtomicWord { region.word(at: shm_header_committed) }

  /// Raises the number of known blocks to what the header says.
  ///
  /// - Returns: How many are known now.
  func lookForBlocks() -> Int {
    let known = committed.count
    // Pair blocks-committed: memory was committed before the count rose.
    let told = Int(clamping: committedBlockCount.loadAcquiring())
    guard told > known, told <= layout.maximumBlockCount else { return known }
    // The count stands where anybody may scribble: what is written to must have memory for certain.
    if isWritable, (try? commit(layout.blockRanges(from: known, to: told))) == nil { return known }
    committed.know(told, blockSize: layout.blockSize)
    return told
  }

  /// Bytes of memory that the file has.
  public var memoryBytes: Int {
    var facts = shm_file_facts()
    return unsafe shm_file_facts(descriptor, &facts) == 0 ? Int(facts.allocated) : 0
  }

  /// Adds blocks, `wanted` at least unless the maximum is reached before.
  ///
  /// **Concurrency.** Any number of processes at once; the count rises by compare-and-swap.
  ///
  /// - Returns: `false` when there are as many as there may be.
  /// - Throws: `noRoom` when the file system has no memory for them, `dropped`.
  func addBlocks(_ wanted: Int) throws(StoreError) -> Bool {
    let count = lookForBlocks()
    guard count < layout.maximumBlockCount else { return false }
    let bytesPerBlock = layout.blockSize + shm_block_header_size + shm_block_stamp_size
    // Before it grows a store was searched, all of it: so it grows by a part of itself.
    let step = max(wanted, min(count, max(Self.growthStep / bytesPerBlock, count / 32)))
    let target = min(layout.maximumBlockCount, count + step)
    try checkUse()
    try commit(layout.blockRanges(from: count, to: target))
    // Pair blocks-committed.
    if committedBlockCount.compareExchange(UInt64(count), UInt64(target)) {
      committed.know(target, blockSize: layout.blockSize)
    }
    // When another was faster, there are new blocks as well; none where the count is scribbled on.
    return lookForBlocks() > count
  }

  /// Commits memory for a table of the index.
  ///
  /// - Throws: `noRoom`, `dropped`.
  public func commitTable(inArea area: Int, logarithm: Int) throws(StoreError) {
    // What was there from the beginning takes no more memory.
    if 1 << logarithm > layout.indexGroupCount { try checkUse() }
    try commit([layout.tableRange(inArea: area, groupCount: 1 << logarithm)])
  }

  private func commit(_ ranges: [Range<Int>]) throws(StoreError) {
    try Self.commit(ranges, descriptor: descriptor, place: "database '\(name)'")
    // Memory that is not as its user wants it serves all the same.
    for range in ranges { try? prepareMemory(range) }
  }

  /// Does what the mapping options want for all memory that there is.
  ///
  /// - Throws: As ``prepareMemory(_:)``.
  func prepareCommittedMemory() throws(StoreError) {
    guard !mappingOptions.isEmpty else { return }
    let index = IndexState(rawValue: region.word(at: shm_header_index_state).loadRelaxed())
    // Anybody may scribble on it, so it counts for no more than there is.
    let groupCount = min(1 << min(index.logarithm, 40), layout.maximumIndexGroupCount)
    let tables = [0, 1].map { area in
      layout.tableRange(
        inArea: area,
        groupCount: index.epoch & 1 == UInt64(area)
          ? groupCount : layout.indexGroupCount)
    }
    for range in [0..<layout.indexOffset] + tables
      + layout.blockRanges(from: 0, to: committed.count)
    {
      try prepareMemory(range)
    }
  }

  /// Gives a new file its size, and memory for what is in use from the beginning.
  static func commitInitially(
    _ layout: SegmentLayout, descriptor: Int32, place: String
  ) throws(StoreError) {
    let result = shm_truncate(descriptor, UInt64(layout.totalBytes))
    guard result == 0 else {
      throw systemError(
        -result, call: "ftruncate", place: place, remedy: "choose a smaller maximum")
    }
    try commit(layout.initialRanges, descriptor: descriptor, place: place)
  }

  /// Makes sure that more memory is of use: who removed a database wants its memory back.
  private func checkUse() throws(StoreError) {
    try checkLive()
    if isRemoved { throw droppedError("its file was removed, and it grows no more") }
  }

  /// Commits memory for parts of a file.
  static func commit(
    _ ranges: [Range<Int>], descriptor: Int32, place: String
  ) throws(StoreError) {
    for range in ranges {
      let result = shm_commit(descriptor, UInt64(range.lowerBound), UInt64(range.count))
      guard result != 0 else { continue }
      let wanted = ranges.reduce(0) { $0 + $1.count }
      throw systemError(
        -result, call: "fallocate", place: place,
        remedy: result == -EOPNOTSUPP
          ? "set LAVA_DIR to a directory of a file system with fallocate, such as tmpfs or ext4"
          : "free at least \(wanted / 1_048_576 + 1) MiB there, choose fewer or smaller"
            + " blocks, or set LAVA_DIR to a directory with room")
    }
  }
}
