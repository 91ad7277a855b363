import Foundation
import Tbl
import TestSupport
import Testing

@Suite("JSON in") struct JSONReaderTests {
  private func json(_ text: String) throws(TblError) -> String {
    try Tbl(json: text).json(nonFinite: .null)
  }

  @Test(arguments: [
    "{}", "[]", #"{"a":1}"#, #"{"a":-1,"b":{"c":[true,false]},"d":"é𝄞"}"#, "[1,2,3]", "[1.5,2.0]",
    "[[1,2],[3,4],[5,6]]", "[[[1.5]],[[2.5]]]", #"["a","b"]"#, #"[{"a":1},{}]"#, "[[1],[1,2]]",
    #"[1,"a",null,true,[1],{"b":2}]"#, #"{"$vector":[1,2],"a":3}"#, #"{"$vector":[1,"x"],"a":3}"#,
    #"{"a":{"$bytes":"AAEC/w=="}}"#, #"[{"$bytes":""},{"$bytes":"/w=="}]"#, #"{"$$a":1,"$$$b":2}"#,
    "[9223372036854775807]", "[18446744073709551615]", "[-9223372036854775808]", "[5e-324]",
    "[1.7976931348623157e+308]", "[-0.0]", "[0.1]", "[null]", "[1]", #"["text"]"#, "[[],[]]",
    #"{"\"\\\n\t\u0001":""}"#,
  ])
  func `what is written is read again, and written as before`(text: String) throws {
    #expect(try json(text) == text)
  }

