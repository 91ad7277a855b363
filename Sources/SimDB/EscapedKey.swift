/// Keys are bytes; people type and read text.
///
///     \xNN    a byte that is no printable text
///     \\      a backslash
///
/// **Concurrency.** A namespace.
public enum EscapedKey {
  /// The key as printable text on one line.
  ///
  /// - Returns: Text from which ``bytes(_:)`` makes the same key.
  /// - Complexity: O(bytes).
  public static func text(_ key: [UInt8]) -> String {
    guard let whole = String(validating: key, as: UTF8.self) else { return key.map(byte).joined() }
    return whole.unicodeScalars.map(scalar).joined()
  }

  /// The key that a person wrote.
  ///
  /// - Returns: The bytes that `text` stands for.
  /// - Complexity: O(bytes).
  public static func bytes(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let first = rest.popFirst() {
      if first == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "\\") {
        rest.removeFirst()
        bytes.append(first)
      } else if first == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x"), rest.count >= 3,
        let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)
      {
        rest = rest.dropFirst(3)
        bytes.append(value)
      } else {
        bytes.append(first)
      }
    }
    return bytes
  }

  private static func byte(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\\"): "\\\\"
    case 0x20...0x7e: String(UnicodeScalar(byte))
    default: hexadecimal(byte)
    }
  }

  private static func scalar(_ scalar: UnicodeScalar) -> String {
    if scalar == "\\" { return "\\\\" }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      return String(scalar).utf8.map(hexadecimal).joined()
    default: return String(scalar)
    }
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
