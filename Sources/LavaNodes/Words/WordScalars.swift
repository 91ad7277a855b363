/// What words are made of.
///
/// A word is a maximal run of scalars whose general category is a letter (Lu, Ll, Lt, Lm, Lo) or a
/// number (Nd, Nl, No), each lower-cased by its own full mapping, without regard to its neighbours.
/// Everything else separates words: punctuation and `_`, also combining marks (Mn, Mc, Me) that
/// follow a letter without being composed with it, joiners, and bytes that are not UTF-8.
enum WordScalars {
  /// What a scalar is to a word.
  enum Role: Hashable {
    /// It separates words.
    case separator
    /// It belongs to a word, in which this scalar stands for it.
    case part(Unicode.Scalar)
    /// It belongs to a word, in which several scalars stand for it.
    case parts(String)
  }

  // Codes of `byteRoles` that are no byte of a word in lower case.
  /// A byte that separates words.
  static let separatorByte: UInt8 = 0
  /// A byte of a scalar of several bytes.
  static let longByte: UInt8 = 0xFF

  /// For each byte: the byte in lower case where it is an ASCII letter or digit, else a code.
  static let byteRoles: [UInt8] = (0...255).map { (byte: UInt8) in
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"): byte
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 32
    case 0x80...0xFF: longByte
    default: separatorByte
    }
  }

  // Codes of `lowerScalars` that are no scalar of a word.
  /// A scalar that separates words.
  static let separatorCode: UInt32 = 0
  /// A scalar for which several stand in a word.
  static let severalCode = UInt32.max

  /// For each scalar below U+10000 the one that stands for it in a word, or a code; made when the
  /// first text beyond ASCII is read, in some milliseconds.
  static let lowerScalars: [UInt32] = (0..<1 << 16).map { (value: UInt32) in
    guard let scalar = Unicode.Scalar(value) else { return separatorCode }
    switch role(of: scalar) {
    case .separator: return separatorCode
    case .part(let lower): return lower.value
    case .parts: return severalCode
    }
  }

  /// The role of a scalar, looked up in Unicode's properties.
  static func role(of scalar: Unicode.Scalar) -> Role {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber:
      let lower = scalar.properties.lowercaseMapping
      let scalars = lower.unicodeScalars
      guard let first = scalars.first, scalars.count == 1 else { return .parts(lower) }
      return .part(first)
    default:
      return .separator
    }
  }
}

extension Span where Element == UInt8 {
  /// Decodes the UTF-8 scalar that begins at `start`.
  ///
  /// - Returns: The scalar and how many bytes it has; no scalar and 1 where none begins.
  @inline(__always)
  func scalar(at start: Int) -> (scalar: Unicode.Scalar?, count: Int) {
    let lead = self[start]
    let length =
      switch lead {
      case 0..<0x80: 1
      case 0xC2..<0xE0: 2
      case 0xE0..<0xF0: 3
      case 0xF0..<0xF5: 4
      default: 0
      }
    guard length > 0, start + length <= count else { return (nil, 1) }
    if length == 1 { return (Unicode.Scalar(lead), 1) }
    var value = UInt32(lead & (0x7F >> UInt8(length)))
    for index in start + 1..<start + length {
      guard self[index] & 0xC0 == 0x80 else { return (nil, 1) }
      value = value << 6 | UInt32(self[index] & 0x3F)
    }
    let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x1_0000
    guard value >= least, let scalar = Unicode.Scalar(value) else { return (nil, 1) }
    return (scalar, length)
  }
}
