import TestSupport
import Testing

@testable import Tbl

@Suite struct `Values by the number of their entry` {
  private static func bits(_ span: Span<Double>?) -> [UInt64]? {
    guard let span else { return nil }
    return (0..<span.count).map { span[$0].bitPattern }
  }

  private static func bits(_ tensor: Tbl.Tensor<Double>?) -> [UInt64]? {
    guard let tensor else { return nil }
    return tensor.copied().map(\.bitPattern)
  }

  private static func octets(_ bytes: RawSpan?) -> [UInt8]? {
    guard let bytes else { return nil }
    return bytes.copied(as: UInt8.self)
  }

  private static func document(_ view: Tbl.View?) -> [UInt8]? {
    guard let view else { return nil }
    return octets(view.document)
  }

  @Test func `are those of its key`() throws {
    var random = seeded("are those of its key")
    for _ in 0..<(40 * scale) {
      let random = try TypedDocument.table(using: &random, depth: 1)
      let table = try build { builder in
        builder.set("uuid", bytes: Array(0..<16))
        builder.set("text of 16 bytes", "0123456789abcdef")
        builder.set("time", Tbl.Timestamp(nanoseconds: 5))
        builder.set("doubles", vector: [1.5, 2])
        builder.set("random", random)
      }
      for table in [table, random] { try table.withView { (view) throws in try Self.check(view) } }
    }
  }

  private static func check(_ view: borrowing Tbl.View) throws {
    for index in 0..<view.count {
      let key = try view.key(at: index)
      #expect(try view.int(at: index) == view.int(key))
      #expect(try view.uint(at: index) == view.uint(key))
      #expect(try view.double(at: index)?.bitPattern == view.double(key)?.bitPattern)
      #expect(try view.bool(at: index) == view.bool(key))
      #expect(try view.string(at: index) == view.string(key))
      #expect(try octets(view.bytes(at: index)) == octets(view.bytes(key)))
      #expect(try document(view.table(at: index)) == document(view.table(key)))
      #expect(try view.timestamp(at: index) == view.timestamp(key))
      #expect(try view.uuid(at: index) == view.uuid(key))
      let spans = (
        bits(try view.span(at: index, of: Double.self)), bits(try view.span(key, of: Double.self))
      )
      #expect(spans.0 == spans.1)
      let tensors = (
        bits(try view.tensor(at: index, of: Double.self)),
        bits(try view.tensor(key, of: Double.self))
      )
      #expect(tensors.0 == tensors.1)
    }
  }

  @Test func `each type has its accessor, and nil of the others`() throws {
    let uuid = try #require(Tbl.UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"))
    let inner = try build { $0.set("x", 1) }
    let table = try build { builder in
      builder.set("uint", UInt64.max)
      builder.set("bool", true)
      builder.set("text", "sixteen bytes ok")
      builder.set("uuid", uuid)
      builder.set("table", inner)
      builder.set("numbers", vector: [Float(1), 2])
      builder.set("time", Tbl.Timestamp(nanoseconds: -7))
      builder.set("uuids", vector: [Tbl.Bytes(uuid.bytes), Tbl.Bytes([1])])
    }
    try table.withView { (view) throws in
      #expect(try view.uint(at: 0) == .max && view.int(at: 0) == nil)
      #expect(try view.bool(at: 1) == true && view.bool(at: 0) == nil)
      #expect(try view.string(at: 2) == "sixteen bytes ok" && view.uuid(at: 2) == nil)
      #expect(try Self.octets(view.bytes(at: 2)) == nil && Self.octets(view.bytes("text")) == nil)
      #expect(try Self.octets(view.bytes(at: 3)) == uuid.bytes)
      #expect(
        try view.uuid(at: 3) == uuid && view.uuid("uuid") == uuid && table.uuid("uuid") == uuid)
      #expect(try view.string(at: 3) == nil && view.uuid("absent") == nil)
      #expect(try view.table(at: 4)?.int("x") == 1)
      #expect(try view.span(at: 5, of: Float.self)?[1] == 2)
      #expect(try view.tensor(at: 5, of: Float.self)?.shape == [2])
      #expect(try view.timestamp(at: 6)?.nanoseconds == -7 && view.timestamp(at: 2) == nil)
      let uuids = try view.field(at: 7)
      #expect(try uuids.element(at: 0).uuid() == uuid && uuids.element(at: 1).uuid() == nil)
      #expect(try view.uuid(at: 7) == nil && view.field(at: 6).timestamp?.nanoseconds == -7)
    }
    #expect(table.uuid("text") == nil && table.timestamp("text") == nil)
  }

  @Test func `statistics by key are those of the field`() throws {
    var random = seeded("statistics by key are those of the field")
    let numbers = (0..<1000).map { _ in Double(Int.random(in: 0..<50, using: &random)) }
    let table = try build { builder in
      builder.set("numbers", vector: numbers)
      builder.set("text", "é")
    }
    let statistics = Tbl.Statistics(numbers.span)
    let quantiles = Tbl.Statistics.quantiles(of: numbers.span, [0, 0.5, 1])
    let mode = Tbl.Statistics.mode(of: numbers.span)
    let histogram = Tbl.Statistics.histogram(of: numbers.span, in: 0...50, count: 5)
    #expect(mode != nil && histogram.count == 5 && quantiles.count == 3)
    #expect(table.statistics("numbers") == statistics)
    #expect(table.quantiles("numbers", [0, 0.5, 1]) == quantiles)
    #expect(table.mode("numbers") == mode)
    #expect(table.histogram("numbers", in: 0...50, count: 5) == histogram)
    try table.withView { (view) throws in
      #expect(try view.statistics("numbers") == statistics)
      #expect(try view.quantiles("numbers", [0, 0.5, 1]) == quantiles)
      #expect(try view.mode("numbers") == mode)
      #expect(try view.histogram("numbers", in: 0...50, count: 5) == histogram)
      #expect(try view.statistics("text") == nil && view.quantiles("absent", [0]) == nil)
      #expect(try view.mode("text") == nil && view.histogram("absent", in: 0...1, count: 1) == nil)
    }
    #expect(table.statistics("absent") == nil && table.quantiles("text", [0]) == nil)
    #expect(table.mode("absent") == nil && table.histogram("text", in: 0...1, count: 1) == nil)
  }

  @Test func `a validated view is validated once, with all that is in it`() throws {
    let inner = try build { $0.set("x", vector: ["é"]) }
    var bytes = try build { $0.set("inner", inner) }.bytes
    #expect(try Tbl.View(bytes.span).isValidated == false)
    #expect(try Tbl.View(bytes.span).validated().isValidated)
    #expect(try Tbl.View(bytes.span).validated().table("inner")?.isValidated == true)
    #expect(
      try Tbl.View(bytes.span).validated().validated().field("inner")?.value() == .table(inner))
    bytes[bytes.entriesOffset] ^= 1
    #expect(
      failure { () throws(TblError) in _ = try Tbl.View(bytes.span).validated().count } == .corrupt)
  }
}
