import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// Threads that meet, and what each keeps of a store.
@Suite struct ThreadTests {
  let scratch = Scratch()

  /// Two keys of 65,536 bytes that differ in their ends alone and are looked for in the same slots.
  private func neighbours(in store: Database) -> (first: [UInt8], second: [UInt8]) {
    let first = [UInt8](repeating: 7, count: Database.maximumKeyLength)
    let wanted = store.index.hash(first.rawSpan)
    let table = store.index.current(store.index.state())
    var second = first
    var number: UInt64 = 0
    while true {
      number += 1
      for byte in 0..<8 {
        second[second.count - 8 + byte] = UInt8(truncatingIfNeeded: number >> UInt64(byte * 8))
      }
      let hash = store.index.hash(second.rawSpan)
      if table.homeGroup(hash) == table.homeGroup(wanted),
        SlotIndex.tag(hash) == SlotIndex.tag(wanted)
      {
        return (first, second)
      }
    }
  }

  ///     reader                                 writer
  ///     finds the first key's block
  ///                                            replaces the first key's record
  ///                                            writes the second key into its block
  ///     compares the second key with it
  ///                                            gives the block back: the condition fails
  @Test func `a key that was never stored is never there`() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 65_600, blockCount: 64))
    let (first, second) = neighbours(in: store)
    try store.put(first, "value")
    let ended = Counter()
    try inThreads([
      {
        defer { ended.add(1) }
        for round in 0..<3_000 {
          try store.put(first, "value")
          let stored = try store.compareAndSet(second, "never", generation: UInt64(round) << 31 | 1)
          #expect(stored == nil)
        }
      },
      {
        while ended.value == 0 {
          let generation = try store.generation(second)
          let facts = try store.facts(second)
          #expect(generation == nil && facts == nil)
        }
      },
    ])
  }

  @Test func `what fills a new structure may use many other stores`() throws {
    let store = try Database.open(scratch.database(), creating: Geometry(blockCount: 1_024))
    let others = try (0..<12).map {
      try Database.open(scratch.database("other-\($0)"), creating: Geometry(blockCount: 128))
    }
    for round in 0..<20 {
      let name = "structure \(round)"
      _ = try store.structure(
        name, type: .queue,
        creating: (
          512,
          { _ in
            for other in others { _ = try? other.put("key", "value \(round)") }
          }
        ))
      try store.put("key", "value")
      #expect(store.changeCount == UInt64(2 * (round + 1)), "counted in the store it happened in")
      #expect(store.check() == [])
    }
    for other in others { #expect(other.check() == []) }
  }

  @Test func `a check beside other threads of its process finds nothing`() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    let ended = Counter()
    try inThreads([
      {
        defer { ended.add(1) }
        for round in 0..<200 {
          let problems = store.check()
          #expect(problems == [], "round \(round)")
        }
      },
      {
        var generator = SeededGenerator()
        while ended.value == 0 {
          let key = "key \(Int.random(in: 0..<32, using: &generator))"
          let length = Int.random(in: 0..<600, using: &generator)
          try store.put(key, [UInt8](repeating: 7, count: length))
          if length % 3 == 0 { try store.delete(key) }
        }
      },
    ])
    #expect(store.check() == [])
  }

  @Test func `what is copied while others write is one value, whole`() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 256))
    let longKey = String(repeating: "long key ", count: 8)
    try store.put("key", [])
    try store.put(longKey, [])
    let ended = Counter()
    try inThreads([
      {
        defer { ended.add(1) }
        var generator = SeededGenerator()
        for _ in 0..<20_000 {
          let length = Int.random(in: 0..<200, using: &generator)
          let value = [UInt8](repeating: UInt8(length), count: length)
          try store.put("key", value)
          try store.put(longKey, value)
        }
      },
      {
        var bytes = [UInt8](repeating: 0, count: 200)
        while ended.value == 0 {
          for key in ["key", longKey] {
            let length = try bytes.withMutableBytes { try store.get(key, into: &$0) } ?? -1
            let facts = try store.facts(key)
            let lent = try store.withValue(key) { span, _ in span.array } ?? [1, 2]
            #expect((0..<200).contains(length) && facts != nil)
            #expect(bytes.prefix(length).allSatisfy { $0 == UInt8(length) })
            #expect(lent.allSatisfy { $0 == UInt8(lent.count) })
          }
        }
      },
    ])
    #expect(store.check() == [])
  }

  ///     ending thread                    last user                  new thread of another process
  ///     begins to free what it kept
  ///                                      detaches: lanes, row
  ///                                                                 claims the lane, and pins
  ///     gives the lane back
  @Test func `threads that end while their store is detached leave others their lanes`() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024), as: "other")
    try store.put("key", "value")
    for _ in 0..<500 {
      let lent = LocalMutex<Database?>(try Database.open(scratch.database(), as: "ending"))
      let ending = Counter()
      try inThreads([
        {
          guard let user = lent.withLock({ $0 }) else { return }
          for number in 0..<20 { try user.put("ending \(number)", "value") }
          for number in 0..<20 { try user.put("ending \(number)", "value") }
          ending.add(1)
        },
        {
          while ending.value == 0 { spinHint() }
          lent.withLock { $0 = nil }
        },
        {
          while ending.value == 0 { spinHint() }
          try inThreads(
            [
              {
                _ = try store.withValue("key") { _, _ in
                  for _ in 0..<3 {
                    let pins = try store.participants().first { $0.name == "other" }?.pins
                    #expect(pins == 1)
                  }
                }
              }
            ])
        },
      ])
    }
    #expect(store.check() == [])
  }
}
