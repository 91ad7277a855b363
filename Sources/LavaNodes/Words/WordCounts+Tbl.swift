// The tbl of counted words: { schema, words, counts: [n] }, where `words` is one text of n lines, a
// word in each, in the order of first appearance and no word twice. One text costs a fifth of what
// a vector of texts does.

import SharedMemory
import Tbl

extension WordTable {
  /// Number of the version of the tbl.
  static let schema: UInt64 = 1

  /// The words and their counts as a tbl.
  ///
  /// - Throws: `TblError` when they exceed what a tbl holds.
  func tbl() throws(TblError) -> Tbl {
    var builder = Tbl.Builder()
    builder.set("schema", Self.schema)
    builder.set("words", String(decoding: text, as: UTF8.self))
    builder.set("counts", vector: (0..<count).map { UInt32(clamping: occurrences(at: $0)) })
    return try builder.finish()
  }

  /// Adds the words and counts of a tbl.
  ///
  /// - Returns: The sum of the counts.
  /// - Throws: ``MalformedPacket`` when a member is missing or of another type; `TblError`. Nothing
  ///   is added then.
  @discardableResult
  mutating func add(_ view: borrowing Tbl.View) throws -> UInt64 {
    let text = try view.requiredBytes("words")
    let lineCount = text.count { $0 == Self.separator }
    let counts = try view.requiredUInts("counts", count: lineCount)
    var start = 0
    var key = Key()
    var line = 0
    for position in text.indices {
      if text[position] != Self.separator {
        key.append(text[position])
        continue
      }
      count(key, in: text.span, at: start, fold: 0, occurrences: counts[line])
      key = Key()
      start = position + 1
      line += 1
    }
    return counts.reduce(0, &+)
  }
}
