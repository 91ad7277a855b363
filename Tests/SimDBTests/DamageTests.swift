import SharedMemory
import TestSupport
import Testing

@testable import SimDB

/// Stores whose bytes contradict each other: a value, absent or `corrupt`, in bounded time.
@Suite(.timeLimit(.minutes(2))) struct DamageTests {
  let scratch = Scratch()

  private func makeStore(blockCount: Int = 1_024) throws -> Database {
    try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: blockCount))
  }

  private func block(of key: String, in store: Database) throws -> Int {
    let bytes = Array(key.utf8)
    let match = try store.find(bytes.rawSpan, hash: store.index.hash(bytes.rawSpan))
    return try #require(match).place.word.blockIndex
  }

  /// Makes the record of `key` say that its value has `valueLength` bytes.
  private func claim(
    _ valueLength: Int, for key: String, in store: Database, type: TypeID = .bytes,
    isFragmented: Bool = false
  ) throws {
    let lengths = RecordLengths(
      keyLength: key.utf8.count, valueLength: valueLength, type: type)
    store.blocks.headers[try block(of: key, in: store)].lengths
      .storeRelaxed(isFragmented ? lengths.fragmented.rawValue : lengths.rawValue)
  }

  /// Makes the record of `key` one of several runs, of which each is `length` blocks and the next.
  private func makeRing(
    of key: String, valueLength: Int, length: Int, in store: Database, type: TypeID = .bytes
  ) throws {
    let block = try block(of: key, in: store)
    try claim(valueLength, for: key, in: store, type: type, isFragmented: true)
    store.space.bytes.word(at: block * store.space.blockSize)
      .storeRelaxed(UInt64(length) | UInt64(block + 1) << 32)
  }

  @Test func `a run longer than the store is not written over when it is reused`() throws {
    let store = try makeStore()
    for number in 0..<1_024 { try store.put("key \(number)", "v") }
    let last = try #require(
      try (0..<1_024).map { "key \($0)" }.first { try block(of: $0, in: store) == 1_023 })
    for number in 0..<512 where "key \(number)" != last { try store.delete("key \(number)") }
    try claim(100, for: last, in: store)
    try store.put(last, "w")
    let value = [UInt8](repeating: 7, count: 100)
    for number in 0..<20 { try store.put("long \(number)", value) }
    for number in 0..<20 { #expect(try store.get("long \(number)") == value) }
  }

  @Test(arguments: ["short key", "a key that the header has no room for"])
  func `a ring of runs under impossible lengths ends`(key: String) throws {
    let store = try makeStore()
    try store.put(key, "value")
    try makeRing(
      of: key, valueLength: RecordLengths.maximumValueLength, length: 1, in: store,
      type: TypeID(rawValue: 5_000))
    let viewer = try Database.openReadOnly(scratch.database())
    for database in [store, viewer] {
      #expect((try? database.get(key)) == nil)
      #expect((try? database.facts(key)) == nil)
      #expect(database.keys().count <= 1)
      #expect(database.check() != [])
    }
    try store.put(key, "value again")
    #expect(try store.get(key) == Array("value again".utf8))
  }

  @Test func `a check passes a ring of runs once`() throws {
    let store = try makeStore(blockCount: 16_384)
    try store.put("key", "value")
    let block = try block(of: "key", in: store)
    try makeRing(of: "key", valueLength: 100_000, length: 16_384 - block, in: store)
    let problems = store.check()
    #expect(problems != [] && problems.count < 100_000)
  }

  @Test func `a stamp that no block can have is no reason to stop`() throws {
    let store = try makeStore()
    let layout = store.segment.layout
    for block in 0..<1_024 {
      store.blocks.headers[block].state.storeRelaxed(BlockWord.tail(head: 0, stamp: 5).rawValue)
      store.segment.region.word(at: layout.blockStampsOffset + block * 8).storeRelaxed(.max)
    }
    for length in [1, 500] {
      let value = [UInt8](repeating: 7, count: length)
      try store.put("key", value)
      #expect(try store.get("key") == value)
    }
  }

  @Test func `a length that the store cannot hold is not told as a fact`() throws {
    let store = try makeStore()
    try store.put("key", "value")
    try claim(1 << 30, for: "key", in: store)
    for isFragmented in [false, true] {
      try claim(1 << 30, for: "key", in: store, isFragmented: isFragmented)
      let error = #expect(throws: StoreError.self) { try store.facts("key") }
      #expect(error?.code == .corrupt)
    }
  }
}
