import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import Fissure

@Suite struct EventStreamTests {
  @Test func `an event follows a put`() async throws {
    let served = try await ServedStore()
    let client = try await served.client()
    let head = try await client.get("/api/v1/events", cookie: served.cookie())
    #expect(head.status == 200)
    #expect(head.value("content-type") == "text/event-stream; charset=utf-8")
    #expect(try await client.event().contains("\"change\":\(served.store.changeCount),"))

    for round in 0..<5 {
      try served.store.put("key", "\(round)")
      let begin = SystemClock.monotonicNanoseconds
      let event = try await client.event()
      let passed = Double(SystemClock.monotonicNanoseconds - begin) / 1e6
      print("event \(passed) ms after a put")
      #expect(event.hasPrefix("event: change\ndata: {"))
      #expect(event.contains("\"change\":\(served.store.changeCount),\"time\":"))
    }
    await served.server.stop()
  }

  @Test func `events are as many as changes allow, and ten a second at most`() async throws {
    let served = try await ServedStore()
    let client = try await served.client()
    _ = try await client.get("/api/v1/events", cookie: served.cookie())
    _ = try await client.event()
    let begin = SystemClock.monotonicNanoseconds
    var last = ""
    for _ in 0..<12 {
      for _ in 0..<100 { try served.store.put("key", "value") }
      last = try await client.event()
      try served.store.put("key", "value")
    }
    let seconds = Double(SystemClock.monotonicNanoseconds - begin) / 1e9
    #expect(seconds > 1.0)
    #expect(last.contains("\"change\":"))
    await served.server.stop()
  }

  @Test func `an unchanged store gives heartbeats alone`() async throws {
    let served = try await ServedStore()
    let client = try await served.client()
    _ = try await client.get("/api/v1/events", cookie: served.cookie())
    _ = try await client.event()
    for _ in 0..<2 {
      #expect(try await client.read(until: Array("\n\n".utf8)) == Array(": alive\n\n".utf8))
    }
    await served.server.stop()
  }

  @Test func `listeners are bounded, and a place that is left is free again`() async throws {
    let served = try await ServedStore()
    let cookie = try await served.cookie()
    var clients: [RawClient] = []
    for _ in 0..<ChangeFeed.maximumListeners {
      let client = try await served.client()
      #expect(try await client.get("/api/v1/events", cookie: cookie).status == 200)
      clients.append(client)
    }
    let refused = try await served.client().get("/api/v1/events", cookie: cookie)
    #expect(refused.status == 503)
    #expect(try await served.client().get("/", cookie: cookie).status == 200)

    clients.removeLast()
    try await waitUntil {
      let client = try await served.client()
      let isAdmitted = try await client.get("/api/v1/events", cookie: cookie).status == 200
      if isAdmitted { clients.append(client) }
      return isAdmitted
    }
    try served.store.put("key", "value")
    for client in clients { _ = try await client.event() }
    await served.server.stop()
  }

  @Test func `HEAD of the stream takes no place`() async throws {
    let served = try await ServedStore()
    let cookie = try await served.cookie()
    let client = try await served.client()
    for _ in 0...ChangeFeed.maximumListeners {
      let head = try await client.get("/api/v1/events", method: "HEAD", cookie: cookie)
      #expect(head.status == 200)
      #expect(head.value("content-type") == "text/event-stream; charset=utf-8")
    }
    await served.server.stop()
  }

  @Test func `stopping ends open streams and frees the port at once`() async throws {
    let served = try await ServedStore()
    let cookie = try await served.cookie()
    var clients: [RawClient] = []
    for _ in 0..<8 {
      let client = try await served.client()
      _ = try await client.get("/api/v1/events", cookie: cookie)
      clients.append(client)
    }
    let idle = try await served.client()
    let begin = SystemClock.monotonicNanoseconds
    await served.server.stop()
    let passed = Double(SystemClock.monotonicNanoseconds - begin) / 1e6
    print("stopped in \(passed) ms with 8 open streams")
    for client in clients + [idle] { try await client.readToEnd() }
    await #expect(throws: (any Error).self) { try await served.client() }
  }

  @Test func `a listener that reads nothing hinders nobody`() async throws {
    let served = try await ServedStore()
    let cookie = try await served.cookie()
    let silent = try await served.client()
    try await silent.request("/api/v1/events", cookie: cookie)
    let client = try await served.client()
    _ = try await client.get("/api/v1/events", cookie: cookie)
    for round in 0..<10 {
      try served.store.put("key", "\(round)")
      _ = try await client.event()
    }
    await served.server.stop()
  }
}
