import Foundation
import TestSupport
import Testing

@testable import LavaNodes

@Suite struct ReadTextTests {
  static func pieces(
    _ paths: [String], chunkBytes: Int, progress: ReadProgress = ReadProgress()
  ) throws -> [[UInt8]] {
    var reader = try ReadText(paths: paths, chunkBytes: chunkBytes, progress: progress)
    var pieces: [[UInt8]] = []
    while let piece = try reader.nextPiece() { pieces.append(piece) }
    return pieces
  }

  @Test func `pieces are the text, and cut no word`() throws {
    var random = SeededGenerator()
    let folder = try Folder()
    for _ in 0..<60 {
      let text = WordTableTests.text(Int.random(in: 0...400, using: &random), using: &random)
      let path = try folder.write("text", text)
      let chunkBytes = Int.random(in: 1...64, using: &random)
      let pieces = try Self.pieces([path], chunkBytes: chunkBytes)
      #expect(Array(pieces.joined()) == Array(text.utf8), "seed \(random.seed)")
      var sum: [[UInt8]: UInt64] = [:]
      for piece in pieces { sum.merge(WordTable(of: piece).counts, uniquingKeysWith: +) }
      #expect(sum == WordReference.counts(text), "seed \(random.seed)")
    }
  }

  @Test func `what is not UTF-8 is replaced as String does, wherever pieces end`() throws {
    var random = SeededGenerator()
    let folder = try Folder()
    let parts: [[UInt8]] = [
      Array("word".utf8), Array(" ".utf8), Array("é".utf8), Array("中。".utf8), [0xFF], [0x80],
      [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xED, 0xA0, 0x80], [0xC3], Array("😀".utf8),
    ]
    for _ in 0..<200 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).flatMap { _ in
        parts.randomElement(using: &random)!
      }
      let path = try folder.write("text", bytes)
      let pieces = try Self.pieces([path], chunkBytes: Int.random(in: 1...40, using: &random))
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(Array(pieces.joined()) == Array(text.utf8), "seed \(random.seed), \(bytes)")
    }
  }

  @Test func `a cut is never inside a word or a scalar`() {
    var random = SeededGenerator()
    for _ in 0..<2_000 {
      let text = WordTableTests.text(Int.random(in: 0...20, using: &random), using: &random)
      let bytes = Array(text.utf8)
      let part = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
      guard let cut = TextBoundary.last(in: part.span) else { continue }
      let (head, tail) = (Array(bytes[..<cut]), Array(bytes[cut...]))
      #expect(String(validating: head, as: UTF8.self) != nil, "seed \(random.seed)")
      let sum = WordTable(of: head).counts.merging(WordTable(of: tail).counts, uniquingKeysWith: +)
      #expect(sum == WordReference.counts(text), "seed \(random.seed)")
    }
  }

  @Test func `no word goes from one file into the next`() throws {
    let folder = try Folder()
    let paths = [
      try folder.write("1", "one tw"), try folder.write("2", ""), try folder.write("3", "o three"),
    ]
    let pieces = try Self.pieces(paths, chunkBytes: 65_536)
    #expect(pieces.map { String(decoding: $0, as: UTF8.self) } == ["one tw", "o three"])
  }

  @Test func `a word longer than a piece stays whole, and pieces are small again behind it`() throws
  {
    let folder = try Folder()
    let long = String(repeating: "x", count: 5_000)
    let path = try folder.write("text", "a b " + long + " " + String(repeating: "c ", count: 9_000))
    let pieces = try Self.pieces([path], chunkBytes: 64).map { String(decoding: $0, as: UTF8.self) }
    #expect(pieces.contains { $0.contains(long) })
    #expect(pieces.suffix(5).allSatisfy { $0.utf8.count <= 64 })
  }

  @Test func `progress counts the bytes of all files`() throws {
    let folder = try Folder()
    let progress = ReadProgress()
    #expect(progress.fraction == nil)
    let paths = [try folder.write("1", "abc def"), try folder.write("2", "ghi")]
    _ = try Self.pieces(paths, chunkBytes: 64, progress: progress)
    #expect(progress.totalBytes == 10)
    #expect(progress.doneBytes == 10)
    #expect(progress.fraction == 1)
  }

  @Test func `a file that is not there, or a folder, is an error before anything is read`() throws {
    let folder = try Folder()
    let good = try folder.write("good", "text")
    let missing = #expect(throws: EnvironmentError.self) {
      try Self.pieces([good, folder.path + "/missing"], chunkBytes: 64)
    }
    #expect(missing?.code == .notFound)
    #expect(missing?.place == folder.path + "/missing")
    #expect(missing?.description.contains("check the path") == true)
    let directory = #expect(throws: EnvironmentError.self) {
      try Self.pieces([good, folder.path], chunkBytes: 64)
    }
    #expect(directory?.code == .wrongKind)
  }

  @Test func `a file that vanishes while others are read is an error`() throws {
    let folder = try Folder()
    let paths = [try folder.write("1", "one"), try folder.write("2", "two")]
    var reader = try ReadText(paths: paths, chunkBytes: 64, progress: ReadProgress())
    #expect(try reader.nextPiece() == Array("one".utf8))
    try FileManager.default.removeItem(atPath: paths[1])
    #expect(throws: EnvironmentError.self) { try reader.nextPiece() }
  }
}
