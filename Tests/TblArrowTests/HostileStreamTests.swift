import Foundation
import Tbl
import TestSupport
import Testing

@testable import TblArrow

/// Bytes that no writer wrote: each gives an error or a document, and never ends the process.
@Suite struct `Hostile streams` {
  private static let streams: [(name: String, bytes: [UInt8])] = arrowCorpus.compactMap { stream in
    Data(base64Encoded: stream.base64).map { (stream.name, Array($0)) }
  }

  /// Reads `bytes`, within what they may cost; a document that comes out must be valid.
  private static func read(_ bytes: [UInt8]) {
    do throws(ArrowError) {
      let table = try ArrowStream.decode(bytes)
      #expect(throws: Never.self) { try Tbl(validating: table.bytes) }
      #expect(table.bytes.count <= 66 * bytes.count + 1 << 20)
    } catch {
      #expect(!error.description.isEmpty)
    }
  }

  @Test(arguments: streams.map(\.name))
  func `every truncation`(name: String) throws {
    let bytes = try #require(Self.streams.first { $0.name == name }).bytes
    for length in stride(from: 0, to: bytes.count, by: 3) { Self.read(Array(bytes[..<length])) }
  }

  @Test func `every flipped bit of a small stream`() throws {
    let table = try build { builder in
      builder.set("n", valid: [true, false]) { $0.set("values", vector: [1, 2] as [Int16]) }
      builder.set("w", vector: ["a", "é"])
    }
    let bytes = try ArrowStream.encode(table)
    for bit in 0..<(8 * bytes.count) {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      Self.read(damaged)
    }
  }

  @Test(arguments: streams.map(\.name))
  func `random damage`(name: String) throws {
    var random = seeded("random damage to '\(name)'")
    let original = try #require(Self.streams.first { $0.name == name }).bytes
    for _ in 0..<100 {
      var bytes = original
      for _ in 0...Int.random(in: 0...3, using: &random) {
        let at = Int.random(in: 0..<(bytes.count / 4), using: &random) * 4
        switch Int.random(in: 0...5, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.put(UInt32.max, at: at)
        case 2: bytes.put(UInt32.random(in: 0...UInt32(bytes.count), using: &random), at: at)
        case 3: bytes.put(bytes.littleEndian(UInt32.self, at: at) &+ 8, at: at)
        case 4: bytes.put(bytes.littleEndian(UInt32.self, at: at) &- 1, at: at)
        default:
          // A part of the stream in another place.
          let length = min(Int.random(in: 1...64, using: &random), bytes.count - at)
          let from = Int.random(in: 0...(bytes.count - length), using: &random)
          bytes.replaceSubrange(at..<(at + length), with: bytes[from..<(from + length)])
        }
      }
      Self.read(bytes)
    }
  }

  /// A stream of a schema and batches that are given as they would be written.
  private func stream(
    _ fields: [ArrowField], _ batches: [(header: FlatNode, body: [UInt8])],
    kind: ArrowMessage.Kind = .recordBatch
  ) -> [UInt8] {
    let schema = ArrowSchema(fields).flat
    var bytes = message(.schema, schema, [])
    for batch in batches { bytes += message(kind, batch.header, batch.body) }
    return bytes
  }

  private func message(
    _ kind: ArrowMessage.Kind, _ header: FlatNode, _ body: [UInt8], version: Int16 = 4
  ) -> [UInt8] {
    let flat = FlatBuilder.buffer(
      root: .table([.short(version), .byte(kind.rawValue), header, .long(Int64(body.count))]))
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(Int32(-1))
    bytes.appendLittleEndian(Int32(flat.count))
    return bytes + flat + body
  }

  private func batch(
    rows: Int64, nodes: [(Int64, Int64)], buffers: [(Int64, Int64)]
  ) -> FlatNode {
    .table([.long(rows), .pairs(nodes), .pairs(buffers)])
  }

