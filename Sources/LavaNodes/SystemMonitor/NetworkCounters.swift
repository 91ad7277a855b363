/// What came in and went out over each network interface since it was set up.
struct NetworkCounters: Hashable, Sendable {
  /// Names of the interfaces.
  var names: [String] = []
  /// Bytes received over each.
  var receivedBytes: [UInt64] = []
  /// Bytes sent over each.
  var sentBytes: [UInt64] = []

  /// Adds an interface.
  mutating func append(name: String, receivedBytes: UInt64, sentBytes: UInt64) {
    names.append(name)
    self.receivedBytes.append(receivedBytes)
    self.sentBytes.append(sentBytes)
  }

  /// Reads the text of `/proc/net/dev`: two lines of headings, then an interface in each line,
  /// whose name ends with a colon that the first number may follow at once.
  ///
  /// Interfaces that never carried a byte are left out.
  static func parse(_ text: Span<UInt8>) -> NetworkCounters {
    var result = NetworkCounters()
    var cursor = TextCursor()
    while !cursor.isAtEnd(of: text) {
      if let name = cursor.name(in: text) {
        let received = cursor.number(in: text)
        cursor.skipFields(7, in: text)
        let sent = cursor.number(in: text)
        if let received, let sent, received > 0 || sent > 0 {
          result.append(name: name, receivedBytes: received, sentBytes: sent)
        }
      }
      cursor.skipLine(in: text)
    }
    return result
  }
}

extension TextCursor {
  /// Moves past a name and the colon behind it, the last of the field: names may hold colons.
  ///
  /// - Returns: The name; `nil` in a line of headings.
  fileprivate mutating func name(in text: Span<UInt8>) -> String? {
    let field = field(in: text)
    guard let colon = field.last(where: { text[$0] == UInt8(ascii: ":") }) else { return nil }
    self = TextCursor(at: colon + 1)
    return text.text(at: field.lowerBound..<colon)
  }
}
