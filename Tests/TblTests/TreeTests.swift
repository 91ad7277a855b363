import Tbl
import TestSupport
import Testing

/// Documents for people.
@Suite struct TreeTests {
  private func document() throws -> Tbl {
    let inner = try build { $0.set("x", 1) }
    let list = try build { builder in
      builder.setVector(values: [.int(7), .string("x"), .none, .table(inner), .floats([0.1])])
    }
    return try build { builder in
      builder.setVector([Float](repeating: 0.1, count: 12), shape: [3, 4])
      builder.set("count", UInt32(7))
      builder.set("name", String(repeating: "é", count: 70))
      builder.set("a.b", inner)
      builder.set("texts", vector: ["a", "b\"\\\n"])
      builder.set("rows", vector: [inner, inner, inner, inner], shape: [2, 2])
      builder.set("blob", bytes: [1, 2, 3])
      builder.set("list", list)
      builder.set("empty", vector: [] as [Int8], shape: [0, 3])
    }
  }

  @Test func `the description shows types and cuts what is long`() throws {
    let table = try document()
    let expected = #"""
      table, 8 keys, \#(table.bytes.count) bytes
        (vector): f32[3x4] 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 … 4 more
        count: u32 7
        name: string "\#(String(repeating: "é", count: 60))…" (140 bytes)
        a\.b: table, 1 key
          x: i64 1
        texts: string[2] "a" "b\"\\\n"
        rows: table[2x2]
          0.0: table, 1 key
            x: i64 1
          0.1: table, 1 key
            x: i64 1
          1.0: table, 1 key
            x: i64 1
          1.1: table, 1 key
            x: i64 1
        blob: bytes (3 bytes)
        list: table, value[5]
          0: i64 7
          1: string "x"
          2: nil
          3: table, 1 key
            x: i64 1
          4: f32[1] 0.1
        empty: i8[0x3]
      """#
    #expect(table.description == expected)
  }

  @Test func `limits hold for elements, keys and characters, and what is left out is told`() throws
  {
    let table = try document()
    let expected = """
      table, 8 keys, \(table.bytes.count) bytes
        (vector): f32[3x4] 0.1 … 11 more
        count: u32 7
        name: string "éé…" (140 bytes)
        a\\.b: table, 1 key
          x: i64 1
        texts: string[2] "a" … 1 more
        rows: table[2x2]
          0.0: table, 1 key
            x: i64 1
          … 3 more elements
        … 3 more keys
      """
    #expect(table.tree(Tbl.TreeLimits(elements: 1, keys: 5, characters: 2)) == expected)
    let one = table.tree(Tbl.TreeLimits(elements: 3, keys: 7))
    #expect(one.hasSuffix("\n  … 1 more key") && one.contains("    … 1 more element\n"))
  }

  @Test func `marks on a character count as it does`() throws {
    let text = "e" + String(repeating: "\u{301}", count: 100_000)
    let table = try build { $0.set("x", text) }
    let shown = "e" + String(repeating: "\u{301}", count: 59)
    #expect(table.description.hasSuffix("\n  x: string \"\(shown)…\" (200001 bytes)"))
  }

  @Test func `a part is shown as it stands in the whole`() throws {
    let table = try document()
    try table.withView { view in
      #expect(try view.field("count")?.tree() == "u32 7")
      #expect(try view.field("a.b")?.tree() == "table, 1 key\n  x: i64 1")
      let part = try view.field("list")?.tree(Tbl.TreeLimits(elements: 1))
      #expect(part == "table, value[5]\n  0: i64 7\n  … 4 more elements")
      #expect(try view.field("blob")?.tree() == "bytes (3 bytes)")
    }
  }

  @Test func `nothing that a terminal would obey comes out of keys and texts`() throws {
    let evil = "\u{1B}]0;title\u{7}\u{9B}2J\r\u{202E}\u{7F}\u{0}"
    let table = try build { builder in
      builder.set("key\n" + evil, evil)
      builder.set("texts", vector: [evil, evil])
    }
    let shown = #"\u{1B}]0;title\u{7}\u{9B}2J\r\u{202E}\u{7F}\u{0}"#
    let lines = table.description.split(separator: "\n").map(String.init)
    #expect(lines.count == 3)
    #expect(
      lines[1] == #"  key\u{A}\#(shown.replacing(#"\r"#, with: #"\u{D}"#)): string "\#(shown)""#)
    #expect(lines[2] == #"  texts: string[2] "\#(shown)" "\#(shown)""#)
  }

  @Test func `every path that a tree shows leads there`() throws {
    var random = seeded("every path that a tree shows leads there")
    for _ in 0..<100 {
      let document = try RandomDocument(using: &random).table
      for line in document.description.split(separator: "\n").dropFirst() {
        // The top level alone; what is below has two more blanks.
        guard line.hasPrefix("  "), !line.hasPrefix("   "), !line.hasPrefix("  (vector)"),
          let end = line.firstRange(of: ": ")
        else { continue }
        let path = Tbl.Path(String(line[..<end.lowerBound].dropFirst(2)))
        #expect(document[path: path] != nil, "\(line)")
      }
    }
  }
}
