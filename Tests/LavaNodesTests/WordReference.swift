@testable import LavaNodes

/// Counts words as one would write it down first: scalar by scalar, with Unicode's properties.
///
/// Words are compared by their bytes: strings that are written differently may be equal.
enum WordReference {
  static func counts(_ text: String) -> [[UInt8]: UInt64] {
    var counts: [[UInt8]: UInt64] = [:]
    var word: [UInt8] = []
    func end() {
      if !word.isEmpty { counts[word, default: 0] += 1 }
      word = []
    }
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        .decimalNumber, .letterNumber, .otherNumber:
        word += Array(scalar.properties.lowercaseMapping.utf8)
      default: end()
      }
    }
    end()
    return counts
  }

  /// What the example prints.
  static func lines(_ counts: [[UInt8]: UInt64]) -> [String] {
    counts.sorted { left, right in
      left.value != right.value
        ? left.value > right.value : left.key.lexicographicallyPrecedes(right.key)
    }
    .map { "\($0.value) \(String(decoding: $0.key, as: UTF8.self))\n" }
  }
}

extension WordTable {
  /// The words and counts.
  var counts: [[UInt8]: UInt64] {
    Dictionary(
      uniqueKeysWithValues: (0..<count).map { (Array(word(at: $0).utf8), occurrences(at: $0)) })
  }

  /// The words of a text.
  init(of text: [UInt8]) {
    self.init(count: 1)
    countWords(of: text.span)
  }
}
