/// The statuses that the server answers with.
enum HTTPStatus: Int, Hashable, Sendable {
  case ok = 200
  case seeOther = 303
  case badRequest = 400
  case unauthorized = 401
  case forbidden = 403
  case notFound = 404
  case methodNotAllowed = 405
  case contentTooLarge = 413
  case headTooLarge = 431
  case serverError = 500
  case unavailable = 503
  case versionNotSupported = 505

  /// The words of the status line.
  var phrase: String {
    switch self {
    case .ok: "OK"
    case .seeOther: "See Other"
    case .badRequest: "Bad Request"
    case .unauthorized: "Unauthorized"
    case .forbidden: "Forbidden"
    case .notFound: "Not Found"
    case .methodNotAllowed: "Method Not Allowed"
    case .contentTooLarge: "Content Too Large"
    case .headTooLarge: "Request Header Fields Too Large"
    case .serverError: "Internal Server Error"
    case .unavailable: "Service Unavailable"
    case .versionNotSupported: "HTTP Version Not Supported"
    }
  }
}

/// An answer whose body is known.
///
/// **Concurrency.** A value.
struct HTTPResponse: Sendable {
  var status: HTTPStatus
  var contentType = "text/plain; charset=utf-8"
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []

  /// What every answer carries, whoever asked.
  static let commonHeaders: [(name: String, value: String)] = [
    // Nothing from elsewhere, in no frame, with no other base.
    ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    // The token of the address goes nowhere.
    ("Referrer-Policy", "no-referrer"),
    // A page of another local server shares our site, but not our origin.
    ("Cross-Origin-Resource-Policy", "same-origin"),
    // Values change while one looks, and the page belongs to one run of one binary.
    ("Cache-Control", "no-store"),
  ]

  /// An answer in plain words.
  static func text(_ status: HTTPStatus, _ words: String) -> HTTPResponse {
    HTTPResponse(status: status, body: Array((words + "\n").utf8))
  }

  /// Head and body in one piece, so that they leave in one packet where they fit.
  ///
  /// - Parameters:
  ///   - hasBody: Whether the body is sent; the head tells its length anyhow.
  ///   - keepsAlive: Whether the connection stays open.
  func encoded(hasBody: Bool, keepsAlive: Bool) -> [UInt8] {
    var bytes = Self.head(
      status, contentType: contentType, headers: headers + [("Content-Length", "\(body.count)")],
      keepsAlive: keepsAlive)
    if hasBody { bytes.append(contentsOf: body) }
    return bytes
  }

  /// The head of an answer with its empty line.
  static func head(
    _ status: HTTPStatus, contentType: String, headers: [(name: String, value: String)],
    keepsAlive: Bool
  ) -> [UInt8] {
    var text = "HTTP/1.1 \(status.rawValue) \(status.phrase)\r\nContent-Type: \(contentType)\r\n"
    for (name, value) in commonHeaders + headers { text += "\(name): \(value)\r\n" }
    text += keepsAlive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n"
    return Array(text.utf8)
  }
}
