import SharedMemory
import SimDB

/// The one end of a table that writes.
///
/// It is claimed by a process for as long as the writer stands. Another process is refused while
/// the owner lives; when the owner has died, the next writer takes the table over as it is: what
/// had been published stays, and what had not is overwritten.
///
/// **Concurrency.** For one thread at a time, which the compiler sees to. Wait-free for values of
/// at most 24 bytes: a writer that is stopped or dies holds up no reader.
public struct TableWriter: ~Copyable {
  /// What is written to.
  public let table: Table
  /// What stands in the owner word while this writer stands.
  private let claim: UInt64
  private var count: Int
  private var keyEnd: Int

  /// Claims a table.
  ///
  /// - Throws: `owned`, naming the process that has it; `readOnly`, `corrupt`.
  init(_ table: Table) throws(StoreError) {
    self.table = table
    let claim = try Self.claim(table)
    do throws(StoreError) {
      (count, keyEnd) = try Self.takeOver(table.cells, table)
    } catch {
      Self.giveUp(table, claim)
      throw error
    }
    self.claim = claim
  }

  deinit { Self.giveUp(table, claim) }

  private static func owner(_ table: Table) -> AtomicWord {
    table.cells.region.word(at: TableLayout.owner)
  }

  private static func claim(_ table: Table) throws(StoreError) -> UInt64 {
    let identity = try table.handle.owner()
    while true {
      // Pair table-owner: what the one before has written is there.
      let seen = owner(table).loadAcquiring()
      let holder = ParticipantIdentity(rawValue: seen)
      if holder.rawValue != 0, holder == identity || !table.handle.isDead(holder) {
        throw ownedError(table, holder)
      }
      let claim = (seen >> 27 &+ 1) << 27 | identity.rawValue
      // Pair table-owner.
      if owner(table).compareExchange(seen, claim) { return claim }
    }
  }

  private static func ownedError(_ table: Table, _ holder: ParticipantIdentity) -> StoreError {
    let facts = table.handle.participant(holder)
    let process = facts.map { "process \($0.pid) ('\($0.name)')" } ?? "another process"
    return StoreError(
      .owned, place: table.handle.place(.table), reason: "\(process) writes it",
      remedy: "let that one write, or end it first")
  }

  private static func giveUp(_ table: Table, _ claim: UInt64) {
    // A forked child has a copy of what is its parent's.
    guard (try? table.handle.owner()) == ParticipantIdentity(rawValue: claim) else { return }
    // Pair table-owner.
    _ = owner(table).compareExchange(claim, claim & ~ParticipantIdentity.mask)
  }

  /// Finds out where the writer before was, and gives its last key the slot that it may lack.
  private static func takeOver(
    _ cells: TableRegion, _ table: Table
  ) throws(StoreError) -> (count: Int, keyEnd: Int) {
    let count = try table.keyCount
    guard let keyEnd = cells.keyEnd(count: count) else {
      throw table.contradiction("a key lies outside")
    }
    if count > 0, let key = cells.key(count - 1),
      !cells.takeSlot(for: key.rawSpan, cell: count - 1)
    {
      throw table.contradiction("its index leads nowhere")
    }
    return (count, keyEnd)
  }

  // MARK: Writing

  /// Replaces the value of `key`, adding the key if it is not there.
  ///
  /// **Concurrency.** Readers see the value before or this one, whole.
  ///
  /// - Parameters:
  ///   - key: 1 to 65,536 bytes.
  ///   - value: Any bytes, copied; those of more than 24 go into the store.
  ///   - type: What the bytes are; a number below 2^20.
  /// - Throws: `full` naming what there is no more room for, with the value unchanged;
  ///   `invalidArgument`, `dropped`, `segmentLost`; `owned` in a forked child, whose parent's
  ///   writer it is.
  /// - Complexity: O(1) and O(bytes).
  @inlinable
  public mutating func set<Key: ByteSource & ~Escapable, Value: ByteSource & ~Escapable>(
    _ key: Key, _ value: Value, type: TypeID = Value.usualType
  ) throws(StoreError) {
    try key.withBytes { key throws(StoreError) in
      try value.withBytes { value throws(StoreError) in try set(key: key, value, type: type) }
    }
  }

  @usableFromInline
  mutating func set(key: RawSpan, _ value: RawSpan, type: TypeID) throws(StoreError) {
    guard type.rawValue <= TableWord.greatestType else {
      throw StoreError(
        .invalidArgument, place: table.handle.place(.table), reason: "a value of \(type)",
        remedy: "use a type id of at most \(TableWord.greatestType)")
    }
    try checkOwner()
    try publish(value, type: type, in: findOrAdd(key))
  }

  /// Removes the value of `key`; its cell stays the key's.
  ///
  /// **Concurrency.** Readers see the value before or none.
  ///
  /// - Returns: Whether there was one.
  /// - Throws: `dropped`, `segmentLost`, `corrupt`; `owned` in a forked child.
  /// - Complexity: O(1).
  @discardableResult
  public mutating func remove<Key: ByteSource & ~Escapable>(
    _ key: Key
  ) throws(StoreError) -> Bool {
    try checkOwner()
    return try key.withBytes { key throws(StoreError) in
      guard let cell = try table.cell(of: key) else { return false }
      let word = word(of: cell)
      guard word.state != .absent else { return false }
      try replace(word, by: word.next(.absent, type: .bytes, size: 0), in: cell)
      try deletePayloads(of: cell)
      try table.handle.checkLive()
      return true
    }
  }

