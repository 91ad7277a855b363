import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// What participants leave behind, and when it is freed.
@Suite struct SweepTests {
  let scratch = Scratch()

  @Test func `what was pinned when its owner left is freed by the first sweep after the pin`()
    throws
  {
    let name = scratch.database()
    let reader = try Database.open(name, creating: Geometry(blockSize: 64, blockCount: 1_024))
    var writer: Database? = try Database.open(name)
    try writer?.put("key", "before")
    try reader.withValue("key") { span, isCopy in
      #expect(!isCopy)
      try writer?.put("key", "after")
      writer = nil
      #expect(try reader.participants().count == 1)
      try reader.sweep()
      #expect(try reader.statistics().retiredBlocks == 1, "it is being read")
      #expect(reader.check() == [])
      #expect(span.byte(at: 0) == UInt8(ascii: "b"))
    }
    try reader.sweep()
    let statistics = try reader.statistics()
    #expect(statistics.retiredBlocks == 0 && statistics.usedBlocks == 1)
    #expect(reader.check() == [])
  }

  @Test(arguments: [1, 300])
  func `what was pinned when the thread ended that retired it is freed by the first sweep after`(
    length: Int
  ) throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    try store.put("key", [UInt8](repeating: 1, count: length))
    let used = try store.statistics().usedBlocks
    try store.withValue("key") { _, _ in
      try inThreads([{ try store.put("key", [UInt8](repeating: 2, count: length)) }])
      #expect(eventually { (try? store.statistics().lanesInUse) == 1 })
      try store.sweep()
      #expect(try store.statistics().retiredBlocks == used, "it is being read")
      #expect(store.check() == [])
    }
    #expect(store.check() == [], "whoever checks now is early, and no more")
    try store.sweep()
    let statistics = try store.statistics()
    #expect(statistics.retiredBlocks == 0 && statistics.usedBlocks == used)
    #expect(store.check() == [])
  }

  @Test func `a thread is lent values of eight databases at once, of more as copies`() throws {
    let stores = try (0..<10).map { number in
      let store = try Database.open(
        scratch.database("store-\(number)"),
        creating: Geometry(blockSize: 64, blockCount: 128))
      try store.put("key", "value \(number)")
      return store
    }
    var copies: [Bool] = []
    func nest(_ depth: Int) throws {
      try stores[depth].withValue("key") { span, isCopy in
        copies.append(isCopy)
        if !isCopy {
          for round in 0..<300 { try stores[depth].put("key", "round \(round)") }
        } else {
          let error = #expect(throws: StoreError.self) { try stores[depth].put("key", "other") }
          #expect(error?.code == .full && error?.reason.contains("as many databases") == true)
        }
        if depth + 1 < stores.count { try nest(depth + 1) }
        #expect(span.byte(at: span.byteCount - 1) == UInt8(ascii: "0") + UInt8(depth))
      }
    }
    try nest(0)
    #expect(copies == Array(repeating: false, count: 8) + [true, true])
    for store in stores {
      try store.put("key", "again")
      #expect(store.check() == [])
    }
  }

  /// How far a writer comes before it dies.
  enum LastStep: CaseIterable { case announced, inserted, replaced, deleted }

  @Test(arguments: LastStep.allCases)
  func `viewers learn of what a writer published before it died`(last: LastStep) throws {
    let name = scratch.database()
    let store = try Database.open(name, creating: Geometry(blockSize: 64, blockCount: 1_024))
    if last != .inserted { try store.put("key", "before") }
    let viewer = try Database.openReadOnly(name)
    let doomed = try Database.open(name)
    let key = Array("key".utf8)
    let hash = doomed.index.hash(key.rawSpan)
    let writer = try doomed.writer()
    let place = try doomed.findForWriting(
      key.rawSpan, hash: hash, at: doomed.index.home(hash)
    ).place
    let built = try doomed.build(
      key: key.rawSpan, value: Array("after".utf8).rawSpan, type: .utf8, writer: writer)
    let new =
      last == .deleted
      ? SlotWord.tombstone(hash: hash, epoch: 0, collided: 0)
      : SlotWord(blockIndex: built.head, generation: built.generation, collided: 0)
    if place.word.isLive { _ = doomed.blocks.ensureLive(place.word) }
    writer.value.lane.announce(
      slot: doomed.index.table.offset + place.position, old: place.word.rawValue,
      new: new.rawValue)
    if last != .announced {
      #expect(doomed.index.word(place).compareExchange(place.word.rawValue, new.rawValue))
    }
    let seen = viewer.changeCount
    try makeDead(row: 1, of: store)
    #expect(try store.sweep() == 1)
    #expect((viewer.changeCount > seen) == (last != .announced))
    let value: String? =
      switch last {
      case .announced: "before"
      case .inserted, .replaced: "after"
      case .deleted: nil
      }
    #expect(try viewer.get("key", as: String.self) == value)
    #expect(store.check() == [])
    // Another has swept it: it must not give anything back itself.
    withExtendedLifetime(doomed) {}
  }

  ///     row 0   this store
  ///     row 1   claimed, and not filled in yet: its claimer is slow, and has its lock
  ///     row 2   the same, but its claimer died, and with it went the lock
  @Test func `a row whose claimer died half-way is handed out again, and a slow one's is not`()
    throws
  {
    let name = scratch.database()
    let store = try Database.open(
      name, creating: Geometry(blockSize: 64, blockCount: 64, participantCount: 3))
    let viewer = try Database.openReadOnly(name)
    let slow = try Database.open(name)
    func row(_ number: Int) -> AtomicWord {
      store.segment.region.word(at: store.segment.layout.participantsOffset + number * 128)
    }
    let active = row(1).loadRelaxed()
    let claiming = active & ~0xff | 1
    row(1).storeRelaxed(claiming)
    row(2).storeRelaxed(9 << 8 | 1)
    #expect(try viewer.participants().count == 1)
    #expect(row(2).loadRelaxed() == 9 << 8 | 1, "who may not write frees nothing")
    #expect(store.check() == [])
    let third = try Database.open(name)
    #expect(row(2).loadRelaxed() == 10 << 8 | 2)
    let error = #expect(throws: StoreError.self) { try Database.open(name) }
    #expect(error?.code == .full && error?.reason.contains("all 3 participant rows") == true)
    #expect(row(1).loadRelaxed() == claiming)
    row(1).storeRelaxed(active)
    #expect(try store.participants().map(\.isAlive) == [true, true, true])
    withExtendedLifetime((slow, third)) {}
  }

  /// Lets a participant seem to be of another boot of the machine, which no process survives.
  private func makeDead(row: Int, of store: Database) throws {
    let boot = store.segment.region.word(
      at: store.segment.layout.participantsOffset + row * 128 + 40)
    boot.storeRelaxed(~boot.loadRelaxed())
  }
}
