import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// Looks at all entries while others change them and the index moves again and again.
@Suite(.timeLimit(.minutes(2))) struct WalkTests {
  let scratch = Scratch()
  private let kept = (100..<200).map { Array("kept \($0)".utf8) }

  /// A way to look at all entries.
  enum Way: CaseIterable, Sendable { case keys, entries, forEachEntry, save }

  /// The keys that a walk meets, as often as it meets them.
  private func walk(_ way: Way, _ store: Database) throws -> [[UInt8]] {
    switch way {
    case .keys: return try store.keys(prefix: "kept")
    case .entries: return try store.entries(prefix: "kept").map(\.key)
    case .forEachEntry:
      var keys: [[UInt8]] = []
      try store.forEachEntry(prefix: "kept") { keys.append($0.key) }
      return keys
    case .save:
      let file = scratch.path + "/saved"
      let count = try store.save(to: file)
      let copy = try Database.anonymous(Geometry(blockSize: 64, blockCount: 1_024))
      #expect(try copy.load(from: file) == count)
      #expect(try copy.statistics().entries == count, "a key was saved twice")
      return try copy.keys(prefix: "kept")
    }
  }

  @Test(arguments: Way.allCases)
  func `what stands throughout a walk comes, however often the index moves`(way: Way) throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 256))
    for key in kept { try store.put(key, key) }
    let viewer = try Database.openReadOnly(scratch.database())
    let ended = Counter()
    // Moves the index with keys that come and go, and those that are kept along.
    let mover: @Sendable (Int) throws -> Void = { thread in
      var number = 0
      while ended.value == 0 {
        number += 1
        try store.put("gone \(thread) \(number)", "value")
        try store.delete("gone \(thread) \(number)")
        let key = kept[number % kept.count]
        if number % 8 == 0 { try store.put(key, key) }
      }
    }
    try inThreads([
      { try mover(0) }, { try mover(1) },
      {
        defer { ended.add(1) }
        var movedWalks = 0
        var walks = 0
        while movedWalks < 10 {
          walks += 1
          let before = store.index.state()
          let found = try walk(way, walks % 2 == 0 ? store : viewer)
          movedWalks += store.index.state() == before ? 0 : 1
          #expect(found.sorted { $0.lexicographicallyPrecedes($1) } == kept, "\(walks)")
        }
      },
    ])
    #expect(store.check() == [])
  }

  @Test func `a walk ends whose every step moves the index, and to a greater table too`() throws {
    let store = try Database.open(
      scratch.database(),
      creating: Geometry(blockSize: 64, blockCount: 256, maximumBlockCount: 4_096))
    for key in kept { try store.put(key, key) }
    let logarithm = store.index.state().logarithm
    var found: [[UInt8]] = []
    var epochs: Set<UInt64> = []
    try store.forEachEntry(prefix: "kept") { entry throws(StoreError) in
      found.append(entry.key)
      let state = store.index.state()
      epochs.insert(state.epoch)
      // Every second one is left half-moved.
      var number = 0
      repeat {
        number += 1
        try store.put("gone \(found.count) \(number)", "value")
        if found.count > 4 { try store.delete("gone \(found.count) \(number)") }
      } while found.count % 2 == 0
        ? store.index.state() == state : store.index.state().epoch == state.epoch
    }
    #expect(found.sorted { $0.lexicographicallyPrecedes($1) } == kept)
    #expect(epochs.count > 30)
    #expect(store.index.state().logarithm > logarithm)
    #expect(try store.keys(prefix: "gone").count > 100)
    #expect(store.check() == [])
  }

  @Test func `each key belongs to one share, whose groups hold its home in every table`() throws {
    var generator = SeededGenerator()
    for logarithm in 0...9 {
      var all = IndexShares(of: table(logarithm))
      var shares: [IndexShare] = []
      while let share = all.next() { shares.append(share) }
      #expect(shares.count == max(1, 1 << logarithm / 16))
      for other in 0...11 {
        let table = table(other, origin: 1 << 20)
        var homes: [Int: Int] = [:]
        for share in shares {
          for groups in share.groups(of: table) {
            for group in stride(from: groups.lowerBound, to: groups.upperBound, by: 64) {
              homes[group, default: 0] += 1
            }
          }
        }
        // Of a smaller table, which there cannot be, each share has all.
        #expect(homes.count == table.groupCount)
        #expect(other < logarithm || homes.values.allSatisfy { $0 == 1 })
        let homeCount = shares.reduce(0) { $0 + $1.homeCount(in: table) }
        #expect(other < logarithm || homeCount == 1 << other)
        for _ in 0..<100 {
          let hash = UInt64.random(in: 0...UInt64.max, using: &generator)
          let share = try #require(shares.first { $0.contains(hash) })
          #expect(shares.count { $0.contains(hash) } == 1)
          #expect(share.groups(of: table).contains { $0.contains(table.homeGroup(hash)) })
        }
      }
    }
  }

  @Test func `a walk over a table without any end reads it three times at most`() {
    for logarithm in [0, 4, 8, 12, 16] {
      let table = table(logarithm)
      var shares = IndexShares(of: table)
      var read = 0
      while let share = shares.next() {
        let first = share.groups(of: table)[0].lowerBound
        let groupCount = (table.end - first) / IndexTable.groupStride
        read += groupCount
        shares.noteOverrun(groupCount - share.homeCount(in: table))
      }
      #expect(read <= 3 * table.groupCount)
    }
  }

  private func table(_ logarithm: Int, origin: Int = 0) -> SlotIndex.Table {
    SlotIndex.Table(epoch: 1, origin: origin, homeMask: 64 << logarithm - 64)
  }
}
