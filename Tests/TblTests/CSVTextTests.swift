import Tbl
import TestSupport
import Testing

/// Columns as separated text.
@Suite struct CSVTextTests {
  @Test func `a random table of columns comes back from its text`() throws {
    var random = seeded("a random table of columns comes back from its text")
    for _ in 0..<200 {
      let rows = Int.random(in: 1...6, using: &random)
      let separator = Array(",;\t|".utf8).randomElement(using: &random) ?? 44
      var types: [String: Tbl.TypeCode] = [:]
      var builder = Tbl.Builder()
      for number in 0..<Int.random(in: 1...5, using: &random) {
        let name = "\(number)\(RandomDocument.text(using: &random))"
        func all<Cell>(_ cell: () -> Cell) -> [Cell] { (0..<rows).map { _ in cell() } }
        let bits = all { random.next() }
        switch Int.random(in: 0...6, using: &random) {
        case 0:
          builder.set(name, vector: bits.map { Int8(truncatingIfNeeded: $0) })
          types[name] = .int8
        case 1: builder.set(name, vector: bits.map { Int64(bitPattern: $0) })
        case 2:
          builder.set(name, vector: bits)
          types[name] = .uint64
        case 3:
          let numbers = bits.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) }
          builder.set(name, vector: numbers.map { $0.isNaN ? 1 : $0 })
          types[name] = .float32
        case 4:
          builder.set(name, vector: bits.map { Double(bitPattern: $0) }.map { $0.isNaN ? 0.5 : $0 })
        case 5: builder.set(name, vector: bits.map { $0 & 1 == 1 })
        default:
          let words = ["", "1", "-0.5e3", "true", "nan", "\u{FEFF}x", "a b"]
          builder.set(
            name,
            vector: all {
              words.randomElement(using: &random) ?? ""
            }.map { $0 + (Bool.random(using: &random) ? "" : RandomDocument.text(using: &random)) })
        }
      }
      let table = try builder.finish()
      let text = try table.csv(separator: separator)
      let options = Tbl.CSVOptions(separator: separator, types: types)
      #expect(
        try Tbl(csv: text, options: options) == table, "\(String(decoding: text, as: UTF8.self))")
    }
  }

  @Test func `rows that are not there are empty cells`() throws {
    let column = try build { builder in
      builder.set("values", vector: [1, 0, 3])
      builder.set("valid", vector: [true, false, true])
    }
    let table = try build { builder in
      builder.set("x", column)
      builder.set("1", vector: ["a", "b\r", "\""])
    }
    let text = "x,1\n1,a\n,\"b\r\"\n3,\"\"\"\"\n"
    #expect(try table.csv() == Array(text.utf8))
    #expect(try Tbl(csv: Array(text.utf8)) == table)
    #expect(try table.csv(hasHeader: false) == Array(text.utf8.dropFirst(4)))
    #expect(try build { _ in }.csv() == [])
    // Without marks it would be taken for the mark of UTF-8.
    let marked = try build { $0.set("\u{FEFF}x", vector: [1]) }
    #expect(try Tbl(csv: marked.csv()) == marked)
  }

  @Test func `what is no table of columns is refused with its key`() throws {
    func error(_ fill: (inout Tbl.Builder) -> Void) throws -> TblError? {
      let table = try build { builder in
        builder.set("rows", vector: [1, 2])
        fill(&builder)
      }
      do throws(TblError) {
        _ = try table.csv()
        return nil
      } catch {
        return error
      }
    }
    let inner = try build { $0.set("values", vector: [1, 2]) }
    let odd = try build { builder in
      builder.set("values", vector: [1, 2])
      builder.set("valid", vector: [true])
    }
    #expect(try error { $0.set("x", inner) } == nil)
    #expect(try error { $0.set("x", odd) }?.place == "key 'x'")
    #expect(try error { $0.set("x", 1) }?.code == .wrongType)
    #expect(try error { $0.set("x", vector: [1, 2], shape: [1, 2]) }?.code == .wrongType)
    #expect(try error { $0.set("x", bytes: [1]) }?.place == "key 'x'")
    #expect(try error { $0.setVector([1]) }?.place == "the table")
    let short = try error { $0.set("x", vector: [true]) }
    #expect(short?.code == .wrongShape && short?.place == "key 'x'")
    #expect(short?.reason == "it has 1 rows, and 'rows' has 2")
  }
}
