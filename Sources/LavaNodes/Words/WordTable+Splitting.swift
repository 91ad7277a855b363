// Splits text into words, with a fast path for words of ASCII.

extension WordTable {
  /// Counts each word of a text; what is not UTF-8 in it separates words.
  ///
  /// - Complexity: O(bytes), amortized.
  mutating func countWords(of text: Span<UInt8>) {
    let roleTable = WordScalars.byteRoles
    let roles = roleTable.span
    var word: [UInt8] = []
    var position = 0
    while position < text.count {
      var role = roles[Int(text[position])]
      if role == WordScalars.separatorByte {
        position &+= 1
        continue
      }
      let start = position
      var key = Key()
      while role != WordScalars.separatorByte, role != WordScalars.longByte {
        key.append(role)
        position &+= 1
        role = position < text.count ? roles[Int(text[position])] : WordScalars.separatorByte
      }
      if role == WordScalars.longByte {
        position = countLongWord(of: text, at: start, roles: roles, word: &word)
      } else {
        count(key, in: text, at: start, fold: Self.asciiFold, occurrences: 1)
      }
    }
  }

  /// Counts the word at `start`, if one begins there, whatever its scalars.
  ///
  /// - Parameters:
  ///   - roles: ``WordScalars/byteRoles``.
  ///   - word: Room for the word in lower case.
  /// - Returns: The end of the word and of what separates words there.
  private mutating func countLongWord(
    of text: Span<UInt8>, at start: Int, roles: Span<UInt8>, word: inout [UInt8]
  ) -> Int {
    let lowerScalars = WordScalars.lowerScalars
    var key = Key()
    func append(_ byte: UInt8, _ key: inout Key, _ word: inout [UInt8]) {
      word.append(byte)
      key.append(byte)
    }
    word.removeAll(keepingCapacity: true)
    var position = start
    scan: while position < text.count {
      let role = roles[Int(text[position])]
      if role == WordScalars.separatorByte { break }
      if role != WordScalars.longByte {
        append(role, &key, &word)
        position &+= 1
        continue
      }
      let (scalar, length) = text.scalar(at: position)
      position &+= length
      guard let scalar else { break }
      var lower = WordScalars.severalCode
      if scalar.value < 1 << 16 { lower = lowerScalars[Int(scalar.value)] }
      switch lower {
      case WordScalars.separatorCode: break scan
      case 0x80..<0x800:
        append(0xC0 | UInt8(truncatingIfNeeded: lower &>> 6), &key, &word)
        append(0x80 | UInt8(truncatingIfNeeded: lower & 0x3F), &key, &word)
      case WordScalars.severalCode:
        switch WordScalars.role(of: scalar) {
        case .separator: break scan
        case .part(let scalar):
          for byte in UTF8.encode(scalar) ?? .init() { append(byte, &key, &word) }
        case .parts(let scalars): for byte in scalars.utf8 { append(byte, &key, &word) }
        }
      default:
        for byte in Unicode.Scalar(lower).flatMap(UTF8.encode) ?? .init() {
          append(byte, &key, &word)
        }
      }
    }
    if key.count > 0 {
      count(key, in: word.span, at: 0, fold: 0, occurrences: 1)
    }
    return position
  }
}
