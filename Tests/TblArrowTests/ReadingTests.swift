import Foundation
import Tbl
import TestSupport
import Testing

@testable import TblArrow

/// What pyarrow wrote is read, and what has no place in a document is refused by name.
@Suite struct `Streams of pyarrow` {
  /// Checks the stream `name` against the document that it is, or the reason for which it is none.
  static func check(_ name: String, _ bytes: [UInt8]) throws {
    guard name.hasPrefix("refused ") else {
      let expected = try #require(try Expected.document(name), "'\(name)' is known")
      let found = try ArrowStream.decode(bytes)
      #expect(found == expected, "\(name)")
      return
    }
    let error = failure { () throws(ArrowError) in try ArrowStream.decode(bytes) }
    #expect(error?.code == .unsupported, "\(name)")
    let what = String(name.dropFirst("refused ".count))
    #expect(error?.reason.contains(what) == true, "\(name): \(error?.description ?? "read")")
    if what != "LZ4" && what != "ZSTD" { #expect(error?.place == "column 'strange'") }
  }

  @Test(arguments: arrowCorpus.map(\.name))
  func `are the documents that they should be`(name: String) throws {
    let stream = try #require(arrowCorpus.first { $0.name == name })
    try Self.check(name, Array(try #require(Data(base64Encoded: stream.base64))))
  }

  @Test func `are read without their end, and not with anything behind it`() throws {
    let stream = try ArrowStream.encode(try build { $0.set("n", vector: [1, 2]) })
    #expect(try ArrowStream.decode(Array(stream.dropLast(8))).ints("n") == [1, 2])
    let error = failure { () throws(ArrowError) in try ArrowStream.decode(stream + [0]) }
    #expect(error?.code == .corrupt)
  }

  @Test func `in a file need no end of their own`() throws {
    let stream = try #require(arrowCorpus.first { $0.name == "file" })
    var bytes = Array(try #require(Data(base64Encoded: stream.base64)))
    let length = Int(bytes.littleEndian(Int32.self, at: bytes.count - 10))
    let footer = bytes.count - 10 - length
    #expect(bytes[(footer - 8)..<footer] == [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0])
    bytes.removeSubrange((footer - 8)..<footer)
    try Self.check("file", bytes)
  }

  @Test func `are refused with the column's name when names stand twice`() throws {
    var stream = try ArrowStream.encode(
      try build { builder in
        builder.set("aa", vector: [1])
        builder.set("ab", vector: [2])
      })
    let at = try #require(stream.firstRange(of: Array("ab".utf8))).lowerBound
    stream[at + 1] = UInt8(ascii: "a")
    let error = failure { () throws(ArrowError) in try ArrowStream.decode(stream) }
    #expect(error?.code == .notADocument)
    #expect(error?.place == "key 'aa'")
  }

  @Test(arguments: ["", "A", "ARROW1", "hello world", "{\"a\": 1}", "\0\0\0\0"])
  func `are not any bytes`(text: String) {
    let error = failure { () throws(ArrowError) in try ArrowStream.decode(Array(text.utf8)) }
    #expect(error != nil)
    #expect(error?.description.hasPrefix("arrow, ") == true)
  }
}
