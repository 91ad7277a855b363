import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// What lies across the end of the blocks that a process knows, because another has let the store grow.
@Suite struct KnownBlocksTests {
  let scratch = Scratch()

  private func makeStore(growingTo maximum: Int) throws -> Database {
    try Database.open(
      scratch.database(),
      creating: Geometry(blockSize: 64, blockCount: 64, maximumBlockCount: maximum))
  }

  private func blocks(of key: String, in store: Database) throws -> [Range<Int>] {
    let bytes = Array(key.utf8)
    let match = try store.find(bytes.rawSpan, hash: store.index.hash(bytes.rawSpan))
    return try #require(match).record.runs(in: store.space)
  }

  /// A store and what others know of it, with a record across the end of that.
  private func makeCrossing(
    _ key: String, type: TypeID
  ) throws -> (store: Database, other: Database, viewer: Database, value: [UInt8]) {
    let store = try makeStore(growingTo: 16_384)
    let other = try Database.open(scratch.database())
    let viewer = try Database.openReadOnly(scratch.database())
    try store.put("filler", [UInt8](repeating: 1, count: 60 * 64))
    let value = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
    try store.put(key, value, type: type)
    let run = try #require(try blocks(of: key, in: store).first)
    try #require(run.lowerBound < 64 && run.upperBound > 64, "\(run) is not across the end")
    return (store, other, viewer, value)
  }

  private static let keys = ["short", "a key that the header has no room for"]
  private static let types = [TypeID.bytes, TypeID(rawValue: 5_000)]

  @Test(arguments: keys, types)
  func `it is read by all`(key: String, type: TypeID) throws {
    let (_, other, viewer, value) = try makeCrossing(key, type: type)
    for user in [other, viewer] {
      #expect(try user.get(key) == value)
      #expect(try user.entry(key)?.type == type)
    }
    #expect(try viewer.keys().count == 2)
    #expect(try other.withValue(key) { bytes, _ in bytes.byteCount } == 300)
  }

  @Test(arguments: keys, types)
  func `it is listed by all`(key: String, type: TypeID) throws {
    let (_, other, viewer, value) = try makeCrossing(key, type: type)
    for user in [other, viewer] {
      #expect(try user.entries(prefix: key).map(\.entry.bytes) == [value])
      #expect(user.check() == [])
    }
  }

  @Test(arguments: keys, types)
  func `it is replaced and deleted by all`(key: String, type: TypeID) throws {
    let (store, other, _, _) = try makeCrossing(key, type: type)
    try other.put(key, "another")
    #expect(try store.keys().count == 2 && store.get(key) == Array("another".utf8))
    #expect(try other.delete(key))
    #expect(try store.get(key) == nil && store.check() == [])
  }

  @Test(arguments: keys, types)
  func `it is moved to another table by all`(key: String, type: TypeID) throws {
    let (store, other, _, value) = try makeCrossing(key, type: type)
    let epoch = other.index.state().epoch
    var number = 0
    while other.index.state().epoch == epoch {
      // Too short for a block that was not known before.
      try other.put("filler", [UInt8](repeating: 1, count: number % 64))
      try other.delete("filler")
      try other.putIfAbsent("gone \(number)", "")
      try other.delete("gone \(number)")
      number += 1
    }
    #expect(try store.get(key) == value && store.check() == [])
  }

  @Test func `a record of several runs is read by all`() throws {
    let store = try makeStore(growingTo: 256)
    let other = try Database.open(scratch.database())
    let viewer = try Database.openReadOnly(scratch.database())
    var count = 0
    while (try? store.put("key \(count)", "")) != nil { count += 1 }
    for number in stride(from: 0, to: count, by: 2) { try store.delete("key \(number)") }
    // More than others know of.
    let value = [UInt8](repeating: 3, count: 70 * 64)
    try store.put("fragmented", value)
    try #require(try blocks(of: "fragmented", in: store).count > 1)
    #expect(try viewer.get("fragmented") == value)
    #expect(try viewer.entries(prefix: "fragmented").map(\.entry.bytes) == [value])
    #expect(try other.get("fragmented") == value)
  }
}