  private func code(_ bytes: [UInt8], maximumBytes: Int? = nil) -> ArrowError.Code? {
    failure { () throws(ArrowError) in
      try ArrowStream.decode(bytes, maximumBytes: maximumBytes)
    }?.code
  }

  @Test(arguments: [Int16.min, -1, 0, 2, 5, .max])
  func `messages of other versions are refused`(version: Int16) {
    let schema = ArrowSchema([]).flat
    #expect(code(message(.schema, schema, [], version: version)) == .unsupported)
    #expect(code(message(.schema, schema, [], version: 3)) == nil)
  }

  /// Each number of the schema at its extremes, where sums and products overflow.
  @Test(arguments: [Int64.min, .max, -1, 0x7FFF_FFFF, 0x7FFF_7FFF_7FFF_7FFF])
  func `every place of a message at an extreme`(value: Int64) throws {
    let names: Set = ["nulls", "dictionaries", "lists", "file"]
    for (name, original) in Self.streams where names.contains(name) {
      for at in stride(from: 0, to: original.count - 8, by: 2) {
        var bytes = original
        for width in [2, 4, 8] {
          for index in 0..<width {
            bytes[at + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
          }
          Self.read(bytes)
        }
      }
    }
  }

  @Test func `columns that share a buffer cost no more than is allowed`() {
    let count = 2000
    let body = [UInt8](repeating: 0, count: 1 << 16)
    let fields = (0..<count).map { index in
      ArrowField(name: "\(index)", isNullable: false, type: .int(bits: 8, signed: true))
    }
    let size = Int64(body.count)
    let header = batch(
      rows: size, nodes: Array(repeating: (size, 0), count: count),
      buffers: (0..<(2 * count)).map { $0 % 2 == 0 ? (0, 0) : (0, size) })
    let bytes = stream(fields, [(header, body)])
    #expect(code(bytes) == .tooLarge, "\(count * body.count) bytes of \(bytes.count)")
    #expect(code(bytes, maximumBytes: count * body.count) == nil)
    #expect(code(bytes, maximumBytes: count * body.count - 1) == .tooLarge)
  }

  /// A column of indices of 8 bits into a dictionary of one text.
  private func words(_ text: [UInt8], indices: [Int8]) -> [UInt8] {
    let schema = FlatNode.table([
      .short(0),
      .tables([
        .table([
          .string("w"), .bool(false), .byte(5), .table([]),
          .table([.long(3), .table([.int(8), .bool(true)])]), .tables([]),
        ])
      ]),
    ])
    var offsets: [UInt8] = []
    offsets.appendLittleEndian(Int32(0))
    offsets.appendLittleEndian(Int32(text.count))
    let values = batch(
      rows: 1, nodes: [(1, 0)], buffers: [(0, 0), (0, 8), (8, Int64(text.count))])
    let rows = Int64(indices.count)
    let header = batch(rows: rows, nodes: [(rows, 0)], buffers: [(0, 0), (0, rows)])
    return message(.schema, schema, [])
      + message(.dictionaryBatch, .table([.long(3), values]), offsets + text)
      + message(.recordBatch, header, indices.map { UInt8(bitPattern: $0) })
  }

  @Test func `indices of one long text cost no more than is allowed`() {
    let text = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
    #expect(code(words(text, indices: [Int8](repeating: 0, count: 1 << 16))) == .tooLarge)
    #expect(code(words(text, indices: [Int8](repeating: 0, count: 16))) == nil)
  }

  @Test(arguments: [Int8(1), 127, -1, -128])
  func `indices that lead nowhere are refused`(index: Int8) throws {
    let text = Array("ab".utf8)
    #expect(try ArrowStream.decode(words(text, indices: [0, 0])).strings("w") == ["ab", "ab"])
    let bytes = words(text, indices: [0, index])
    let error = failure { () throws(ArrowError) in try ArrowStream.decode(bytes) }
    #expect(error?.code == .corrupt)
    #expect(error?.description.hasPrefix("arrow, column 'w': row 1 is not in the dict") == true)
  }

  @Test func `a dictionary of a number that no column has is refused`() throws {
    #expect(try ArrowStream.decode(words([], indices: [])).strings("w") == [])
    var bytes = words([], indices: [0])
    // The number of the dictionary in its own message, the second one.
    let second = 8 + Int(bytes.littleEndian(Int32.self, at: 4)) + 8
    let number = try #require(
      bytes.indices.dropFirst(second).dropLast(8).first {
        bytes.littleEndian(Int64.self, at: $0) == 3
      })
    bytes[number] = 4
    #expect(code(bytes) == .corrupt)
  }

