/// A place in text that the kernel wrote: fields separated by blanks, records by line ends.
///
/// Nothing is assumed of the text: a cursor never leaves it, and a number that is none is `nil`.
struct TextCursor {
  /// Offset of the next byte.
  private(set) var position = 0

  private static let space = UInt8(ascii: " ")
  private static let lineEnd = UInt8(ascii: "\n")

  /// Makes a cursor that stands at `position`.
  init(at position: Int = 0) { self.position = position }

  /// Whether the text is read to its end.
  func isAtEnd(of text: Span<UInt8>) -> Bool { position >= text.count }

  /// Moves past blanks.
  mutating func skipBlanks(in text: Span<UInt8>) {
    while position < text.count, Self.isBlank(text[position]) { position += 1 }
  }

  /// Moves past blanks and the field behind them.
  ///
  /// - Returns: Where the field stands; empty at the end of a line.
  @discardableResult
  mutating func field(in text: Span<UInt8>) -> Range<Int> {
    skipBlanks(in: text)
    let start = position
    while position < text.count, !Self.isBlank(text[position]), text[position] != Self.lineEnd {
      position += 1
    }
    return start..<position
  }

  /// Moves past `count` fields.
  mutating func skipFields(_ count: Int, in text: Span<UInt8>) {
    for _ in 0..<count { field(in: text) }
  }

  /// Moves past blanks and the decimal digits behind them.
  ///
  /// - Returns: The number; `nil` where no digit stands or 64 bits do not hold it.
  mutating func number(in text: Span<UInt8>) -> UInt64? {
    skipBlanks(in: text)
    let start = position
    var number: UInt64 = 0
    var fits = true
    while position < text.count {
      let digit = text[position] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      let (product, overflowed) = number.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(UInt64(digit))
      fits = fits && !overflowed && !carried
      number = sum
      position += 1
    }
    return position > start && fits ? number : nil
  }

  /// Moves past the end of the line.
  mutating func skipLine(in text: Span<UInt8>) {
    while position < text.count, text[position] != Self.lineEnd { position += 1 }
    position = min(position + 1, text.count)
  }

  /// Moves past `byte` if it is next.
  mutating func skip(_ byte: UInt8, in text: Span<UInt8>) -> Bool {
    guard position < text.count, text[position] == byte else { return false }
    position += 1
    return true
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == space || byte == UInt8(ascii: "\t")
  }
}

extension Span where Element == UInt8 {
  /// Whether the bytes of `range` are those of `text`.
  func matches(_ text: String, at range: Range<Int>) -> Bool {
    let expected = text.utf8Span.span
    guard range.count == expected.count else { return false }
    for index in expected.indices where self[range.lowerBound + index] != expected[index] {
      return false
    }
    return true
  }

  /// The bytes of `range` as text; what is not UTF-8 is replaced.
  func text(at range: Range<Int>) -> String {
    String(decoding: range.map { self[$0] }, as: UTF8.self)
  }
}
