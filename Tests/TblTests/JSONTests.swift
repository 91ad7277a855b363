import TestSupport
import Testing

@testable import Tbl

@Suite struct `JSON output` {
  @Test func `a table with everything`() throws {
    let inner = try build { $0.set("deep", true) }
    let pixels = try build { $0.setVector([UInt8(1), 2, 3, 4, 5, 6], shape: [2, 3]) }
    let both = try build { builder in
      builder.setVector([1.5])
      builder.set("unit", "m")
    }
    let table = try build { builder in
      builder.setNil("nil")
      builder.set("bool", false)
      builder.set("int", Int64.min)
      builder.set("uint", UInt64.max)
      builder.set("double", 0.1)
      builder.set("whole", 2.0)
      builder.set("nan", Double.nan)
      builder.set("text", "a\"\\/\n\u{1}é")
      builder.set("bytes", bytes: [0, 1, 2, 255])
      builder.set("$price", 3)
      builder.set("inner", inner)
      builder.set("pixels", pixels)
      builder.set("both", both)
      builder.set("texts", vector: ["x", "y"])
      builder.set("matrix", vector: [1, 2, 3, 4], shape: [2, 2])
      builder.set("mixed", value: .values([.int(1), .string("x"), .table(inner), .none]))
    }
    let expected =
      #"{"nil":null,"bool":false,"int":-9223372036854775808,"uint":18446744073709551615,"#
      + #""double":0.1,"whole":2.0,"nan":null,"text":"a\"\\/\n\u0001é","#
      + #""bytes":{"$bytes":"AAEC/w=="},"$$price":3,"inner":{"deep":true},"#
      + #""pixels":[[1,2,3],[4,5,6]],"both":{"$vector":[1.5],"unit":"m"},"#
      + #""texts":["x","y"],"matrix":[[1,2],[3,4]],"mixed":[1,"x",{"deep":true},null]}"#
    #expect(try table.json(nonFinite: .null) == expected)
  }

  @Test func `pretty output indents tables and keeps numbers on a line`() throws {
    let inner = try build { $0.set("x", 1) }
    let table = try build { builder in
      builder.set("name", "n")
      builder.set("numbers", vector: [1, 2, 3])
      builder.set("tables", vector: [inner, inner])
      builder.set("empty", Tbl.Builder())
    }
    let expected = """
      {
        "name": "n",
        "numbers": [1, 2, 3],
        "tables": [
          {
            "x": 1
          },
          {
            "x": 1
          }
        ],
        "empty": {}
      }
      """
    #expect(try table.json(pretty: true, nonFinite: .null) == expected)
  }

  @Test func `a shape without elements is an empty array whatever its other sizes`() throws {
    let table = try build { builder in
      builder.setVector([Float](), shape: [4_000_000_000, 0, 4_000_000_000])
    }
    #expect(try table.json(nonFinite: .null) == "[]")
  }

  @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"])
  func `bytes are base64 as in RFC 4648`(text: String) throws {
    let encoded = [
      "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=",
      "foobar": "Zm9vYmFy",
    ]
    let table = try build { $0.set("b", bytes: Array(text.utf8)) }
    #expect(try table.json(nonFinite: .null) == #"{"b":{"$bytes":"\#(encoded[text] ?? "")"}}"#)
  }

  @Test func `a key whose first character is more than its $ comes back`() throws {
    // With the accent the sign is another character, and still the byte that counts.
    let table = try build { $0.set("$\u{301}", true) }
    #expect(try table.json() == "{\"$$\u{301}\":true}")
    #expect(try Tbl(json: table.json()) == table)
  }

  @Test func `the description shows types and cuts what is long`() throws {
    let inner = try build { $0.set("x", 1) }
    let table = try build { builder in
      builder.setVector([Float](repeating: 0.1, count: 12), shape: [3, 4])
      builder.set("count", UInt32(7))
      builder.set("name", String(repeating: "n", count: 70))
      builder.set("inner", inner)
      builder.set("texts", vector: ["a", "b"])
    }
    let expected = """
      table, 4 keys, \(table.bytes.count) bytes
        (vector): f32[3x4] 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 …
        count: u32 7
        name: string "\(String(repeating: "n", count: 60))…"
        inner: table, 1 keys
          x: i64 1
        texts: string[2] "a" "b"
      """
    #expect(table.description == expected)
  }

  @Test func `numbers that JSON lacks are refused with their place, or take a form`() throws {
    let inner = try build { $0.set("x", vector: [0.5, -.infinity, .nan] as [Float]) }
    let table = try build { builder in
      builder.set("fine", 1.5)
      builder.set("rows", vector: [inner])
    }
    let error = #expect(throws: TblError.self) { try table.json() }
    #expect(error?.code == .notFinite)
    #expect(error?.place == "key 'rows', element 0, key 'x', element 1")
    let own = try build { $0.setVector([Double.infinity]) }
    let ownError = #expect(throws: TblError.self) { try own.json() }
    #expect(ownError?.place == "own vector, element 0")
    let single = try build { $0.set("n", Double.nan) }
    let singleError = #expect(throws: TblError.self) { try single.json() }
    #expect(singleError?.place == "key 'n', its value")
    #expect(
      try table.json(nonFinite: .null) == #"{"fine":1.5,"rows":[{"x":[0.5,null,null]}]}"#)
    #expect(
      try table.json(nonFinite: .text)
        == #"{"fine":1.5,"rows":[{"x":[0.5,"-Infinity","NaN"]}]}"#)
    #expect(try own.json(nonFinite: .text) == #"["Infinity"]"#)
  }
}
