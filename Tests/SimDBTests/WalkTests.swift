import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// Looks at all entries while others change them and the index moves again and again.
@Suite(.timeLimit(.minutes(2))) struct WalkTests {
  let scratch = Scratch()
  private let kept = (100..<200).map { Array("kept \($0)".utf8) }

  /// A way to look at all entries.
  enum Way: CaseIterable, Sendable { case keys, entries, forEachEntry }

  /// The keys that a walk meets, those it meets twice too.
  private func walk(_ way: Way, _ store: Database) throws -> [[UInt8]] {
    switch way {
    case .keys: return try store.keys(prefix: "kept")
    case .entries: return try store.entries(prefix: "kept").map(\.key)
    case .forEachEntry:
      var keys: [[UInt8]] = []
      try store.forEachEntry(prefix: "kept") { keys.append($0.key) }
      return keys
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
          let isMoved = store.index.state() != before
          movedWalks += isMoved ? 1 : 0
          #expect(found.sorted { $0.lexicographicallyPrecedes($1) }.uniqued() == kept, "\(walks)")
          // Twice comes what moved meanwhile, and only where entries are handed out one by one.
          let mayRepeat = way == .forEachEntry && (isMoved || !before.isStable)
          #expect(found.count == kept.count || mayRepeat)
        }
      },
    ])
    #expect(store.check() == [])
  }
}

extension Array where Element: Equatable {
  /// The elements of a sorted array, each once.
  fileprivate func uniqued() -> [Element] {
    reduce(into: []) { if $0.last != $1 { $0.append($1) } }
  }
}
