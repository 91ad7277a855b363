import SharedMemory

/// An entry as it was at one instant.
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
  /// - Throws: `corrupt`; `contended` on a read-only mapping; `invalidArgument`.
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
  @inlinable
  public func entry<Key: ByteSource & ~Escapable>(
    _ key: Key
  ) throws(StoreError) -> Entry? {
    try key.withBytes { key throws(StoreError) in try entry(key: key) }
  }

  @usableFromInline
  func entry(key: RawSpan) throws(StoreError) -> Entry? {
    try read(key) { header, word in
      header.value(in: segment.region, layout: segment.layout).map {
        Entry(bytes: $0, type: header.type, generation: word.incarnation)
      }
    }
  }

  /// Copies the value of `key` to the beginning of `destination`.
  ///
  /// **Concurrency.** As ``get(_:)``. Nothing is allocated.
  ///
  /// - Returns: The value's length in bytes, or `nil` when the key is absent. A value longer than
  ///   `destination` is cut; the length says so.
  /// - Throws: As ``get(_:)``.
  @inlinable
  public func get<Key: ByteSource & ~Escapable>(
    _ key: Key, into destination: inout MutableRawSpan
  ) throws(StoreError) -> Int? {
    try key.withBytes { key throws(StoreError) in
      try copyValue(of: key, into: &destination)
    }
  }

  /// The generation of `key`'s entry, or `nil` when it is absent: a cheap way to see a change.
  ///
  /// **Concurrency.** Lock-free; writes nothing.
  @inlinable
  public func generation<Key: ByteSource & ~Escapable>(
    _ key: Key
  ) throws(StoreError) -> UInt64? {
    try key.withBytes { key throws(StoreError) in try generation(key: key) }
  }

  @usableFromInline
  func generation(key: RawSpan) throws(StoreError) -> UInt64? {
    try checkKey(key)
    return try index.find(key, hash: index.hash(key))?.word.incarnation
  }

  /// Whether there is an entry of `key`.
  ///
  /// **Concurrency.** Lock-free; writes nothing.
  @inlinable
  public func contains<Key: ByteSource & ~Escapable>(
    _ key: Key
  ) throws(StoreError) -> Bool {
    try generation(key) != nil
  }

  /// Lends the value of `key` in place while `body` runs; nobody reuses its memory meanwhile.
  ///
  /// Zero copy: the cost does not depend on the value's size. A value in several runs is copied
  /// first, and so is any value on a read-only mapping, or when the thread holds eight already.
  ///
  /// **Concurrency.** Lock-free. `body` sees the value of one instant; later puts do not change it.
  ///
  /// - Parameter body: Gets the bytes, which are valid while it runs, and whether they are a copy.
  /// - Returns: What `body` returned, or `nil` when the key is absent.
  /// - Throws: As ``get(_:)``, and what `body` throws.
  /// - Complexity: O(1).
  @inlinable
  public func withValue<Key: ByteSource & ~Escapable, Result>(
    _ key: Key, _ body: (_ value: RawSpan, _ isCopy: Bool) throws -> Result
  ) throws -> Result? {
    try key.withBytes { key in try withValue(key: key, body) }
  }

  @usableFromInline
  func withValue<Result>(
    key: RawSpan, _ body: (RawSpan, Bool) throws -> Result
  ) throws -> Result? {
    try checkKey(key)
    if isWritable, let lent = try withPinned(key, body) { return lent.value }
    guard let entry = try entry(key) else { return nil }
    return try body(entry.bytes.rawSpan, true)
  }

  /// What a pinned attempt came to: absent, or what the body returned.
  private struct Lent<Value> { let value: Value? }

  /// Lends a pinned value; `nil` when it has to be copied instead.
  private func withPinned<Result>(
    _ key: RawSpan, _ body: (RawSpan, Bool) throws -> Result
  ) throws -> Lent<Result>? {
    guard let pin = try pin(key) else { return Lent(value: nil) }
    guard let pin = pin.taken else { return nil }
    defer { unpin(pin) }
    let header = try header(of: pin.word)
    guard !header.isFragmented else { return nil }
    return try segment.region.withSpan(
      at: header.offset + header.valueOffset, count: header.valueLength
    ) { span in Lent(value: try body(span, false)) }
  }

  /// A pin in the calling thread's lane.
  struct Pin {
    let word: SlotWord
    let context: WriterContext
    let position: Int
  }

  /// A pin that may have found no free place in the lane.
  struct PinAttempt { let taken: Pin? }

  /// Pins the value of `key` at this instant; `nil` when the key is absent.
  private func pin(_ key: RawSpan) throws(StoreError) -> PinAttempt? {
    let hash = index.hash(key)
    return try withContext { context throws(StoreError) in
      guard context.pinDepth < Lane.pinCount else { return PinAttempt(taken: nil) }
      let position = context.pinDepth
      while let place = try index.find(key, hash: hash) {
        context.lane.pin(place.word.incarnation, at: position)
        // Pair pin-scan: a word still in its slot was not retired before it was pinned.
        let now = SlotWord(rawValue: segment.region.word(at: place.offset).loadSequential())
        if now.incarnation == place.word.incarnation {
          context.pinDepth += 1
          return PinAttempt(
            taken: Pin(word: place.word, context: context, position: position))
        }
        context.lane.unpin(at: position)
      }
      return nil
    }
  }

  private func unpin(_ pin: Pin) {
    pin.context.pinDepth -= 1
    pin.context.lane.unpin(at: pin.position)
  }

  func header(of word: SlotWord) throws(StoreError) -> RecordHeader {
    let region = segment.region
    guard let header = RecordHeader(at: word.blockIndex, in: region, layout: segment.layout)
    else { throw corruptRecord(word) }
    return header
  }

  func corruptRecord(_ word: SlotWord) -> StoreError {
    StoreError(
      .corrupt, place: "database '\(name)', block \(word.blockIndex)",
      reason: "its lengths contradict each other",
      remedy: "save what can be read and create the database again")
  }

  @usableFromInline
  func copyValue(
    of key: RawSpan, into destination: inout MutableRawSpan
  ) throws(StoreError) -> Int? {
    try checkKey(key)
    let hash = index.hash(key)
    let region = segment.region
    for _ in 0..<2 {
      guard let place = try index.find(key, hash: hash) else { return nil }
      let header = RecordHeader(
        at: place.word.blockIndex, in: region, layout: segment.layout)
      guard let header, !header.isFragmented else { break }
      let count = min(header.valueLength, destination.byteCount)
      region.copy(at: header.offset + header.valueOffset, count: count, into: &destination)
      // Pair record-reused: bytes of a later incarnation imply that the slot has changed.
      Fence.acquire()
      let now = SlotWord(rawValue: region.word(at: place.offset).loadRelaxed())
      if now.incarnation == place.word.incarnation { return header.valueLength }
    }
    guard
      let bytes = try read(key, { header, _ in header.value(in: region, layout: segment.layout) })
    else { return nil }
    for offset in 0..<min(bytes.count, destination.byteCount) {
      destination.setByte(bytes[offset], at: offset)
    }
    return bytes.count
  }

  /// Reads a record by copying and looking at its slot again.
  ///
  /// - Parameter copy: Copies what is wanted; `nil` when the record cannot be one.
  private func read<Copy>(
    _ key: RawSpan, _ copy: (RecordHeader, SlotWord) -> Copy?
  ) throws(StoreError) -> Copy? {
    try checkKey(key)
    let hash = index.hash(key)
    let region = segment.region
    var attempts = 0
    var deadline: UInt64 = 0
    while let place = try index.find(key, hash: hash) {
      let slot = region.word(at: place.offset)
      let header = RecordHeader(at: place.word.blockIndex, in: region, layout: segment.layout)
      // The lengths were those of this incarnation: nothing is allocated for a torn one.
      Fence.acquire()
      if SlotWord(rawValue: slot.loadRelaxed()).incarnation == place.word.incarnation {
        let copied = header.flatMap { copy($0, place.word) }
        // Pair record-reused.
        Fence.acquire()
        if SlotWord(rawValue: slot.loadRelaxed()).incarnation == place.word.incarnation {
          guard let copied else { throw corruptRecord(place.word) }
          return copied
        }
      }
      attempts += 1
      if attempts >= 2, isWritable {
        guard let pin = try pin(key) else { return nil }
        if let pin = pin.taken {
          defer { unpin(pin) }
          guard let copied = copy(try self.header(of: pin.word), pin.word) else {
            throw corruptRecord(pin.word)
          }
          return copied
        }
      }
      let now = SystemClock.monotonicNanoseconds
      if deadline == 0 { deadline = now + 1_000_000_000 }
      guard now < deadline else {
        throw StoreError(
          .contended, place: "database '\(name)'",
          reason: "the entry changed faster than it could be copied for a second",
          remedy: "try again, or attach for writing, which can pin it")
      }
      for _ in 0..<attempts { spinHint() }
    }
    return nil
  }
}
