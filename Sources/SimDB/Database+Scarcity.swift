import SharedMemory

/// Room in a store where none was found: what this thread keeps, what the dead held, what others keep,
/// several runs instead of one, and, for what replaces another record, the reserve.
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
    guard length <= blocks.count else { throw fullError(lengths.dataLength) }
    let replaces = try replacedBlockCount(key) >= length
    let found =
      replaces
      ? findRoomForReplacing(length, payload: lengths.dataLength, writer: writer)
      : findRoomForNew(length, payload: lengths.dataLength, writer: writer)
    guard let found else { throw fullError(lengths.dataLength, replaces: replaces) }
    write(key: key, value: value, type: type, lengths: lengths, in: found)
    return found.allocation
  }

  private func findRoomForReplacing(
    _ length: Int, payload: Int, writer: ThreadState<Writer>
  ) -> Fragments? {
    if let found = writer.value.allocator.allocateReplaced(length) {
      return Fragments(allocation: found, runs: [])
    }
    makeRoom(writer)
    return writer.value.allocator.allocateForReplacing(length, payload: payload)
  }

  private func findRoomForNew(
    _ length: Int, payload: Int, writer: ThreadState<Writer>
  ) -> Fragments? {
    makeRoom(writer)
    if let found = writer.value.allocator.allocateForNew(length) {
      return Fragments(allocation: found, runs: [])
    }
    return writer.value.allocator.allocateFragmentsForNew(payload)
  }

  /// Frees what anybody keeps and nobody reads.
  func makeRoom(_ writer: ThreadState<Writer>) {
    writer.value.allocator.releaseAll()
    let sweeper = Sweeper(segment)
    sweeper.sweep()
    sweeper.freeAllRetired()
  }

  /// Blocks of the record that stands under `key`; 0 where there is none.
  ///
  /// Nothing holds the record meanwhile. Where it is replaced or deleted at this moment, its blocks
  /// become free in the place of those that the answer allows.
  private func replacedBlockCount(_ key: RawSpan) throws(StoreError) -> Int {
    guard let match = try find(key, hash: index.hash(key)) else { return 0 }
    return match.record.runs(in: space).reduce(0) { $0 + $1.count }
  }

  /// The error of a store without room for `byteCount` bytes.
  ///
  /// - Parameter replaces: Whether the bytes were to replace as many, so that those kept were tried too.
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
