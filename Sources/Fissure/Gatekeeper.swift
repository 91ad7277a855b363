/// Decides who is let in. Pure but for the sessions; knows nothing of what lies behind.
///
/// The order is part of the promise: the host first, so that a page of another name learns nothing,
/// not even whether its token is right; then who it is; then what is asked for.
struct Gatekeeper: Sendable {
  let port: UInt16
  let sessions: Sessions

  /// What becomes of a request.
  enum Decision {
    case admitted
    case answered(HTTPResponse)
  }

  /// Cookies do not know ports, so the name tells two servers apart.
  var cookieName: String { "lava-\(port)" }

  private var hosts: [String] { ["127.0.0.1:\(port)", "localhost:\(port)"] }

  func decide(_ request: HTTPRequest) -> Decision {
    let host = request.values("host")
    guard host.count == 1, hosts.contains(host[0]) else {
      return .answered(
        .text(
          .forbidden,
          "This server answers to the names \(hosts[0]) and \(hosts[1]) alone. Through ssh, forward "
            + "the same port: ssh -L \(port):127.0.0.1:\(port) HOST"))
    }
    let isRead = request.method == "GET" || request.method == "HEAD"
    if isRead, request.path == "/", let token = request.parameter("token") {
      return .answered(exchange(token))
    }
    guard sessions.admits(request.cookies(cookieName)) else { return .answered(unauthorized) }
    // A page of another local server sends our cookie too, being of the same site.
    let origins = request.values("sec-fetch-site")
    guard
      !request.path.hasPrefix("/api/")
        || origins.allSatisfy({ $0 == "same-origin" || $0 == "none" })
    else {
      return .answered(.text(.forbidden, "Only this server's own page may ask for that."))
    }
    guard isRead else {
      var response = HTTPResponse.text(.methodNotAllowed, "Only GET and HEAD are answered here.")
      response.headers.append(("Allow", "GET, HEAD"))
      return .answered(response)
    }
    guard !request.announcesBody else {
      return .answered(.text(.contentTooLarge, "A request without a body is expected."))
    }
    return .admitted
  }

  private func exchange(_ candidate: [UInt8]) -> HTTPResponse {
    guard let session = sessions.exchange(String(decoding: candidate, as: UTF8.self)) else {
      return unauthorized
    }
    var response = HTTPResponse.text(.seeOther, "Welcome.")
    response.headers = [
      ("Location", "/"),
      ("Set-Cookie", "\(cookieName)=\(session.text); HttpOnly; SameSite=Strict; Path=/"),
    ]
    return response
  }

  private var unauthorized: HTTPResponse {
    .text(
      .unauthorized,
      """
      Fissure shows this page to whoever started it.

      Open the address that lava printed in the terminal, http://127.0.0.1:\(port)/?token=...,
      by pasting it into the address bar. It is another one after each start.
      """)
  }
}
