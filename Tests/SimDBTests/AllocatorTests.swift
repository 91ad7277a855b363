import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// How a thread finds blocks for values of several, and what it keeps.
@Suite struct AllocatorTests {
  let scratch = Scratch()

  private func makeStore(
    blockCount: Int, blockSize: Int = 64, participants: Int = 16
  ) throws -> Database {
    try Database.open(
      scratch.database(),
      creating: Geometry(
        blockSize: blockSize, blockCount: blockCount, participantCount: participants))
  }

  private func value(_ blocks: Int, _ seed: Int) -> [UInt8] {
    Array(repeating: UInt8(truncatingIfNeeded: seed), count: 64 * blocks)
  }

  private func runs(of key: String, in store: Database) throws -> [Range<Int>] {
    let bytes = Array(key.utf8)
    let found = try store.find(bytes.rawSpan, hash: store.index.hash(bytes.rawSpan))
    return try #require(found).record.runs(in: store.space)
  }

  /// A block that is used without a pause comes to its last generation in a quarter of an hour.
  @Test func `a block that becomes part of a run keeps its generation, also behind the last`()
    throws
  {
    let store = try makeStore(blockCount: 64)
    let blocks = store.blocks
    let owner = try store.identity()
    for (generation, stamp) in [(UInt64(5), UInt64(1 << 33 - 100)), (7, 6), (9, 9)] {
      let word = store.segment.region.word(
        at: store.segment.layout.blockStampsOffset + 40 * 8)
      word.storeRelaxed(stamp)
      blocks.headers[40].state.storeRelaxed(BlockWord.free(generation: generation).rawValue)
      let head = try #require(blocks.claimRun(39, length: 2, owner: owner))
      #expect(word.loadRelaxed() == generation)
      blocks.giveBack(Allocation(head: 39, generation: head), owner: owner)
      #expect(blocks.claimHead(40, owner: owner) == generation + 1)
    }
  }

  @Test func `blocks that are claimed one by one and turn out a run are one`() throws {
    let store = try makeStore(blockCount: 64)
    func claim(_ indexes: [Int], _ payload: Int) throws -> Fragments? {
      var claim = FragmentClaim(store.blocks, owner: try store.identity(), blockSize: 64)
      for index in indexes {
        let isClaimed = claim.add(index)
        #expect(isClaimed)
      }
      let fragments = claim.finish(payload)
      if let fragments {
        store.blocks.giveBack(fragments.allocation, owner: try store.identity())
      }
      return fragments
    }
    #expect(try claim([20, 21], 100)?.runs == [])
    // The second block would be nobody's.
    #expect(try claim([20, 21], 64)?.runs == [20..<22])
    #expect(try claim([20, 22], 100)?.runs == [20..<21, 22..<23])
    #expect(try claim([20, 22], 113) == nil)
    #expect(store.check() == [])
  }

