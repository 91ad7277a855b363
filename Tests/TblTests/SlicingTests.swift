import TestSupport
import Testing

@testable import Tbl

@Suite struct `Parts of vectors` {
  private func isNil(_ field: borrowing Tbl.Field?) -> Bool { field == nil }

  /// Elements to a step along the first dimension.
  private func stepOf(_ field: borrowing Tbl.Field) throws -> Int {
    try field.shape().dropFirst().reduce(1, *)
  }

  /// A part beside the elements of the whole, then parts of the part down to `depth`.
  private func check(
    _ whole: borrowing Tbl.Field, _ random: inout SeededGenerator, _ depth: Int
  ) throws {
    let shape = try whole.shape()
    let lower = Int.random(in: 0...shape[0], using: &random)
    let range = lower..<Int.random(in: lower...shape[0], using: &random)
    guard let part = try whole.slicing(range) else {
      Issue.record("a vector of \(whole.type.name) has no part")
      return
    }
    let step = try stepOf(whole)
    let first = lower * step
    #expect(try part.shape() == [range.count] + shape.dropFirst())
    #expect(part.isVector && part.type == whole.type && part.count == range.count * step)
    for index in 0..<part.count {
      let element = try whole.element(at: first + index)
      #expect(try part.element(at: index).isEquivalent(to: element))
    }
    let elements = first..<(first + part.count)
    try checkCopies(part, whole, elements)
    try checkCopy(part)
    if depth > 0 { try check(part, &random, depth - 1) }
  }

