/// 256 bits that nobody guesses, as text that fits into an address or a cookie.
///
/// **Concurrency.** An immutable value.
struct Secret: Hashable, Sendable {
  private static let byteCount = 32

  /// 64 lower-case hexadecimal digits.
  let text: String

  /// Draws new bits from the system's randomness.
  init() {
    var generator = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdef")
    var text = ""
    for _ in 0..<Self.byteCount {
      let byte = UInt8.random(in: .min ... .max, using: &generator)
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    self.text = text
  }

  /// Whether `candidate` is the secret; takes as long for a wrong one of equal length as for it.
  func matches(_ candidate: some StringProtocol) -> Bool {
    guard candidate.utf8.count == text.utf8.count else { return false }
    var difference: UInt8 = 0
    for (ours, theirs) in zip(text.utf8, candidate.utf8) { difference |= ours ^ theirs }
    return difference == 0
  }
}
