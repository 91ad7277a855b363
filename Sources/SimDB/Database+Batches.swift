import SharedMemory

extension Database {
  /// The values of many keys, `nil` for each that is absent.
  ///
  /// Asks for the memory of many keys before it looks at the first, so that the waits overlap: several
  /// times as fast as one ``get(_:)`` after the other where the store is larger than the caches.
  ///
  /// **Concurrency.** As ``get(_:)`` for each key; the values need not be of one instant.
  ///
  /// - Returns: The values, in the order of the keys.
  /// - Throws: As ``get(_:)``.
  /// - Complexity: O(keys) and O(bytes).
  public func getMany<Key: ByteSource>(_ keys: [Key]) throws(StoreError) -> [[UInt8]?] {
    var values: [[UInt8]?] = []
    values.reserveCapacity(keys.count)
    var start = 0
    while start < keys.count {
      let batch = keys[start..<min(start + Self.batchLength, keys.count)]
      for key in batch { key.withBytes { index.prefetch(index.home(index.hash($0))) } }
      for key in batch { key.withBytes { prefetchRecord(index.hash($0)) } }
      for key in batch {
        try key.withBytes { key throws(StoreError) in values.append(try entry(key: key)?.bytes) }
      }
      start += Self.batchLength
    }
    return values
  }

  /// As many lines as a processor fetches at once, and some more.
  private static var batchLength: Int { 16 }

  /// Asks for header and value that the first slot names which could be a key's.
  private func prefetchRecord(_ hash: UInt64) {
    let word = SlotWord(rawValue: index.table.word(at: index.firstCandidate(hash)).loadRelaxed())
    guard word.isLive, let header = blocks.headers.header(of: word.blockIndex) else { return }
    header.prefetch()
    space.prefetch(word.blockIndex)
  }
}
