import SimDB
import TestSupport
import Testing

/// What participants leave behind, and when it is freed.
@Suite struct SweepTests {
  let scratch = Scratch()

  @Test func `what was pinned when its owner left is freed by the first sweep after the pin`()
    throws
  {
    let name = scratch.database()
    let reader = try Database.open(name, creating: Geometry(blockSize: 64, blockCount: 1_024))
    var writer: Database? = try Database.open(name)
    try writer?.put("key", "before")
    try reader.withValue("key") { span, isCopy in
      #expect(!isCopy)
      try writer?.put("key", "after")
      writer = nil
      #expect(reader.participants().count == 1)
      try reader.sweep()
      #expect(reader.statistics().retiredBlocks == 1, "it is being read")
      #expect(reader.check() == [])
      #expect(span.byte(at: 0) == UInt8(ascii: "b"))
    }
    try reader.sweep()
    let statistics = reader.statistics()
    #expect(statistics.retiredBlocks == 0 && statistics.usedBlocks == 1)
    #expect(reader.check() == [])
  }

  @Test func `a thread is lent values of eight databases at once, of more as copies`() throws {
    let stores = try (0..<10).map { number in
      let store = try Database.open(
        scratch.database("store-\(number)"),
        creating: Geometry(blockSize: 64, blockCount: 128))
      try store.put("key", "value \(number)")
      return store
    }
    var copies: [Bool] = []
    func nest(_ depth: Int) throws {
      try stores[depth].withValue("key") { span, isCopy in
        copies.append(isCopy)
        if !isCopy {
          for round in 0..<300 { try stores[depth].put("key", "round \(round)") }
        } else {
          let error = #expect(throws: StoreError.self) { try stores[depth].put("key", "other") }
          #expect(error?.code == .full && error?.reason.contains("as many databases") == true)
        }
        if depth + 1 < stores.count { try nest(depth + 1) }
        #expect(span.byte(at: span.byteCount - 1) == UInt8(ascii: "0") + UInt8(depth))
      }
    }
    try nest(0)
    #expect(copies == Array(repeating: false, count: 8) + [true, true])
    for store in stores {
      try store.put("key", "again")
      #expect(store.check() == [])
    }
  }
}
