import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// What a check finds: nearly all trials take its word for it that a store is whole.
@Suite struct CheckTests {
  let scratch = Scratch()

  /// Something that no sequence of operations and deaths leaves.
  enum Contradiction: CaseIterable {
    case impossibleWord, impossibleState, sameWord, missingBlock, freeBlock, blockOfTheGone
    case twoEntries, strangersBlock, lostTail, impossibleLengths, otherKey, allocatedByTheGone,
      retiredByTheGone
    case liveWithoutEntry, tailBehindTheEnd, impossibleHeader, laneOfTheGone, impossibleRow
  }

  /// Somebody whose row is another's by now, or nobody's.
  private let gone = ParticipantIdentity(rawValue: 77 << 10 | 1)

  private func makeStore() throws -> Database {
    try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 64, participantCount: 4))
  }

  private func match(_ key: String, in store: Database) throws -> EntryIndex.Match {
    let bytes = Array(key.utf8)
    return try #require(try store.find(bytes.rawSpan, hash: store.index.hash(bytes.rawSpan)))
  }

  /// Puts a key whose value takes `blockCount` blocks; returns the first of them and its slot.
  private func put(
    _ key: String, blockCount: Int = 1, in store: Database
  ) throws -> (block: Int, slot: SlotIndex.Place) {
    try store.put(key, [UInt8](repeating: 7, count: blockCount * 64))
    let place = try match(key, in: store).place
    return (place.word.blockIndex, place)
  }

  /// Makes the record of `key` say that its value has `valueLength` bytes.
  private func claim(_ valueLength: Int, for key: String, in store: Database) throws {
    let lengths = RecordLengths(
      keyLength: key.utf8.count, valueLength: valueLength, type: .bytes)
    try match(key, in: store).record.header.lengths.storeRelaxed(lengths.rawValue)
  }

  private func setHeader(_ block: Int, _ word: BlockWord, in store: Database) {
    store.blocks.headers[block].state.storeRelaxed(word.rawValue)
  }

  /// Brings a contradiction about.
  ///
  /// - Returns: What a check should say.
  private func plant(_ kind: Contradiction, in store: Database) throws -> Set<String> {
    let (block, slot) = try put("key", in: store)
    let generation = slot.word.generation
    switch kind {
    case .impossibleWord:
      // The last one, so that no search comes by.
      let unused = store.index.current(store.index.state()).end - 8
      store.index.table.word(at: unused).storeRelaxed(SlotWord.neverUsed(epoch: 7).rawValue)
      return ["the slot at \(unused) holds the impossible word \(7 << 32)"]
    case .impossibleState:
      let state = store.index.state().rawValue | 0xc0
      store.index.table.state.storeRelaxed(state)
      return ["the index has the impossible state \(state)"]
    case .sameWord:
      let other = store.index.current(store.index.state()).end - 8
      store.index.table.word(at: other).storeRelaxed(slot.word.rawValue)
      return ["the slots at \(slot.position) and \(other) name block \(block) both"]
    case .missingBlock:
      let word = SlotWord(blockIndex: 64, generation: generation, collided: 0)
      store.index.word(slot).storeRelaxed(word.rawValue)
      return [
        "the slot at \(slot.position) names block 64, which does not exist",
        "block \(block) is live without an entry",
      ]
    case .freeBlock:
      setHeader(block, .free(generation: generation), in: store)
      return ["the slot at \(slot.position) names block \(block), which is not live"]
    case .blockOfTheGone:
      setHeader(block, BlockWord(.allocated, owner: gone, generation: generation), in: store)
      return [
        "the slot at \(slot.position) names block \(block), which is not live",
        "block \(block) is held by a participant that is gone",
      ]
    case .twoEntries:
      let next = try put("next", in: store).block
      try #require(next == block + 1)
      try claim(100, for: "key", in: store)
      return [
        "block \(next) belongs to two entries",
        "block \(next) is used by the record of \(block) and not its own",
      ]
    case .strangersBlock:
      try claim(100, for: "key", in: store)
      return ["block \(block + 1) is used by the record of \(block) and not its own"]
    case .lostTail:
      let long = try put("long", blockCount: 3, in: store).block
      setHeader(long + 1, .tail(head: long, stamp: 1 << 32), in: store)
      return ["block \(long + 1) is used by the record of \(long) and not its own"]
    case .impossibleLengths:
      try claim(1 << 30, for: "key", in: store)
      return ["the record in block \(block) cannot be read"]
    case .otherKey:
      try match("key", in: store).record.header.key.write([0, 1, 2].rawSpan, at: 0)
      return ["the key of block \(block) leads to another slot"]
    case .allocatedByTheGone, .retiredByTheGone:
      let state: BlockWord.State = kind == .allocatedByTheGone ? .allocated : .retired
      setHeader(63, BlockWord(state, owner: gone, generation: 1), in: store)
      return ["block 63 is held by a participant that is gone"]
    case .liveWithoutEntry:
      setHeader(63, BlockWord(.live, owner: gone, generation: 1), in: store)
      return ["block 63 is live without an entry"]
    case .tailBehindTheEnd:
      let long = try put("long", blockCount: 2, in: store).block
      try claim(64, for: "long", in: store)
      return ["block \(long + 1) belongs to the run of \(long), which does not reach it"]
    case .impossibleHeader:
      setHeader(63, BlockWord(rawValue: 6), in: store)
      return ["block 63 has the impossible header 6"]
    case .laneOfTheGone:
      try #require(Lanes(store.segment).claim(for: gone) != nil)
      return ["lane 1 is held by a participant that is gone"]
    case .impossibleRow:
      let layout = store.segment.layout
      store.segment.region.word(at: layout.participantsOffset + 2 * 128).storeRelaxed(7 << 8 | 3)
      return ["participant row 2 has the impossible state \(7 << 8 | 3)"]
    }
  }

  @Test(arguments: Contradiction.allCases)
  func `a check says what contradicts itself`(kind: Contradiction) throws {
    let store = try makeStore()
    let viewer = try Database.openReadOnly(scratch.database())
    #expect(store.check() == [] && viewer.check() == [])
    let expected = try plant(kind, in: store)
    for database in [store, viewer] {
      let problems = database.check()
      // Without an index no block has an entry either.
      if kind == .impossibleState {
        #expect(problems.contains(expected.first!))
      } else {
        #expect(Set(problems) == expected && problems.count == expected.count)
      }
    }
  }

  @Test func `what the dead hold is theirs until it is swept, and no contradiction`() throws {
    let store = try makeStore()
    let doomed = try Database.open(scratch.database())
    let owner = try doomed.identity()
    try store.put("key", "value")
    setHeader(62, BlockWord(.allocated, owner: owner, generation: 1), in: store)
    setHeader(63, BlockWord(.retired, owner: owner, generation: 1), in: store)
    try #require(Lanes(store.segment).claim(for: owner) != nil)
    // Of another boot of the machine, which no process survives.
    let row = store.segment.layout.participantsOffset + owner.row * 128
    store.segment.region.word(at: row + 40).storeRelaxed(~0)
    #expect(try store.participants().map(\.isAlive) == [true, false])
    #expect(store.check() == [])
    #expect(try store.sweep() == 1)
    #expect(store.check() == [] && Lanes(store.segment).owners().count == 1)
    #expect(try store.statistics().usedBlocks == 1)
    // Another has swept it: it must not give anything back itself.
    withExtendedLifetime(doomed) {}
  }

  @Test func `who has not met the blocks that a store has grown by finds nothing wrong with them`()
    throws
  {
    let store = try Database.open(
      scratch.database(),
      creating: Geometry(blockSize: 64, blockCount: 64, maximumBlockCount: 4_096))
    let viewer = try Database.openReadOnly(scratch.database())
    let other = try Database.open(scratch.database())
    for number in 0..<1_000 { try store.put("key \(number)", "value") }
    #expect(viewer.check() == [])
    #expect(other.check() == [])
  }

  /// A lane goes before its owner's row, and comes after it.
  @Test func `a check beside programs that come and go finds no lane of theirs without an owner`()
    throws
  {
    let store = try makeStore()
    try store.put("key", "value")
    let ended = Counter()
    try inThreads([
      {
        defer { ended.add(1) }
        for round in 0..<300 {
          let problems = store.check()
          #expect(problems == [], "round \(round)")
        }
      },
      {
        while ended.value == 0 {
          let visitor = try Database.open(scratch.database())
          try visitor.put("visitor", "value")
          _ = try visitor.withValue("key") { span, _ in span.byteCount }
        }
      },
    ])
  }
}
