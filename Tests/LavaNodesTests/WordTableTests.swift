import Foundation
import Tbl
import TestSupport
import Testing

@testable import LavaNodes

@Suite struct WordTableTests {
  /// Scalars of all kinds, those that matter to words more often.
  static func text(_ count: Int, using random: inout SeededGenerator) -> String {
    let common: [Unicode.Scalar] = [
      "a", "B", "z", "Z", "0", "9", " ", "\n", "_", "'", "-", "é", "É", "ß", "Σ", "ς", "İ", "ı",
      "Ⱥ", "\u{301}", "\u{200D}", "中", "。", "٣", "²", "Ⅷ", "ǅ", "ﬁ", "𝔘", "𐐀", "😀", "\u{FEFF}",
      "\u{F900}", "\u{E000}", "\u{0}",
    ]
    var text = String.UnicodeScalarView()
    for _ in 0..<count {
      if Bool.random(using: &random) {
        text.append(common.randomElement(using: &random)!)
      } else if let scalar = Unicode.Scalar(UInt32.random(in: 0..<0x11_0000, using: &random)) {
        text.append(scalar)
      }
    }
    return String(text)
  }

  @Test func `words of random texts are those of the reference`() {
    var random = SeededGenerator()
    for _ in 0..<300 {
      let text = Self.text(Int.random(in: 0...300, using: &random), using: &random)
      #expect(
        WordTable(of: Array(text.utf8)).counts == WordReference.counts(text),
        "seed \(random.seed)")
    }
  }

  @Test func `bytes that are not UTF-8 separate words`() {
    var random = SeededGenerator()
    let bytes: [UInt8] = [
      0x61, 0x62, 0x20, 0x80, 0xBF, 0xC0, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xED, 0xA0, 0xF0, 0x90,
      0xF4, 0xF5, 0xFF, 0xD0, 0x96,
    ]
    for _ in 0..<2_000 {
      let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        bytes.randomElement(using: &random)!
      }
      let expected = WordReference.counts(String(decoding: text, as: UTF8.self))
      #expect(WordTable(of: text).counts == expected, "\(text)")
    }
  }

  @Test func `every scalar has the role that its category gives it`() {
    for value in 0..<0x11_0000 as Range<UInt32> {
      guard let scalar = Unicode.Scalar(value), value < 1 << 16 || value % 17 == 0 else { continue }
      let text = Array(String(scalar).utf8)
      let (decoded, count) = text.span.scalar(at: 0)
      guard decoded == scalar, count == text.count else {
        Issue.record("U+\(String(value, radix: 16)) is decoded wrongly")
        return
      }
      let isWord = WordTable(of: text).count == 1
      guard isWord == (WordScalars.role(of: scalar) != .separator) else {
        Issue.record("U+\(String(value, radix: 16)) has another role")
        return
      }
    }
  }

  @Test func `words of all lengths are told apart`() {
    // Equal but for one byte, at each place, across the groups of 8 that are mixed.
    for length in 1...40 {
      var words: [[UInt8]] = [Array(repeating: UInt8(ascii: "a"), count: length)]
      for place in 0..<length {
        var word = words[0]
        word[place] = UInt8(ascii: "b")
        words.append(word)
      }
      let text = Array(words.joined(separator: [UInt8(ascii: " ")]))
      let counts = WordTable(of: text + [UInt8(ascii: " ")] + text).counts
      #expect(counts.count == length + 1)
      #expect(counts.values.allSatisfy { $0 == 2 })
    }
  }

  @Test func `the ranking is that of the reference, whole and cut`() {
    var random = SeededGenerator()
    for _ in 0..<100 {
      let text = Self.text(Int.random(in: 0...200, using: &random), using: &random)
      let table = WordTable(of: Array(text.utf8))
      let lines = WordReference.lines(WordReference.counts(text))
      for limit in [0, 1, 2, 7, lines.count, .max] {
        let ranked = table.ranking(limit: limit).map { index in
          "\(table.occurrences(at: index)) \(table.word(at: index))\n"
        }
        #expect(ranked == Array(lines.prefix(limit)), "seed \(random.seed)")
      }
    }
  }

  @Test func `counts of pieces add up to those of the whole`() throws {
    var random = SeededGenerator()
    var sum = WordTable(count: 1)
    var whole = ""
    for _ in 0..<20 {
      let piece = Self.text(200, using: &random) + "\n"
      whole += piece
      let added = try WordTable(of: Array(piece.utf8)).tbl().withView { try sum.add($0) }
      #expect(added == WordReference.counts(piece).values.reduce(0, +))
    }
    #expect(sum.counts == WordReference.counts(whole), "seed \(random.seed)")
  }

  @Test func `a tbl whose counts do not fit its words is refused`() throws {
    var builder = Tbl.Builder()
    builder.set("words", "one\ntwo\n")
    builder.set("counts", vector: [UInt32(1)])
    let tbl = try builder.finish()
    var table = WordTable()
    #expect(throws: MalformedPacket.self) { try tbl.withView { try table.add($0) } }
    #expect(table.count == 0)
  }
}
