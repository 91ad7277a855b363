import Foundation
import TestSupport
import Testing

@testable import Tbl

/// `Documentation/TblFormat.md` and the code say the same.
@Suite struct `The written format` {
  private static let document: String = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return
      (try? String(contentsOf: root.appending(path: "Documentation/TblFormat.md"), encoding: .utf8))
      ?? ""
  }()

  /// The bytes of the fenced example `index`: lines of an offset, 8 bytes and a remark.
  static func example(_ index: Int) throws -> [UInt8] {
    let blocks = document.components(separatedBy: "```tbl\n").dropFirst()
    let block = try #require(blocks.dropFirst(index).first).components(separatedBy: "```")[0]
    return try block.split(separator: "\n").flatMap { line in
      let words = line.split(separator: " ")
      return try words[1...8].map { try #require(UInt8($0, radix: 16)) }
    }
  }

  @Test func `its example is what the builder writes, byte for byte`() throws {
    let expected = try Self.example(0)
    let table = try build { builder in
      var inner = Tbl.Builder()
      inner.set("ok", true)
      builder.setVector([UInt8(1), 2, 3, 4], shape: [2, 2])
      builder.set("name", "Lava")
      builder.set("rates", vector: [Float(0.5), 2])
      builder.set("tags", vector: ["a", "é"])
      builder.set("inner", inner)
      builder.set("count", Int32(-2))
    }
    #expect(table.bytes == expected)
    let read = try Tbl(validating: expected)
    #expect(
      try read.json(nonFinite: .null)
        == #"{"$vector":[[1,2],[3,4]],"name":"Lava","rates":[0.5,2.0],"tags":["a","é"],"#
        + #""inner":{"ok":true},"count":-2}"#)
  }

  @Test func `its empty example is what the builder writes`() throws {
    let expected = try Self.example(1)
    #expect(try Tbl.Builder().finish().bytes == expected)
  }

  @Test func `its example with strides is what the builder writes`() throws {
    let expected = try Self.example(2)
    let pixels: [UInt8] = [1, 2, 3, 255, 4, 5, 6]
    let image = try Tbl.Tensor(pixels.span, shape: [2, 3], strides: [4, 1])
    let table = try build { $0.setVector(tensor: image, keepingStrides: true) }
    #expect(table.bytes == expected)
    #expect(try Tbl(validating: expected).json(nonFinite: .null) == "[[1,2,3],[4,5,6]]")
  }

  @Test func `its content hashes hold`() throws {
    for (name, index) in [("the empty table it is", 1), ("canonical form", 0)] {
      let table = try Tbl(validating: Self.example(index))
      let digits = String(try table.contentHash(), radix: 16)
      let hash = String(repeating: "0", count: 16 - digits.count) + digits
      #expect(Self.document.contains("\(name)\n`\(hash)`"), "\(hash)")
    }
  }

  @Test(arguments: [
    "", "a", "schema", "nanoseconds", "sixteen bytes ok", "packets in and packets out",
  ])
  func `its table of hashes holds`(key: String) {
    let bytes = Array(key.utf8)
    let digits = String(keyHash(bytes.span.raw, seed: 0), radix: 16)
    let hash = String(repeating: "0", count: 8 - digits.count) + digits
    let name = key.isEmpty ? "(empty)" : "`\(key)`"
    #expect(Self.document.contains("| \(name) | \(hash) |"))
  }

  @Test func `every type code is the one it tables`() {
    let codes: [(Tbl.TypeCode, UInt8)] = [
      (.none, 0x00), (.bool, 0x01), (.string, 0x04), (.bytes, 0x05), (.table, 0x06),
      (.value, 0x07), (.int8, 0x10), (.int16, 0x11), (.int32, 0x12), (.int64, 0x13),
      (.uint8, 0x20), (.uint16, 0x21), (.uint32, 0x22), (.uint64, 0x23), (.float16, 0x31),
      (.float32, 0x32), (.float64, 0x33),
    ]
    #expect(codes.allSatisfy { $0.rawValue == $1 && Tbl.TypeCode(rawValue: $1) == $0 })
    let known = (UInt8.min...UInt8.max).filter { Tbl.TypeCode(rawValue: $0) != nil }
    #expect(known == codes.map(\.1))
    #expect(Set(codes.map(\.0.name)).count == codes.count)
  }
}
