import Tbl
import TestSupport
import Testing

@testable import TblArrow

/// Which documents are tables of columns, and that these come back.
@Suite struct `Documents as streams` {
  @Test func `come back byte for byte in batches of any size`() throws {
    var random = seeded("come back byte for byte in batches of any size")
    for _ in 0..<60 {
      let table = try RandomTable(using: &random).table
      for size in [nil, 1, 2, 7, 8, 9, 1000] {
        let stream = try ArrowStream.encode(table, rowsPerBatch: size)
        #expect(stream.count % 8 == 0)
        let back = try ArrowStream.decode(stream, maximumBytes: 1 << 24)
        #expect(back == table)
        #expect(throws: Never.self) { try Tbl(validating: back.bytes) }
      }
    }
  }

  @Test func `with strides are written as those without`() throws {
    let numbers: [Int32] = [1, 0, 2, 0, 3, 0, 4]
    let strided = try Tbl.Tensor(numbers.span, shape: [2, 2], strides: [4, 2])
    let inner = try build { $0.set("values", tensor: strided, keepingStrides: true) }
    let table = try build { builder in
      builder.set("z", tensor: strided, keepingStrides: true)
      builder.set("a", inner)
    }
    let back = try ArrowStream.decode(ArrowStream.encode(table))
    #expect(back.keys == ["z", "a"] && back["z"] == .ints([1, 2, 3, 4]))
    #expect(try ArrowStream.encode(table) == ArrowStream.encode(table.packed()))
  }

  /// Record batches of a stream without numbers of which all bits are set.
  private func batchCount(_ stream: [UInt8]) -> Int {
    // Each message begins with such a mark, that of the schema and the end, too.
    let marks = stride(from: 0, to: stream.count, by: 8).count {
      stream.littleEndian(Int32.self, at: $0) == -1
    }
    return marks - 2
  }

  @Test(arguments: [1, 3, 400, 401]) func `have as many rows in a batch as asked for`(
    size: Int
  ) throws {
    // As many arrays for each byte as there may be.
    let table = try build { builder in
      let bytes = [UInt8](repeating: 1, count: 400)
      builder.set("x", vector: bytes, shape: [400, 1, 1, 1, 1, 1, 1, 1])
    }
    let stream = try ArrowStream.encode(table, rowsPerBatch: size)
    #expect(batchCount(stream) == (400 + size - 1) / size)
  }

  @Test func `have few batches where rows hold nothing`() throws {
    let empty = try build { $0.set("x", vector: [Int8](), shape: [1_000_000, 0]) }
    let columns = try build { builder in
      for index in 0..<100 { builder.set("\(index)", vector: [Int8](), shape: [2_000, 0]) }
      builder.set("x", vector: [UInt8](repeating: 1, count: 2_000))
    }
    for table in [empty, columns] {
      for rows in [1, 2] {
        let stream = try ArrowStream.encode(table, rowsPerBatch: rows)
        // Each column of these has two arrays but the last.
        #expect(batchCount(stream) * (2 * table.count - 1) <= 8 * table.bytes.count)
        #expect(try ArrowStream.decode(stream) == table)
      }
    }
  }

  @Test func `get types with long offsets when they must`() throws {
    let table = try build { builder in
      builder.set("words", vector: ["abc", "", "defg"])
      builder.set("blobs", byteStrings([[1, 2, 3], [], [4]]))
    }
    let short = try StreamWriter(table, largestShortOffset: 7).stream(rowsPerBatch: 2)
    let long = try StreamWriter(table, largestShortOffset: 3).stream(rowsPerBatch: 2)
    #expect(short == (try ArrowStream.encode(table, rowsPerBatch: 2)))
    #expect(short != long)
    #expect(try ArrowStream.decode(long) == table)
  }

  @Test func `that say nothing of nulls come back plain`() throws {
    let table = try build { builder in
      builder.set("n", valid: [true, true]) { $0.set("values", vector: [1, 2]) }
      builder.set("m") { $0.set("values", vector: [3, 4]) }
    }
    let plain = try build { builder in
      builder.set("n", vector: [1, 2])
      builder.set("m", vector: [3, 4])
    }
    #expect(try ArrowStream.decode(ArrowStream.encode(table)) == plain)
  }

  @Test func `keep the rows of a struct without columns if nulls tell them`() throws {
    let table = try build { builder in
      builder.set("s", valid: [true, false, true]) { $0.set("values") { _ in } }
    }
    #expect(try ArrowStream.decode(ArrowStream.encode(table, rowsPerBatch: 2)) == table)
  }

  @Test func `lose what stands in place of nulls`() throws {
    let table = try build { builder in
      builder.set("n", valid: [true, false]) { $0.set("values", vector: [1, 2]) }
      builder.set("w", valid: [false, true]) { $0.set("values", vector: ["x", "y"]) }
      builder.set("b", valid: [true, false]) { $0.set("values", vector: [true, true]) }
    }
    let cleared = try build { builder in
      builder.set("n", valid: [true, false]) { $0.set("values", vector: [1, 0]) }
      builder.set("w", valid: [false, true]) { $0.set("values", vector: ["", "y"]) }
      builder.set("b", valid: [true, false]) { $0.set("values", vector: [true, false]) }
    }
    #expect(try ArrowStream.decode(ArrowStream.encode(table)) == cleared)
  }

