import SharedMemory

/// An entry as it was at one instant.
///
/// **Concurrency.** A value.
public struct Entry: Hashable, Sendable {
  /// The value.
  public let bytes: [UInt8]
  /// What the bytes are.
  public let type: TypeID
  /// Opaque and unique per incarnation: it changes with every put.
  public let generation: UInt64
}

extension Database {
  /// The value of `key`, or `nil` when it is absent.
  ///
  /// **Concurrency.** Lock-free; writes nothing into the store. The value is one that some `put`
  /// wrote, whole. After two copies that a writer overtook, the reader pins the value, so that a
  /// busy writer cannot starve it; on a read-only mapping it tries for a second.
  ///
  /// - Throws: `corrupt`; `segmentLost`; `contended` on a read-only mapping; `invalidArgument`.
  /// - Complexity: O(1) and O(bytes).
  @inlinable
  public func get<Key: ByteSource & ~Escapable>(
    _ key: Key
  ) throws(StoreError) -> [UInt8]? {
    try entry(key)?.bytes
  }

  /// The value, type and generation of `key`, or `nil` when it is absent.
  ///
  /// **Concurrency.** As ``get(_:)``.
  ///
  /// - Throws: As ``get(_:)``.
  /// - Complexity: As ``get(_:)``.
  @inlinable
  public func entry<Key: ByteSource & ~Escapable>(
    _ key: Key
  ) throws(StoreError) -> Entry? {
    try key.withBytes { key throws(StoreError) in try entry(key: key) }
  }

  @usableFromInline
  func entry(key: RawSpan) throws(StoreError) -> Entry? {
    try entry(key: key, hash: index.hash(key))
  }

  @usableFromInline
  func entry(key: RawSpan, hash: UInt64) throws(StoreError) -> Entry? {
    try read(key, hash: hash) { record, word in
      guard let bytes = record.copyValue(in: space), let type = record.type(in: space) else {
        return nil
      }
      return Entry(bytes: bytes, type: type, generation: word.incarnation)
    }
  }

  /// Copies the value of `key` to the beginning of `destination`.
  ///
  /// **Concurrency.** As ``get(_:)``. Nothing is allocated.
  ///
  /// - Returns: The value's length in bytes, or `nil` when the key is absent. A value longer than
  ///   `destination` is cut; the length says so.
  /// - Throws: As ``get(_:)``.
  /// - Complexity: As ``get(_:)``.
  @inlinable
  public func get<Key: ByteSource & ~Escapable>(
    _ key: Key, into destination: inout MutableRawSpan
  ) throws(StoreError) -> Int? {
    try key.withBytes { key throws(StoreError) in
      try copyValue(of: key, into: &destination)?.length
    }
  }

  /// The generation of `key`'s entry, or `nil` when it is absent: a cheap way to see a change.
  ///
  /// **Concurrency.** Lock-free; writes nothing.
  ///
  /// - Throws: `corrupt`; `segmentLost`; `invalidArgument`.
  /// - Complexity: O(1).
  @inlinable
  public func generation<Key: ByteSource & ~Escapable>(
    _ key: Key
  ) throws(StoreError) -> UInt64? {
    try key.withBytes { key throws(StoreError) in try generation(key: key) }
  }

  @usableFromInline
  func generation(key: RawSpan) throws(StoreError) -> UInt64? {
    try checkKey(key)
    let hash = index.hash(key)
    while let place = try find(key, hash: hash)?.place {
      // The key may have been compared with that of a later incarnation.
      if index.isUnchanged(place) { return try present(place.word.incarnation) }
    }
    return try absent()
  }

  /// Whether there is an entry of `key`.
  ///
  /// **Concurrency.** Lock-free; writes nothing.
  ///
  /// - Throws: As ``generation(_:)``.
  /// - Complexity: O(1).
  @inlinable
  public func contains<Key: ByteSource & ~Escapable>(
    _ key: Key
  ) throws(StoreError) -> Bool {
    try generation(key) != nil
  }

  func corruptRecord(_ word: SlotWord) -> StoreError { entries.corruptRecord(word) }

  /// What is known of a value that was copied into a buffer.
  @frozen @usableFromInline
  struct CopiedValue {
    @usableFromInline let length: Int
    @usableFromInline let generation: UInt64
  }

  @usableFromInline
  func copyValue(
    of key: RawSpan, into destination: inout MutableRawSpan
  ) throws(StoreError) -> CopiedValue? {
    try checkKey(key)
    let hash = index.hash(key)
    switch entries.firstLook(key, hash: hash, at: index.home(hash)) {
    case .match(let match):
      if let value = match.record.wholeValue(in: space) {
        value.copy(at: 0, count: min(value.count, destination.byteCount), into: &destination)
        if index.isUnchanged(match.place) {
          return try present(
            CopiedValue(length: value.count, generation: match.place.word.incarnation))
        }
      }
    case .neverUsed: return try absent()
    case .open: break
    }
    return try copySearchedValue(of: key, hash: hash, into: &destination)
  }

  /// Copies a value that is not where it was looked for first, or lies in several runs, or that a
  /// writer replaced while it was copied.
  @inline(never)
  private func copySearchedValue(
    of key: RawSpan, hash: UInt64, into destination: inout MutableRawSpan
  ) throws(StoreError) -> CopiedValue? {
    try read(key, hash: hash) { record, word in
      record.copyValue(in: space, into: &destination).map {
        CopiedValue(length: $0, generation: word.incarnation)
      }
    }
  }

  /// Reads a record by copying and looking at its slot again.
  ///
  /// - Parameter copy: Copies what is wanted; `nil` when the record cannot be one.
  @inline(__always)
  func read<Copy>(
    _ key: RawSpan, hash: UInt64, _ copy: (Record, SlotWord) -> Copy?
  ) throws(StoreError) -> Copy? {
    try checkKey(key)
    var attempts = 0
    var deadline: UInt64 = 0
    while let match = try find(key, hash: hash) {
      // The lengths were those of this incarnation: nothing is allocated for a torn one.
      if index.isUnchanged(match.place) {
        let copied = copy(match.record, match.place.word)
        if index.isUnchanged(match.place) {
          guard let copied else { throw corruptRecord(match.place.word) }
          return try present(copied)
        }
      }
      attempts += 1
      if attempts >= 2, isWritable {
        switch try pin(key, hash: hash) {
        case .absent: return try absent()
        case .noPlace: break
        case .pinned(let match, let pin):
          defer { unpin(pin) }
          guard let copied = copy(match.record, match.place.word) else {
            throw corruptRecord(match.place.word)
          }
          return try present(copied)
        }
      }
      try waitForCalm(attempts, &deadline)
    }
    return try absent()
  }

  /// Lets a busy writer go on, for a second at most.
  @inline(never)
  private func waitForCalm(_ attempts: Int, _ deadline: inout UInt64) throws(StoreError) {
    let now = SystemClock.monotonicNanoseconds
    if deadline == 0 { deadline = now + 1_000_000_000 }
    guard now < deadline else {
      throw StoreError(
        .contended, place: "database '\(name)'",
        reason: "the entry changed faster than it could be copied for a second",
        remedy: isWritable
          ? "try again, or let fewer threads use the database: this one has no lane to pin it with"
          : "try again, or attach for writing, which can pin it")
    }
    for _ in 0..<attempts { spinHint() }
  }
}
