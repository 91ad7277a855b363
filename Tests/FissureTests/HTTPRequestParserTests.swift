import TestSupport
import Testing

@testable import Fissure

@Suite struct HTTPRequestParserTests {
  func outcome(_ text: String) -> HTTPRequestParser.Outcome {
    var parser = HTTPRequestParser()
    parser.append(Array(text.utf8))
    return parser.next()
  }

  func request(_ text: String) throws -> HTTPRequest {
    let outcome = outcome(text)
    var found: HTTPRequest?
    if case .request(let request) = outcome { found = request }
    return try #require(found, "\(outcome)")
  }

  @Test func `a request is taken apart`() throws {
    let request = try request(
      "GET /api/v1/value?key=a%2Fb&x=1 HTTP/1.1\r\nHost: here:1\r\nX-Two: \t a b \t\r\nx-two:\r\n"
        + "Cookie: a=1; b=2;a=3\r\n\r\n")
    #expect(request.method == "GET")
    #expect(request.path == "/api/v1/value")
    #expect(request.query == "key=a%2Fb&x=1")
    #expect(request.parameter("key") == Array("a/b".utf8))
    #expect(request.parameter("x") == Array("1".utf8))
    #expect(request.parameter("y") == nil)
    #expect(request.values("host") == ["here:1"])
    #expect(request.values("x-two") == ["a b", ""])
    #expect(request.cookies("a") == ["1", "3"])
    #expect(request.keepsAlive)
    #expect(!request.announcesBody)
  }

  @Test func `the connection stays as the version and the client say`() throws {
    #expect(try request("GET / HTTP/1.1\r\n\r\n").keepsAlive)
    #expect(try !request("GET / HTTP/1.0\r\n\r\n").keepsAlive)
    #expect(try !request("GET / HTTP/1.1\r\nConnection: foo, Close\r\n\r\n").keepsAlive)
    #expect(try request("GET / HTTP/1.1\r\nConnection: keep-alive\r\n\r\n").keepsAlive)
  }

  @Test func `a head may arrive in any pieces, and the next one behind it`() {
    let text = "GET /one HTTP/1.1\r\nHost: a\r\n\r\n\r\nHEAD /two HTTP/1.0\r\n\r\n"
    let bytes = Array(text.utf8)
    for first in 0...bytes.count {
      for second in stride(from: first, through: bytes.count, by: 7) {
        var parser = HTTPRequestParser()
        var paths: [String] = []
        for piece in [bytes[..<first], bytes[first..<second], bytes[second...]] {
          parser.append(Array(piece))
          while case .request(let request) = parser.next() { paths.append(request.path) }
        }
        #expect(paths == ["/one", "/two"])
        #expect(parser.next() == .incomplete)
      }
    }
  }

  @Test(arguments: [
    "GET\r\n\r\n", "GET /\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1 \r\n\r\n",
    " GET / HTTP/1.1\r\n\r\n", "G(T / HTTP/1.1\r\n\r\n", "GET x HTTP/1.1\r\n\r\n",
    "GET http://127.0.0.1/ HTTP/1.1\r\n\r\n", "GET * HTTP/1.1\r\n\r\n", "GET / FTP/1.1\r\n\r\n",
    "GET /é HTTP/1.1\r\n\r\n", "GET /%2 HTTP/1.1\r\n\r\n", "GET /?%xx HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost\r\n\r\n", "GET / HTTP/1.1\r\nHo st: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "GET / HTTP/1.1\r\n: a\r\n\r\n",
    "GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", "GET / HTTP/1.1\r\nA: b\u{0}\r\n\r\n",
    "GET / HTTP/1.1\r\nA: b\nHost: c\r\n\r\n", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
    "GET / HTTP/1.1\nHost: a\r\n\r\n", "\u{1}\u{2}\r\n\r\n", "\n\r\n\r\n",
  ])
  func `what no browser sends is refused`(text: String) {
    guard case .refused(.badRequest, _) = outcome(text) else {
      Issue.record("\(outcome(text))")
      return
    }
  }

  @Test func `other versions are named`() {
    for version in ["2", "0.9", "1.11", "", "1.1.1"] {
      guard case .refused(.versionNotSupported, _) = outcome("GET / HTTP/\(version)\r\n\r\n") else {
        Issue.record("version \(version)")
        continue
      }
    }
  }

  @Test func `a head has a greatest size, complete or not`() {
    let line = "A: " + String(repeating: "b", count: HTTPRequestParser.maximumHeadBytes)
    for text in ["GET / HTTP/1.1\r\n\(line)", "GET / HTTP/1.1\r\n\(line)\r\n\r\n"] {
      guard case .refused(.headTooLarge, _) = outcome(text) else {
        Issue.record("\(text.utf8.count) bytes")
        continue
      }
    }
    let many = String(repeating: "A: b\r\n", count: HTTPRequestParser.maximumHeaders + 1)
    guard case .refused(.headTooLarge, _) = outcome("GET / HTTP/1.1\r\n\(many)\r\n") else {
      Issue.record("too many headers")
      return
    }
  }

  @Test func `random and scribbled bytes never stop it`() {
    var random = SeededGenerator()
    let good = Array("GET /a?b=%41 HTTP/1.1\r\nHost: h:1\r\nCookie: a=b; c=d\r\n\r\n".utf8)
    let alphabet = Array("GET /?%&=:;,. HTTP/1.1\r\n\r\nHost\t\u{0}".utf8) + [0xC3, 0xFF]
    for round in 0..<20_000 {
      var bytes = good
      if round % 2 == 0 {
        bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
          alphabet.randomElement(using: &random) ?? 0
        }
      } else {
        for _ in 0..<Int.random(in: 1...6, using: &random) {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
            in: .min ... .max, using: &random)
        }
      }
      var parser = HTTPRequestParser()
      parser.append(bytes)
      parsing: while true {
        switch parser.next() {
        case .incomplete, .refused: break parsing
        case .request(let request):
          _ = (request.parameter("b"), request.cookies("a"), request.keepsAlive)
        }
      }
    }
  }
}
