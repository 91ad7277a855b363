import Tbl
import TestSupport
import Testing

/// What differs between documents.
@Suite struct DifferenceTests {
  private func line(_ difference: Tbl.Difference) -> String {
    let elements = difference.elements.map { " \($0.firstIndex) \($0.count)/\($0.total)" }
    return "\(difference.path)\(difference.isOwnVector ? "(vector)" : "") \(difference.kind) "
      + "\(difference.first ?? "-") | \(difference.second ?? "-")\(elements ?? "")"
  }

  private func lines(_ first: Tbl, _ second: Tbl) -> [String] {
    first.differences(from: second).map(line)
  }

  @Test func `each kind of difference is told with its path`() throws {
    let (one, two) = (try build { $0.set("x", 1) }, try build { $0.set("x", 2) })
    let first = try build { builder in
      builder.setVector([1, 2, 3])
      builder.set("same", "text")
      builder.set("gone", one)
      builder.set("type", Int32(1))
      builder.set("shape", vector: [1, 2, 3, 4], shape: [2, 2])
      builder.set("scalar", true)
      builder.set("inner.key", one)
      builder.set("rows", vector: [one, one])
      builder.set("numbers", vector: [0.5, 1.5, 2.5, 3.5, 4.5, 5.5] as [Float], shape: [2, 3])
      builder.set("texts", vector: ["a", "b", "c"])
      builder.set("bytes", bytes: [1])
      builder.setNil("nil")
    }
    let second = try build { builder in
      builder.set("new", vector: ["a", "b"])
      builder.set("nil", 0)
      builder.set("bytes", bytes: [2])
      builder.set("texts", vector: ["a", "B", "C"])
      builder.set("numbers", vector: [0.5, 1.5, 2, 3.5, 4.5, 5] as [Float], shape: [2, 3])
      builder.set("rows", vector: [one, two])
      builder.set("inner.key", two)
      builder.set("scalar", false)
      builder.set("shape", vector: [1, 2, 3, 4])
      builder.set("type", vector: [Int32(1)])
      builder.set("same", "text")
    }
    #expect(
      lines(first, second) == [
        "(vector) onlyInFirst i64[3] | -", "gone onlyInFirst table, 1 key | -",
        "type type i32 1 | i32[1]", "shape shape i64[2x2] | i64[4]",
        "scalar value bool true | bool false", #"inner\.key.x value i64 1 | i64 2"#,
        "rows.1.x value i64 1 | i64 2", "numbers value 2.5 | 2.0 [0, 2] 2/6",
        #"texts value "b" | "B" [1] 2/3"#, "bytes value bytes (1 bytes) | bytes (1 bytes)",
        "nil type nil | i64 0", "new onlyInSecond - | string[2]",
      ])
    #expect(lines(second, first).count == 12)
  }

  @Test func `the order of keys and strides are no difference`() throws {
    let numbers: [Int16] = [1, 9, 2, 9, 3, 9, 4, 9]
    let spread = try Tbl.Tensor(numbers.span, shape: [2, 2], strides: [4, 2])
    let first = try build { builder in
      builder.set("a", tensor: spread, keepingStrides: true)
      builder.set("b", 1)
    }
    let second = try build { builder in
      builder.set("b", 1)
      builder.set("a", vector: [1, 2, 3, 4] as [Int16], shape: [2, 2])
    }
    #expect(first != second && first.isEquivalent(to: second))
    #expect(lines(first, second) == [])
    let third = try build { builder in
      builder.set("b", 1)
      builder.set("a", vector: [1, 2, 7, 8] as [Int16], shape: [2, 2])
    }
    #expect(lines(first, third) == ["a value 3 | 7 [1, 0] 2/4"])
  }

  @Test func `what is compared bit by bit differs bit by bit`() throws {
    let zeros = try (build { $0.set("x", 0.0) }, build { $0.set("x", -0.0) })
    #expect(lines(zeros.0, zeros.1) == ["x value f64 0.0 | f64 -0.0"])
    let none = try build { $0.set("x", vector: [Double.nan, 1]) }
    #expect(lines(none, none) == [])
  }

  @Test func `documents differ nowhere exactly where they are equivalent`() throws {
    var random = seeded("documents differ nowhere exactly where they are equivalent")
    for _ in 0..<200 {
      let first = try RandomDocument(using: &random).table
      #expect(lines(first, try first.canonical()) == [])
      // Two of few documents, and one that a single key was added to.
      let second = try RandomDocument(using: &random, depth: 0).table
      let third = try RandomDocument(using: &random, depth: 0).table
      #expect(lines(second, third).isEmpty == second.isEquivalent(to: third))
      var key = RandomDocument.text(using: &random)
      while first[key] != nil { key += "x" }
      var changed = first
      try changed.set(Tbl.Path(parts: [key]), Tbl.Value.int(1))
      let found = first.differences(from: changed)
      #expect(found.map(\.path) == [Tbl.Path(parts: [key])] && found[0].kind == .onlyInSecond)
      #expect(changed.differences(from: first).map(\.kind) == [.onlyInFirst])
    }
  }
}