  /// The error that the document is refused with.
  private func refusal(_ fill: (inout Tbl.Builder) -> Void) throws -> ArrowError? {
    let table = try build(fill)
    return failure { () throws(ArrowError) in try ArrowStream.encode(table) }
  }

  @Test func `are refused when a value is no column`() throws {
    func check(
      _ place: String, _ reason: String, _ fill: (inout Tbl.Builder) -> Void,
      line: SourceLocation = #_sourceLocation
    ) throws {
      let error = try refusal(fill)
      #expect(error?.code == .notAColumn, sourceLocation: line)
      #expect(error?.place == "column '\(place)'", sourceLocation: line)
      #expect(error?.reason == reason, sourceLocation: line)
    }
    try check("x", "it is a i64") { $0.set("x", 1) }
    try check("x", "it is a string") { $0.set("x", "text") }
    try check("x", "it is a vector of table") { $0.set("x", vector: [Tbl]()) }
    try check("", "the table's own vector has no name") { $0.setVector([1]) }
    try check("a.b", "it is a bool") { $0.set("a") { $0.set("b", true) } }
    try check("a", "the table's own vector has no name") { $0.set("a", value: .values([])) }
    try check("a.extra", "a vector of i64 beside values") { builder in
      builder.set("a") { table in
        table.set("values", vector: [1])
        table.set("extra", vector: [1])
      }
    }
    try check("a.valid", "a vector of u8 beside values") { builder in
      builder.set("a") { table in
        table.set("values", vector: [1])
        table.set("valid", vector: [UInt8(1)])
      }
    }
    try check("a", "nil as values") { builder in builder.set("a") { $0.setNil("values") } }
    try check("t", "a date in day is a vector of i32") { $0.set("t", "date", "day", [1]) }
    try check("t", "no date has the unit 's'") { $0.set("t", "date", "s", [1]) }
    try check("t", "no date has the unit 'day'") {
      $0.set("t", "date", "day", zone: "UTC", [Int32(1)])
    }
    try check("t", "a unit or a zone without a kind") { builder in
      builder.set("t") { table in
        table.set("values", vector: [1])
        table.set("unit", "s")
      }
    }
  }

  @Test func `are refused when a shape says more than its elements`() throws {
    let large = Int(UInt32.max)
    for shape in [[0, large, large, large], [large, large, 0], [1 << 20, 1 << 20, 0]] {
      let error = try refusal { $0.set("x", vector: [Int8](), shape: shape) }
      #expect(error?.code == .notAColumn)
      #expect(error?.reason == "the shape \(shape)")
    }
    let table = try build { $0.set("x", vector: [Int8](), shape: [1 << 16, 0, 1 << 15]) }
    #expect(try ArrowStream.decode(ArrowStream.encode(table)) == table)
  }

  @Test func `are refused when their names are longer than a message`() throws {
    let table = try build { builder in
      builder.set(String(repeating: "x", count: 1000), vector: [1])
      builder.set("s") { $0.set(String(repeating: "y", count: 1000), vector: [1]) }
    }
    let error = failure { () throws(ArrowError) in
      try StreamWriter(table, largestMessage: 3000)
    }
    #expect(error?.code == .tooLarge)
    let stream = try StreamWriter(table, largestMessage: 4000).stream(rowsPerBatch: nil)
    #expect(stream.littleEndian(Int32.self, at: 4) < 3000)
    #expect(try ArrowStream.decode(stream) == table)
  }

  @Test func `are refused when their columns differ in length`() throws {
    let error = try refusal { builder in
      builder.set("a", vector: [1, 2])
      builder.setNil("b")
      builder.set("c", vector: ["x"])
    }
    #expect(error?.code == .unequalColumns)
    #expect(error?.place == "column 'c'")
    #expect(error?.reason == "1 rows, where 'a' has 2")
    let inner = try refusal { builder in
      builder.set("s") { table in
        table.set("a", vector: [1, 2])
        table.set("b", vector: [1])
      }
    }
    #expect(inner?.place == "column 's.b'")
    let valid = try refusal { builder in
      builder.set("n", valid: [true]) { $0.set("values", vector: [1, 2]) }
    }
    #expect(valid?.code == .unequalColumns)
  }

  @Test func `are refused when they nest too deep`() throws {
    func nested(_ levels: Int) throws -> Tbl {
      var table = try build { $0.set("x", vector: [1]) }
      for _ in 0..<levels {
        let inner = table
        table = try build { $0.set("s", inner) }
      }
      return table
    }
    let deepest = try nested(64)
    #expect(try ArrowStream.decode(ArrowStream.encode(deepest)) == deepest)
    let deeper = try nested(65)
    let error = failure { () throws(ArrowError) in try ArrowStream.encode(deeper) }
    #expect(error?.code == .notAColumn)
  }
}
