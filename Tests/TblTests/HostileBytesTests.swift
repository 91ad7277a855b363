import TestSupport
import Testing

@testable import Tbl

/// Bytes that nobody's builder wrote: each gives an error or values, and never ends the process.
@Suite struct `Hostile bytes` {
  /// Touches everything that `view` leads to, at most `budget` values.
  ///
  /// Without `validate()` a document may share children, so that a walk needs a bound of its own.
  private static func walk(_ view: borrowing Tbl.View, _ budget: inout Int) throws(TblError) {
    if let vector = try view.vector() { try touch(vector, &budget) }
    for index in 0..<min(view.count, max(0, budget)) {
      let key = try view.key(at: index)
      if let field = try view.field(key) {
        try compare(field, view, key)
        try touch(field, &budget)
      }
      let field = try view.field(at: index)
      let (int, double) = (try view.int(at: index), try view.double(at: index)?.bitPattern)
      #expect(int == field.int && double == field.double?.bitPattern)
      try touch(field, &budget)
    }
    _ = try view.field("absent")
    _ = try view.field(at: "more.0")
    _ = try view.isEquivalent(to: view)
  }

  /// What looks at the entry of `key` once agrees with the way through its field.
  private static func compare(
    _ field: borrowing Tbl.Field, _ view: borrowing Tbl.View, _ key: String
  ) throws(TblError) {
    let (int, uint) = (try view.int(key), try view.uint(key))
    let double = try view.double(key)?.bitPattern
    #expect(int == field.int && uint == field.uint && double == field.double?.bitPattern)
    let (bool, text, same) = (try view.bool(key), try view.string(key), try field.string())
    #expect(bool == field.bool && text == same)
    let tables = (count(try view.table(key)), count(try field.table()))
    #expect(tables.0 == tables.1)
    let direct = outcome { () throws(TblError) in count(try view.span(key, of: Float.self)) }
    let through = outcome { () throws(TblError) in count(try field.span(of: Float.self)) }
    #expect(direct == through)
  }

  private static func count(_ table: Tbl.View?) -> Int? {
    guard let table else { return nil }
    return table.count
  }

  private static func count(_ span: Span<Float>?) -> Int? {
    guard let span else { return nil }
    return span.count
  }

  private static func outcome(_ body: () throws(TblError) -> Int?) -> Int? {
    do { return try body() } catch { return -1 }
  }

  private static func touch(
    _ field: borrowing Tbl.Field, _ budget: inout Int
  ) throws(TblError) {
    budget -= 1
    guard budget > 0 else { return }
    _ = (field.int, field.uint, field.double, field.bool, field.type.name)
    _ = try field.shape()
    _ = try field.bytes()?.byteCount
    _ = try field.string()
    _ = try field.ints()
    _ = try field.floats()
    _ = try field.strings()
    _ = try field.byteStrings()
    _ = try field.bools()
    _ = try field.tensor(of: Double.self)?.copied()
    if let length = try field.shape().first, length > 0 {
      guard let part = try field.slicing((length / 2)..<length) else { return }
      _ = try part.slicing(0..<1)?.value()
      _ = try (part.shape(), part.ints(), part.strings(), part.byteStrings(), part.bools())
      _ = try part.tensor(of: Double.self)?.copied()
    }
    if field.count > 0 && field.isVector { _ = try field.element(at: field.count - 1).value() }
    if let table = try field.table() { try walk(table, &budget) }
    for index in 0..<min(field.count, max(0, budget)) {
      _ = try field.string(at: index)
      if let table = try field.table(at: index) { try walk(table, &budget) }
      if let value = try field.value(at: index) { try touch(value, &budget) }
    }
    _ = try field.value()
  }

