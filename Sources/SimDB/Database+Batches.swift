import SharedMemory

extension Database {
  /// The values of many keys, `nil` for each that is absent.
  ///
  /// Asks for the memory of sixteen keys before it looks at the first, so that the waits overlap:
  /// twice as fast as one ``get(_:)`` after the other where the store is larger than the caches.
  ///
  /// **Concurrency.** As ``get(_:)`` for each key; the values need not be of one instant.
  ///
  /// - Returns: The values, in the order of the keys.
  /// - Throws: As ``get(_:)``.
  /// - Complexity: O(keys) and O(bytes).
  @inlinable
  public func getMany<Key: ByteSource>(_ keys: [Key]) throws(StoreError) -> [[UInt8]?] {
    var values: [[UInt8]?] = []
    values.reserveCapacity(keys.count)
    var hashes = InlineArray<16, UInt64>(repeating: 0)
    for start in stride(from: 0, to: keys.count, by: hashes.count) {
      let count = min(hashes.count, keys.count - start)
      for number in 0..<count {
        hashes[number] = keys[start + number].withBytes { prefetchSlot(of: $0) }
      }
      for number in 0..<count { prefetchRecord(hashes[number]) }
      for number in 0..<count {
        try keys[start + number].withBytes { key throws(StoreError) in
          values.append(try entry(key: key, hash: hashes[number])?.bytes)
        }
      }
    }
    return values
  }

  /// Asks for the line that a search for `key` begins with.
  ///
  /// - Returns: The key's hash.
  @usableFromInline
  func prefetchSlot(of key: RawSpan) -> UInt64 {
    let hash = index.hash(key)
    index.prefetch(index.home(hash))
    return hash
  }

  /// Asks for header and value that the first slot names which could be a key's.
  @usableFromInline
  func prefetchRecord(_ hash: UInt64) {
    let word = SlotWord(rawValue: index.table.word(at: index.firstCandidate(hash)).loadRelaxed())
    guard word.isLive, let header = blocks.headers.header(of: word.blockIndex) else { return }
    header.prefetch()
    space.prefetch(word.blockIndex)
  }
}
