import Foundation
import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

@Suite(.serialized) struct TableKillTests {
  let scratch = Scratch()

  private func makeStore() throws -> Database {
    try Database.open(
      scratch.database(), creating: Geometry(blockSize: 128, blockCount: 16_384))
  }

  /// The number that a value is made of; `nil` when it is torn.
  private func number(_ bytes: [UInt8]) -> UInt64? {
    guard bytes.count >= 8, bytes.count % 8 == 0 else { return nil }
    let number = bytes.rawSpan.number(at: 0, as: UInt64.self)
    let isWhole = stride(from: 0, to: bytes.count, by: 8).allSatisfy {
      bytes.rawSpan.number(at: $0, as: UInt64.self) == number
    }
    let count = number >> 40 % 4 == 0 ? 100 : Int(number >> 48 % 3) + 1
    return isWhole && count * 8 == bytes.count ? number : nil
  }

  @Test func `a table stays whole when its writers are killed, and the next one takes it over`()
    throws
  {
    var generator = SeededGenerator()
    let store = try makeStore()
    let table = try store.table("table", creating: TableGeometry(capacity: 8), keys: ["key 0"])
    let viewer = try Database.openReadOnly(scratch.database()).table("table")
    for round in 0..<20 * scale {
      let writer = try Subject(["write table", scratch.database(), "\(round)"])
      #expect(writer.readLine() == "ready")
      let error = #expect(throws: StoreError.self) { _ = try table.writer() }
      #expect(error?.code == .owned)
      #expect(error?.reason.contains("process \(writer.pid) ") == true)
      writer.killSoon(&generator)
      for table in [table, viewer] {
        try table.forEach { key, value throws(StoreError) in
          #expect(
            number(value.bytes).map { "key \($0 % 8)" } == String(decoding: key, as: UTF8.self))
        }
      }
      try store.sweep()
      // What stood stays, and the next writer finds it so.
      var standing: [[UInt8]: TableValue] = [:]
      try table.forEach { key, value throws(StoreError) in standing[key] = value }
      var next = try table.writer()
      for (key, value) in standing { #expect(try table.get(key) == value) }
      for key in standing.keys { try next.remove(key) }
      // A death leaves the payloads of one cell at most.
      #expect(try store.keys(prefix: "table/payload/").count <= 2)
      #expect(store.check() == [])
    }
    var last = try table.writer()
    for number in 0..<8 {
      try last.set("key \(number)", "small")
      try last.remove("key \(number)")
    }
    #expect(try store.keys(prefix: "table/").isEmpty)
  }

  @Test func `who interns and is killed leaves every handle as it was`() throws {
    var generator = SeededGenerator()
    let store = try makeStore()
    let words = try store.strings("words", creating: StringsGeometry(firstChunkSize: 1_024))
    var known: [UInt64: UInt64] = [:]
    for round in 0..<10 * scale {
      let subjects = try (0..<3).map { _ in
        try Subject(["intern", scratch.database(), "\(round * 50)"])
      }
      for subject in subjects { #expect(subject.readLine() == "ready") }
      for subject in subjects { subject.killSoon(&generator) }
      for subject in subjects {
        while let line = subject.readLine() {
          let numbers = line.split(separator: " ").compactMap { UInt64($0) }
          // The last line may have been cut short.
          guard numbers.count == 2, let handle = try words.find("string \(numbers[0])") else {
            continue
          }
          #expect("\(handle.rawValue)".hasPrefix("\(numbers[1])"))
          #expect(known[numbers[0]] == nil || known[numbers[0]] == handle.rawValue)
          known[numbers[0]] = handle.rawValue
        }
      }
      try store.sweep()
      for (number, handle) in known {
        #expect(try words.string(StringHandle(rawValue: handle)) == "string \(number)")
        #expect(try words.intern("string \(number)").rawValue == handle)
      }
      #expect(try words.count() >= known.count)
      #expect(store.check() == [])
    }
    #expect(known.count > 0)
  }
}
