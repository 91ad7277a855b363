import Testing

@testable import Fissure

@Suite struct AdmissionTests {
  @Test func `nothing is shown without a session`() async throws {
    let served = try await ServedStore()
    for target in ["/", "/main.js", "/api/v1/graph", "/api/v1/snapshot", "/api/v1/events", "/no"] {
      let answer = try await served.client().get(target)
      #expect(answer.status == 401)
      #expect(answer.text.contains("http://127.0.0.1:\(served.server.port)/?token="))
    }
    await served.server.stop()
  }

  @Test func `the printed address gives a session, whose cookie opens the page`() async throws {
    let served = try await ServedStore()
    let client = try await served.client()
    let exchange = try await client.get(served.exchangeTarget)
    #expect(exchange.status == 303)
    #expect(exchange.value("location") == "/")
    let cookie = try #require(exchange.value("set-cookie"))
    let attributes = cookie.split(separator: ";").map { $0.trimmingSpaces }
    #expect(attributes[0].hasPrefix("lava-\(served.server.port)="))
    #expect(Set(attributes.dropFirst()) == ["HttpOnly", "SameSite=Strict", "Path=/"])
    let page = try await client.get("/", cookie: String(attributes[0]))
    #expect(page.status == 200)
    #expect(page.value("content-type") == "text/html; charset=utf-8")
    #expect(page.text.contains("<title>Fissure</title>"))
    await served.server.stop()
  }

  @Test func `the address serves again and again, each time with another session`() async throws {
    let served = try await ServedStore()
    var cookies: Set<String> = []
    for _ in 0..<5 { cookies.insert(try await served.cookie()) }
    #expect(cookies.count == 5)
    for cookie in cookies {
      #expect(try await served.client().get("/", cookie: cookie).status == 200)
    }
    await served.server.stop()
  }

  @Test func `wrong tokens are refused and consume nothing`() async throws {
    let served = try await ServedStore()
    let cookie = try await served.cookie()
    let token = String(served.exchangeTarget.dropFirst("/?token=".count))
    let client = try await served.client()
    let wrong = [
      "", "x", String(token.dropLast()), token + "0", token.uppercased() + "g",
      String(repeating: "0", count: 64), "%00", "%ff%fe",
    ]
    for candidate in wrong {
      let answer = try await client.get("/?token=\(candidate)")
      #expect(answer.status == 401)
      #expect(answer.values("set-cookie").isEmpty)
    }
    for _ in 0..<200 { _ = try await client.get("/?token=wrong") }
    #expect(try await client.get("/", cookie: cookie).status == 200)
    #expect(try await client.get(served.exchangeTarget).status == 303)
    await served.server.stop()
  }

  @Test func `the token opens nothing but the exchange`() async throws {
    let served = try await ServedStore()
    let query = served.exchangeTarget.dropFirst()
    for target in ["/main.js\(query)", "/api/v1/snapshot\(query)", "/index.html\(query)"] {
      #expect(try await served.client().get(target).status == 401)
    }
    await served.server.stop()
  }

  @Test func `a foreign host is refused before anything else, with the right token too`()
    async throws
  {
    let served = try await ServedStore()
    let port = served.server.port
    let cookie = try await served.cookie()
    let hosts = [
      "evil.example", "evil.example:\(port)", "127.0.0.1", "localhost", "127.0.0.1:1",
      "127.0.0.1:\(port).evil.example", "LOCALHOST:\(port)", "localhost.:\(port)", "[::1]:\(port)",
      "127.0.0.1:0\(port)", "0x7f000001:\(port)", "",
    ]
    for host in hosts {
      for target in ["/", served.exchangeTarget, "/api/v1/snapshot"] {
        let answer = try await served.client().get(target, cookie: cookie, host: host)
        #expect(answer.status == 403, "host \(host)")
        #expect(answer.values("set-cookie").isEmpty)
      }
    }
    for host in ["127.0.0.1:\(port)", "localhost:\(port)"] {
      #expect(try await served.client().get("/", cookie: cookie, host: host).status == 200)
    }
    await served.server.stop()
  }

  @Test func `no host, and two of them, are refused`() async throws {
    let served = try await ServedStore()
    let port = served.server.port
    for hosts in ["", "Host: 127.0.0.1:\(port)\r\nHost: 127.0.0.1:\(port)\r\n"] {
      let client = try await served.client()
      try await client.send("GET / HTTP/1.1\r\n\(hosts)\r\n")
      #expect(try await client.response().status == 403)
    }
    await served.server.stop()
  }

