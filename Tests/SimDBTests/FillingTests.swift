import SharedMemory
import SimDB
import TestSupport
import Testing

/// Values that are made where they lie.
@Suite struct FillingTests {
  private struct Failure: Error {}

  private func makeStore(blocks: Int = 1_024) throws -> Database {
    try Database.anonymous(Geometry(blockSize: 64, blockCount: blocks))
  }

  private func fill(_ bytes: inout MutableRawSpan, with byte: UInt8) {
    for offset in 0..<bytes.byteCount {
      bytes.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }
  }

  /// The example of the documentation.
  @Test func `a value that was filled in place is there, with its type`() throws {
    let store = try makeStore()
    for count in [0, 1, 55, 56, 57, 64, 1_000, 20_000] {
      let generation = try store.put("frame", count: count, type: .utf8) { bytes in
        #expect(bytes.byteCount == count)
        fill(&bytes, with: UInt8(truncatingIfNeeded: count))
      }
      let entry = try #require(try store.entry("frame"))
      #expect(entry.bytes == [UInt8](repeating: UInt8(truncatingIfNeeded: count), count: count))
      #expect(entry.type == .utf8 && entry.generation == generation)
    }
    #expect(store.check() == [])
  }

  @Test func `nobody sees it before it is filled, and who fills it may use the store`() throws {
    let store = try makeStore()
    try store.put("frame", "before")
    try store.put("frame", count: 5) { bytes in
      #expect(try store.get("frame", as: String.self) == "before")
      try store.put("beside", "it")
      try store.put("frame", "meanwhile")
      fill(&bytes, with: 65)
    }
    #expect(try store.get("frame") == [65, 65, 65, 65, 65])
    #expect(try store.get("beside", as: String.self) == "it")
  }

  @Test func `what fails to be filled is not stored, and takes no room`() throws {
    let store = try makeStore()
    try store.put("frame", "before")
    let used = try store.statistics().usedBlocks
    for count in [1, 1_000] {
      #expect(throws: Failure.self) {
        try store.put("frame", count: count) { _ in throw Failure() }
      }
      let generation = try store.putIfFilled("new", count: count, type: .bytes) { _ in false }
      #expect(generation == nil)
    }
    #expect(try store.get("frame", as: String.self) == "before")
    #expect(try store.keys().count == 1 && store.statistics().usedBlocks == used)
    #expect(store.check() == [])
  }

  @Test func `a full store with room in pieces takes it in pieces`() throws {
    let store = try makeStore(blocks: 64)
    var count = 0
    #expect(throws: StoreError.self) {
      while true {
        try store.put("\(count)", [UInt8](repeating: 1, count: 100))
        count += 1
      }
    }
    for number in stride(from: 0, to: count, by: 2) { try store.delete("\(number)") }
    var fills = 0
    try store.put("large", count: 600) { bytes in
      fills += 1
      fill(&bytes, with: 7)
    }
    #expect(try store.get("large") == [UInt8](repeating: 7, count: 600))
    #expect(fills == 1 && store.check() == [])
    let error = #expect(throws: StoreError.self) {
      try store.putIfFilled("larger", count: 6_000, type: .bytes) { _ in true }
    }
    #expect(error?.code == .full)
  }

  @Test func `what cannot be a value is refused`() throws {
    let store = try makeStore()
    for (key, count) in [("", 1), ("key", -1), ("key", .min)] {
      let error = #expect(throws: StoreError.self) {
        try store.putIfFilled(key, count: count, type: .bytes) { _ in true }
      }
      #expect(error?.code == .invalidArgument)
    }
    #expect(throws: StoreError.self) {
      try store.putIfFilled("key", count: .max, type: .bytes) { _ in true }
    }
    try store.drop()
    let error = #expect(throws: StoreError.self) {
      try store.putIfFilled("key", count: 1, type: .bytes) { _ in true }
    }
    #expect(error?.code == .dropped)
  }
}
