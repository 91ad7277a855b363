import SharedMemory

/// What a slot must hold for a write to take place.
enum WriteCondition {
  case always
  case absent
  case generation(UInt64)

  @inline(__always)
  func allows(_ slot: SlotWord) -> Bool {
    switch self {
    case .always: true
    case .absent: !slot.isLive
    case .generation(let wanted): slot.isLive && slot.incarnation == wanted
    }
  }
}

extension Database {
  /// Stores `value` under `key`, replacing what was there.
  ///
  /// **Concurrency.** Lock-free. Takes effect at one instant: everybody sees the value before or
  /// this one, whole. When the process dies half-way, the value before stands.
  ///
  /// - Parameters:
  ///   - key: 1 to 65,536 bytes.
  ///   - value: Any bytes; copied before returning.
  ///   - type: What the bytes are.
  /// - Returns: The generation of the entry, which no other incarnation has.
  /// - Throws: `full` naming the limit, with nothing changed; `invalidArgument`, `readOnly`.
  /// - Complexity: O(1) and O(bytes); enters the kernel only when memory must be found.
  @inlinable @discardableResult
  public func put<Key: ByteSource & ~Escapable, Value: ByteSource & ~Escapable>(
    _ key: Key, _ value: Value, type: TypeID = .bytes
  ) throws(StoreError) -> UInt64 {
    try key.withBytes { key throws(StoreError) in
      try value.withBytes { value throws(StoreError) in
        try put(key: key, value: value, type: type)
      }
    }
  }

  /// Stores `value` under `key` if the entry's generation is `generation`, or if there is no entry
  /// where `generation` is `nil`.
  ///
  /// **Concurrency.** Lock-free; compares and stores at one instant.
  ///
  /// - Returns: The new generation; `nil` when the entry was another, with nothing changed.
  /// - Throws: As ``put(_:_:type:)``.
  /// - Complexity: As ``put(_:_:type:)``.
  @inlinable
  public func compareAndSet<Key: ByteSource & ~Escapable, Value: ByteSource & ~Escapable>(
    _ key: Key, _ value: Value, type: TypeID = .bytes, generation: UInt64?
  ) throws(StoreError) -> UInt64? {
    try key.withBytes { key throws(StoreError) in
      try value.withBytes { value throws(StoreError) in
        try compareAndSet(key: key, value: value, type: type, generation: generation)
      }
    }
  }

  @usableFromInline
  func compareAndSet(
    key: RawSpan, value: RawSpan, type: TypeID, generation: UInt64?
  ) throws(StoreError) -> UInt64? {
    try checkKey(key)
    return try withContext { context throws(StoreError) in
      let hash = index.hash(key)
      let allocation = try build(key: key, value: value, type: type, context: context)
      let published: UInt64?
      do throws(StoreError) {
        published = try publish(
          allocation, key: key, hash: hash,
          when: generation.map(WriteCondition.generation) ?? .absent,
          context: context)
      } catch {
        context.allocator.with { $0.giveBack(allocation) }
        throw error
      }
      if published == nil { context.allocator.with { $0.giveBack(allocation) } }
      return published
    }
  }

  @usableFromInline
  func put(key: RawSpan, value: RawSpan, type: TypeID) throws(StoreError) -> UInt64 {
    try checkKey(key)
    return try withContext { context throws(StoreError) in
      let hash = index.hash(key)
      index.prefetch(hash)
      let allocation = try build(key: key, value: value, type: type, context: context)
      do throws(StoreError) {
        return try publish(allocation, key: key, hash: hash, when: .always, context: context)!
      } catch {
        context.allocator.with { $0.giveBack(allocation) }
        throw error
      }
    }
  }

  /// Removes the entry of `key`.
  ///
  /// **Concurrency.** Lock-free; takes effect at one instant.
  ///
  /// - Returns: Whether there was one.
  /// - Throws: `readOnly`, `invalidArgument`.
  /// - Complexity: O(1).
  @inlinable @discardableResult
  public func delete<Key: ByteSource & ~Escapable>(
    _ key: Key
  ) throws(StoreError) -> Bool {
    try key.withBytes { key throws(StoreError) in try delete(key: key) }
  }

  @usableFromInline
  func delete(key: RawSpan) throws(StoreError) -> Bool {
    try checkKey(key)
    return try withContext { context throws(StoreError) in
      let hash = index.hash(key)
      while let place = try index.find(key, hash: hash) {
        let length = runLength(place.word)
        let tombstone = SlotWord.tombstone(hash: hash, collided: place.word.collided)
        if replace(place, by: tombstone, context: context) {
          context.allocator.with { $0.retire(place.word, length: length) }
          finish(context)
          return true
        }
      }
      return false
    }
  }

