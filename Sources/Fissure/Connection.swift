import FlyingSocks

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One accepted connection, from its first request to its end.
///
/// Bounded in everything: the head of a request in bytes and time, an answer in time, and one
/// answer at a time, so that a slow or hostile client costs a descriptor and one answer.
struct Connection: Sendable {
  let socket: AsyncSocket
  let limits: ServerLimits
  let gatekeeper: Gatekeeper
  let router: PageRouter
  let feed: ChangeFeed

  /// Answers requests until the client leaves, is refused, or the task is cancelled.
  func serve() async {
    defer { try? socket.close() }
    // Whatever ends a connection early - the client left, fell silent, or the server stops - has
    // nobody left to be told.
    try? await answerRequests()
  }

  /// Tells the client why it is not served, and closes.
  func refuse(_ reason: String) async {
    defer { try? socket.close() }
    // A client that leaves before it has read why has nobody left to be told.
    try? await send(.text(.unavailable, reason), hasBody: true, keepsAlive: false)
    try? await linger()
  }

  private func answerRequests() async throws {
    var parser = HTTPRequestParser()
    // Both are taken once for each request: a client that sends byte by byte gains no time by it.
    var idleEnd = ContinuousClock.now + limits.idle
    var headEnd: ContinuousClock.Instant?
    while true {
      switch parser.next() {
      case .incomplete:
        if parser.isInsideHead, headEnd == nil { headEnd = ContinuousClock.now + limits.head }
        parser.append(try await read(until: headEnd ?? idleEnd))
      case .refused(let status, let words):
        try await send(.text(status, "\(words)."), hasBody: true, keepsAlive: false)
        return try await linger()
      case .request(let request):
        guard try await answer(request) else { return }
        idleEnd = ContinuousClock.now + limits.idle
        headEnd = nil
      }
    }
  }

  /// Answers one request.
  ///
  /// - Returns: Whether another may follow.
  private func answer(_ request: HTTPRequest) async throws -> Bool {
    let keepsAlive = request.keepsAlive && !request.announcesBody
    let hasBody = request.method != "HEAD"
    let response: HTTPResponse
    switch gatekeeper.decide(request) {
    case .answered(let decided): response = decided
    case .admitted where request.path == PageRouter.events:
      guard hasBody else {
        try await write(EventStream.head(keepsAlive: keepsAlive))
        return keepsAlive
      }
      if feed.join() {
        defer { feed.leave() }
        try await EventStream(connection: self, feed: feed).run()
        return false
      }
      response = .text(
        .unavailable, "\(ChangeFeed.maximumListeners) pages listen already; close one of them.")
    case .admitted: response = await router.respond(to: request)
    }
    try await send(response, hasBody: hasBody, keepsAlive: keepsAlive)
    if request.announcesBody { try await linger() }
    return keepsAlive
  }

  private func send(_ response: HTTPResponse, hasBody: Bool, keepsAlive: Bool) async throws {
    try await write(response.encoded(hasBody: hasBody, keepsAlive: keepsAlive))
  }

  /// Writes `bytes`, or throws when the client does not take them in time.
  func write(_ bytes: [UInt8]) async throws {
    let data = Data(bytes)
    try await Self.within(limits.answer) { try await socket.write(data) }
  }

  /// Whether the client has closed its end; drops what it sends unasked.
  var isAbandoned: Bool {
    do {
      _ = try socket.socket.read(atMost: 512)
      return false
    } catch SocketError.blocked {
      return false
    } catch {
      return true
    }
  }

  private func read(until end: ContinuousClock.Instant) async throws -> [UInt8] {
    let left = ContinuousClock.now.duration(to: end)
    guard left > .zero else { throw SocketError.timeout(message: "before the next read") }
    return try await Self.within(left) { try await socket.read(atMost: 4_096) }
  }

  /// Lets the client read the answer before the connection is reset for what was not read of it.
  private func linger() async throws {
    _ = shutdown(socket.socket.file.rawValue, Int32(SHUT_WR))
    try await Self.within(.milliseconds(500)) {
      var drained = 0
      while drained < 65_536 { drained += try await socket.read(atMost: 4_096).count }
    }
  }

  /// Runs `operation`, cancelled with an error after `limit`.
  private static func within<Result: Sendable>(
    _ limit: Duration, _ operation: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await operation() }
      group.addTask {
        try await Task.sleep(for: limit)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let result = first else {
        throw SocketError.timeout(message: "after \(limit)")
      }
      return result
    }
  }
}
