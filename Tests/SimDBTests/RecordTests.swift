import SimDB
import TestSupport
import Testing

/// Keys and types that a block's header has no room for.
@Suite struct RecordTests {
  let scratch = Scratch()

  private static let types: [UInt32] = [0, 2, 1_022, 1_023, 1_024, .max]
  private static let keyLengths = [1, 7, 8, 9, 15, 16, 17, 24, 63, 64, 65, 1_000, 65_536]
  private static let valueLengths = [0, 1, 7, 8, 40, 47, 48, 49, 64, 65, 5_000]

  private func key(_ length: Int) -> [UInt8] { (0..<length).map { UInt8($0 & 0xff) } }

  private func value(_ length: Int) -> [UInt8] { (0..<length).map { UInt8(($0 * 7) & 0xff) } }

  private func expectAll(in store: Database, type: TypeID) throws {
    for keyLength in Self.keyLengths {
      for valueLength in Self.valueLengths {
        let key = key(keyLength)
        let value = value(valueLength)
        try store.put(key, value, type: type)
        let entry = try store.entry(key)
        #expect(entry?.bytes == value && entry?.type == type, "key of \(keyLength) bytes")
        #expect(
          try store.withValue(key) { span, _ in (0..<span.byteCount).map { span.byte(at: $0) } }
            == value)
      }
    }
    #expect(try store.keys().map(\.count).sorted() == Self.keyLengths)
    #expect(store.check() == [])
    for keyLength in Self.keyLengths { #expect(try store.delete(key(keyLength))) }
    #expect(store.check() == [])
  }

  @Test(arguments: types)
  func `keys, values and types of every length come back`(type: UInt32) throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 8_192))
    try expectAll(in: store, type: TypeID(rawValue: type))
  }

  @Test(arguments: types)
  func `they come back from a store without two free blocks side by side`(type: UInt32) throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 8_192))
    let fillers = (0..<8_064).map { "filler \($0)" }
    for filler in fillers { try store.put(filler, "v") }
    for filler in fillers.enumerated() where filler.offset % 2 == 0 {
      try store.delete(filler.element)
    }
    let key = key(3_000)
    for valueLength in Self.valueLengths {
      let value = value(valueLength)
      try store.put(key, value, type: TypeID(rawValue: type))
      let entry = try store.entry(key)
      #expect(entry?.bytes == value && entry?.type.rawValue == type)
      #expect(try store.withValue(key) { _, isCopy in isCopy } == true)
      #expect(try store.keys(prefix: "\0\u{1}\u{2}") == [key])
      #expect(try store.keys(prefix: [UInt8](key.prefix(200))) == [key])
    }
    #expect(store.check() == [])
    #expect(try store.delete(key))
    #expect(store.check() == [])
  }

  @Test func `keys that differ behind the header are different keys`() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    let first = key(40)
    var second = first
    second[39] ^= 1
    try store.put(first, "first")
    try store.put(second, "second")
    #expect(try store.get(first) == Array("first".utf8))
    #expect(try store.get(second) == Array("second".utf8))
    #expect(try store.delete(first))
    #expect(try store.get(first) == nil)
    #expect(try store.get(second) == Array("second".utf8))
  }

  @Test func `a value is copied to the beginning of what is lent, and cut to its length`() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    for keyLength in [3, 16, 17, 900] {
      for valueLength in 0..<150 {
        let value = value(valueLength)
        try store.put(key(keyLength), value)
        for room in [0, 1, 15, 16, 17, 63, 64, 65, 149, 200] {
          var bytes = [UInt8](repeating: 0xee, count: room)
          let length = try bytes.withMutableBytes { try store.get(key(keyLength), into: &$0) }
          let expected =
            value.prefix(room) + [UInt8](repeating: 0xee, count: max(0, room - valueLength))
          #expect(length == valueLength && bytes == Array(expected))
        }
      }
    }
    var bytes: [UInt8] = [1]
    #expect(try bytes.withMutableBytes { try store.get("absent", into: &$0) } == nil)
    #expect(bytes == [1])
  }
}
