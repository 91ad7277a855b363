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
  /// - Throws: `full` naming the limit, with nothing changed; a value that replaces one of its size
  ///   has blocks that are kept for it. `invalidArgument`, `readOnly`, `segmentLost`. `dropped`,
  ///   where the value may have been stored, but nobody will find it.
  /// - Complexity: O(1) and O(bytes); enters the kernel only when memory must be found.
  @inlinable @discardableResult
  public func put<Key: ByteSource & ~Escapable, Value: ByteSource & ~Escapable>(
    _ key: Key, _ value: Value, type: TypeID = Value.usualType
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
    _ key: Key, _ value: Value, type: TypeID = Value.usualType, generation: UInt64?
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
    let hash = index.hash(key)
    let condition = generation.map(WriteCondition.generation) ?? .absent
    let writer = try writer()
    // Nothing is built, and no store is too full, for what will not be stored.
    let found = try findForWriting(key, hash: hash, at: index.home(hash)).place
    if !condition.allows(found.word), isStillThere(found) { return try unchanged() }
    let built = try build(key: key, value: value, type: type, writer: writer)
    return try publish(
      built, key: key, hash: hash, at: index.home(hash), when: condition, writer: writer)
  }

  @usableFromInline
  func put(key: RawSpan, value: RawSpan, type: TypeID) throws(StoreError) -> UInt64 {
    try checkKey(key)
    let hash = index.hash(key)
    let home = index.home(hash)
    index.prefetch(home)
    let writer = try writer()
    let built = try build(key: key, value: value, type: type, writer: writer)
    return try publish(built, key: key, hash: hash, at: home, when: .always, writer: writer)!
  }

  /// Removes the entry of `key`.
  ///
  /// **Concurrency.** Lock-free; takes effect at one instant.
  ///
  /// - Returns: Whether there was one.
  /// - Throws: `readOnly`, `invalidArgument`, `segmentLost`, `dropped`.
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
    let hash = index.hash(key)
    let writer = try writer()
    while let match = try find(key, hash: hash) {
      guard !match.place.isFrozen else {
        try entries.thaw(match.place)
        continue
      }
      let length = match.record.runLength(in: space)
      let old = match.place.word
      let tombstone = SlotWord.tombstone(
        hash: hash, epoch: match.place.epoch, collided: old.collided)
      // A tombstone says in which table it stands: in another one it could be mistaken for another.
      guard index.isInUse(match.place.epoch) else { continue }
      let live = blocks.ensureLive(match.place)
      if replace(match.place, by: tombstone, writer: writer) {
        writer.value.allocator.retire(old, live: live, length: length)
        try finish(match.place, writer)
        return true
      }
    }
    try segment.checkLive()
    return false
  }

  /// Publishes a written record under its key; see `Documentation/MemoryLayout.md`, the life of a
  /// put, for who may die where. What is not published is given back.
  ///
  /// - Returns: The entry's generation; `nil` when the condition does not hold.
  @inline(__always)
  private func publish(
    _ built: Allocation, key: RawSpan, hash: UInt64, at home: SlotIndex.Home,
    when condition: WriteCondition, writer: ThreadState<Writer>
  ) throws(StoreError) -> UInt64? {
    switch try tryToPublish(
      built, key: key, hash: hash, at: home, when: condition, writer: writer)
    {
    case .published(let generation): generation
    case .refused: try unchanged()
    case .overtaken:
      try publishAgain(built, key: key, hash: hash, when: condition, writer: writer)
    }
  }

  /// Goes on where another writer was faster; apart, so that the first attempt is no loop whose
  /// constants take the registers away.
  @inline(never)
  private func publishAgain(
    _ built: Allocation, key: RawSpan, hash: UInt64, when condition: WriteCondition,
    writer: ThreadState<Writer>
  ) throws(StoreError) -> UInt64? {
    while true {
      switch try tryToPublish(
        built, key: key, hash: hash, at: index.home(hash), when: condition, writer: writer)
      {
      case .published(let generation): return generation
      case .refused: return try unchanged()
      case .overtaken: continue
      }
    }
  }

  /// What an attempt to publish came to.
  private enum Publication {
    case published(UInt64)
    /// The condition does not hold; the record was given back.
    case refused
    /// The slot was changed in between.
    case overtaken
  }

  @inline(__always)
  private func tryToPublish(
    _ built: Allocation, key: RawSpan, hash: UInt64, at home: SlotIndex.Home,
    when condition: WriteCondition, writer: ThreadState<Writer>
  ) throws(StoreError) -> Publication {
    let found: EntryIndex.WritePlace
    do throws(StoreError) {
      found = try findForWriting(key, hash: hash, at: home)
    } catch {
      writer.value.allocator.giveBack(built)
      throw error
    }
    let old = found.place.word
    guard condition.allows(old) else {
      guard isStillThere(found.place) else { return .overtaken }
      writer.value.allocator.giveBack(built)
      return .refused
    }
    let new = SlotWord(
      blockIndex: built.head, generation: built.generation, collided: old.collided)
    let live = old.isLive ? blocks.ensureLive(found.place) : nil
    guard replace(found.place, by: new, writer: writer) else { return .overtaken }
    blocks.publish(built.head, owner: writer.value.owner, generation: built.generation)
    if let live {
      // It was not needed so far, and is what this thread writes to next but a few.
      space.prefetch(old.blockIndex)
      writer.value.allocator.retire(old, live: live, length: found.runLength)
    } else if old.kind == 0 {
      noteTaken(found.place, hash: hash, writer: writer)
    }
    try finish(found.place, writer)
    return .published(new.incarnation)
  }

  /// Whether the entry that was found is still there: the key may have been compared with that of a
  /// later incarnation, which is no entry yet.
  @inline(__always)
  private func isStillThere(_ place: SlotIndex.Place) -> Bool {
    #if STEP_HOOK
      if Protection.refusalLook.isMissing { return true }
    #endif
    return index.isUnchanged(place)
  }

  /// Announces and tries the one compare-and-swap that makes a change visible. A block that the
  /// slot names has been made sure to be live.
  @inline(__always)
  private func replace(
    _ place: SlotIndex.Place, by new: SlotWord, writer: ThreadState<Writer>
  ) -> Bool {
    writer.value.lane.announce(
      slot: index.table.offset &+ place.position, old: place.word.rawValue, new: new.rawValue)
    // Pair slot-published, pair pin-scan.
    let replaced = index.word(place).compareExchange(place.observed.rawValue, new.rawValue)
    if !replaced { writer.value.lane.clearIntent() }
    return replaced
  }

  /// Tells of a change that has taken place, and ends its announcement last: whoever is stopped or
  /// dies before leaves that for others to find.
  @inline(__always)
  private func finish(
    _ place: SlotIndex.Place, _ writer: ThreadState<Writer>
  ) throws(StoreError) {
    if changeTable.isWatched { tellWatchers(place) }
    writer.value.lane.countChange()
    writer.value.lane.clearIntent()
    if !index.state().isStable || !segment.isLive { try finishUnusually() }
  }

  /// Sets the tag of a slot that was just used for the first time, and counts such slots.
  @inline(never)
  private func noteTaken(_ place: SlotIndex.Place, hash: UInt64, writer: ThreadState<Writer>) {
    index.setTag(place.position, epoch: place.epoch, hash: hash)
    writer.value.slotsTaken += 1
    let count = writer.value.slotsTaken
    guard count >= writer.value.slotBatch else { return }
    writer.value.slotsTaken = 0
    writer.value.slotBatch = min(count + 1, Writer.mostSlots)
    entries.countTaken(count)
  }

  @inline(never)
  private func tellWatchers(_ place: SlotIndex.Place) { changeTable.mark(place.position) }

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

  /// Publishes an entry of `byteCount` bytes on a cache line, filled by `initialize` before anybody
  /// can see it; does nothing when there is an entry already.
  func createStructure(
    _ name: String, type: TypeID, byteCount: Int, clearedByteCount: Int,
    _ initialize: (SharedRegion) -> Void
  ) throws(StoreError) {
    try name.withBytes { key throws(StoreError) in
      try checkKey(key)
      let built = try buildFilled(
        key: key, type: type, byteCount: byteCount, clearedByteCount: clearedByteCount,
        writer: try writer(), initialize)
      _ = try publishFilled(built, key: key, when: .absent)
    }
  }

  /// Publishes a record that its user has filled in place.
  ///
  /// - Returns: As `publish`.
  func publishFilled(
    _ built: Allocation, key: RawSpan, when condition: WriteCondition
  ) throws(StoreError) -> UInt64? {
    let writer: ThreadState<Writer>
    do throws(StoreError) {
      // What filled the bytes may have used so many stores that this thread gave its writer up.
      writer = try self.writer()
    } catch {
      blocks.giveBack(built, owner: try identity())
      throw error
    }
    let hash = index.hash(key)
    return try publish(
      built, key: key, hash: hash, at: index.home(hash), when: condition, writer: writer)
  }
}
