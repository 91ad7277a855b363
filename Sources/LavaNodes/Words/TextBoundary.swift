/// Where text may be cut without cutting a word.
enum TextBoundary {
  /// The last place in `text` that is certainly not inside a word: behind a scalar that separates
  /// words, or behind bytes that are not UTF-8.
  ///
  /// Such a place is found without knowing what stands before or behind the text: whatever begins
  /// there is decoded alike with and without the bytes before it, and the last bytes, which may be
  /// the beginning of a scalar whose rest is still to come, are passed by.
  ///
  /// - Returns: `nil` when there is none.
  /// - Complexity: O(bytes behind the result).
  static func last(in text: Span<UInt8>) -> Int? {
    var end = text.count
    while end > 0 {
      // A scalar begins at the last byte that is no continuation, at most 4 back.
      var start = end - 1
      while start > 0, end - start < 4, isContinuation(text[start]) { start -= 1 }
      let (scalar, length) = text.scalar(at: start)
      if let scalar, start + length == end {
        if WordScalars.role(of: scalar) == .separator { return end }
      } else if end < text.count, !isContinuation(text[end]) {
        return end
      }
      end = start
    }
    return nil
  }

  private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}
