/// The head of a request, checked.
///
/// **Concurrency.** An immutable value.
struct HTTPRequest: Hashable, Sendable {
  /// As it was sent; methods are case-sensitive.
  let method: String
  /// From the slash to the question mark, as it was sent.
  let path: String
  /// What follows the question mark, as it was sent; empty where there is none.
  let query: String
  /// Whether the client speaks HTTP/1.1; else it is 1.0.
  let isVersion11: Bool
  /// Names in lower case.
  let headers: [Header]

  struct Header: Hashable, Sendable {
    let name: String
    let value: String
  }

  /// The values of every header `name`, which is in lower case.
  func values(_ name: String) -> [String] {
    headers.filter { $0.name == name }.map(\.value)
  }

  /// Whether a body follows that this server does not read.
  var announcesBody: Bool {
    !values("transfer-encoding").isEmpty || values("content-length").contains { $0 != "0" }
  }

  /// Whether the client lets the connection stand after the answer.
  var keepsAlive: Bool {
    isVersion11
      && !values("connection").joined(separator: ",").split(separator: ",").contains {
        $0.trimmingSpaces.lowercased() == "close"
      }
  }

  /// The cookies of the name `name`, in the order in which they were sent.
  func cookies(_ name: String) -> [String] {
    values("cookie").flatMap { $0.split(separator: ";") }.compactMap { pair in
      let parts = pair.trimmingSpaces.split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return parts.count == 2 && parts[0] == name ? String(parts[1]) : nil
    }
  }

  /// The bytes of the query's first parameter `name`, or `nil` when there is none.
  func parameter(_ name: String) -> [UInt8]? {
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts[0] == name else { continue }
      return parts.count == 2 ? Self.percentDecoded(parts[1].utf8) : []
    }
    return nil
  }

  /// Decodes `%XX`; `nil` where two digits do not follow. A plus stays a plus.
  static func percentDecoded(_ text: Substring.UTF8View) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
      else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension StringProtocol {
  /// The text without spaces and tabs at its ends.
  var trimmingSpaces: SubSequence {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    guard let first = firstIndex(where: { !isBlank($0) }),
      let last = lastIndex(where: { !isBlank($0) })
    else { return self[endIndex...] }
    return self[first...last]
  }
}
