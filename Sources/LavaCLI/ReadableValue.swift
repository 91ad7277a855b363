import SharedStructures
import SimDB
import Tbl

/// A value as people read it.
enum ReadableValue {
  /// Numbers and text as they are, a tbl as a tree, other bytes in hexadecimal.
  ///
  /// - Parameter limit: How much of a tbl is shown, as `--limit` says it.
  static func text(_ entry: Entry, limit: Int? = nil) -> String {
    text(entry.bytes, entry.type, limit: limit)
  }

  /// The same of bytes of a type.
  static func text(_ bytes: [UInt8], _ type: TypeID, limit: Int? = nil) -> String {
    if type == .tbl, let tbl = try? Tbl(validating: bytes) {
      return tbl.tree(Tbl.TreeLimits(limit: limit))
    }
    if let number = DescribedValue.number(bytes, type: type) { return number.lines.joined() }
    if type == .utf8 || type == .json, let text = String(validating: bytes, as: UTF8.self) {
      return text
    }
    return hexadecimal(bytes)
  }

  /// The same on one line, with what is not printable text written as in keys.
  static func line(_ entry: Entry) -> String { line(entry.bytes, entry.type) }

  /// The same of bytes of a type.
  static func line(_ bytes: [UInt8], _ type: TypeID) -> String {
    if type == .tbl, let tbl = try? Tbl(validating: bytes),
      let json = try? tbl.json(pretty: false, nonFinite: .null)
    {
      return json
    }
    if let number = DescribedValue.number(bytes, type: type) { return number.lines.joined() }
    return EscapedKey.text(bytes)
  }

  /// Sixteen bytes a line: offset, bytes, and the printable ones as text.
  static func hexadecimal(_ bytes: [UInt8]) -> String {
    stride(from: 0, to: bytes.count, by: 16).map { offset in
      let line = bytes[offset..<min(offset + 16, bytes.count)]
      let digits = line.map { pad(String($0, radix: 16), to: 2) }.joined(separator: " ")
      let text = line.map { (0x20...0x7e).contains($0) ? String(UnicodeScalar($0)) : "." }
      let padding = String(repeating: " ", count: 47 - digits.count)
      return "\(pad(String(offset, radix: 16), to: 8))  \(digits)\(padding)  \(text.joined())"
    }.joined(separator: "\n")
  }

  private static func pad(_ text: String, to width: Int) -> String {
    String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