  @Test func `a value is split into the longest runs that there are`() throws {
    let store = try makeStore(blockCount: 1_024)
    var keys: [Int: String] = [:]
    for number in 0..<1_008 {
      let key = "key \(number)"
      try store.put(key, "v")
      keys[try runs(of: key, in: store)[0].lowerBound] = key
    }
    // Free are every second block, and then some runs of five.
    let free =
      Array(stride(from: 100, to: 600, by: 2)) + (0..<8).flatMap { 700 + $0 * 10..<705 + $0 * 10 }
    for block in free { try store.delete(try #require(keys[block])) }
    for number in 0..<4 {
      try store.put("split \(number)", value(8, number))
      #expect(try runs(of: "split \(number)", in: store).count <= 4)
      #expect(try store.get("split \(number)") == value(8, number))
    }
    #expect(try runs(of: "split 0", in: store).map(\.count) == [5, 4])
    #expect(store.check() == [])
  }

  /// A value that is split takes a little more than one that is not: if many were, the store would be
  /// full in the end.
  @Test func `values of many lengths are overwritten in a nearly full store, and few are split`()
    throws
  {
    let blockCount = 8_192
    let most = blockCount * 90 / 100
    let store = try makeStore(blockCount: blockCount)
    var generator = SeededGenerator()
    var lengths: [Int] = []
    var used = 0
    while used < most - 8 {
      lengths.append(Int.random(in: 1...8, using: &generator))
      used += lengths.last!
      try store.put("key \(lengths.count - 1)", value(lengths.last!, 0))
    }
    for round in 0..<20_000 {
      let key = Int.random(in: 0..<lengths.count, using: &generator)
      var length = Int.random(in: 1...8, using: &generator)
      // The load stays what it was.
      if used + length - lengths[key] > most { length = lengths[key] }
      used += length - lengths[key]
      lengths[key] = length
      try store.put("key \(key)", value(length, round))
      if round % 64 == 0 { #expect(try store.get("key \(key)") == value(length, round)) }
    }
    #expect(store.check() == [])
    var split = 0
    for key in lengths.indices {
      #expect(try store.length("key \(key)") == 64 * lengths[key])
      if try runs(of: "key \(key)", in: store).count > 1 { split += 1 }
    }
    // One in 100 for most seeds, and one in 7 for the worst of some hundred.
    #expect(split < lengths.count / 4)
  }

  /// What is remembered of free runs is stale as soon as others take them.
  @Test func `threads that split values in a nearly full store take no block twice`() throws {
    let store = try makeStore(blockCount: 4_096)
    for key in 0..<800 { try store.put("key \(key)", value(1 + key % 8, key)) }
    try inThreads(
      (0..<4).map { thread in
        {
          var generator = SeededGenerator(seed: UInt64(thread))
          for round in 0..<4_000 {
            let key = thread + 4 * Int.random(in: 0..<200, using: &generator)
            let bytes = value(Int.random(in: 1...8, using: &generator), round)
            do throws(StoreError) {
              try store.put("key \(key)", bytes)
              #expect(try store.get("key \(key)") == bytes)
            } catch {
              #expect(error.code == .full)
            }
          }
        }
      })
    #expect(try store.statistics().entries == 800 && store.check() == [])
  }

  /// More blocks than a thread keeps of small values: still the same memory serves again and again.
  @Test(arguments: [300, 1_000])
  func `a large run that was replaced is the next one's`(length: Int) throws {
    let store = try makeStore(blockCount: length * 80)
    var heads: Set<Int> = []
    for round in 0..<40 {
      try store.put("key", value(length, round))
      heads.insert(try runs(of: "key", in: store)[0].lowerBound)
      #expect(try store.get("key") == value(length, round))
    }
    #expect(heads.count == 2, "the value, and the one before it")
    let held = try store.statistics().retiredBlocks
    #expect(held <= length, "one run is kept")
  }

  @Test func `a run of more than a 64th of the store is not kept`() throws {
    let store = try makeStore(blockCount: 4_096)
    for round in 0..<4 { try store.put("key", value(100, round)) }
    #expect(try store.statistics().retiredBlocks == 0)
  }

  @Test func `of what nobody has pinned little is kept, however much others have`() throws {
    let store = try makeStore(blockCount: 65_536, participants: 64)
    let count = 1_500
    for key in 0..<count { try store.put("key \(key)", value(2, key)) }
    let attachment = try store.currentAttachment()
    var pins: [LongPin] = []
    for key in 0..<count {
      pins.append(try attachment.holdLong(try #require(try store.generation("key \(key)"))))
    }
    for key in 0..<count { try store.put("key \(key)", value(2, key + 1)) }
    let pinned = try store.statistics().retiredBlocks
    #expect(pinned >= 2 * count)
    for round in 0..<4_000 { try store.put("another \(round % 10)", value(2, round)) }
    let more = try store.statistics().retiredBlocks - pinned
    #expect(more <= 65_536 / 64)
    for pin in pins { pin.release() }
    for round in 0..<4_000 { try store.put("another \(round % 10)", value(2, round)) }
    #expect(try store.statistics().retiredBlocks <= 65_536 / 64)
    #expect(store.check() == [])
  }

  // MARK: What is remembered

  @Test func `the shortest run that is long enough is taken, and each once`() {
    var runs = FreeRuns()
    #expect(!runs.isInUse && runs.take(atLeast: 1) == nil && runs.takeLongest() == nil)
    runs.note(5..<5)
    #expect(!runs.isInUse)
    for run in [10..<12, 20..<25, 100..<140, 200..<216, 30..<31] { runs.note(run) }
    #expect(runs.take(atLeast: 3) == 20..<25)
    #expect(runs.take(atLeast: 17) == 100..<140 && runs.take(atLeast: 17) == nil)
    #expect(runs.takeLongest() == 200..<216)
    #expect(runs.take(atLeast: 1) == 30..<31 && runs.take(atLeast: 1) == 10..<12)
    #expect(runs.take(atLeast: 1) == nil && runs.takeLongest() == nil)
  }

  @Test func `of more runs than there is room for some are forgotten, and none is made up`() {
    var generator = SeededGenerator()
    var runs = FreeRuns()
    var noted: Set<Range<Int>> = []
    for number in 0..<2_000 {
      // Enough of each length, whatever the seed: the rest of the lengths are random.
      let length = number < 16 * 32 ? number % 16 + 1 : Int.random(in: 1...40, using: &generator)
      let run = number * 100..<number * 100 + length
      runs.note(run)
      noted.insert(run)
    }
    var taken = 0
    var wanted = 40
    while wanted > 0 {
      guard let run = runs.take(atLeast: wanted) else {
        wanted -= 1
        continue
      }
      #expect(run.count >= wanted && noted.remove(run) != nil)
      taken += 1
    }
    #expect(taken == 16 * 32 && runs.takeLongest() == nil)
  }
}