  /// Publishes a written record under its key; see `Documentation/MemoryLayout.md`, the life of a
  /// put, for who may die where.
  ///
  /// - Returns: The entry's generation; `nil` when the condition does not hold.
  private func publish(
    _ allocation: Allocation, key: RawSpan, hash: UInt64, when condition: WriteCondition,
    context: WriterContext
  ) throws(StoreError) -> UInt64? {
    while true {
      let place = try index.findForWriting(key, hash: hash)
      let old = place.word
      guard condition.allows(old) else { return nil }
      let new = SlotWord(
        blockIndex: allocation.head, generation: allocation.generation, collided: old.collided)
      let length = old.isLive ? runLength(old) : 0
      guard replace(place, by: new, context: context) else { continue }
      let built = BlockWord(
        .allocated, owner: context.owner, generation: allocation.generation)
      _ = blocks.step(allocation.head, from: built, to: .live, owner: context.owner)
      if old.isLive {
        context.allocator.with { $0.retire(old, length: length) }
      } else if old.rawValue == SlotWord.neverUsed {
        index.setTag(place.offset, hash: hash)
      }
      finish(context)
      return new.incarnation
    }
  }

  /// Announces and tries the one compare-and-swap that makes a change visible.
  @inline(__always)
  private func replace(
    _ place: SlotIndex.Place, by new: SlotWord, context: WriterContext
  ) -> Bool {
    if place.word.isLive { blocks.ensureLive(place.word) }
    context.lane.announce(slot: place.offset, old: place.word.rawValue, new: new.rawValue)
    // Pair slot-published, pair pin-scan.
    let replaced = segment.region.word(at: place.offset)
      .compareExchange(place.word.rawValue, new.rawValue)
    if !replaced { context.lane.clearIntent() }
    return replaced
  }

  private func finish(_ context: WriterContext) {
    context.lane.clearIntent()
    context.lane.countChange()
  }

  /// Blocks of the run that `slot` names; 0 when it has several runs or has just been replaced.
  @inline(__always)
  private func runLength(_ slot: SlotWord) -> Int {
    guard
      let header = RecordHeader(
        at: slot.blockIndex, in: segment.region, layout: segment.layout),
      !header.isFragmented
    else { return 0 }
    return header.blockCount(segment.layout)
  }

  @inline(__always)
  func checkKey(_ key: RawSpan) throws(StoreError) {
    guard key.byteCount &- 1 < Self.maximumKeyLength, key.byteCount > 0 else {
      throw keyError(key.byteCount)
    }
  }

  @inline(never)
  private func keyError(_ count: Int) -> StoreError {
    StoreError(
      .invalidArgument, place: "database '\(name)'",
      reason: "a key of \(count) bytes", remedy: "use 1 to \(Self.maximumKeyLength) bytes")
  }

  // MARK: Memory

  /// Claims blocks and writes a record into them that nobody else can see yet.
  private func build(
    key: RawSpan, value: RawSpan, type: TypeID, context: WriterContext
  ) throws(StoreError) -> Allocation {
    let size = RecordHeader.size(
      keyLength: key.byteCount, valueLength: value.byteCount,
      alignmentLog2: RecordHeader.defaultAlignmentLog2)
    let length = segment.layout.blockCount(for: size)
    if let found = context.allocator.with({ $0.allocate(length) }) {
      write(key: key, value: value, type: type, into: found)
      return found
    }
    return try buildInScarceStore(
      key: key, value: value, type: type, length: length, context: context)
  }

  /// The last resorts, which cost a pass over all blocks: what this thread keeps, what the dead
  /// held, what others keep, and several runs instead of one.
  private func buildInScarceStore(
    key: RawSpan, value: RawSpan, type: TypeID, length: Int, context: WriterContext
  ) throws(StoreError) -> Allocation {
    guard length <= blocks.count else { throw fullError(length) }
    makeRoom(context)
    if let found = context.allocator.with({ $0.allocate(length) }) {
      write(key: key, value: value, type: type, into: found)
      return found
    }
    let payload = RecordHeader.aligned(key.byteCount, to: 8) + value.byteCount
    let fragments = context.allocator.with { $0.allocateFragments(payload) }
    guard let found = fragments else { throw fullError(length) }
    write(key: key, value: value, type: type, into: found.runs)
    return found.allocation
  }

  private func makeRoom(_ context: WriterContext) {
    context.allocator.with { $0.releaseAll() }
    let sweeper = Sweeper(segment)
    sweeper.sweep()
    sweeper.freeAllRetired()
  }

