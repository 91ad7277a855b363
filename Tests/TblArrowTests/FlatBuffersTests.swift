import Testing

@testable import TblArrow

/// The messages' own format: what is written is found again, aligned, and lies are told.
@Suite struct `FlatBuffers` {
  private func root(_ bytes: [UInt8]) throws(ArrowError) -> FlatTable {
    try FlatBuffer(bytes: bytes, range: 0..<bytes.count).root()
  }

  private let written = FlatBuilder.buffer(
    root: .table([
      .bool(true), .long(-2), nil, .string("é"), .short(-3), .pairs([(1, -1), (.max, .min)]),
      .table([.int(-4)]), .tables([.table([.byte(5)]), .table([])]),
    ]))

  @Test func `values of every kind are found by their slots`() throws {
    let table = try root(written)
    #expect(try table.bool(0))
    #expect(try table.number(1, default: Int64(0)) == -2)
    #expect(try table.number(2, default: Int64(7)) == 7)
    #expect(try table.string(3, limit: 2) == "é")
    #expect(try table.number(4, default: Int16(0)) == -3)
    let pairs = try table.vector(5, strideBytes: 16)
    #expect(pairs.count == 2)
    #expect(try pairs.pair(at: 1) == (.max, .min))
    #expect(try table.table(6)?.number(0, default: Int32(0)) == -4)
    let tables = try table.vector(7, strideBytes: 4)
    #expect(tables.count == 2)
    #expect(try tables.table(at: 0).number(0, default: UInt8(0)) == 5)
    #expect(try tables.table(at: 1).number(0, default: UInt8(9)) == 9)
    #expect(try table.number(8, default: UInt8(6)) == 6)
    #expect(try table.string(9, limit: 9) == nil)
    #expect(try table.vector(10, strideBytes: 4).count == 0)
  }

  @Test func `wide values are aligned`() throws {
    for padding in 0..<9 {
      let bytes = FlatBuilder.buffer(
        root: .table([
          .string(String(repeating: "x", count: padding)), .long(0x1122_3344_5566_7788),
          .pairs([(0x2233_4455_6677_8899, 0)]), .byte(1), .short(2), .int(0x0A0B_0C0D),
        ]))
      func place(of value: Int64) -> Int? {
        bytes.indices.dropLast(7).first { bytes.littleEndian(Int64.self, at: $0) == value }
      }
      #expect(place(of: 0x1122_3344_5566_7788).map { $0 % 8 } == 0)
      #expect(place(of: 0x2233_4455_6677_8899).map { $0 % 8 } == 0)
      let int = bytes.indices.dropLast(3).first {
        bytes.littleEndian(Int32.self, at: $0) == 0x0A0B_0C0D
      }
      #expect(int.map { $0 % 4 } == 0)
    }
  }

  @Test func `a text longer than allowed is refused`() throws {
    let table = try root(written)
    #expect(failure { () throws(ArrowError) in try table.string(3, limit: 1) }?.code == .corrupt)
  }

  /// Damages the word at `offset` in a table of one slot, whose offset leads to `node`.
  private func read<Result>(
    _ node: FlatNode, word: UInt32, at offset: Int,
    _ body: (FlatTable) throws(ArrowError) -> Result
  ) -> ArrowError? {
    var bytes = FlatBuilder.buffer(root: .table([node]))
    for index in 0..<4 { bytes[offset + index] = UInt8(word >> UInt32(8 * index) & 0xFF) }
    let damaged = bytes
    return failure { () throws(ArrowError) in try body(root(damaged)) }
  }

  @Test func `offsets, sizes and counts that lie are refused`() {
    // root 4 | vtable: 6, 8, 4 and padding | table at 12: back 8, offset 4 | at 20: what follows
    let text = FlatNode.string("abc")
    let read: (UInt32, Int) -> ArrowError? = { word, offset in
      self.read(text, word: word, at: offset) { table throws(ArrowError) in
        try table.string(0, limit: 100)
      }
    }
    #expect(read(12, 0) == nil)
    for root in [0, 3, 26, 0xFFFF_FFFF] as [UInt32] { #expect(read(root, 0) != nil) }
    for sizes in [0x0008_0003, 0x0008_0002, 0x0003_0006, 0x0100_0006, 0x0008_0100] as [UInt32] {
      #expect(read(sizes, 4) != nil)
    }
    for slot in [2, 5, 8, 0xFFFF] as [UInt32] { #expect(read(slot, 8) != nil) }
    for back in [13, 0x8000_0000, 0xFFFF_FF00] as [UInt32] { #expect(read(back, 12) != nil) }
    #expect(read(4, 16) == nil)
    for forward in [0, 3, 9, 0xFFFF_FFFF] as [UInt32] { #expect(read(forward, 16) != nil) }
    for length in [5, 0xFFFF_FFFF] as [UInt32] { #expect(read(length, 20) != nil) }

    // A table of two numbers that says it has 8 bytes, which is room for one.
    var short = FlatBuilder.buffer(root: .table([.int(4), .int(5)]))
    #expect(short[4..<8] == [8, 0, 12, 0])
    short[6] = 8
    let bytes = short
    let slot: (Int) -> ArrowError? = { slot in
      failure { () throws(ArrowError) in try self.root(bytes).number(slot, default: Int32(0)) }
    }
    #expect(slot(0) == nil)
    #expect(slot(1) != nil)

    let pairs = FlatNode.pairs([(1, 2)])
    let count: (UInt32) -> ArrowError? = { word in
      self.read(pairs, word: word, at: 20) { table throws(ArrowError) in
        try table.vector(0, strideBytes: 16).count
      }
    }
    #expect(count(1) == nil)
    #expect(count(2) != nil)
    #expect(count(0xFFFF_FFFF) != nil)
  }
}
