import TestSupport
import Testing

@testable import Tbl

@Suite struct Paths {
  @Test(arguments: [
    ("", [""]), ("a", ["a"]), ("a.b", ["a", "b"]), (".", ["", ""]), ("a..b", ["a", "", "b"]),
    (#"a\.b.c"#, ["a.b", "c"]), (#"a\\.b"#, [#"a\"#, "b"]), (#"\a.\"#, [#"\a"#, #"\"#]),
    ("é.🔑", ["é", "🔑"]), (#"\u{1B}[2J.\u{2e}"#, ["\u{1B}[2J", "."]),
    (#"\u{}.\u{110000}"#, [#"\u{}"#, #"\u{110000}"#]),
    (#"\u{x}.\u{+1}.\u{1"#, [#"\u{x}"#, #"\u{+1}"#, #"\u{1"#]),
    (#"\\u{41}"#, [#"\u{41}"#]),
  ])
  func `text and parts`(text: String, parts: [String]) {
    #expect(Tbl.Path(text).parts == parts)
    #expect(Tbl.Path(Tbl.Path(parts: parts).description).parts == parts)
  }

  @Test func `any parts come back from their text`() {
    var random = seeded("any parts come back from their text")
    for _ in 0..<500 {
      let count = Int.random(in: 1...4, using: &random)
      let parts = (0..<count).map { _ in RandomDocument.text(using: &random) }
      #expect(Tbl.Path(Tbl.Path(parts: parts).description).parts == parts)
    }
  }

  @Test func `the text of a path steers no terminal`() {
    let path = Tbl.Path(parts: ["a\u{1B}]0;b\u{7}", "\u{202E}c\n", "\u{9B}2J"])
    #expect(path.description == #"a\u{1B}]0;b\u{7}.\u{202E}c\u{A}.\u{9B}2J"#)
    #expect(Tbl.Path(path.description) == path)
  }

  private func document() throws -> Tbl {
    let sensor = try build { $0.set("name", "left") }
    let mesh = try build { $0.set("positions", vector: [1.0, 2, 3, 4, 5, 6], shape: [3, 2]) }
    let mixed = try build { builder in
      builder.setVector(values: [.int(7), .string("x"), .table(sensor), .values([.double(0.5)])])
    }
    return try build { builder in
      builder.set("a.b", 1)
      builder.set("mesh", mesh)
      builder.set("sensors", vector: [sensor, sensor])
      builder.set("names", vector: ["p", "q"])
      builder.set("truths", vector: [false, true])
      builder.set("small", vector: [Int8(-1), 2])
      builder.set("mixed", mixed)
      builder.setVector([UInt8(9), 8])
      builder.set("1", "a key before an index")
    }
  }

  @Test(arguments: [
    (#"a\.b"#, Tbl.Value.int(1)), ("mesh.positions.2.0", .double(5)),
    ("sensors.1.name", .string("left")),
    ("names.1", .string("q")), ("truths.1", .bool(true)), ("small.0", .int(-1)),
    ("mixed.0", .int(7)),
    ("mixed.2.name", .string("left")), ("mixed.3.0", .double(0.5)), ("0", .uint(9)),
    ("1", .string("a key before an index")),
  ])
  func `a path leads to a value`(path: String, value: Tbl.Value) throws {
    #expect(try document()[path: Tbl.Path(path)] == value)
  }

  @Test(arguments: [
    "a", "a.b", "mesh.positions.2", "mesh.positions.3.0", "mesh.positions.0.2",
    "mesh.positions.0.0.0",
    "sensors.2", "sensors.01", "sensors.-1", "sensors.+1", "sensors.1.x", "names.q", "mixed.4",
    "mixed.0.0", "2", "small.99999999999999999999", "",
  ])
  func `a path leads nowhere`(path: String) throws {
    #expect(try document()[path: Tbl.Path(path)] == nil)
    #expect(try document()[path: Tbl.Path(parts: [])] == nil)
  }

  @Test func `no index leads into a vector without elements, however large its shape`() throws {
    let huge = Int(UInt32.max)
    var table = try build { builder in
      builder.setVector([UInt8](), shape: [huge, huge, huge, 0])
      builder.set("z", vector: [UInt8](), shape: [huge, huge, huge, 0])
    }
    for path in ["4294967294.4294967294.4294967294.0", "z.4294967294.4294967294.4294967294.0"] {
      #expect(table[path: Tbl.Path(path)] == nil)
      let isSet = try table.withMutableView { view throws(TblError) in
        try view.set(Tbl.Path(path), UInt8(1))
      }
      #expect(!isSet)
    }
  }

  @Test func `entries come in the order of the keys`() throws {
    var random = seeded("entries come in the order of the keys")
    for _ in 0..<20 {
      let document = try RandomDocument(using: &random)
      #expect(
        document.table.entries.map(\.key).map { Array($0.utf8) }
          == document.keys.map { Array($0.utf8) })
      #expect(document.table.entries.map(\.value) == document.values)
    }
  }
}
