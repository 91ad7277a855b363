import TestSupport
import Testing

@testable import Tbl

@Suite struct `Round trips` {
  @Test func `an empty table has no keys and no vector`() throws {
    let table = try build { _ in }
    #expect(table.bytes.count == 32)
    #expect(table.count == 0)
    #expect(table.keys == [])
    #expect(table.vector == nil)
    #expect(table.vectorShape == [])
    #expect(table["absent"] == nil)
    #expect(try Tbl(validating: table.bytes) == table)
  }

  @Test func `every number type keeps its extremes`() throws {
    try check(Int8.min, Int8.max, as: Tbl.Value.int)
    try check(Int16.min, Int16.max, as: Tbl.Value.int)
    try check(Int32.min, Int32.max, as: Tbl.Value.int)
    try check(Int64.min, Int64.max, as: Tbl.Value.int)
    try check(Int.min, Int.max, as: Tbl.Value.int)
    try check(UInt8.min, UInt8.max, as: Tbl.Value.uint)
    try check(UInt16.min, UInt16.max, as: Tbl.Value.uint)
    try check(UInt32.min, UInt32.max, as: Tbl.Value.uint)
    try check(UInt64.min, UInt64.max, as: Tbl.Value.uint)
    try check(UInt.min, UInt.max, as: Tbl.Value.uint)
  }

  private func check<T: Tbl.Scalar & FixedWidthInteger, Wide: FixedWidthInteger>(
    _ low: T, _ high: T, as wrap: (Wide) -> Tbl.Value
  ) throws {
    let table = try build { builder in
      builder.set("low", low)
      builder.set("high", high)
      builder.set("vector", vector: [low, 0, 1, high])
    }
    #expect(table["low"] == wrap(Wide(low)))
    #expect(table["high"] == wrap(Wide(high)))
    #expect(table.int("low") == Int64(exactly: low))
    #expect(table.uint("high") == UInt64(exactly: high))
    #expect(table.ints("vector") == (T.max > Int64.max ? nil : [Int64(low), 0, 1, Int64(high)]))
    #expect(try Tbl(validating: table.bytes) == table)
    try table.withView { view in
      guard let span = try view.span("vector", of: T.self) else {
        Issue.record("no span")
        return
      }
      let ends = [span[0], span[span.count - 1]]
      #expect(ends == [low, high])
    }
  }

  @Test func `vectors made on the spot arrive`() throws {
    // Literals live on the caller's stack, where an optimiser that errs about the callee drops
    // them.
    let number = Int64.random(in: 1...100)
    let text = String(number)
    let table = try build { builder in
      builder.setVector([number, number + 1])
      builder.set("numbers", vector: [number, number + 2])
      let numbers = [Double(number), 0.5]
      builder.set("span", vector: numbers.span)
      builder.set("bytes", bytes: [UInt8(number), 2])
      builder.set("truths", vector: [number > 0, number < 0])
      builder.set("texts", vector: [text, "x"])
      builder.set("value", value: .ints([number, 3]))
      builder.set("shaped", vector: [number, 1, 2, 3], shape: [Int(number) - Int(number) + 2, 2])
    }
    #expect(table.vector == .ints([number, number + 1]))
    #expect(table.ints("numbers") == [number, number + 2])
    #expect(table.doubles("span") == [Double(number), 0.5])
    #expect(table.bytes("bytes") == [UInt8(number), 2])
    #expect(table.bools("truths") == [true, false])
    #expect(table.strings("texts") == [text, "x"])
    #expect(table.ints("value") == [number, 3])
    #expect(table.shape("shaped") == [2, 2])
  }

