import Foundation
import TestSupport
import Testing

@testable import Tbl

/// A line of `damaged-documents.txt`: a document and what reading it must say.
struct DamagedLine {
  let title: String
  /// Code and place of the error.
  let failure: String
  let readers: String
  let bytes: [UInt8]

  static let file = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "damaged-documents.txt")

  static func all() throws -> [DamagedLine] {
    let text = try String(contentsOf: file, encoding: .utf8)
    return try text.components(separatedBy: "\n\n").dropFirst().map { part in
      let lines = part.split(separator: "\n")
      let words = lines[0].components(separatedBy: " | ")
      try #require(words.count == 3)
      let digits = lines.dropFirst().joined().unicodeScalars.map { String($0) }
      let bytes = try stride(from: 0, to: digits.count, by: 2).map { index in
        try #require(UInt8(digits[index] + digits[index + 1], radix: 16))
      }
      return DamagedLine(title: words[0], failure: words[1], readers: words[2], bytes: bytes)
    }
  }

  /// The file with these documents, with what this reader says of them.
  static func text(_ documents: [DamagedDocuments.Document]) -> String {
    var text = """
      # Documents with one thing wrong: what, the error of the reader in Swift, who refuses them, and
      # their bytes. Those of `lookups` are refused by who looks keys up in place, or validates.
      #
      # DamagedDocuments.swift makes them; `LAVA_RECORD=1 swift test --filter "Damaged documents"`
      # writes this file anew.

      """
    for document in documents {
      text += "\n\(document.title) | \(failure(document.bytes)) | \(document.readers.rawValue)\n"
      let digits = document.bytes.map { String($0 / 16, radix: 16) + String($0 % 16, radix: 16) }
      for start in stride(from: 0, to: digits.count, by: 48) {
        text += digits[start..<min(start + 48, digits.count)].joined() + "\n"
      }
    }
    return text
  }

  /// What this reader says of a document.
  static func failure(_ bytes: [UInt8]) -> String {
    do throws(TblError) {
      _ = try Tbl(validating: bytes)
      return "read"
    } catch {
      return "\(error.code.rawValue), \(error.place)"
    }
  }
}

@Suite struct `Damaged documents` {
  @Test func `each is refused, and for what is wrong with it`() throws {
    if ProcessInfo.processInfo.environment["LAVA_RECORD"] == "1" {
      let text = DamagedLine.text(try DamagedDocuments().documents)
      try Data(text.utf8).write(to: DamagedLine.file)
    }
    let lines = try DamagedLine.all()
    for line in lines {
      #expect(
        line.failure != "read" && DamagedLine.failure(line.bytes) == line.failure, "\(line.title)")
    }
    #expect(lines.count > 80)
  }

  @Test func `they are those that the generator makes`() throws {
    let made = try DamagedDocuments().documents
    let lines = try DamagedLine.all()
    #expect(lines.map(\.title) == made.map(\.title))
    #expect(Set(lines.map(\.title)).count == lines.count)
    for (line, document) in zip(lines, made) {
      #expect(line.bytes == document.bytes, "\(line.title)")
      #expect(line.readers == document.readers.rawValue, "\(line.title)")
    }
  }

  @Test func `they show every check of the header, of records and of whole documents`() throws {
    var reasons: Set<String> = []
    for line in try DamagedLine.all() {
      do throws(TblError) {
        _ = try Tbl(validating: line.bytes)
      } catch {
        reasons.insert(String(error.reason.replacing(/\d+/, with: "N")))
      }
    }
    // All but two: what is not aligned is not in its place either, which validation finds first.
    #expect(reasons.count == 26, "\(reasons.sorted().joined(separator: "\n"))")
  }
}
