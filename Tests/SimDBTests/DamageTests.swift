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
    try #require(store.space.bytes(from: block, count: 8)).word(at: 0)
      .storeRelaxed(UInt64(length) | UInt64(block + 1) << 32)
  }

  @Test func `a run longer than the store is not written over when it is reused`() throws {
    let store = try makeStore()
    for number in 0..<1_008 { try store.put("key \(number)", "v") }
    let last = try #require(
      try (0..<1_008).map { "key \($0)" }.first { try block(of: $0, in: store) == 1_023 })
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
      #expect(try database.keys().count <= 1)
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

  /// What is wrong with a record, and a word of the error that says so.
  enum Damage: String, CaseIterable {
    case missingBlock = "names block"
    case lengths = "contradict each other"
    case key = "its key leads to another slot"
    case twin = "leads to another slot than the one"
  }

  private func damage(_ key: String, in store: Database, _ damage: Damage) throws {
    let bytes = Array(key.utf8)
    let match = try #require(try store.find(bytes.rawSpan, hash: store.index.hash(bytes.rawSpan)))
    switch damage {
    case .missingBlock:
      store.index.word(match.place).storeRelaxed(
        SlotWord(blockIndex: store.blocks.count, generation: 1, collided: 0).rawValue)
    case .lengths: try claim(1 << 30, for: key, in: store)
    case .key: match.record.header.key.write([0, 1, 2, 3].rawSpan, at: 0)
    case .twin:
      // The key becomes the next one, which is there already.
      let next = bytes.dropLast() + [bytes[bytes.count - 1] + 1]
      match.record.header.key.write(Array(next).rawSpan, at: 0)
    }
  }

  @Test func `a record that took another's key hides neither, wherever both stand`() throws {
    // Where keys stand differs with the seed of each store.
    for _ in 0..<40 {
      let store = try Database.anonymous(Geometry(blockSize: 64, blockCount: 1_024))
      for number in 0..<100 { try store.put("key \(number)", "value \(number)") }
      for number in 10..<20 { try damage("key \(number * 4)", in: store, .twin) }
      var reasons: [String] = []
      let entries = try store.entries { reasons.append($0.reason) }
      #expect(entries.count == 90 && reasons.count == 10)
      #expect(reasons.allSatisfy { $0.contains(Damage.twin.rawValue) })
      #expect(try store.keys() == entries.map(\.key))
    }
  }

  @Test func `a record that nobody finds is told once, behind its home too`() throws {
    var told = 0
    while told < 3 {
      let store = try Database.anonymous(Geometry(blockSize: 64, blockCount: 1_024))
      for number in 0..<1_000 { try store.put("key \(number)", "value") }
      let table = store.index.current(store.index.state())
      for number in 0..<1_000 {
        let key = Array("key \(number)".utf8)
        let hash = store.index.hash(key.rawSpan)
        guard let place = try store.find(key.rawSpan, hash: hash)?.place,
          // The last home of a share, whatever a share is.
          table.groupNumber(at: place.position) == table.groupNumber(at: table.homeGroup(hash)) + 1,
          table.groupNumber(at: place.position) % 16 == 0
        else { continue }
        let tags = store.index.table.word(at: place.position & ~63)
        tags.storeRelaxed(tags.loadRelaxed() ^ 2 << UInt64((place.position % 64 / 8 - 1) * 8))
        try #require(try store.get(key) == nil)
        var reasons: [String] = []
        #expect(try store.entries { reasons.append($0.reason) }.count == 999)
        #expect(reasons.count == 1 && reasons[0].contains(Damage.twin.rawValue))
        told += 1
        break
      }
    }
  }

  @Test func `an entry that has moved, and whose block does not exist, is told`() throws {
    let store = try Database.open(
      scratch.database(),
      creating: Geometry(blockSize: 64, blockCount: 1_024, maximumBlockCount: 8_192))
    for number in 0..<100 { try store.put("key \(number)", "value") }
    try store.entries.makeRoom()
    let key = Array("key 3".utf8)
    let place = try #require(try store.find(key.rawSpan, hash: store.index.hash(key.rawSpan))).place
    let arrived = SlotWord(blockIndex: store.blocks.count, generation: 1, collided: 0)
      .frozen(epoch: store.index.state().epoch - 1)
    store.index.word(place).storeRelaxed(arrived.rawValue)
    var reasons: [String] = []
    #expect(try store.entries { reasons.append($0.reason) }.count == 99)
    #expect(reasons.count == 1 && reasons[0].contains(Damage.missingBlock.rawValue))
    #expect(throws: StoreError.self) { try store.save(to: scratch.path + "/saved") }
  }

  @Test func `a table without an end, or all of one entry, keeps no walk for long`() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 100_000))
    let key = Array("key".utf8)
    try store.put(key, "value")
    let match = try #require(try store.find(key.rawSpan, hash: store.index.hash(key.rawSpan)))
    let table = store.index.current(store.index.state())
    for word in [SlotWord.tombstone, match.place.observed.rawValue] {
      for number in 0..<table.groupCount {
        for slot in 1...SegmentLayout.slotsPerGroup {
          store.index.table.word(at: table.group(number) + slot * 8).storeRelaxed(word)
        }
      }
      #expect(try store.keys().count == (word == SlotWord.tombstone ? 0 : 1))
      #expect(!store.check().isEmpty)
    }
  }

  @Test(arguments: Damage.allCases)
  func `a record that cannot be read ends no walk, and is not passed over in silence`(
    kind: Damage
  ) throws {
    let store = try makeStore()
    for number in 0..<100 { try store.put("key \(number)", "value \(number)") }
    for number in [3, 50] { try damage("key \(number)", in: store, kind) }
    let viewer = try Database.openReadOnly(scratch.database())
    let file = scratch.path + "/saved"
    for database in [viewer, store] {
      var reasons: [StoreError] = []
      let entries = try database.entries { reasons.append($0) }
      #expect(entries.count == 98 && Set(entries.map(\.key)).count == 98)
      #expect(reasons.count == 2)
      for reason in reasons {
        #expect(reason.code == .corrupt && reason.reason.contains(kind.rawValue))
      }
      // Where nobody takes the reasons, all others come first.
      var count = 0
      let error = #expect(throws: StoreError.self) {
        try database.forEachEntry { _ in count += 1 }
      }
      #expect(count == 98 && error?.code == .corrupt)
      #expect(error?.reason.contains("1 more entries") == true)
      #expect(throws: StoreError.self) { try database.entries() }
      // A file that is not all there is never left without being asked for.
      #expect(throws: StoreError.self) { try database.save(to: file + " strictly") }
      #expect(!scratch.names.contains { $0.contains("strictly") })
      var left = 0
      #expect(try database.save(to: file, unreadable: { _ in left += 1 }) == 98)
      #expect(left == 2)
    }
    let other = try Database.open(
      scratch.database("other"), creating: Geometry(blockSize: 64, blockCount: 1_024))
    #expect(try other.load(from: file) == 98)
    #expect(try other.get("key 4", as: String.self) == "value 4")
    #expect(try other.get("key 3") == nil)
  }
}