  @Test func `floating point numbers keep every bit`() throws {
    let specials: [Double] = [
      0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .pi, 1e308,
    ]
    let table = try build { builder in
      builder.set("pi", Double.pi)
      builder.set("tenth", Float(0.1))
      builder.set("doubles", vector: specials)
      builder.set("floats", vector: specials.map { Float($0) })
    }
    #expect(table.double("pi") == .pi)
    #expect(table.double("tenth") == Double(Float(0.1)))
    #expect(table.doubles("doubles")?.map(\.bitPattern) == specials.map(\.bitPattern))
    #expect(
      table.floats("floats")?.map(\.bitPattern) == specials.map { Float($0).bitPattern })
    #expect(table.floats("doubles") == nil, "pi is no float")
    #expect(table.doubles("floats")?[6] == Double(Float(Double.pi)))
  }

  @Test func `every half widens to the float it equals`() throws {
    #if !(os(macOS) && arch(x86_64))
      let wrong = (UInt16.min...UInt16.max).filter { bits in
        let expected = Float(Float16(bitPattern: bits))
        let found = Float(halfBits: bits)
        return found.isNaN != expected.isNaN
          || !found.isNaN && found.bitPattern != expected.bitPattern
      }
      #expect(wrong == [])
    #endif
  }

  @Test func `numbers convert only where that is exact`() throws {
    let table = try build { builder in
      builder.set("minus", -1)
      builder.set("wide", UInt64.max)
      builder.set("odd", (1 << 53) + 1)
      builder.set("half", 0.5)
      builder.set("whole", 4.0)
      builder.set("huge", 0x1p64)
      builder.set("text", "4")
      builder.set("truth", true)
      builder.set("wholes", vector: [1.0, -2.0, -0.0])
      builder.set("nan", Double.nan)
    }
    #expect(table.uint("minus") == nil)
    #expect(table.int("wide") == nil)
    #expect(table.double("wide") == nil)
    #expect(table.double("odd") == nil)
    #expect(table.int("half") == nil)
    #expect(table.int("whole") == 4)
    #expect(table.uint("whole") == 4)
    #expect(table.int("huge") == nil)
    #expect(table.uint("huge") == nil)
    #expect(table.int("nan") == nil)
    #expect(table.int("text") == nil)
    #expect(table.int("truth") == nil)
    #expect(table.bool("minus") == nil)
    #expect(table.ints("wholes") == [1, -2, 0])
    #expect(table.uints("wholes") == nil)
    #expect(table.ints("minus") == nil, "a number is no vector")
  }

  @Test func `text, bytes and tables come back whole`() throws {
    let inner = try build { $0.set("x", 1) }
    let table = try build { builder in
      builder.set("", "empty key")
      builder.set("ключ 🔑", "значение")
      builder.set("none", "")
      builder.set("bytes", bytes: [0, 255, 3])
      builder.set("inner", inner)
      builder.setNil("nil")
      builder.set("truths", vector: [true, false, true])
      builder.set("texts", vector: ["", "a", "ёж", String(repeating: "long ", count: 100)])
      builder.set("tables", vector: [inner, inner])
    }
    #expect(table.string("") == "empty key")
    #expect(table.string("ключ 🔑") == "значение")
    #expect(table.string("none") == "")
    #expect(table.bytes("bytes") == [0, 255, 3])
    #expect(table.bytes("none") == nil)
    #expect(table.table("inner") == inner)
    #expect(table["nil"] == Tbl.Value.none)
    #expect(table.bools("truths") == [true, false, true])
    #expect(table.strings("texts")?.map(\.count) == [0, 1, 2, 500])
    #expect(table.tables("tables") == [inner, inner])
    #expect(table.shape("texts") == [4])
    #expect(table.shape("none") == nil)
    #expect(try Tbl(validating: table.bytes) == table)
  }

  @Test func `keys that differ only in normal form are two keys`() throws {
    let table = try build { builder in
      builder.set("e\u{301}", 1)
      builder.set("\u{E9}", 2)
    }
    #expect(table.int("e\u{301}") == 1)
    #expect(table.int("\u{E9}") == 2)
  }

  @Test func `empty vectors of every type come back empty`() throws {
    let table = try build { builder in
      builder.set("i8", vector: [Int8]())
      builder.set("f64", vector: [Double]())
      builder.set("bool", vector: [Bool]())
      builder.set("string", vector: [String]())
      builder.set("table", vector: [Tbl]())
      builder.set("shaped", vector: [Float](), shape: [3, 0])
      builder.setVector(values: [])
    }
    #expect(table.ints("i8") == [])
    #expect(table.doubles("f64") == [])
    #expect(table.bools("bool") == [])
    #expect(table.strings("string") == [])
    #expect(table.tables("table") == [])
    #expect(table.shape("shaped") == [3, 0])
    #expect(table.vector == .values([]))
    #expect(try Tbl(validating: table.bytes) == table)
  }

  @Test func `an own vector set last moves the keys and stands first`() throws {
    var builder = Tbl.Builder()
    builder.set("text", "abc")
    builder.set("numbers", vector: [1.0, 2.0])
    builder.setVector([Float](repeating: 1, count: 100))
    builder.setVector([UInt16](0..<5))
    let late = try builder.finish()
    let early = try build { builder in
      builder.setVector([UInt16](0..<5))
      builder.set("text", "abc")
      builder.set("numbers", vector: [1.0, 2.0])
    }
    #expect(late == early)
    #expect(late.vector == .uints([0, 1, 2, 3, 4]))
    #expect(late.string("text") == "abc")
    #expect(late.doubles("numbers") == [1, 2])
  }

  @Test func `a large vector is lent in place and validated`() throws {
    let numbers = (0..<1_000_000).map { Float($0) }
    let table = try build { $0.setVector(numbers, shape: [1000, 1000]) }
    #expect(table.vectorShape == [1000, 1000])
    #expect(try Tbl(validating: table.bytes).vector == .floats(numbers))
    try table.withView { view in
      guard let field = try view.vector(), let span = try field.span(of: Float.self) else {
        Issue.record("no span")
        return
      }
      let (count, last) = (field.count, span[999_999])
      #expect(count == 1_000_000)
      #expect(last == 999_999)
      let isOther = try field.span(of: Double.self) == nil
      #expect(isOther)
    }
  }

  @Test func `a span from an odd address is refused and can be copied instead`() throws {
    let table = try build { $0.set("v", vector: [1.5, 2.5]) }
    let shifted = [0] + table.bytes
    let view = try Tbl.View(shifted.span.extracting(droppingFirst: 1))
    try view.validate()
    do {
      _ = try view.span("v", of: Double.self)
      Issue.record("an unaligned span was lent")
    } catch {
      #expect(error.code == .misaligned)
    }
    let copied = try view.field("v")?.doubles()
    #expect(copied == [1.5, 2.5])
  }

  @Test func `random documents read as they were written`() throws {
    var random = seeded("random documents read as they were written")
    for _ in 0..<150 {
      let document = try RandomDocument(using: &random)
      let table = try Tbl(validating: document.table.bytes)
      #expect(table == document.table)
      #expect(table.keys == document.keys)
      #expect(table.vector == document.vector)
      for (index, key) in document.keys.enumerated() {
        #expect(table[key] == document.values[index])
        #expect(table.shape(key) ?? [] == document.shapes[index])
      }
      for absent in ["", "absent", RandomDocument.text(using: &random)]
      where !document.keys.contains(where: { $0.utf8.elementsEqual(absent.utf8) }) {
        #expect(table[absent] == nil)
      }
    }
  }

  @Test func `a vector of bytes keeps its elements`() throws {
    let parts = [[1, 2, 3], [], [255]].map { Tbl.Bytes($0) }
    let table = try build { builder in
      builder.set("parts", vector: parts)
      builder.set("grid", vector: parts + parts, shape: [2, 3])
      builder.setVector(parts)
    }
    #expect(table.byteStrings("parts") == parts.map(\.array))
    #expect(table.byteStrings("grid")?.count == 6 && table.shape("grid") == [2, 3])
    #expect(table.byteStrings("absent") == nil)
    #expect(try table.withView { try $0.vector()?.byteStrings() } == parts.map(\.array))
    #expect(try Tbl(validating: table.bytes) == table)
    let encoded = try Tbl.Encoder().encode(["parts": parts])
    #expect(encoded.byteStrings("parts") == parts.map(\.array))
  }
}
