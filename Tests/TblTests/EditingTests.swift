import TestSupport
import Testing

@testable import Tbl

@Suite struct Editing {
  @Test func `a value is set, replaced where it stands, and removed`() throws {
    var table = try build { builder in
      builder.set("a", 1)
      builder.set("b", "x")
      builder.setVector([7])
    }
    let before = table
    try table.set("a", .string("new"))
    #expect(table.keys == ["a", "b"] && table.string("a") == "new" && table.vector == .ints([7]))
    try table.set("c.d.e", .double(0.5))
    #expect(table.keys == ["a", "b", "c"] && table[path: "c.d.e"] == .double(0.5))
    try table.set("c.d.f", .bool(true))
    #expect(try table.remove("c.d.e") && table[path: "c.d.f"] == .bool(true))
    #expect(try !table.remove("c.d.e") && !table.remove("absent.x"))
    #expect(try table.remove("b") && table.keys == ["a", "c"])
    #expect(before.keys == ["a", "b"] && before.int("a") == 1)
    #expect(try Tbl(validating: table.bytes) == table)
  }

  @Test func `a way through what is no table is refused, and nothing is lost`() throws {
    var table = try build { builder in
      builder.set("number", 1)
      builder.set("list", vector: [1, 2])
    }
    let before = table
    for path: Tbl.Path in ["number.x", "list.0", "list.x.y"] {
      let error = #expect(throws: TblError.self) { try table.set(path, .none) }
      #expect(error?.code == .notATable, "\(path)")
    }
    #expect(table == before)
  }

  @Test func `a way that is longer than tables can be nested is refused`() throws {
    var table = try build { $0.set("a", 1) }
    let before = table
    let path = Tbl.Path(parts: Array(repeating: "a", count: 100_000))
    let error = #expect(throws: TblError.self) { try table.set(path, .int(1)) }
    #expect(error?.code == .tooDeep && table == before)
    #expect(throws: TblError.self) { try table.set(Tbl.Path(parts: path.parts.suffix(257)), .none) }
    var deep = try build { _ in }
    try deep.set(Tbl.Path(parts: path.parts.suffix(256)), .int(1))
    #expect(try Tbl(validating: deep.bytes) == deep)
  }

  @Test func `edits of random documents are what a dictionary says`() throws {
    var random = seeded("edits of random documents are what a dictionary says")
    for _ in 0..<30 {
      var table = try RandomDocument(using: &random, depth: 2).table
      var model = Dictionary(
        uniqueKeysWithValues: table.entries.map { (Array($0.key.utf8), $0.value) })
      for _ in 0..<10 {
        let key = Bool.random(using: &random) ? table.keys.randomElement(using: &random) : nil
        let name = key ?? RandomDocument.text(using: &random)
        let path = Tbl.Path(parts: [name])
        if Bool.random(using: &random) {
          let value = Tbl.Value.int(Int64.random(in: 0...9, using: &random))
          try table.set(path, value)
          model[Array(name.utf8)] = value
        } else {
          // An own vector has indices, which are no keys.
          let isThere = model.removeValue(forKey: Array(name.utf8)) != nil
          if isThere { #expect(try table.remove(path)) }
        }
        #expect(try Tbl(validating: table.bytes) == table)
        let found = Dictionary(
          uniqueKeysWithValues: table.entries.map { (Array($0.key.utf8), $0.value) })
        #expect(found == model)
      }
    }
  }

  @Test func `tables are merged, everything else is replaced`() throws {
    func table(_ values: [(String, Tbl.Value)]) throws -> Tbl {
      try build { builder in for (key, value) in values { builder.set(key, value: value) } }
    }
    var first = try table([
      ("a", .int(1)), ("t", .table(table([("x", .int(1)), ("y", .int(2))]))), ("l", .ints([1, 2])),
    ])
    try first.merge(
      table([
        ("n", .int(9)), ("l", .ints([3])), ("t", .table(table([("y", .int(3)), ("z", .int(4))]))),
      ])
    )
    #expect(first.keys == ["a", "t", "l", "n"])
    #expect(first.table("t")?.keys == ["x", "y", "z"] && first[path: "t.y"] == .int(3))
    #expect(first.ints("l") == [3] && first.int("a") == 1)
    var own = try build { $0.setVector([1]) }
    try own.merge(build { $0.set("k", 1) })
    #expect(own.vector == .ints([1]) && own.int("k") == 1)
    try own.merge(build { $0.setVector([2.5]) })
    #expect(own.vector == .doubles([2.5]))
  }

  @Test func `merging a document with itself, or with nothing, changes nothing`() throws {
    var random = seeded("merging a document with itself, or with nothing, changes nothing")
    for _ in 0..<40 {
      let table = try RandomDocument(using: &random).table
      var merged = table
      try merged.merge(table)
      #expect(merged == table)
      try merged.merge(build { _ in })
      #expect(merged == table)
      var empty = try build { _ in }
      try empty.merge(table)
      #expect(empty == table)
    }
  }

  // MARK: In place

  @Test func `numbers change in place, as the types that they have`() throws {
    var table = try build { builder in
      builder.set("i8", Int8(1))
      builder.set("u64", UInt64(1))
      builder.set("f32", Float(1))
      builder.set("truth", false)
      builder.set("list", vector: [Int16(1), 2, 3])
      builder.set("truths", vector: [false, false])
      builder.set("text", "x")
    }
    let inner = table
    try table.set("inner", inner)
    let before = table
    try table.withMutableView { (view) throws in
      #expect(try view.set("i8", -128) && view.set("u64", UInt64.max) && view.set("f32", 0.25))
      #expect(try view.set("truth", true) && view.set("list.1", -2) && view.set("truths.1", true))
      #expect(try view.set("inner.list.2", 9.0) && view.set("inner.i8", UInt64(5)))
      #expect(try !view.set("absent", 1) && !view.set("list.3", 1))
      #expect(try view.view.int("i8") == -128)
    }
    #expect(
      table["i8"] == .int(-128) && table["u64"] == .uint(.max) && table["f32"] == .double(0.25))
    #expect(table["truth"] == .bool(true) && table.ints("list") == [1, -2, 3])
    #expect(table.bools("truths") == [false, true])
    #expect(table[path: "inner.list.2"] == .int(9) && table[path: "inner.i8"] == .int(5))
    #expect(before.int("i8") == 1 && before.bytes.count == table.bytes.count)
    #expect(try Tbl(validating: table.bytes) == table)
  }

