/// Where text may be cut without cutting a word.
enum TextBoundary {
  /// The end of the last scalar of `text` that separates words.
  ///
  /// What is not UTF-8 is passed by, for it may be the beginning of a scalar whose rest is still to
  /// come. A whole scalar is one whatever stands before it, so replacing what is not UTF-8 afterwards
  /// gives the same text as replacing it before.
  ///
  /// - Returns: `nil` when there is none.
  /// - Complexity: O(bytes behind the result).
  static func last(in text: Span<UInt8>) -> Int? {
    var end = text.count
    while end > 0 {
      // A scalar begins at the last byte that is no continuation, at most 4 back.
      var start = end - 1
      while start > 0, end - start < 4, text[start] & 0xC0 == 0x80 { start -= 1 }
      let (scalar, length) = text.scalar(at: start)
      if let scalar, start + length == end, WordScalars.role(of: scalar) == .separator { return end }
      end = start
    }
    return nil
  }
}
