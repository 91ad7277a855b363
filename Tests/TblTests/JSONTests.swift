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

  @Test func `a part of a document has the JSON that it has inside`() throws {
    var random = seeded("a part of a document has the JSON that it has inside")
    for _ in 0..<50 {
      let document = try RandomDocument(using: &random).table
      guard document.count > 0 else { continue }
      var members = try document.withView { view in
        try (0..<view.count).map { index in
          let key = try view.key(at: index)
          let name = key.utf8.first == UInt8(ascii: "$") ? "$" + key : key
          let text = try build { $0.setVector([name]) }.json().dropFirst().dropLast()
          return "\(text):\(try view.field(at: index).json(nonFinite: .text))"
        }
      }
      if let vector = try document.withView({ try $0.vector()?.json(nonFinite: .text) }) {
        members.insert(#""$vector":\#(vector)"#, at: 0)
      }
      #expect(try document.json(nonFinite: .text) == "{\(members.joined(separator: ","))}")
    }
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