  private func checkOwner() throws(StoreError) {
    let identity = ParticipantIdentity(rawValue: claim)
    guard try table.handle.owner() == identity else {
      throw Self.ownedError(table, identity)
    }
  }

  private mutating func findOrAdd(_ key: RawSpan) throws(StoreError) -> Int {
    if let cell = try table.cell(of: key) { return cell }
    guard (1...Database.maximumKeyLength).contains(key.byteCount) else {
      throw StoreError(
        .invalidArgument, place: table.handle.place(.table),
        reason: "a key of \(key.byteCount) bytes",
        remedy: "use 1 to \(Database.maximumKeyLength) bytes")
    }
    let geometry = table.geometry
    guard count < geometry.capacity, key.byteCount <= geometry.keyCapacity - keyEnd else {
      throw StoreError(
        .full, place: table.handle.place(.table),
        reason: "its \(geometry.capacity) cells hold \(count) keys, "
          + "of \(keyEnd) bytes of \(geometry.keyCapacity)",
        remedy: "create it with more cells and bytes for keys")
    }
    guard table.cells.add(key, at: keyEnd, count: count) else {
      throw table.contradiction("somebody else has added a key")
    }
    keyEnd += key.byteCount
    count += 1
    return count - 1
  }

  private func word(of cell: Int) -> TableWord {
    // Sole writer.
    TableWord(rawValue: table.cells.control(cell).loadRelaxed())
  }

  private func publish(_ value: RawSpan, type: TypeID, in cell: Int) throws(StoreError) {
    let cells = table.cells
    let word = word(of: cell)
    let half = 1 - word.half
    let isInline = value.byteCount <= TableLayout.halfSize
    let generation = isInline ? 0 : try putPayload(value, type: type, of: cell, half: half)
    // Pair table-half-reused: whoever finds these bytes in a half that it still reads finds, after
    // its acquire fence, that the word has changed.
    Fence.release()
    if isInline {
      cells.region.write(value, at: cells.half(half, of: cell))
    } else {
      cells.region.word(at: cells.half(half, of: cell)).storeRelaxed(generation)
    }
    let next = word.next(
      isInline ? .inline : .reference, type: type, size: isInline ? value.byteCount : 0)
    try replace(word, by: next, in: cell)
    if isInline { try deletePayloads(of: cell) }
    try table.handle.checkLive()
  }

  private func replace(
    _ word: TableWord, by next: TableWord, in cell: Int
  ) throws(StoreError) {
    // Pair table-published.
    guard table.cells.control(cell).compareExchange(word.rawValue, next.rawValue) else {
      throw table.contradiction("somebody else has written a value")
    }
    // Pair table-changed, pair wake: counted before a sleeper is looked for.
    table.cells.region.word(at: TableLayout.changes).addSequential(1)
    table.change.wake()
  }

  // MARK: Payloads

  /// Puts a value that does not fit under the key of the half that nobody reads.
  private func putPayload(
    _ value: RawSpan, type: TypeID, of cell: Int, half: Int
  ) throws(StoreError) -> UInt64 {
    let keyWord = table.cells.keyWord(cell)
    let word = TableKeyWord(rawValue: keyWord.loadRelaxed())
    // Noted first: whoever takes over finds what a death leaves.
    keyWord.storeRelaxed(word.with(payload: true, in: half).rawValue)
    return try table.handle.database.put(table.payloadKey(cell, half: half), value, type: type)
  }

  /// Deletes what no word names any more; a reader that looks for it finds another word.
  @inline(__always)
  private func deletePayloads(of cell: Int) throws(StoreError) {
    let word = TableKeyWord(rawValue: table.cells.keyWord(cell).loadRelaxed())
    if word.hasPayloads { try deleteNotedPayloads(of: cell, word) }
  }

  @inline(never)
  private func deleteNotedPayloads(of cell: Int, _ word: TableKeyWord) throws(StoreError) {
    var word = word
    for half in 0..<2 where word.hasPayload(half) {
      try table.handle.database.delete(table.payloadKey(cell, half: half))
      word = word.with(payload: false, in: half)
    }
    table.cells.keyWord(cell).storeRelaxed(word.rawValue)
  }
}

extension Table {
  /// Claims the end that writes.
  ///
  /// **Concurrency.** Of several that claim at once one wins. The claim ends with the writer, or
  /// with its process.
  ///
  /// - Returns: The writer.
  /// - Throws: `owned`, naming the process that has it, this one included; `readOnly`, `full` in a
  ///   forked child that finds no row, `corrupt`.
  /// - Complexity: O(1); some system calls where somebody has it.
  public func writer() throws(StoreError) -> TableWriter { try TableWriter(self) }
}
