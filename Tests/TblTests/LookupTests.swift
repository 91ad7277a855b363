import Testing

@testable import Tbl

/// Looking up compares every byte of a key, also where the hash promises that it is the one.
@Suite struct `Lookup of a key` {
  /// Maps that are scanned, and maps that have an index.
  @Test(arguments: [0, 20])
  func `a key of any length is found, and none that differs in a byte of it`(
    neighbors: Int
  ) throws {
    for length in 0...40 {
      let key = String(decoding: (0..<length).map { UInt8(97 + $0 % 26) }, as: UTF8.self)
      var builder = Tbl.Builder()
      for number in 0..<neighbors { builder.set("neighbor \(number)", number) }
      builder.set(key, -1)
      var bytes = try (consume builder).finish().bytes
      let offset = try Tbl.View(bytes.span).offset(ofKey: neighbors)
      #expect(try Tbl.View(bytes.span).int(key) == -1, "length \(length)")
      for index in 0..<length {
        bytes[offset + index] ^= 0x20
        #expect(try Tbl.View(bytes.span).int(key) == nil, "byte \(index) of \(length)")
        bytes[offset + index] ^= 0x20
      }
      #expect(try Tbl.View(bytes.span).int(key) == -1, "length \(length)")
    }
  }

  @Test(arguments: [0, 20])
  func `a key that ends where its table's values end is told from a damaged one`(
    neighbors: Int
  ) throws {
    var builder = Tbl.Builder()
    for number in 0..<neighbors { builder.set("neighbor \(number)", number) }
    builder.set("a", 1)
    var bytes = try (consume builder).finish().bytes
    let entries = try Tbl.View(bytes.span).layout.entries
    let place = entries + Layout.entryBytes * neighbors + Layout.keyOffset
    bytes.store(UInt32(entries - 1), at: place)
    #expect(try Tbl.View(bytes.span).int("a") == nil)
    for offset in [entries, entries + 8, 31, 0, Int(UInt32.max)] {
      bytes.store(UInt32(offset), at: place)
      #expect(throws: TblError(byte: place, "points outside its table")) {
        try Tbl.View(bytes.span).int("a")
      }
    }
  }
}

extension Tbl.View {
  /// Where the bytes of the key of entry `index` begin.
  fileprivate func offset(ofKey index: Int) -> Int {
    Int(
      bytes.load(
        UInt32.self, at: layout.entries + Layout.entryBytes * index + Layout.keyOffset))
  }
}
