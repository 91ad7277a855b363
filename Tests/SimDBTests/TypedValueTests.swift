import Foundation
import SimDB
import TestSupport
import Testing

/// A plain value of the tests: 24 bytes.
private struct Sample: SharedValue, Hashable {
  var time: UInt64
  var position: Double
  var count: Int32
  var mark: UInt32

  static var layoutName: String { "test.sample.1" }
}

/// Values that are put and got as what they are.
@Suite struct TypedValueTests {
  let scratch = Scratch()

  private func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
  }

  private func expectMismatch(_ words: String..., body: () throws -> Void) {
    let error = #expect(throws: StoreError.self) { try body() }
    #expect(error?.code == .typeMismatch)
    for word in words { #expect(error?.description.contains(word) == true, "\(word)") }
  }

  @Test func `text comes back as text, and is known to be text`() throws {
    let store = try makeStore()
    for text in ["", "short", "héllo wörld, and more than fifteen bytes", "\u{1F30B}\0\n"] {
      try store.put("key", text)
      #expect(try store.get("key", as: String.self) == text)
      #expect(try store.type("key") == .utf8)
    }
    #expect(try store.get("absent", as: String.self) == nil)
    try store.put("key", "as bytes", type: .bytes)
    #expect(try store.get("key", as: String.self) == "as bytes")
    #expect(try store.type("key") == .bytes)
  }

  @Test(arguments: [[0xff], [0x61, 0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]] as [[UInt8]])
  func `bytes that are no text are an error, and no repaired text`(bytes: [UInt8]) throws {
    let store = try makeStore()
    try store.put("key", bytes, type: .utf8)
    expectMismatch("entry 'key'", "\(bytes.count) bytes are not UTF-8") {
      _ = try store.get("key", as: String.self)
    }
    #expect(try store.get("key") == bytes)
  }

  @Test func `every kind of number comes back`() throws {
    let store = try makeStore()
    func check<Value: SharedValue & Equatable>(_ value: Value) throws {
      try store.put("key", value)
      #expect(try store.get("key", as: Value.self) == value)
      #expect(try store.length("key") == MemoryLayout<Value>.size)
      #expect(try store.type("key")?.description == Value.layoutName)
    }
    try check(UInt8.max)
    try check(UInt16.max)
    try check(UInt32.max)
    try check(UInt64.max)
    try check(Int8.min)
    try check(Int16.min)
    try check(Int32.min)
    try check(Int64.min)
    try check(Float.pi)
    try check(Double.leastNonzeroMagnitude)
  }

  @Test func `structs and arrays in line come back, and stand under keys of their own kind`() throws
  {
    let store = try makeStore()
    let sample = Sample(time: 7, position: -0.5, count: -3, mark: 0xffff_ffff)
    try store.put("sample", sample)
    #expect(try store.get("sample", as: Sample.self) == sample)
    let axes: InlineArray<3, Float> = [0.5, 1, -2]
    try store.put("axes", axes)
    let got = try #require(try store.get("axes", as: InlineArray<3, Float>.self))
    #expect(got[0] == 0.5 && got[1] == 1 && got[2] == -2)
    let bytes = try #require(try store.get("sample", as: InlineArray<24, UInt8>.self))
    let copy = try #require(try store.get("sample"))
    #expect(bytes.indices.allSatisfy { bytes[$0] == copy[$0] })
    let nested = try #require(
      try store.get("sample", as: InlineArray<3, InlineArray<8, UInt8>>.self))
    #expect(nested[0][0] == 7)
    #expect(InlineArray<3, InlineArray<8, UInt8>>.layoutName == "u8[8][3]")
    // A plain value lends its bytes, so it can be a key.
    try store.put(UInt64(77), "by number")
    #expect(try store.get(UInt64(77), as: String.self) == "by number")
    #expect(try store.get([77, 0, 0, 0, 0, 0, 0, 0] as [UInt8], as: String.self) == "by number")
  }

  @Test func `a value of more than a block, in one run or several, comes back`() throws {
    typealias Page = InlineArray<4_096, UInt8>
    let store = try makeStore()
    let page = Page { UInt8(truncatingIfNeeded: $0 &* 7) }
    try store.put("page", page)
    let whole = try #require(try store.get("page", as: Page.self))
    #expect(whole.indices.allSatisfy { whole[$0] == page[$0] })
    try store.delete("page")
    var count = 0
    let full = #expect(throws: StoreError.self) {
      while true {
        try store.put("key \(count)", "v")
        count += 1
      }
    }
    #expect(full?.code == .full)
    for number in stride(from: 0, to: count, by: 2) { try store.delete("key \(number)") }
    try store.put("page", page)
    #expect(try store.withValue("page") { _, isCopy in isCopy } == true, "it is split")
    let split = try #require(try store.get("page", as: Page.self))
    #expect(split.indices.allSatisfy { split[$0] == page[$0] })
    // A buffer that is too short gets the beginning, one that is too long is left alone behind it.
    for count in [0, 1, 55, 56, 57, 120, 4_095, 4_096, 5_000] {
      var buffer = [UInt8](repeating: 0xee, count: count)
      let length = try buffer.withMutableBytes { try store.get("page", into: &$0) }
      #expect(length == 4_096)
      #expect(buffer.indices.allSatisfy { buffer[$0] == ($0 < 4_096 ? page[$0] : 0xee) })
    }
  }

  @Test func `a value of another size is a mismatch that names both`() throws {
    let store = try makeStore()
    try store.put("short", [1, 2, 3] as [UInt8])
    try store.put("long", [UInt8](repeating: 1, count: 25))
    try store.put("empty", "")
    expectMismatch("entry 'short'", "3 bytes", "test.sample.1 has 24") {
      _ = try store.get("short", as: Sample.self)
    }
    expectMismatch("25 bytes", "has 24") { _ = try store.get("long", as: Sample.self) }
    expectMismatch("0 bytes", "u8 has 1") { _ = try store.get("empty", as: UInt8.self) }
    expectMismatch("3 bytes", "u16[2] has 4") {
      _ = try store.update("short", as: InlineArray<2, UInt16>.self) { $0 }
    }
    #expect(try store.get("absent", as: Sample.self) == nil)
    #expect(try store.get("short") == [1, 2, 3])
  }

  @Test func `bytes come in the collection that is asked for`() throws {
    let store = try makeStore()
    let value = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
    let data = Data(value)
    try store.put("data", data.bytes)
    #expect(try store.get("data", as: Data.self) == data)
    #expect(try store.get("data", as: ContiguousArray.self) == ContiguousArray(value))
    #expect(try store.get("data", as: [UInt8].self) == value)
    #expect(try store.get("absent", as: Data.self) == nil)
  }

  @Test func `plain values are stored if absent, and over the generation that is named`() throws {
    let store = try makeStore()
    let first = try #require(try store.putIfAbsent("key", UInt64(1)))
    #expect(try store.putIfAbsent("key", UInt64(2)) == nil)
    #expect(try store.compareAndSet("key", UInt64(3), generation: first) != nil)
    #expect(try store.compareAndSet("key", UInt64(4), generation: first) == nil)
    #expect(try store.get("key", as: UInt64.self) == 3)
  }

  @Test func `no update of a number by many threads is lost`() throws {
    let store = try makeStore()
    try inThreads(
      (0..<4).map { _ in
        {
          for _ in 0..<1_000 {
            try store.update("count", as: UInt64.self, attempts: .max) { ($0 ?? 0) + 1 }
          }
        }
      })
    #expect(try store.get("count", as: UInt64.self) == 4_000)
    #expect(try store.update("count", as: UInt64.self) { _ in nil } == nil)
    let error = #expect(throws: StoreError.self) {
      try store.update("count", as: UInt64.self, attempts: 3) { count throws(StoreError) in
        try store.put("count", UInt64(0))
        return count
      }
    }
    #expect(error?.code == .contended)
  }

  @Test func `a reader beside a busy writer gets whole values of every kind`() throws {
    let store = try makeStore()
    typealias Wide = InlineArray<64, UInt64>
    try store.put("wide", Wide(repeating: 0))
    let stopped = Counter()
    try inThreads([
      {
        defer { stopped.add(1) }
        for round in 1...5_000 { try store.put("wide", Wide(repeating: UInt64(round))) }
      },
      {
        var last: UInt64 = 0
        while stopped.value == 0 {
          let value = try #require(try store.get("wide", as: Wide.self))
          #expect(value.indices.allSatisfy { value[$0] == value[0] } && value[0] >= last)
          last = value[0]
        }
      },
    ])
  }
}
