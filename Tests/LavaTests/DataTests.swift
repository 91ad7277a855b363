import Foundation
import Lava
import TestSupport
import Testing

/// Foundation's bytes, for those who import everything.
@Suite struct DataTests {
  let scratch = Scratch()

  @Test func `data is a key and a value like any other bytes`() throws {
    let store = try Database.open(scratch.database(), creating: Geometry(blockCount: 256))
    let data = Data((0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 3) })
    try store.put("data", data)
    #expect(try store.get("data", as: Data.self) == data)
    #expect(try store.get("data") == Array(data) && store.type("data") == .bytes)
    // A slice lends its own bytes alone.
    let slice = data[100..<107]
    try store.put(slice, slice)
    #expect(try store.get(Array(data[100..<107]), as: Data.self) == slice)
    #expect(try store.putIfAbsent("data", Data()) == nil)
    try store.put("data", Data())
    #expect(try store.get("data", as: Data.self) == Data())
  }
}
