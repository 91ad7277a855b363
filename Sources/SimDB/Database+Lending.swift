import SharedMemory

/// A value that is lent to the body of a ``Database/withValue(_:_:)``.
///
/// **Concurrency.** Used by the thread that borrowed it.
@usableFromInline
enum Loan {
  /// Where it lies; nobody reuses the memory until it is given back.
  case inPlace(SharedRegion, Pin)
  /// A copy that nobody else knows.
  case copy([UInt8])
}

/// A place of the calling thread's lane that holds the word of what the thread reads.
///
/// **Concurrency.** Used by the thread that pinned.
@usableFromInline
struct Pin {
  fileprivate let lane: Lane
  fileprivate let position: Int
}

/// Reading values where they lie.
///
/// What takes a body is generic and short, so that callers get one made for their body; all that
/// has to do with the store is not.
extension Database {
  /// Lends the value of `key` in place while `body` runs; nobody reuses its memory meanwhile.
  ///
  /// Zero copy: the cost does not depend on the value's size. A value in several runs is copied
  /// first, and so is any value on a read-only mapping, or when the thread holds eight already, or
  /// when more threads write and pin than the store has lanes for.
  ///
  /// **Concurrency.** Lock-free. `body` sees the value of one instant; later puts do not change it.
  ///
  /// - Parameters:
  ///   - key: Whose value.
  ///   - body: Gets the bytes, which are valid while it runs, and whether they are a copy.
  /// - Returns: What `body` returned, or `nil` when the key is absent.
  /// - Throws: As ``get(_:)``, and what `body` throws; `segmentLost` instead where the bytes
  ///   vanished while it ran.
  /// - Complexity: O(1).
  @inlinable
  public func withValue<Key: ByteSource & ~Escapable, Result>(
    _ key: Key, _ body: (_ value: RawSpan, _ isCopy: Bool) throws -> Result
  ) throws -> Result? {
    try key.withBytes { key in
      switch try borrow(key) {
      case nil: return nil
      case .copy(let bytes): return try body(bytes.rawSpan, true)
      case .inPlace(let value, let pin):
        let result: Result
        do {
          result = try value.withSpan(at: 0, count: value.count) { try body($0, false) }
        } catch {
          try giveBack(pin)
          throw error
        }
        try giveBack(pin)
        return result
      }
    }
  }

  /// The value of `key`, pinned where it lies if that can be; `nil` when the key is absent.
  @usableFromInline
  func borrow(_ key: RawSpan) throws(StoreError) -> Loan? {
    try checkKey(key)
    switch try pin(key, hash: index.hash(key)) {
    case .absent: return try absent()
    case .noPlace: break
    case .pinned(let match, let pin):
      if match.record.lengths.isFragmented {
        unpin(pin)
        break
      }
      guard let value = match.record.wholeValue(in: space) else {
        unpin(pin)
        throw corruptRecord(match.place.word)
      }
      return .inPlace(value, pin)
    }
    return try borrowCopy(key)
  }

  @inline(never)
  private func borrowCopy(_ key: RawSpan) throws(StoreError) -> Loan? {
    try entry(key: key).map { .copy($0.bytes) }
  }

  /// Ends a loan.
  ///
  /// - Throws: `segmentLost`: what a body made of bytes that vanished under it does not count, nor
  ///   that it failed.
  @usableFromInline
  func giveBack(_ pin: Pin) throws(StoreError) {
    unpin(pin)
    try segment.checkLoss()
  }

  /// What came of pinning a value.
  enum PinAttempt {
    case absent
    /// The value stands as it was found until it is unpinned.
    case pinned(EntryIndex.Match, Pin)
    /// This thread cannot pin another value.
    case noPlace
  }

  /// Pins the value of `key` at this instant.
  @inline(__always)
  func pin(_ key: RawSpan, hash: UInt64) throws(StoreError) -> PinAttempt {
    guard let writer = try pinningWriter() else { return .noPlace }
    let position = writer.value.pinDepth
    guard position < Lane.pinCount else { return .noPlace }
    let lane = writer.value.lane
    while let match = try find(key, hash: hash, prefetching: true) {
      lane.pin(match.place.word.incarnation, at: position)
      // Pair pin-scan: a word still in its slot was not retired before it was pinned. So what the
      // search has read of the record is this incarnation's, and so is all that will be.
      if index.isUnchanged(match.place, now: index.word(match.place).loadSequential()) {
        writer.value.pinDepth = position + 1
        return .pinned(match, Pin(lane: lane, position: position))
      }
      lane.unpin(at: position)
    }
    return .absent
  }

  /// What the calling thread pins with; `nil` where it can have no lane.
  @inline(__always)
  private func pinningWriter() throws(StoreError) -> ThreadState<Writer>? {
    if let writer = currentWriter() { return writer }
    return isWritable ? try makePinningWriter() : nil
  }

  @inline(never)
  private func makePinningWriter() throws(StoreError) -> ThreadState<Writer>? {
    do throws(StoreError) {
      return try writer()
    } catch {
      guard error.code == .full else { throw error }
      return nil
    }
  }

  @inline(__always)
  func unpin(_ pin: Pin) {
    // A child forked from within the body has no writer, or one of its own that pins nothing; the
    // lane is its parent's.
    guard let writer = currentWriter(), writer.value.pinDepth == pin.position + 1 else { return }
    writer.value.pinDepth = pin.position
    pin.lane.unpin(at: pin.position)
  }
}
