/// Reads request heads out of the bytes of one connection (RFC 9112), strictly: what a browser
/// never sends is refused.
///
/// Pure: it is fed, and asked for the next head. It holds at most `maximumHeadBytes` and what one
/// reading added. Bodies are never read.
struct HTTPRequestParser {
  static let maximumHeadBytes = 16_384
  static let maximumHeaders = 100

  /// What the bytes so far come to.
  enum Outcome: Hashable {
    case incomplete
    case request(HTTPRequest)
    /// Nothing of the connection can be understood any more.
    case refused(HTTPStatus, String)
  }

  private var buffer: [UInt8] = []
  /// Before this there is no end of a head.
  private var scanned = 0

  /// Whether a head has begun.
  var isInsideHead: Bool { !buffer.isEmpty }

  /// Adds what the connection received.
  mutating func append(_ bytes: [UInt8]) { buffer.append(contentsOf: bytes) }

  /// The next head, taken out of the buffer.
  ///
  /// - Complexity: O(bytes since the last call).
  mutating func next() -> Outcome {
    skipEmptyLines()
    let end = endOfHead()
    guard let end, end <= Self.maximumHeadBytes else {
      return end != nil || buffer.count > Self.maximumHeadBytes
        ? .refused(.headTooLarge, "the request's head exceeds \(Self.maximumHeadBytes) bytes")
        : .incomplete
    }
    let head = Array(buffer[..<end])
    buffer.removeSubrange(..<(end + 4))
    scanned = 0
    return Self.parse(head)
  }

  /// Empty lines before a request are to be ignored.
  private mutating func skipEmptyLines() {
    var count = 0
    while count + 1 < buffer.count, buffer[count] == 0x0D, buffer[count + 1] == 0x0A { count += 2 }
    guard count > 0 else { return }
    buffer.removeSubrange(..<count)
    scanned = 0
  }

  /// Where the empty line begins that ends a head.
  private mutating func endOfHead() -> Int? {
    var position = max(0, scanned - 3)
    while position + 3 < buffer.count {
      if buffer[position] == 0x0D, buffer[position + 1] == 0x0A, buffer[position + 2] == 0x0D,
        buffer[position + 3] == 0x0A
      {
        return position
      }
      position += 1
    }
    scanned = buffer.count
    return nil
  }

  private static func parse(_ head: [UInt8]) -> Outcome {
    let lines = lines(of: head)
    let parts = lines[0].split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(isTokenByte) else {
      return .refused(.badRequest, "the request line is not METHOD TARGET VERSION")
    }
    guard parts[2].starts(with: Array("HTTP/".utf8)) else {
      return .refused(.badRequest, "the request names no HTTP version")
    }
    let version = text(parts[2].dropFirst(5))
    guard version == "1.1" || version == "1.0" else {
      return .refused(.versionNotSupported, "only HTTP/1.1 and HTTP/1.0 are spoken here")
    }
    guard parts[1].first == UInt8(ascii: "/"), parts[1].allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      return .refused(.badRequest, "the target is not a path of visible ASCII characters")
    }
    guard HTTPRequest.percentDecoded(text(parts[1])[...].utf8) != nil else {
      return .refused(.badRequest, "two hexadecimal digits follow each percent sign")
    }
    guard lines.count - 1 <= maximumHeaders else {
      return .refused(.headTooLarge, "the request has more than \(maximumHeaders) headers")
    }
    var headers: [HTTPRequest.Header] = []
    for line in lines.dropFirst() {
      guard let header = header(line) else {
        return .refused(.badRequest, "a header line is not NAME: VALUE")
      }
      headers.append(header)
    }
    let target = text(parts[1]).split(
      separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    return .request(
      HTTPRequest(
        method: text(parts[0]), path: String(target[0]),
        query: target.count > 1 ? String(target[1]) : "", isVersion11: version == "1.1",
        headers: headers))
  }

  /// The lines between CR LF; a CR or LF that stands alone stays, and is refused where it stands.
  private static func lines(of head: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var begin = 0
    var position = 0
    while position + 1 < head.count {
      if head[position] == 0x0D, head[position + 1] == 0x0A {
        lines.append(head[begin..<position])
        begin = position + 2
        position = begin
      } else {
        position += 1
      }
    }
    lines.append(head[begin...])
    return lines
  }

  private static func header(_ line: ArraySlice<UInt8>) -> HTTPRequest.Header? {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
      return nil
    }
    let name = line[..<colon]
    let value = line[(colon + 1)...]
    let isText: (UInt8) -> Bool = { $0 == 0x09 || (0x20...0x7E).contains($0) || $0 >= 0x80 }
    guard name.allSatisfy(isTokenByte), value.allSatisfy(isText) else { return nil }
    return HTTPRequest.Header(
      name: text(name).lowercased(), value: String(text(value).trimmingSpaces))
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
  }
}