  @Test func `rows that need no bytes cost none`() throws {
    let rows = Int64(UInt32.max)
    let none = ArrowField(name: "n", isNullable: true, type: .null)
    let header = batch(rows: rows, nodes: [(rows, rows)], buffers: [])
    #expect(try ArrowStream.decode(stream([none], [(header, [])])).keys == ["n"])

    let wide = ArrowField(name: "b", isNullable: false, type: .fixedSizeBinary(0))
    let empty = batch(rows: rows, nodes: [(rows, 0)], buffers: [(0, 0), (0, 0)])
    #expect(code(stream([wide], [(empty, [])])) == .tooLarge)

    let item = ArrowField(name: "", isNullable: false, type: .int(bits: 8, signed: true))
    let list = ArrowField(name: "l", isNullable: false, type: .fixedSizeList(0), children: [item])
    let lists = batch(rows: rows, nodes: [(rows, 0), (0, 0)], buffers: [(0, 0), (0, 0), (0, 0)])
    let table = try ArrowStream.decode(stream([list], [(lists, [])]))
    #expect(table.shape("l") == [Int(rows), 0])
    // The same once more is more than a document counts.
    #expect(code(stream([list], [(lists, []), (lists, [])])) == .tooLarge)
    #expect(code(stream([none], [(header, []), (header, [])])) == .tooLarge)
  }

  @Test func `a product of dimensions that overflows is refused`() {
    var field = ArrowField(name: "", isNullable: false, type: .int(bits: 64, signed: true))
    for _ in 0..<7 {
      field = ArrowField(
        name: "l", isNullable: false, type: .fixedSizeList(Int(Int32.max)), children: [field])
    }
    let nodes = [(Int64, Int64)](repeating: (1, 0), count: 8)
    let header = batch(rows: 1, nodes: nodes, buffers: Array(repeating: (0, 0), count: 9))
    #expect(code(stream([field], [(header, [])])) == .corrupt)
    #expect(code(stream([field], [])) == nil)
    let eight = ArrowField(name: "l", isNullable: false, type: .fixedSizeList(1), children: [field])
    #expect(code(stream([eight], [])) == .unsupported)
  }

  @Test func `structs nest 64 levels and no more`() {
    var field = ArrowField(name: "x", isNullable: false, type: .int(bits: 8, signed: true))
    for _ in 0..<64 {
      field = ArrowField(name: "s", isNullable: false, type: .structure, children: [field])
    }
    #expect(code(stream([field], [])) == nil)
    field = ArrowField(name: "s", isNullable: false, type: .structure, children: [field])
    #expect(code(stream([field], [])) == .unsupported)
  }

  @Test func `fields that share their fields are refused`() throws {
    // Each level's two offsets are made to lead to the same field: 2^40 fields in a few thousand
    // bytes.
    var field = ArrowField(name: "x", isNullable: false, type: .null)
    for _ in 0..<40 {
      let twin = ArrowField(name: "y", isNullable: false, type: .null)
      field = ArrowField(name: "s", isNullable: false, type: .structure, children: [field, twin])
    }
    var bytes = stream([field], [])
    var shared = 0
    for at in stride(from: 8, to: bytes.count - 12, by: 4)
    where bytes.littleEndian(UInt32.self, at: at) == 2 {
      let first = bytes.littleEndian(UInt32.self, at: at + 4)
      guard first >= 8, Int(first) < bytes.count else { continue }
      bytes.put(first - 4, at: at + 8)
      shared += 1
    }
    #expect(shared >= 40)
    #expect(code(bytes) == .corrupt)
  }

