import Foundation
import Tbl
import TestSupport
import Testing

@Suite("CSV in") struct CSVReaderTests {
  private func read(
    _ text: String, _ options: Tbl.CSVOptions = Tbl.CSVOptions()
  ) throws(TblError) -> Tbl {
    try Tbl(csv: Array(text.utf8), options: options)
  }

  @Test func `columns have the type that all their cells have`() throws {
    let table = try read(
      """
      id,big,height,open,name,code,odd
      1,18446744073709551615,1.5,true,é,007,1
      -2,0,2,false,"a, b",1,x
      """)
    #expect(table.ints("id") == [1, -2] && table.uints("big") == [.max, 0])
    #expect(table.doubles("height") == [1.5, 2] && table.bools("open") == [true, false])
    #expect(table.strings("name") == ["é", "a, b"] && table.strings("code") == ["007", "1"])
    #expect(table.strings("odd") == ["1", "x"])
    #expect(table.keys == ["id", "big", "height", "open", "name", "code", "odd"])
  }

  @Test func `cells that are empty are not valid, or are empty texts`() throws {
    let table = try read("a,b,c,d\n1,x,,\n,,,true\n")
    #expect(table.table("a")?.ints("values") == [1, 0])
    #expect(table.table("a")?.bools("valid") == [true, false])
    #expect(table.strings("b") == ["x", ""] && table.strings("c") == ["", ""])
    #expect(table.table("d")?.bools("values") == [false, true])
  }

  @Test func `marks, ends of lines and blank lines are as RFC 4180 and others write them`() throws {
    let table = try read("\u{FEFF}\"a \"\"x\"\"\",b\r\n\"1\",\"two\nlines\"\r\n\r\n2,\"\"\"\"")
    #expect(table.strings("a \"x\"") == ["1", "2"] && table.strings("b") == ["two\nlines", "\""])
    #expect(try read("").count == 0)
    #expect(try read("a,b").strings("a") == [])
    #expect(try read("a\n\n1").table("a")?.ints("values") == [0, 1])
    let tabs = try read("1\t2\n3\t4", Tbl.CSVOptions(separator: 9, hasHeader: false))
    #expect(tabs.ints("column 1") == [1, 3] && tabs.ints("column 2") == [2, 4])
  }

  @Test func `names of columns that only look alike are two`() throws {
    #expect(try read("\u{E9},e\u{301}\n1,2\n").keys.count == 2)
  }

  @Test func `what is no JSON number is one here where measured values have it`() throws {
    let table = try read("a,b\nnan,1\n-inf,Inf\n1e999,2\n")
    #expect(table.strings("a") == ["nan", "-inf", "1e999"])
    #expect(table.doubles("b") == [1, .infinity, 2])
  }

  @Test func `types can be said, and are kept to`() throws {
    let types: [String: Tbl.TypeCode] = ["a": .uint8, "b": .string, "c": .float32]
    let table = try read("a,b,c\n255,7,0.1\n,8,2\n", Tbl.CSVOptions(types: types))
    #expect(table.table("a")?.uints("values") == [255, 0])
    #expect(table.strings("b") == ["7", "8"] && table.floats("c") == [0.1, 2])
    func error(_ text: String, _ code: Tbl.TypeCode) -> TblError? {
      #expect(throws: TblError.self) { try read(text, Tbl.CSVOptions(types: ["a": code])) }
    }
    let large = error("a\n1\n256", .uint8)
    #expect(large?.code == .outOfRange && large?.place == "line 3, column 1")
    #expect(large?.reason.contains("column 'a'") == true)
    #expect(error("a\n-129", .int8)?.code == .outOfRange)
    #expect(error("a\nx", .float64)?.code == .wrongType)
    #expect(error("a\n1", .bool)?.code == .wrongType)
    #expect(error("a\n1", .table)?.code == .wrongType)
    #expect(error("b\n1", .bool)?.reason.contains("no such column") == true)
    #expect(error("b\n1", .bool)?.code == .absentColumn)
    #expect(error("b\n1", .bool)?.remedy == "name a column that is there")
    #expect(error("a\n1.0", .int64)?.code == .outOfRange)
    #expect(error("a\n1.0", .int64)?.remedy == "write a number that fits, or choose another type")
    #expect(error("a\nx", .int64)?.remedy == "choose a type that fits there")
  }

  @Test(
    arguments: [
      // Each double nearest to the text lies halfway between two floats.
      ("1.000000178813934326171874", 1.000_000_1), ("1.000000178813934326171876", 1.000_000_2),
      ("9007199791611905", 9_007_200_328_482_816), ("-9007199791611905", -9_007_200_328_482_816),
      ("18446744073709551615", 0x1p64), ("340282356779733661637539395458142568447", 0x1.fffffep127),
      ("7.00649232162408535e-46", 0), ("7.00649232162408536e-46", 0x1p-149), ("1e-300", 0),
      ("-0", -0.0), ("0.1", 0.1), ("16777217", 16_777_216), ("inf", .infinity),
      ("-inf", -.infinity),
    ] as [(String, Float)])
  func `a column of f32 has the nearest`(text: String, nearest: Float) throws {
    let table = try read("a\n\(text)\n", Tbl.CSVOptions(types: ["a": .float32]))
    #expect(table.floats("a")?.map(\.bitPattern) == [nearest.bitPattern])
  }