  @Test(arguments: ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "BREW"])
  func `methods but GET and HEAD do not exist`(method: String) async throws {
    let served = try await ServedStore()
    let client = try await served.client()
    #expect(try await client.get("/", method: method).status == 401)
    for target in ["/", "/main.js", "/api/v1/snapshot", "/api/v1/events", "/no"] {
      let answer = try await client.get(target, method: method, cookie: served.cookie())
      #expect(answer.status == 405)
      #expect(answer.value("allow") == "GET, HEAD")
    }
    await served.server.stop()
  }

  @Test func `a token is exchanged by reading alone`() async throws {
    let served = try await ServedStore()
    let answer = try await served.client().get(served.exchangeTarget, method: "POST")
    #expect(answer.status == 401)
    #expect(answer.values("set-cookie").isEmpty)
    await served.server.stop()
  }

  @Test func `a request with a body is refused and its connection closed`() async throws {
    let served = try await ServedStore()
    let cookie = try await served.cookie()
    for (method, status) in [("GET", 413), ("POST", 405)] {
      for header in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
        let client = try await served.client()
        try await client.request("/", method: method, cookie: cookie, headers: [header])
        try await client.send("hello")
        let answer = try await client.response()
        #expect(answer.status == status)
        #expect(answer.value("connection") == "close")
        try await client.readToEnd()
      }
    }
    await served.server.stop()
  }

  @Test func `another local server's page cannot ask for values`() async throws {
    let served = try await ServedStore()
    let cookie = try await served.cookie()
    let client = try await served.client()
    for (site, status) in [
      ("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403),
    ] {
      let answer = try await client.get(
        "/api/v1/snapshot", cookie: cookie, headers: ["Sec-Fetch-Site: \(site)"])
      #expect(answer.status == status)
    }
    await served.server.stop()
  }

  @Test func `each server has a cookie and a token of its own`() async throws {
    let first = try await ServedStore()
    let second = try await ServedStore()
    #expect(first.server.port != second.server.port)
    let (ours, theirs) = (try await first.cookie(), try await second.cookie())
    #expect(ours.hasPrefix("lava-\(first.server.port)="))
    #expect(theirs.hasPrefix("lava-\(second.server.port)="))
    #expect(try await second.client().get("/", cookie: ours).status == 401)
    #expect(try await second.client().get(first.exchangeTarget).status == 401)
    // A browser sends the cookies of both to both, and cookies of others beside.
    let all = "theme=dark; \(ours); \(theirs); broken; =; lava-\(second.server.port)"
    #expect(try await first.client().get("/", cookie: all).status == 200)
    #expect(try await second.client().get("/", cookie: all).status == 200)
    await first.server.stop()
    await second.server.stop()
  }

  @Test func `every answer carries the headers that protect the page`() async throws {
    let served = try await ServedStore()
    let cookie = try await served.cookie()
    var answers = [try await served.client().get(served.exchangeTarget)]
    for target in ["/", "/main.js", "/no", "/api/v1/snapshot", "/api/v1/graph", "/api/v1/events"] {
      answers.append(try await served.client().get(target))
      answers.append(try await served.client().get(target, cookie: cookie))
      answers.append(try await served.client().get(target, method: "PUT", cookie: cookie))
      answers.append(try await served.client().get(target, host: "evil.example"))
    }
    let garbled = try await served.client()
    try await garbled.send("nonsense\r\n\r\n")
    answers.append(try await garbled.response())
    for answer in answers {
      #expect(
        answer.value("content-security-policy")
          == "default-src 'self'; frame-ancestors 'none'; base-uri 'none'")
      #expect(answer.value("x-content-type-options") == "nosniff")
      #expect(answer.value("referrer-policy") == "no-referrer")
      #expect(answer.value("cache-control") == "no-store")
      #expect(answer.value("cross-origin-resource-policy") == "same-origin")
      #expect(answer.value("access-control-allow-origin") == nil)
    }
    await served.server.stop()
  }

  @Test func `sessions are bounded, and the one unused for longest goes first`() {
    let sessions = Sessions()
    let first = sessions.exchange(sessions.token.text)
    let second = sessions.exchange(sessions.token.text)
    for _ in 2..<Sessions.limit { _ = sessions.exchange(sessions.token.text) }
    #expect(sessions.admits([first?.text ?? ""]))
    _ = sessions.exchange(sessions.token.text)
    #expect(sessions.admits([first?.text ?? ""]))
    #expect(!sessions.admits([second?.text ?? ""]))
    #expect(!sessions.admits([]))
    #expect(!sessions.admits(["", sessions.token.text]))
  }

  @Test func `secrets have 256 bits and differ`() {
    let secrets = (0..<100).map { _ in Secret().text }
    #expect(Set(secrets).count == 100)
    #expect(secrets.allSatisfy { $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) })
  }
}
