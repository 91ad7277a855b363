import SharedMemory

/// Room in a store where none was found: what this thread keeps, what the dead held, what others
/// keep, several runs instead of one, and, for what replaces another record, the reserve.
extension Database {
  /// Claims blocks and writes a record into them, by the last resorts.
  ///
  /// - Throws: `full`, naming the limit; `corrupt`.
  @inline(never)
  func buildInScarceStore(
    key: RawSpan, value: RawSpan, type: TypeID, lengths: RecordLengths,
    writer: ThreadState<Writer>
  ) throws(StoreError) -> Allocation {
    let length = space.blockCount(for: lengths.dataLength)
    guard length <= segment.layout.maximumBlockCount else { throw fullError(lengths.dataLength) }
    let replaces = try replacedBlockCount(key) >= length
    let found = try findRoom(
      length, payload: lengths.dataLength, replaces: replaces, writer: writer)
    guard let found else { throw fullError(lengths.dataLength, replaces: replaces) }
    write(key: key, value: value, type: type, lengths: lengths, in: found)
    return found.allocation
  }

  private func findRoom(
    _ length: Int, payload: Int, replaces: Bool, writer: ThreadState<Writer>
  ) throws(StoreError) -> Fragments? {
    if replaces, let found = writer.value.allocator.allocateReplaced(length) {
      return Fragments(allocation: found, runs: [])
    }
    // Searching everything for a run each time would cost more than several runs do.
    if length > 1, blocks.all.count == segment.layout.maximumBlockCount,
      let found = writer.value.allocator.allocateFragments(payload, isNew: !replaces)
    {
      return found
    }
    do throws(StoreError) {
      if let found = try findRun(length, writer: writer) {
        return Fragments(allocation: found, runs: [])
      }
      return allocateLast(length, payload: payload, replaces: replaces, writer: writer)
    } catch {
      // Without more memory there may be room in what there is.
      let found = allocateLast(length, payload: payload, replaces: replaces, writer: writer)
      guard let found else { throw error }
      return found
    }
  }

  /// Claims a run that is not kept for overwriting: lets the store grow for it where it may, and
  /// frees what anybody keeps and nobody reads where it may not.
  ///
  /// Growing comes first: what the living keep is little, and to look for it takes as long as the
  /// store is large.
  ///
  /// - Returns: `nil` when the store is as large as it may be, and there is none.
  /// - Throws: `noRoom` when there is no memory to grow by, `dropped`.
  func findRun(
    _ length: Int, writer: ThreadState<Writer>
  ) throws(StoreError) -> Allocation? {
    if Sweeper(segment).sweep() > 0,
      let found = writer.value.allocator.allocateForNew(length)
    {
      return found
    }
    var refusal: StoreError?
    do throws(StoreError) {
      while try writer.value.allocator.addBlocks(length) {
        if let found = writer.value.allocator.allocateForNew(length) { return found }
      }
    } catch {
      refusal = error
    }
    writer.value.allocator.releaseAll()
    Sweeper(segment).freeAllRetired()
    if let found = writer.value.allocator.allocateForNew(length) { return found }
    if let refusal { throw refusal }
    return nil
  }

  private func allocateLast(
    _ length: Int, payload: Int, replaces: Bool, writer: ThreadState<Writer>
  ) -> Fragments? {
    replaces
      ? writer.value.allocator.allocateForReplacing(length, payload: payload)
      : writer.value.allocator.allocateFragmentsForNew(payload)
  }

  /// Blocks of the record that stands under `key`; 0 where there is none.
  ///
  /// Nothing holds the record meanwhile. Where it is replaced or deleted at this moment, its blocks
  /// become free in the place of those that the answer allows.
  func replacedBlockCount(_ key: RawSpan) throws(StoreError) -> Int {
    guard let match = try find(key, hash: index.hash(key)) else { return 0 }
    return match.record.runs(in: space).reduce(0) { $0 + $1.count }
  }

  /// The error of a store without room for `byteCount` bytes.
  ///
  /// - Parameter replaces: Whether the bytes were to replace as many, so that those kept were tried
  ///   too.
  @inline(never)
  func fullError(_ byteCount: Int, replaces: Bool = false) -> StoreError {
    let kept = BlockReserve(segment).count
    return StoreError(
      .full, place: "database '\(name)'",
      reason: "\(byteCount) bytes are wanted, of \(blocks.count - kept) blocks of "
        + "\(space.blockSize) bytes too few are free"
        + (replaces
          ? ", and of the \(kept) that are kept for overwriting too"
          : "; \(kept) more are kept for values that replace others of their size"),
      remedy: "delete entries or create it with more blocks")
  }
}