  @Test(arguments: [
    "1e300", "-1e39", "340282356779733661637539395458142568448",
    "123456789012345678901234567890e10",
  ])
  func `what is beyond all floats is refused`(text: String) {
    let options = Tbl.CSVOptions(types: ["a": .float32])
    let error = #expect(throws: TblError.self) { try read("a\n1\n\(text)\n", options) }
    #expect(error?.code == .outOfRange && error?.place == "line 3, column 1")
  }

  @Test func `random numbers halfway between floats are read as the nearest`() throws {
    var random = seeded("random numbers halfway between floats are read as the nearest")
    for _ in 0..<500 {
      let below = Float(bitPattern: .random(in: 0..<0x7F7F_FFFF, using: &random))
      let halfway = Double(below) / 2 + Double(below.nextUp) / 2
      // All its digits; with one more it is above.
      let digits = String(format: "%.200f", halfway)
      let table = try read("a\n\(digits)\n\(digits)1\n", Tbl.CSVOptions(types: ["a": .float32]))
      #expect(table.floats("a") == [Float(halfway), below.nextUp], "\(below)")
    }
  }

  @Test(arguments: [
    ("a,b\n1\n", "line 2, column 1", "more or fewer"),
    ("a\n1,2", "line 2, column 1", "more or fewer"),
    ("a\n\"x", "line 2, column 1", "not closed"),
    ("a\n\"x\"y", "line 2, column 4", "behind a closing"),
    ("a\nx\"y", "line 2, column 2", "inside"), ("a,b,a\n", "line 1, column 5", "two columns 'a'"),
  ])
  func `what is no table is told with its place`(text: String, place: String, reason: String) {
    let error = #expect(throws: TblError.self) { try read(text) }
    #expect(
      error?.place == place && error?.reason.contains(reason) == true, "\(error?.description ?? "")"
    )
  }

  @Test(arguments: ["\"", "\n", "\r", "\u{80}", "©", "\u{FF}"] as [Unicode.Scalar])
  func `what separates nothing is refused by the reader and the writer`(scalar: Unicode.Scalar)
    throws
  {
    let separator = UInt8(scalar.value)
    let table = try read("a\n1\n")
    let options = Tbl.CSVOptions(separator: separator)
    let reading = #expect(throws: TblError.self) { try read("aéb\n1é2", options) }
    let writing = #expect(throws: TblError.self) { try table.csv(separator: separator) }
    #expect(reading?.code == .unusableSeparator && reading?.place == "the separator")
    #expect(reading?.reason.hasPrefix("byte \(separator) ") == true && writing == reading)
  }

  @Test func `any other ASCII character separates`() throws {
    let table = try build { builder in
      builder.set("x y", vector: ["a", "\u{7F}b"])
      builder.set("\u{0}", vector: ["c", "\""])
    }
    for separator in UInt8(0)..<0x80 where !"\"\r\n".utf8.contains(separator) {
      let text = try table.csv(separator: separator)
      #expect(try Tbl(csv: text, options: .init(separator: separator)) == table, "\(separator)")
    }
  }

  @Test func `bytes that are no text are told`() {
    let error = #expect(throws: TblError.self) { try Tbl(csv: [97, 10, 98, 255]) }
    #expect(error?.code == .notCSV && error?.place == "line 2, column 2")
  }

  @Test func `random tables come back`() throws {
    var random = seeded("random tables come back")
    for _ in 0..<100 {
      let rows = Int.random(in: 0...20, using: &random)
      let numbers = (0..<rows).map { _ in Int64.random(in: .min ... .max, using: &random) }
      let doubles = (0..<rows).map { _ in Double.random(in: -1e9...1e9, using: &random) + 0.5 }
      let letters = ["a", "\"", ",", "\n", "é", " ", "\r\n", "1"]
      let texts = (0..<rows).map { _ in
        (0..<Int.random(in: 1...6, using: &random)).map { _ in
          letters.randomElement(using: &random) ?? ""
        }.joined() + "x"
      }
      var text = "n,d,t\r\n"
      for row in 0..<rows {
        let quoted =
          "\""
          + texts[row].split(separator: "\"", omittingEmptySubsequences: false)
          .joined(separator: "\"\"") + "\""
        text += "\(numbers[row]),\(doubles[row]),\(quoted)\r\n"
      }
      let table = try read(text)
      guard rows > 0 else { continue }
      #expect(table.ints("n") == numbers && table.doubles("d") == doubles)
      #expect(table.strings("t") == texts)
    }
  }

  @Test func `any bytes give a table or an error`() throws {
    var random = seeded("any bytes give a table or an error")
    let letters = Array("a1,\"\n\r.-e;\u{E9}".utf8)
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in
        letters.randomElement(using: &random) ?? 0
      }
      if let table = try? Tbl(csv: bytes) { _ = try Tbl(validating: table.bytes) }
    }
  }
}
