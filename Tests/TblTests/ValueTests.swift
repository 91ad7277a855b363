import TestSupport
import Testing

@testable import Tbl

@Suite struct `Copied values` {
  /// The table with every value copied out and set again.
  private func copied(_ table: Tbl) throws -> Tbl {
    try build { builder in
      for (key, value) in table.entries { builder.set(key, value: value) }
    }
  }

  @Test func `what is copied out and set again is the same document`() throws {
    var random = seeded("what is copied out and set again is the same document")
    var kinds: Set<String> = []
    for _ in 0..<(100 * scale) {
      var values: [Tbl.Value] = []
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        values.append(try RandomDocument.value(using: &random, depth: 2))
      }
      values.append(.values(values))
      let table = try build { builder in
        for (number, value) in values.enumerated() { builder.set("\(number)", value: value) }
      }
      let copy = try copied(table)
      #expect(copy == table)
      #expect(try copy.canonical().bytes == table.canonical().bytes)
      for (key, value) in table.entries {
        #expect(copy[key] == value)
        kinds.insert(String("\(value)".prefix { $0 != "(" }))
      }
    }
    #expect(kinds.count == 16, "\(kinds)")
  }

  @Test func `a second copy of any document is as the first`() throws {
    var random = seeded("a second copy of any document is as the first")
    for _ in 0..<(40 * scale) {
      let tables = [
        try RandomDocument(using: &random, depth: 2).table,
        try TypedDocument.table(using: &random, depth: 2),
      ]
      for table in tables {
        let copy = try copied(table)
        #expect(try copied(copy) == copy)
        #expect(copy.keys == table.keys)
      }
    }
  }

  @Test func `a vector of byte strings is one wherever it stands`() throws {
    let parts: [[UInt8]] = [[1, 2], [], [255]]
    let table = try build { builder in
      builder.set("parts", vector: parts.map { Tbl.Bytes($0) })
      builder.set("list", value: .values([.byteStrings(parts), .byteStrings([])]))
    }
    #expect(table["parts"] == .byteStrings(parts))
    #expect(table[path: "list.0"] == .byteStrings(parts))
    #expect(table[path: "list.1"] == .byteStrings([]))
    #expect(table.byteStrings("parts") == parts)
    var edited = try build { _ in }
    try edited.set("below.parts", .byteStrings(parts))
    #expect(edited[path: "below.parts"] == .byteStrings(parts))
    let json = #"{"parts":[{"$bytes":"AQI="},{"$bytes":""},{"$bytes":"/w=="}]}"#
    let read = try Tbl(json: json)
    #expect(read["parts"] == .byteStrings(parts))
    #expect(try read.json() == json)
    #expect(try copied(read) == read)
  }
}
