import Tbl
import TestSupport

/// The documents that the streams of `arrow_peer.py` are, by the streams' names.
enum Expected {
  static func document(_ name: String) throws(TblError) -> Tbl? {
    switch name {
    case "numbers": try build(numbers)
    case "texts": try build(texts)
    case "nulls": try build(nulls)
    case "hidden": try build(hidden)
    case "times": try build(times)
    case "dictionaries": try build(dictionaries)
    case "sliced": try build(sliced)
    case "lists": try build(lists)
    case "structs": try build(structs)
    case "frame": try build(frame)
    case "empty": try build(empty)
    case "noBatches": try build(noBatches)
    case "noColumns": try build { _ in }
    case "file": try build(file)
    case "legacy":
      try build { $0.set("n", valid: [true, false]) { $0.set("values", vector: [Int8(1), 0]) } }
    default: nil
    }
  }

  private static func numbers(_ builder: inout Tbl.Builder) {
    func set<S: Tbl.Scalar & FixedWidthInteger, U: Tbl.Scalar & FixedWidthInteger>(
      _ bits: Int, _ signed: S.Type, _ unsigned: U.Type
    ) {
      builder.set("i\(bits)", vector: [S.min, S.max, 0])
      builder.set("u\(bits)", vector: [U.min, U.max, 7])
    }
    set(8, Int8.self, UInt8.self)
    set(16, Int16.self, UInt16.self)
    set(32, Int32.self, UInt32.self)
    set(64, Int64.self, UInt64.self)
    builder.set("f16", halfBits: [0xB800, 0x3E00, 0x4000])
    builder.set("f32", vector: [-0.5, 1.5, 2] as [Float])
    builder.set("f64", vector: [-0.5, 1.5, 2] as [Double])
  }

  private static func texts(_ builder: inout Tbl.Builder) {
    let words = ["a", "", "", "é😀", "words"]
    let blobs = byteStrings([[0xFF, 0], [], [], Array("abc".utf8), Array("xyz".utf8)])
    for name in ["utf8", "large"] {
      builder.set(name, valid: [true, true, false, true, true]) {
        $0.set("values", vector: words)
      }
    }
    for name in ["binary", "largeBinary"] {
      builder.set(name, valid: [true, false, true, true, true]) { $0.set("values", blobs) }
    }
    builder.set("fixed", valid: [true, false, true, true, true]) { table in
      let fixed = ["abc", "", "def", "ghi"].map { Array($0.utf8) } + [[0xFF, 0xFF, 0xFF]]
      table.set("values", byteStrings(fixed))
    }
    builder.set("plain", vector: ["p", "q", "r", "s", "ß"])
  }

  private static func nulls(_ builder: inout Tbl.Builder) {
    builder.set("late", valid: [true, true, false, true, false]) {
      $0.set("values", vector: [1, 2, 0, 4, 0] as [Int32])
    }
    builder.set("bools", valid: [true, false, true, false, true]) {
      $0.set("values", vector: [true, false, false, false, true])
    }
    builder.setNil("none")
    builder.set("half", valid: [false, true, true, false, true]) {
      $0.set("values", halfBits: [0, 0x3E00, 0x3800, 0, 0x4100])
    }
  }

  private static func hidden(_ builder: inout Tbl.Builder) {
    builder.set("ints", valid: [true, false, true]) {
      $0.set("values", vector: [1, 0, 3] as [Int16])
    }
    builder.set("words", valid: [true, false, true]) { $0.set("values", vector: ["a", "", "b"]) }
  }

  private static func times(_ builder: inout Tbl.Builder) {
    builder.set("second", "timestamp", "s", [0, -1] as [Int64])
    builder.set(
      "zoned", "timestamp", "ns", zone: "Europe/Berlin", [1, 0] as [Int64], valid: [true, false])
    builder.set("date32", "date", "day", [19000, 1] as [Int32])
    builder.set("date64", "date", "ms", [86_400_000, 0] as [Int64])
    builder.set("time32", "time", "ms", [5, 6] as [Int32])
    builder.set("time64", "time", "us", [7, 8] as [Int64])
    builder.set("duration", "duration", "us", [9, -9] as [Int64])
  }

  private static func dictionaries(_ builder: inout Tbl.Builder) {
    let words = ["green", "", "red", "", "blue", "blue", "cyan", "", "blue"]
    builder.set("words", valid: words.map { !$0.isEmpty }) { $0.set("values", vector: words) }
    builder.set("ints", vector: [10, 20, 10, 10, 20, 10, 10, 20, 10])
    builder.set("bools", vector: (0..<9).map { $0 % 3 == 1 })
    builder.setNil("nothing")
  }

  private static func sliced(_ builder: inout Tbl.Builder) {
    let rows = Array(3..<12) + [13]
    builder.set("ints", vector: rows.map { UInt16($0) })
    builder.set("words", vector: rows.map { "\($0)" })
    builder.set("bools", vector: rows.map { $0 % 3 == 0 })
    builder.set("sparse", valid: rows.map { $0 % 2 == 1 }) {
      $0.set("values", vector: rows.map { $0 % 2 == 1 ? Int8($0) : 0 })
    }
  }

  private static func lists(_ builder: inout Tbl.Builder) {
    builder.set("positions", vector: [1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    builder.set("matrices", vector: Array(1...8) as [UInt8], shape: [2, 2, 2])
    builder.set("words", vector: ["a", "b", "c", ""], shape: [2, 2])
    builder.set("sparse", valid: [false, true]) {
      $0.set("values", vector: [0, 0, 7, 8] as [Int16], shape: [2, 2])
    }
    builder.set("flags", vector: [true, false, true, false, false, false], shape: [2, 3])
  }

  private static func structs(_ builder: inout Tbl.Builder) {
    builder.set("point") { point in
      point.set("x", vector: [1.5, 2.5])
      point.set("name", valid: [true, false]) { $0.set("values", vector: ["a", ""]) }
    }
    builder.set("sparse", valid: [true, false]) { column in
      column.set("values") { $0.set("x", vector: [1, 0]) }
    }
    builder.set("mistakable") { column in
      column.set("values") { $0.set("values", vector: [1, 2]) }
    }
    builder.set("empty") { _ in }
  }

  private static func frame(_ builder: inout Tbl.Builder) {
    builder.set("city", valid: [true, true, false, true]) {
      $0.set("values", vector: ["Bonn", "Köln", "", "Bonn"])
    }
    builder.set("word", valid: [true, false, true, true]) {
      $0.set("values", vector: ["a", "", "c", "d"])
    }
    let mostly = [true, true, false, true]
    builder.set("when", "timestamp", "ns", [1, 2, 0, -1] as [Int64], valid: mostly)
    builder.set("number", valid: mostly) { $0.set("values", vector: [1, 2.5, 0, 4]) }
    builder.set("count", valid: [true, false, true, true]) {
      $0.set("values", vector: [1, 0, 3, 4])
    }
    builder.set("id", vector: [10, 20, 30, 40])
  }

  private static func empty(_ builder: inout Tbl.Builder) {
    builder.set("ints", vector: [] as [Int8])
    builder.set("words", vector: [] as [String])
  }

  private static func noBatches(_ builder: inout Tbl.Builder) {
    builder.set("ints", vector: [] as [Int8])
    builder.set("cat", vector: [] as [String])
    builder.set("pair", vector: [] as [Int8], shape: [0, 2])
  }

  private static func file(_ builder: inout Tbl.Builder) {
    builder.set("n", vector: [1, 2, 3])
    builder.set("w", valid: [true, true, false]) { $0.set("values", vector: ["x", "y", ""]) }
  }
}
