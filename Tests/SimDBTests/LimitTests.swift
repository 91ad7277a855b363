import TestSupport
import Testing

@testable import SimDB

/// Values that take all there is.
@Suite struct LimitTests {
  let scratch = Scratch()

  private func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockSize: 64, blockCount: 64))
  }

  private func value(_ length: Int) -> [UInt8] { (0..<length).map { UInt8(($0 * 7) & 0xff) } }

  private func expectFull(_ body: () throws -> Void) {
    let error = #expect(throws: StoreError.self) { try body() }
    #expect(error?.code == .full)
  }

  // Of 64 blocks one is kept for overwriting.
  @Test(arguments: [("key of 16 bytes.", 63 * 64), ("a key of 17 bytes", 63 * 64 - 8)])
  func `a value may take the whole store but for what is kept, and no more`(
    key: String, limit: Int
  ) throws {
    let store = try makeStore()
    expectFull { try store.put(key, value(limit + 1)) }
    #expect(try store.statistics().usedBlocks == 0)
    for _ in 0..<3 {
      try store.put(key, value(limit))
      #expect(try store.get(key) == value(limit))
      expectFull { try store.put(key, value(limit)) }
      expectFull { try store.put("other", "") }
      #expect(try store.get(key) == value(limit))
      #expect(store.check() == [])
      // What is kept has room for a shorter one.
      try store.put(key, "replacement")
      #expect(try store.get(key) == Array("replacement".utf8))
      #expect(try store.delete(key))
    }
    try store.put("other", "")
    #expect(try store.get("other") == [])
    #expect(store.check() == [])
  }

  @Test func `a store at 100 % is read and deleted from by all its users, and has room again`()
    throws
  {
    let store = try makeStore()
    let other = try Database.open(scratch.database())
    let viewer = try Database.openReadOnly(scratch.database())
    for number in 0..<63 { try (number % 2 == 0 ? store : other).put("key \(number)", value(64)) }
    #expect(try store.statistics().freeBlocks == 1, "which is kept for overwriting")
    for round in 0..<200 {
      for user in [store, other] { expectFull { try user.put("one more", "v") } }
      let key = "key \(round % 63)"
      for user in [store, other, viewer] { #expect(try user.get(key) == value(64)) }
      // What one has retired is there for the other.
      let deleter = round % 3 == 0 ? store : other
      #expect(try deleter.delete(key))
      try (round % 2 == 0 ? store : other).put(key, value(64))
    }
    #expect(try store.keys().count == 63)
    #expect(store.check() == [])
  }

  @Test func `a split value may take every block that is free, and no more`() throws {
    let store = try makeStore()
    let keys = (0..<63).map { "key \($0)" }
    for key in keys { try store.put(key, "v") }
    for key in keys {
      let bytes = Array(key.utf8)
      let match = try store.find(bytes.rawSpan, hash: store.index.hash(bytes.rawSpan))
      if try #require(match).place.word.blockIndex != 30 { try store.delete(key) }
    }
    // Two runs, each with a link of eight bytes.
    let limit = 62 * 64 - 2 * 8
    expectFull { try store.put("split", value(limit + 1)) }
    #expect(try store.statistics().usedBlocks - store.statistics().retiredBlocks == 1)
    for _ in 0..<3 {
      try store.put("split", value(limit))
      #expect(try store.get("split") == value(limit))
      #expect(try store.facts("split")?.length == limit)
      expectFull { try store.put("other", "") }
      #expect(store.check() == [])
      #expect(try store.delete("split"))
    }
    #expect(store.check() == [])
  }
}