  /// Publishes an entry of `byteCount` bytes on a cache line, filled by `initialize` before anybody
  /// can see it; does nothing when there is an entry already.
  func createStructure(
    _ name: String, type: TypeID, byteCount: Int, _ initialize: (SharedRegion) -> Void
  ) throws(StoreError) {
    try name.withBytes { key throws(StoreError) in
      try checkKey(key)
      try withContext { context throws(StoreError) in
        let valueOffset = RecordHeader.valueOffset(
          keyLength: key.byteCount, alignmentLog2: RecordHeader.lineAlignmentLog2)
        let length = segment.layout.blockCount(for: valueOffset + byteCount)
        var found = context.allocator.with { $0.allocate(length) }
        if found == nil {
          makeRoom(context)
          found = context.allocator.with { $0.allocate(length) }
        }
        guard let allocation = found else { throw fullError(length) }
        let offset = writeHeader(
          keyLength: key.byteCount, valueLength: byteCount, type: type, at: allocation.head,
          flags: UInt64(RecordHeader.lineAlignmentLog2) << 48)
        segment.region.write(key, at: offset + RecordHeader.size)
        let region = segment.region.region(at: offset + valueOffset, count: byteCount)
        region.clear(at: 0, count: byteCount)
        initialize(region)
        let hash = index.hash(key)
        let published: UInt64?
        do throws(StoreError) {
          published = try publish(
            allocation, key: key, hash: hash, when: .absent, context: context)
        } catch {
          context.allocator.with { $0.giveBack(allocation) }
          throw error
        }
        if published == nil { context.allocator.with { $0.giveBack(allocation) } }
      }
    }
  }

  private func fullError(_ length: Int) -> StoreError {
    StoreError(
      .full, place: "database '\(name)'",
      reason: "\(length) blocks of \(segment.layout.blockSize) bytes are wanted, "
        + "of \(blocks.count) too few are free",
      remedy: "delete entries or create it with more blocks")
  }

  private func write(key: RawSpan, value: RawSpan, type: TypeID, into allocation: Allocation) {
    let offset = writeHeader(
      keyLength: key.byteCount, valueLength: value.byteCount, type: type, at: allocation.head,
      flags: UInt64(RecordHeader.defaultAlignmentLog2) << 48)
    segment.region.write(key, at: offset + RecordHeader.size)
    let valueOffset = RecordHeader.valueOffset(
      keyLength: key.byteCount, alignmentLog2: RecordHeader.defaultAlignmentLog2)
    segment.region.write(value, at: offset + valueOffset)
  }

  private func writeHeader(
    keyLength: Int, valueLength: Int, type: TypeID, at head: Int, flags: UInt64
  ) -> Int {
    let offset = segment.layout.blocksOffset + head * segment.layout.blockSize
    // Whoever still reads the incarnation before must not find these bytes under its old slot word:
    // pair record-reused, the reader's acquire fence before it looks at the slot again.
    Fence.release()
    segment.region.word(at: offset).storeRelaxed(
      UInt64(keyLength) | UInt64(type.rawValue) << 32)
    segment.region.word(at: offset + 8).storeRelaxed(UInt64(valueLength) | flags)
    return offset
  }

  private func write(key: RawSpan, value: RawSpan, type: TypeID, into runs: [Range<Int>]) {
    _ = writeHeader(
      keyLength: key.byteCount, valueLength: value.byteCount, type: type,
      at: runs[0].lowerBound,
      flags: RecordHeader.fragmentedBit | UInt64(RecordHeader.defaultAlignmentLog2) << 48)
    let region = segment.region
    let layout = segment.layout
    let padding = RecordHeader.aligned(key.byteCount, to: 8)
    var written = 0
    for (position, run) in runs.enumerated() {
      let offset = layout.blocksOffset + run.lowerBound * layout.blockSize
      let links = position == 0 ? offset + RecordHeader.size : offset
      let next = position + 1 < runs.count ? runs[position + 1].lowerBound + 1 : 0
      region.word(at: links).storeRelaxed(UInt64(run.count) | UInt64(next) << 32)
      let end = offset + run.count * layout.blockSize
      var target = links + 8
      if written < key.byteCount {
        let count = min(end - target, key.byteCount - written)
        region.write(key.extracting(written..<written + count), at: target)
        written += count
        target += count
      }
      if written >= key.byteCount && written < padding && target < end {
        let gap = min(padding - written, end - target)
        written += gap
        target += gap
      }
      if written >= padding && target < end {
        let done = written - padding
        let count = min(end - target, value.byteCount - done)
        region.write(value.extracting(done..<done + count), at: target)
        written += count
      }
    }
  }
}
