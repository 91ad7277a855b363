import TestSupport
import Testing

@testable import Tbl

@Suite struct `Canonical form` {
  /// The same content in another order, vectors of numbers with strides where they can have them.
  private static func shuffled(_ table: Tbl, _ random: inout SeededGenerator) throws -> Tbl {
    var builder = Tbl.Builder()
    var indices = Array(0..<table.count)
    indices.shuffle(using: &random)
    try table.withView { (view) throws(TblError) in
      if let vector = try view.vector() { builder.setVector(vector) }
      for index in indices {
        let field = try view.field(at: index)
        let key = try view.key(at: index)
        if let inner = try field.table() {
          builder.set(key, try Self.shuffledView(inner, &random))
        } else {
          builder.set(key, field)
        }
      }
    }
    return try builder.finish()
  }

  private static func shuffledView(
    _ view: borrowing Tbl.View, _ random: inout SeededGenerator
  ) throws(TblError) -> Tbl {
    let copy = try Tbl(copying: view)
    do { return try shuffled(copy, &random) } catch { throw error as! TblError }
  }

  @Test func `whatever the order, the canonical form and its hash are the same`() throws {
    var random = seeded("whatever the order, the canonical form and its hash are the same")
    for _ in 0..<60 {
      let table = try RandomDocument(using: &random).table
      let other = try Self.shuffled(table, &random)
      let canonical = try table.canonical()
      #expect(try other.canonical().bytes == canonical.bytes)
      #expect(try other.contentHash() == table.contentHash())
      #expect(table.isEquivalent(to: other) && other.isEquivalent(to: canonical))
      #expect(try canonical.canonical().bytes == canonical.bytes)
      #expect(try Tbl(validating: canonical.bytes) == canonical)
      #expect(Set(canonical.keys) == Set(table.keys))
    }
  }

  @Test func `documents that differ are told apart`() throws {
    var random = seeded("documents that differ are told apart")
    let tables = try (0..<40).map { _ in try RandomDocument(using: &random, depth: 2).table }
    for (index, table) in tables.enumerated() {
      for other in tables[(index + 1)...] {
        let isSame = try table.canonical().bytes == other.canonical().bytes
        #expect(table.isEquivalent(to: other) == isSame)
        #expect(try (table.contentHash() == other.contentHash()) == isSame)
      }
    }
  }

  @Test func `a type, a sign of zero, a shape and a place in a vector are content`() throws {
    func differ(_ first: (inout Tbl.Builder) -> Void, _ second: (inout Tbl.Builder) -> Void) throws
      -> Bool
    {
      let (first, second) = (try build(first), try build(second))
      let differs = !first.isEquivalent(to: second)
      #expect(try (first.contentHash() != second.contentHash()) == differs)
      return differs
    }
    #expect(
      try differ {
        $0.set("x", Int32(1))
      } _: {
        $0.set("x", Int64(1))
      })
    #expect(
      try differ {
        $0.set("x", 0.0)
      } _: {
        $0.set("x", -0.0)
      })
    #expect(
      try differ {
        $0.set("x", "1")
      } _: {
        $0.set("x", bytes: [49])
      })
    #expect(
      try differ {
        $0.set("x", vector: [1, 2], shape: [1, 2])
      } _: {
        $0.set("x", vector: [1, 2])
      })
    #expect(
      try differ {
        $0.set("x", vector: ["a", "b"])
      } _: {
        $0.set("x", vector: ["b", "a"])
      })
    #expect(
      try differ {
        $0.setVector([1])
      } _: { _ in
      })
    #expect(
      try differ {
        $0.set("x", 1)
      } _: {
        $0.set("y", 1)
      })
    #expect(
      try !differ {
        $0.set("x", 1)
      } _: {
        $0.set("x", 1)
      })
  }

  @Test func `strides are no content`() throws {
    let numbers: [Float] = [1, 0, 2, 0, 3]
    let strided = try Tbl.Tensor(numbers.span, shape: [3], strides: [2])
    let first = try build { $0.set("x", tensor: strided, keepingStrides: true) }
    let second = try build { $0.set("x", vector: [1, 2, 3] as [Float]) }
    #expect(first != second && first.isEquivalent(to: second) && second.isEquivalent(to: first))
    #expect(try first.canonical() == second.canonical())
  }

  @Test func `packing takes strides away, also inside, and nothing else`() throws {
    var random = seeded("packing takes strides away, also inside, and nothing else")
    for _ in 0..<60 {
      let table = try RandomDocument(using: &random).table
      let packed = table.packed()
      #expect(packed.isEquivalent(to: table) && packed.keys == table.keys)
      #expect(packed.packed() == packed)
      #expect(try Tbl(validating: packed.bytes) == packed)
      #expect(try packed.withView { (view) throws in try !view.hasStrides() })
    }
    let numbers: [Float] = [1, 0, 2]
    let strided = try Tbl.Tensor(numbers.span, shape: [2], strides: [2])
    let inner = try build { $0.setVector(tensor: strided, keepingStrides: true) }
    let outer = try build { $0.set("list", vector: [inner, inner]) }
    #expect(outer.packed() != outer)
    #expect(
      try outer.packed()
        == build { builder in
          let plain = try? build { $0.setVector([1, 2] as [Float]) }
          if let plain { builder.set("list", vector: [plain, plain]) }
        })
  }

  @Test func `keys stand in the order of their bytes`() throws {
    let table = try build { builder in
      builder.set("b", 2)
      builder.set("a", "x")
    }
    #expect(try table.canonical().keys == ["a", "b"])
  }
}