  /// All that copies a vector out copies the part.
  private func checkCopies(
    _ part: borrowing Tbl.Field, _ whole: borrowing Tbl.Field, _ range: Range<Int>
  ) throws {
    #expect(try part.strings() == whole.strings().map { Array($0[range]) })
    #expect(try part.byteStrings() == whole.byteStrings().map { Array($0[range]) })
    #expect(try part.bools() == whole.bools().map { Array($0[range]) })
    #expect(try part.tables() == whole.tables().map { Array($0[range]) })
    if let numbers = try whole.ints() { #expect(try part.ints() == Array(numbers[range])) }
    if let numbers = try whole.uints() { #expect(try part.uints() == Array(numbers[range])) }
    let bits = try whole.doubles()?[range].map(\.bitPattern)
    if let bits { #expect(try part.doubles()?.map(\.bitPattern) == bits) }
    for index in 0..<part.count {
      #expect(try part.string(at: index) == whole.string(at: range.lowerBound + index))
    }
    guard whole.type == .int16 else { return }
    #expect(try copied(part.tensor(of: Int16.self)) == copied(whole.tensor(of: Int16.self), range))
    if let span = try part.span(of: Int16.self) {
      #expect(
        (0..<span.count).map { span[$0] } == (try copied(whole.tensor(of: Int16.self), range)))
    }
  }

  private func copied(_ tensor: Tbl.Tensor<Int16>?, _ range: Range<Int>? = nil) throws -> [Int16] {
    guard let tensor else { return [] }
    let all = tensor.copied()
    return Array(all[range ?? all.indices])
  }

  /// A copy of the part in another document is the same vector, and a valid one.
  private func checkCopy(_ part: borrowing Tbl.Field) throws {
    let part = copy part
    let table = try build { builder in
      builder.set("part", part)
      builder.setVector(part)
    }
    try Tbl(validating: table.bytes).withView { (view) throws in
      #expect(try view.vector()?.isEquivalent(to: part) == true)
      // Of values there is none below a key, but a table with it.
      guard let copy = try view.field("part") else { return }
      let inner = try copy.table()?.vector()
      #expect(
        try part.type == .value
          ? inner?.isEquivalent(to: part) == true : copy.isEquivalent(to: part))
    }
  }

  @Test func `of any vector and of its parts`() throws {
    var random = seeded("of any vector and of its parts")
    var (types, ranks): (Set<Tbl.TypeCode>, Set<UInt8>) = ([], [])
    for _ in 0..<(60 * scale) {
      let table = try TypedDocument.table(using: &random, depth: 1)
      try table.withView { (view) throws in
        if let own = try view.vector() {
          types.insert(own.type)
          try check(own, &random, 2)
        }
        for index in 0..<view.count {
          let field = try view.field(at: index)
          guard field.isVector else {
            #expect(try isNil(field.slicing(0..<0)))
            continue
          }
          types.insert(field.type)
          ranks.insert(field.record.rank)
          for _ in 0..<3 { try check(field, &random, 2) }
        }
      }
    }
    #expect(types.isSuperset(of: TypedDocument.fixed + [.string, .bytes, .table, .value]))
    #expect(ranks.isSuperset(of: [1, 2, 3, 4, 8]))
  }

  @Test func `of lists of every kind, by path and in place`() throws {
    let sensor = try build { $0.set("name", "left") }
    let mixed = try build { builder in
      builder.setVector(values: [.int(7), .string("x"), .table(sensor), .floats([0.5, 2])])
    }
    let table = try build { builder in
      builder.set(
        "a",
        try! build { inner in
          inner.set("names", vector: ["p", "", "é", "qrs"])
          inner.set("grid", vector: ["a", "b", "c", "d", "e", "f"], shape: [3, 2])
          inner.set("tables", vector: [sensor, mixed, sensor])
          inner.set("bytes", vector: [[1, 2], [], [3]].map { Tbl.Bytes($0) })
          inner.set("truths", vector: [true, false, true])
        })
      builder.set("mixed", mixed)
    }
    try table.withView { (view) throws in
      let names = try view.field(at: "a.names")?.slicing(1..<4)
      #expect(try names?.strings() == ["", "é", "qrs"])
      #expect(try names?.slicing(1..<2)?.string(at: 0) == "é")
      #expect(
        try view.field(at: "a.grid")?.slicing(1..<3)?.value() == .strings(["c", "d", "e", "f"]))
      #expect(try view.field(at: "a.grid")?.slicing(1..<2)?.shape() == [1, 2])
      #expect(try view.field(at: "a.tables")?.slicing(1..<2)?.tables() == [mixed])
      #expect(
        try view.field(at: "a.tables")?.slicing(2..<3)?.table(at: 0)?.string("name") == "left")
      #expect(try view.field(at: "a.bytes")?.slicing(1..<3)?.byteStrings() == [[], [3]])
      #expect(try view.field(at: "a.truths")?.slicing(1..<3)?.bools() == [false, true])
      #expect(try view.field(at: "a.truths")?.slicing(2..<3)?.element(at: 0).bool == true)
      let values = try view.table("mixed")?.vector()?.slicing(2..<4)
      #expect(try values?.value() == .values([.table(sensor), .floats([0.5, 2])]))
      #expect(try values?.value(at: 0)?.table()?.string("name") == "left")
      #expect(try view.field(at: "a.names")?.slicing(4..<4)?.strings() == [])
      #expect(try isNil(view.field(at: "mixed.0")?.slicing(0..<0)))
      #expect(try view.field(at: "a.names")?.slicing(1..<3)?.json() == #"["","é"]"#)
      let statistics = try view.field(at: "mixed.3")?.slicing(1..<2)?.statistics()
      #expect(statistics?.mean == 2)
    }
  }

  @Test func `a row of an image whose rows are apart can be lent as it lies`() throws {
    let image = try Tbl.Tensor([UInt8(1), 2, 3, 0, 4, 5, 6].span, shape: [2, 3], strides: [4, 1])
    let table = try build { $0.set("image", tensor: image, keepingStrides: true) }
    try table.withView { (view) throws in
      #expect(try view.span("image", of: UInt8.self)?.count == nil)
      let row = try view.field("image")?.slicing(1..<2)?.span(of: UInt8.self)
      #expect(row?.count == 3 && row?[0] == 4 && row?[2] == 6)
    }
  }

  @Test func `what is damaged behind a part is an error where it is read`() throws {
    var bytes = try build { $0.set("names", vector: ["ab", "cd", "ef"]) }.bytes
    let offsets = bytes.word(bytes.entriesOffset + 16)
    bytes.put(UInt32.max, at: offsets + 8)
    let view = try Tbl.View(bytes.span)
    let part = try view.field("names")?.slicing(1..<3)
    #expect(failure { () throws(TblError) in try part?.strings() } == .corrupt)
    #expect(failure { () throws(TblError) in try part?.string(at: 0) } == .corrupt)
    var countless = bytes
    countless.put(UInt32.max, at: bytes.entriesOffset + 20)
    let large = try Tbl.View(countless.span)
    #expect(
      failure { () throws(TblError) in
        try large.field("names")?.slicing(4_000_000_000..<4_000_000_001)?.count
      } == .corrupt)
  }
}