  @Test(arguments: [
    (" [ 1 ,\t2 ]\r\n", "[1,2]"), ("\u{FEFF}{}", "{}"), ("1", "[1]"), ("null", "[null]"),
    (#""x""#, #"["x"]"#), ("[1,2.5]", "[1.0,2.5]"), ("[-0]", "[-0.0]"), ("[1E2]", "[100.0]"),
    ("[18446744073709551616]", "[1.8446744073709552e+19]"),
    (#"["\u0041\ud834\udd1e\/"]"#, #"["A𝄞/"]"#),
    ("[1,18446744073709551615]", "[1,18446744073709551615]"),
    ("[[1,2],[3,4.5]]", "[[1.0,2.0],[3.0,4.5]]"),
    ("[0.30000000000000004]", "[0.30000000000000004]"),
    ("[123456789012345678901234567890]", "[1.2345678901234568e+29]"),
    ("[1e-400]", "[0.0]"),
  ])
  func `other spellings mean the same`(text: String, written: String) throws {
    #expect(try json(text) == written)
  }

  @Test func `arrays become vectors of their type`() throws {
    let table = try Tbl(
      json: #"{"i":[1,2],"m":[[1,2,3],[4,5,6]],"d":[1,2.5],"u":[0,18446744073709551615]}"#)
    #expect(table.ints("i") == [1, 2] && table.doubles("d") == [1, 2.5])
    #expect(table.uints("u") == [0, .max])
    #expect(table.shape("m") == [2, 3] && table.ints("m") == [1, 2, 3, 4, 5, 6])
    // An integer that no double is stands for itself.
    let mixed = try Tbl(json: "[9007199254740993,0.5]")
    #expect(try mixed.json(nonFinite: .null) == "[9007199254740993,0.5]")
    #expect(
      try Tbl(json: "[-1,18446744073709551615]").json(nonFinite: .null)
        == "[-1,18446744073709551615]")
  }

  @Test(arguments: [
    ("", "line 1, column 1", "ends too early"), ("[1,]", "line 1, column 4", "cannot stand here"),
    ("{\n  \"a\": 1,\n  \"a\": 2}", "line 3, column 3", "'a' stands there twice"),
    ("[1] 2", "line 1, column 5", "cannot stand here"),
    ("[01]", "line 1, column 2", "begin with 0"),
    ("[1e999]", "line 1, column 2", "beyond all doubles"),
    ("[\"\u{1}\"]", "line 1, column 3", "stand"),
    (#"["\ud800"]"#, "line 1, column 3", "half of a character"),
    (#"["\x"]"#, "line 1, column 3", "escape"),
    (#"["\u12"]"#, "line 1, column 3", "hexadecimal"), ("nul", "line 1, column 1", "stand here"),
    ("[1", "line 1, column 3", "ends too early"), (#"{"a" 1}"#, "line 1, column 6", "stand here"),
    (#"{"$other":1}"#, "line 1, column 2", "another $"),
    (#"{"$bytes":"*"}"#, "line 1, column 2", "base64"),
    (#"{"$bytes":"AB=="}"#, "line 1, column 2", "base64"),
    (#"{"$bytes":"","a":1}"#, "column 2", "alone"),
    (#"{"$vector":1}"#, "line 1, column 2", "is an array"),
    ("[+1]", "line 1, column 2", "stand here"),
    ("[.5]", "line 1, column 2", "stand here"), ("[1.]", "line 1, column 4", "stand here"),
    ("[NaN]", "line 1, column 2", "stand here"),
    (#"{"é": 1, "é": 2}"#, "line 1, column 10", "twice"),
  ])
  func `what is no JSON is told with its place`(text: String, place: String, reason: String) {
    let error = #expect(throws: TblError.self) { try Tbl(json: text) }
    #expect(error?.place.contains(place) == true, "\(error?.place ?? "")")
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
  }

  @Test func `a number beyond all doubles is told by its first digits`() {
    let digits = String(repeating: "123456789", count: 10_000)
    let error = #expect(throws: TblError.self) { try Tbl(json: "[\(digits)]") }
    #expect(error?.reason == "\(digits.prefix(40))… is beyond all doubles")
    let short = #expect(throws: TblError.self) { try Tbl(json: "[-1e999]") }
    #expect(short?.reason == "-1e999 is beyond all doubles")
    #expect(short?.remedy == "write a number that fits, or choose another type")
  }

  @Test func `bytes that are no text are told`() {
    let error = #expect(throws: TblError.self) { try Tbl(json: [0x5B, 0x22, 0xFF, 0x22, 0x5D]) }
    #expect(error?.code == .notJSON && error?.reason.contains("UTF-8") == true)
  }

  @Test func `nesting is bounded, and so is its cost`() throws {
    let deep = 200
    let text = String(repeating: #"{"a":"#, count: deep) + "1" + String(repeating: "}", count: deep)
    #expect(try Tbl(json: text).json(nonFinite: .null) == text)
    for open in ["[", #"{"a":"#] {
      let error = #expect(throws: TblError.self) {
        try Tbl(json: String(repeating: open, count: 100_000))
      }
      #expect(error?.code == .tooDeep)
    }
  }

  @Test(.timeLimit(.minutes(1))) func `integers among doubles cost no more than doubles`() throws {
    // If each moved all before it, these would copy 320 GB.
    let text = "[0.5" + String(repeating: ",1", count: 200_000) + "]"
    let numbers = try Tbl(json: text)
    #expect(numbers.vectorShape == [200_001])
    let rows = "[[0.5]" + String(repeating: ",[1]", count: 200_000) + "]"
    #expect(try Tbl(json: rows).vectorShape == [200_001, 1])
    #expect(try Tbl(json: "[-1,0.5,9007199254740993]").json() == "[-1.0,0.5,9007199254740993]")
  }

  @Test func `keys that only look alike are two, and others are found twice`() throws {
    // Of the same characters, in other bytes.
    let alike = #""\#u{E9}": 1, "e\#u{301}": 2"#
    #expect(try Tbl(json: "{\(alike)}").keys.count == 2)
    let error = #expect(throws: TblError.self) { try Tbl(json: "{\(alike), \"x\": 3, \"x\": 4}") }
    #expect(error?.place == "line 1, column 27" && error?.reason.contains("'x'") == true)
  }

  @Test func `random doubles are read as the nearest`() throws {
    var random = seeded("random doubles are read as the nearest")
    for _ in 0..<2_000 {
      let number = Double(bitPattern: random.next())
      guard number.isFinite else { continue }
      for text in [
        number.description, String(format: "%.17e", number), String(format: "%.3f", number),
      ] {
        guard let nearest = Double(text), nearest.isFinite else { continue }
        let read = try Tbl(json: "{\"a\":[\(text),0.5]}")
        // What is written without a point may be an integer that no double is.
        guard let doubles = read.doubles("a") else { continue }
        #expect(doubles[0].bitPattern == nearest.bitPattern, "\(text)")
      }
    }
  }

  @Test func `random documents come back`() throws {
    var random = seeded("random documents come back")
    for _ in 0..<300 {
      let text = Self.document(using: &random, depth: 4)
      let table = try Tbl(json: text)
      let written = try table.json(nonFinite: .null)
      #expect(try Tbl(json: written) == table, "\(text.prefix(200))")
      #expect(try Tbl(json: table.json(pretty: true, nonFinite: .null)) == table)
      // Foundation agrees on what it means.
      #expect(try Self.normal(written) == Self.normal(text), "\(text.prefix(200))")
    }
  }

  /// JSON as Foundation writes it, keys sorted.
  private static func normal(_ text: String) throws -> Data {
    let value = try JSONSerialization.jsonObject(
      with: Data(text.utf8), options: .fragmentsAllowed)
    return try JSONSerialization.data(withJSONObject: value, options: .sortedKeys)
  }

  private static func document(using random: inout SeededGenerator, depth: Int) -> String {
    let keys = ["a", "b", "c", "key", "é", #"\n"#, "$$x"].shuffled(using: &random)
    let members = keys.prefix(.random(in: 0...5, using: &random)).map {
      "\"\($0)\":\(value(using: &random, depth: depth - 1))"
    }
    return "{" + members.joined(separator: ",") + "}"
  }

  private static func value(using random: inout SeededGenerator, depth: Int) -> String {
    func number() -> String {
      ["0", "-1", "1.5", "1e3", "9223372036854775807", "2.5e-3", "17"].randomElement(
        using: &random)!
    }
    switch Int.random(in: 0...(depth > 0 ? 9 : 5), using: &random) {
    case 0: return "null"
    case 1: return "true"
    case 2: return #""text \u00e9""#
    case 3, 4: return number()
    case 5:
      return "["
        + (0..<Int.random(in: 0...4, using: &random)).map { _ in number() }
        .joined(separator: ",") + "]"
    case 6, 7: return document(using: &random, depth: depth)
    default:
      let parts = (0..<Int.random(in: 0...4, using: &random)).map { _ in
        value(using: &random, depth: depth - 1)
      }
      return "[" + parts.joined(separator: ",") + "]"
    }
  }

  @Test func `any bytes give a document or an error`() throws {
    var random = seeded("any bytes give a document or an error")
    let seed = Array(
      #"{"a":[1,2.5,-3e4],"$vector":[[1],[2]],"b":{"$bytes":"AAEC"},"c":"\u00e9\\"}"#.utf8)
    let letters = Array(#"{}[]",:\ue+-.0123456789 $abtrufalsn"#.utf8)
    for _ in 0..<20_000 {
      var bytes = seed
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0...3, using: &random) {
        case 0: bytes[place] = letters.randomElement(using: &random)!
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 2: if bytes.count > 1 { bytes.remove(at: place) }
        default: bytes.insert(letters.randomElement(using: &random)!, at: place)
        }
      }
      // Whatever comes out is valid.
      if let table = try? Tbl(json: bytes) { _ = try Tbl(validating: table.bytes) }
    }
  }
}