  @Test func `what a type cannot hold is refused`() throws {
    var table = try build { builder in
      builder.set("i8", Int8(1))
      builder.set("u8", vector: [UInt8(1)])
      builder.set("f32", Float(1))
      builder.set("truth", true)
      builder.set("text", "x")
    }
    let before = table
    func refused(_ change: (inout Tbl.MutableView) throws(TblError) -> Void) -> Bool {
      failure { () throws(TblError) in
        try table.withMutableView { (view) throws(TblError) in try change(&view) }
      } == .wrongType
    }
    #expect(refused { (view) throws(TblError) in try view.set("i8", 128) })
    #expect(refused { (view) throws(TblError) in try view.set("i8", 0.5) })
    #expect(refused { (view) throws(TblError) in try view.set("u8.0", -1) })
    #expect(refused { (view) throws(TblError) in try view.set("u8", 1) })
    #expect(refused { (view) throws(TblError) in try view.set("f32", 0.1) })
    #expect(refused { (view) throws(TblError) in try view.set("truth", 1) })
    #expect(refused { (view) throws(TblError) in try view.set("i8", true) })
    #expect(refused { (view) throws(TblError) in try view.set("text", 1) })
    #expect(table == before)
  }

  @Test func `every number that f16 holds is taken for one, and none beside`() throws {
    func bits<T: Tbl.Scalar>(_ number: T) -> UInt64? { Tbl.TypeCode.float16.payload(of: number) }
    let wrong = (UInt16.min ... .max).filter { half in
      let number = Float(halfBits: half)
      // Quiet or not, what is not a number is none.
      let expected = UInt64(number.isNaN ? half | 0x200 : half)
      guard bits(number) == expected, bits(Double(number)) == expected else { return true }
      return number.isFinite && (bits(number.nextUp) ?? bits(Double(number).nextDown)) != nil
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(10))")
    #expect(bits(2048) == 0x6800 && bits(2049) == nil && bits(UInt8(1)) == 0x3C00)
    #expect(bits(65_504) == 0x7BFF && bits(65_520) == nil && bits(65_536) == nil)
    #expect(bits(Double.greatestFiniteMagnitude) == nil && bits(Int64.max) == nil)
  }

  #if !(os(macOS) && arch(x86_64))
    @Test func `halves change in place`() throws {
      var table = try build { builder in
        builder.set("half", Float16(1))
        builder.set("halves", vector: [Float16(1), 2, 3])
      }
      try table.withMutableView { (view) throws in
        #expect(try view.set("half", 1.5) && view.set("halves.1", -3))
      }
      #expect(table["half"] == .double(1.5) && table.floats("halves") == [1, -3, 3])
      #expect(try Tbl(validating: table.bytes) == table)
      let error = #expect(throws: TblError.self) {
        try table.withMutableView { (view) throws in _ = try view.set("half", 0.1) }
      }
      #expect(error?.code == .wrongType && error?.remedy == "choose a type that fits there")
    }
  #endif

  @Test func `a vector is lent to be changed`() throws {
    var table = try build { builder in
      builder.set("k", "odd")
      builder.set("values", vector: [1.0, 2, 3])
    }
    let sum = try table.withMutableView { (view) throws(TblError) in
      try view.withMutableSpan("values", of: Double.self) { (span) throws(TblError) in
        for index in span.indices { span[index] *= 2 }
        return span[0] + span[1] + span[2]
      }
    }
    #expect(sum == 12 && table.doubles("values") == [2, 4, 6])
    let none: Void? = try table.withMutableView { (view) throws(TblError) in
      try view.withMutableSpan("values", of: Float.self) { (_) throws(TblError) in () }
    }
    #expect(none == nil)
  }
}
