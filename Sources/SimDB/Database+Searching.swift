import SharedMemory

/// Searches as operations make them.
///
/// The first look is inlined; what needs more is called through the database, so that nothing of
/// the index is copied for a call that is hardly ever made.
extension Database {
  /// The slot that holds `key` and its record, or `nil` when the key is absent.
  ///
  /// - Parameter prefetching: As ``EntryIndex/firstLook(_:hash:at:prefetching:)``.
  /// - Throws: As ``EntryIndex/search(_:hash:)``.
  @inline(__always)
  func find(
    _ key: RawSpan, hash: UInt64, prefetching: Bool = false
  ) throws(StoreError) -> EntryIndex.Match? {
    let home = index.home(hash)
    return switch entries.firstLook(key, hash: hash, at: home, prefetching: prefetching) {
    case .match(let match): match
    case .neverUsed: nil
    case .open: try search(key, hash: hash)
    }
  }

  /// The slot that holds `key`, or else the one an insertion must take; none of them is frozen.
  ///
  /// - Throws: As ``EntryIndex/searchForWriting(_:hash:)``.
  @inline(__always)
  func findForWriting(
    _ key: RawSpan, hash: UInt64, at home: SlotIndex.Home
  ) throws(StoreError) -> EntryIndex.WritePlace {
    switch entries.firstLook(key, hash: hash, at: home) {
    case .match(let match):
      EntryIndex.WritePlace(place: match.place, runLength: match.record.runLength(in: space))
    case .neverUsed(let place): EntryIndex.WritePlace(place: place, runLength: 0)
    case .open: try searchForWriting(key, hash: hash)
    }
  }

  @inline(never)
  private func search(_ key: RawSpan, hash: UInt64) throws(StoreError) -> EntryIndex.Match? {
    try entries.search(key, hash: hash)
  }

  @inline(never)
  private func searchForWriting(
    _ key: RawSpan, hash: UInt64
  ) throws(StoreError) -> EntryIndex.WritePlace {
    try entries.searchForWriting(key, hash: hash)
  }

  /// Ends an operation that finds the index on its way to another table, or the store gone.
  ///
  /// - Throws: `dropped`, `segmentLost`: a change of what nobody can find any more is none.
  @inline(never)
  func finishUnusually() throws(StoreError) {
    try segment.checkLive()
    // What was to be done is done; whoever cannot help leaves it to others.
    try? entries.help(progress: &writer().value.moveProgress)
  }
}