  /// Reads `bytes` in every way.
  ///
  /// - Returns: Whether they are a valid document.
  @discardableResult
  private static func read(_ bytes: [UInt8]) -> Bool {
    do throws(TblError) {
      var budget = 2000
      try walk(Tbl.View(bytes.span), &budget)
    } catch {
      #expect(!error.description.isEmpty)
    }
    guard let table = try? Tbl(validating: bytes) else { return false }
    // Valid bytes never fail: these would stop the process.
    #expect(table.isEquivalent(to: table))
    #expect((try? table.canonical())?.isEquivalent(to: table) == true)
    #expect((try? table.json(pretty: true, nonFinite: .null)) != nil)
    _ = table.description
    for key in table.keys { #expect(table[key] != nil) }
    return true
  }

  @Test func `every truncation and every extension is refused`() throws {
    var random = seeded("every truncation and every extension is refused")
    for _ in 0..<5 {
      let bytes = try RandomDocument(using: &random, depth: 1).table.bytes
      for length in 0..<bytes.count { #expect(!Self.read(Array(bytes[..<length]))) }
      #expect(!Self.read(bytes + [0]))
      #expect(!Self.read(bytes + [UInt8](repeating: 0, count: 8)))
    }
  }

  @Test func `every single flipped bit of a small document`() throws {
    let inner = try build { $0.set("x", 1) }
    let table = try build { builder in
      builder.setVector(values: [.int(1), .string("é"), .table(inner), .floats([1])])
      builder.set("text", "é")
      builder.set("numbers", vector: [1.0, 2, 3, 4], shape: [2, 2])
      builder.set("texts", vector: ["a", "bc"])
      builder.set("tables", vector: [inner, inner])
      builder.set("truths", vector: [true, false])
      builder.set("half", UInt16(7))
      if let tensor = try? Tbl.Tensor([Int16(1), 0, 2, 0, 3].span, shape: [3], strides: [2]) {
        builder.set("strides", tensor: tensor, keepingStrides: true)
      }
      for index in 0..<6 { builder.set("more-\(index)", index) }
    }
    #expect(Self.read(table.bytes))
    for bit in 0..<(8 * table.bytes.count) {
      var bytes = table.bytes
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      Self.read(bytes)
    }
  }

  @Test func `random damage to random documents`() throws {
    var random = seeded("random damage to random documents")
    for _ in 0..<60 {
      let original = try RandomDocument(using: &random, depth: 2).table.bytes
      guard original.count < 20_000 else { continue }
      for _ in 0..<40 {
        var bytes = original
        for _ in 0...Int.random(in: 0...3, using: &random) { bytes.damage(using: &random) }
        Self.read(bytes)
      }
    }
  }

  @Test func `random bytes behind a good header`() throws {
    var random = seeded("random bytes behind a good header")
    for _ in 0..<2000 {
      var bytes = [UInt8](repeating: 0, count: 8 * Int.random(in: 4...100, using: &random))
      for index in bytes.indices { bytes[index] = UInt8.random(in: 0...255, using: &random) }
      bytes.put(Layout.magic, at: 0)
      bytes.put(UInt32(1), at: 4)
      bytes.put(UInt32(bytes.count), at: 8)
      bytes.put(UInt32.random(in: 0...20, using: &random), at: 12)
      bytes.put(UInt32.random(in: 0...300, using: &random), at: 16)
      Self.read(bytes)
    }
  }

  @Test(arguments: [
    (0, UInt32(0x1A4C_4255), TblError.Code.notATbl), (4, 2, .unsupportedVersion),
    (4, 0x0002_0001, .unsupportedFeature), (4, 0x0001_0001, .corrupt), (8, 48, .wrongSize),
    (8, 0xFFFF_FFF8, .wrongSize),
    (12, 1, .corrupt), (12, .max, .corrupt), (16, 0x0001_0000, .corrupt), (16, 0x100, .corrupt),
    (20, 0x07, .corrupt), (20, 0x80, .corrupt), (20, 0x02, .corrupt), (24, 1, .corrupt),
    (20, 0x0001_01A0, .corrupt), (20, 0x09A0, .corrupt), (20, 0xA0, .corrupt),
  ])
  func `a header that lies`(offset: Int, word: UInt32, code: TblError.Code) throws {
    var bytes = try build { _ in }.bytes
    bytes.put(word, at: offset)
    #expect(failure { () throws(TblError) in try Tbl(validating: bytes) } == code)
    Self.read(bytes)
  }

  @Test func `harmless feature bits are ignored`() throws {
    var bytes = try build { $0.set("x", 1) }.bytes
    bytes[7] = 0xFF
    #expect(try Tbl(validating: bytes).int("x") == 1)
  }

  @Test func `a child that is shared by two keys is refused`() throws {
    let inner = try build { $0.set("x", 1) }
    var bytes = try build { builder in
      builder.set("a", inner)
      builder.set("b", inner)
    }.bytes
    let entries = bytes.entriesOffset
    let first = bytes.word(entries + 16)
    bytes.put(UInt32(first), at: entries + 24 + 16)
    #expect(failure { () throws(TblError) in try Tbl(validating: bytes) } == .corrupt)
    #expect(try Tbl.View(bytes.span).table("b")?.int("x") == 1, "single reads need no validation")
  }

  @Test func `a child cannot be its parent`() throws {
    let inner = try build { $0.set("x", 1) }
    var bytes = try build { $0.set("a", inner) }.bytes
    let entry = bytes.entriesOffset
    bytes.put(UInt32(0), at: entry + 16)
    bytes.put(UInt32(bytes.count), at: entry + 20)
    Self.read(bytes)
    #expect(failure { () throws(TblError) in try Tbl(validating: bytes) } == .corrupt)
  }

  @Test func `a walk over children that share their children ends`() throws {
    // Each level refers twice to the same child: 2^60 paths in some 8 KB.
    var table = try build { $0.set("x", 1) }
    for _ in 0..<60 {
      let inner = table
      var bytes = try build { builder in
        builder.set("a", inner)
        builder.set("b", Tbl.Builder())
      }.bytes
      let entries = bytes.entriesOffset
      bytes.put(UInt32(bytes.word(entries + 16)), at: entries + 24 + 16)
      bytes.put(UInt32(bytes.word(entries + 20)), at: entries + 24 + 20)
      table = Tbl(trusting: bytes)
    }
    #expect(
      failure { () throws(TblError) in try Tbl(validating: table.bytes) } == .corrupt)
    Self.read(table.bytes)
    // What compares two documents goes through them, as walks do.
    let honest = try build { $0.set("a", 1) }
    let bytes = table.bytes
    #expect(
      failure { () throws(TblError) in
        try Tbl.View(bytes.span).isEquivalent(to: Tbl.View(bytes.span))
      } == .corrupt)
    #expect(
      failure { () throws(TblError) in
        try honest.withView { (view) throws(TblError) in
          try view.isEquivalent(to: Tbl.View(bytes.span))
        }
      } == .corrupt)
  }

  @Test func `an index without an empty slot ends a lookup`() throws {
    var bytes = try build { builder in
      for index in 0..<9 { builder.set("key-\(index)", index) }
    }.bytes
    for slot in 0..<32 { bytes.put(UInt32(1), at: bytes.count - 4 * (32 - slot)) }
    #expect(try Tbl.View(bytes.span).int("absent") == nil)
    #expect(failure { () throws(TblError) in try Tbl(validating: bytes) } == .corrupt)
    for slot in 0..<32 { bytes.put(UInt32.max, at: bytes.count - 4 * (32 - slot)) }
    #expect(
      failure { () throws(TblError) in try Tbl.View(bytes.span).int("absent") } == .corrupt)
  }

  @Test func `twin keys, wrong hashes and hidden bytes are refused`() throws {
    let table = try build { builder in
      builder.set("ab", vector: [UInt8(1)])
      builder.set("cd", 2.0)
    }
    let entries = table.bytes.entriesOffset

    var wrongHash = table.bytes
    wrongHash[entries] ^= 1
    #expect(failure { () throws(TblError) in try Tbl(validating: wrongHash) } == .corrupt)

    var twins = table.bytes
    let keys = [twins.word(entries + 4), twins.word(entries + 28)]
    twins[keys[1]] = UInt8(ascii: "a")
    twins[keys[1] + 1] = UInt8(ascii: "b")
    twins.put(UInt32(twins.word(entries)), at: entries + 24)
    #expect(failure { () throws(TblError) in try Tbl(validating: twins) } == .corrupt)

    var hidden = table.bytes
    hidden[entries - 1] = 1
    #expect(failure { () throws(TblError) in try Tbl(validating: hidden) } == .corrupt)
  }

  @Test func `numbers beyond their type are refused when they are read`() throws {
    var bytes = try build { builder in
      builder.set("i8", Int8(-1))
      builder.set("bool", true)
    }.bytes
    let entries = bytes.entriesOffset
    bytes.put(UInt64(200), at: entries + 16)
    bytes.put(UInt64(2), at: entries + 24 + 16)
    #expect(failure { () throws(TblError) in try Tbl.View(bytes.span).int("i8") } == .corrupt)
    #expect(failure { () throws(TblError) in try Tbl.View(bytes.span).bool("bool") } == .corrupt)
  }
}