  /// Of two texts in the bytes of "éx".
  @Test(arguments: [
    [0, 2, 3], [0, 3, 3], [0, 0, 3], [2, 3, 3], [3, 3, 3],
  ])
  func `offsets of texts`(offsets: [Int32]) {
    #expect(code(texts(offsets)) == nil)
  }

  @Test(arguments: [
    [0, 1, 3], [0, 1, 2], [1, 3, 3], [-1, 0, 2], [2, 0, 3], [0, 3, 2], [0, 0, 4], [0, 0, .max],
  ])
  func `offsets that lie`(offsets: [Int32]) {
    #expect(code(texts(offsets)) == .corrupt)
  }

  private func texts(_ offsets: [Int32]) -> [UInt8] {
    let field = ArrowField(name: "w", isNullable: false, type: .utf8(large: false))
    var body: [UInt8] = []
    for offset in offsets { body.appendLittleEndian(offset) }
    body += Array("éx".utf8)
    let header = batch(rows: 2, nodes: [(2, 0)], buffers: [(0, 0), (0, 12), (12, 3)])
    return stream([field], [(header, body)])
  }

  struct Lie: Sendable {
    var nodes: [(Int64, Int64)] = [(2, 0)]
    var buffers: [(Int64, Int64)] = [(0, 1), (0, 8)]
  }

  private static let lies = [
    Lie(buffers: [(0, 0), (0, 1)]), Lie(buffers: [(0, 0), (0, 9)]),
    Lie(buffers: [(0, 0), (-1, 2)]), Lie(buffers: [(0, 0), (7, 2)]),
    Lie(buffers: [(0, 0), (0, -1)]), Lie(buffers: [(0, 0), (.max, .max)]),
    Lie(buffers: [(0, 0)]), Lie(buffers: []), Lie(nodes: []), Lie(nodes: [(3, 0)]),
    Lie(nodes: [(2, 3)]), Lie(nodes: [(2, -2)]), Lie(nodes: [(2, 1)], buffers: [(0, 0), (0, 8)]),
  ]

  @Test(arguments: lies)
  func `nodes and buffers that lie`(lie: Lie) {
    let field = ArrowField(name: "n", isNullable: true, type: .int(bits: 8, signed: true))
    let body = [UInt8](repeating: 1, count: 8)
    let header = batch(rows: 2, nodes: lie.nodes, buffers: lie.buffers)
    #expect(code(stream([field], [(header, body)])) == .corrupt)
    let honest = batch(rows: 2, nodes: [(2, 1)], buffers: [(0, 1), (0, 2)])
    #expect(code(stream([field], [(honest, body)])) == nil)
  }

  @Test(arguments: [(-1, 0xFF), (1, 0xFF), (0, 0), (0, 0xFF)] as [(Int64, UInt8)])
  func `a bitmap without a null makes no column of nulls`(nulls: Int64, bits: UInt8) throws {
    let field = ArrowField(name: "n", isNullable: true, type: .int(bits: 8, signed: true))
    let header = batch(rows: 2, nodes: [(2, nulls)], buffers: [(0, 1), (0, 2)])
    let table = try ArrowStream.decode(stream([field], [(header, [bits, 5])]))
    #expect(table.ints("n") == [Int64(Int8(bitPattern: bits)), 5])
  }
}

extension [UInt8] {
  /// Replaces the bytes at `offset` by `value`, little-endian.
  fileprivate mutating func put(_ value: UInt32, at offset: Int) {
    for index in 0..<4 {
      self[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index))
    }
  }
}
