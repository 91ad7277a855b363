import Foundation
import Inspection
import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import Fissure

@Suite struct FissureServerTests {
  @Test func `the address holds the port and a token of 256 bits`() async throws {
    let served = try await ServedStore()
    #expect(served.server.port != 0)
    #expect(served.server.origin == "http://127.0.0.1:\(served.server.port)")
    let token = served.server.address.dropFirst("\(served.server.origin)/?token=".count)
    #expect(token.count == 64)
    await served.server.stop()
  }

  @Test func `a port that is in use is an error with its remedy`() async throws {
    let served = try await ServedStore()
    let inspector = try StoreInspector(served.scratch.database())
    let port = served.server.port
    let error = await #expect(throws: FissureError.self) {
      try await FissureServer.start(inspector, port: port)
    }
    #expect(error == .portInUse(port: port))
    #expect(error?.description.contains("--port") == true)
    #expect(try await served.get("/").status == 200)
    await served.server.stop()
  }

  @Test func `a head that comes byte by byte is given up when its time is over`() async throws {
    let served = try await ServedStore(ServerLimits(head: .milliseconds(300)))
    let client = try await served.client()
    try await client.send("GET / HT")
    // Each byte comes well within the limit, and the next one keeps coming until the end is seen.
    let dripping = client.drip("T")
    try await client.readToEnd()
    dripping.cancel()
    await served.server.stop()
  }

  @Test func `empty lines keep no connection`() async throws {
    let served = try await ServedStore(
      ServerLimits(head: .milliseconds(300), idle: .milliseconds(300)))
    let client = try await served.client()
    let dripping = client.drip("\r\n")
    try await client.readToEnd()
    dripping.cancel()
    await served.server.stop()
  }

  @Test func `a port is free again after the server stopped`() async throws {
    let served = try await ServedStore()
    _ = try await served.get("/")
    await served.server.stop()
    let inspector = try StoreInspector(served.scratch.database())
    let next = try await FissureServer.start(inspector, port: served.server.port)
    #expect(next.port == served.server.port)
    let cookieOfBefore = "lava-\(next.port)=\(String(repeating: "0", count: 64))"
    let client = try await RawClient(port: next.port)
    #expect(try await client.get("/", cookie: cookieOfBefore).status == 401)
    await next.stop()
  }

  @Test func `letting go of a server ends it`() async throws {
    let scratch = Scratch()
    _ = try Database.open(scratch.database(), creating: Geometry(blockCount: 64))
    var server: FissureServer? = try await FissureServer.start(StoreInspector(scratch.database()))
    let port = try #require(server?.port)
    server = nil
    try await waitUntil { (try? await RawClient(port: port)) == nil }
  }

  @Test func `it listens on the loopback address alone`() async throws {
    let served = try await ServedStore()
    // The whole of 127/8 is this machine; a server on every address would answer on this one too.
    await #expect(throws: (any Error).self) {
      try await RawClient(port: served.server.port, address: "127.0.0.2")
    }
    await served.server.stop()
  }

  #if os(Linux)
    @Test func `programs that this process starts do not hold the port`() async throws {
      let served = try await ServedStore()
      let port = String(served.server.port, radix: 16, uppercase: true)
      let address = "0100007F:" + String(repeating: "0", count: 4 - port.count) + port
      var inode: Substring?
      // The table may leave out a row while others come and go.
      try await waitUntil {
        // Read to the end: what is said of such a file's size is not its length.
        let table = try #require(FileHandle(forReadingAtPath: "/proc/net/tcp")).readToEnd()
        let rows = String(decoding: table ?? Data(), as: UTF8.self)
          .split(separator: "\n").map { $0.split(separator: " ") }
        // Columns: local address 1, state 3 (0A listens), inode 9.
        inode = rows.first { $0.count > 9 && $0[1] == address && $0[3] == "0A" }?[9]
        return inode != nil
      }
      let target = try "socket:[\(#require(inode))]"
      let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
      let descriptor = try #require(
        descriptors.first {
          let path = "/proc/self/fd/\($0)"
          return (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == target
        })
      let facts = try String(contentsOfFile: "/proc/self/fdinfo/\(descriptor)", encoding: .utf8)
      let flags = try #require(
        facts.split(separator: "\n").first { $0.hasPrefix("flags:") }?.split(separator: "\t").last)
      let closesOnExec = 0o2_000_000
      #expect(try #require(Int(flags, radix: 8)) & closesOnExec != 0)
      await served.server.stop()
    }
  #endif

  @Test func `answers on a standing connection come at once`() async throws {
    let served = try await ServedStore()
    let cookie = try await served.cookie()
    for index in 0..<100 { try served.store.put("key \(index)", "value") }
    let client = try await served.client()
    for target in ["/icon.svg", "/tbl.js", "/api/v1/snapshot", "/no"] {
      var times: [UInt64] = []
      for _ in 0..<300 {
        let begin = SystemClock.monotonicNanoseconds
        _ = try await client.get(target, cookie: cookie)
        times.append(SystemClock.monotonicNanoseconds - begin)
      }
      times.sort()
      print(
        "GET \(target): p50 \(times[150] / 1_000) us, p99 \(times[297] / 1_000) us,",
        "longest \(times[299] / 1_000) us")
    }
    await served.server.stop()
  }

  @Test func `requests that come in one piece are answered in order`() async throws {
    let served = try await ServedStore()
    let cookie = try await served.cookie()
    let client = try await served.client()
    for target in ["/", "/no", "/icon.svg"] { try await client.request(target, cookie: cookie) }
    #expect(try await client.response().status == 200)
    #expect(try await client.response().status == 404)
    #expect(try await client.response().value("content-type") == "image/svg+xml")
    await served.server.stop()
  }

  @Test func `a request may come byte by byte`() async throws {
    let served = try await ServedStore()
    let client = try await served.client()
    for byte in Array("GET / HTTP/1.1\r\nHost: 127.0.0.1:\(served.server.port)\r\n\r\n".utf8) {
      try await client.send([byte])
    }
    #expect(try await client.response().status == 401)
    await served.server.stop()
  }

  @Test func `hostile bytes end their connection and nothing else`() async throws {
    let served = try await ServedStore()
    var random = SeededGenerator()
    let starts = [
      "", "GET ", "GET / HTTP/1.1\r\nHost: ", "POST / HTTP/1.1\r\nContent-Length: 9e9\r\n",
    ]
    for round in 0..<200 {
      let client = try await served.client()
      // Empty lines before a request are none, and nobody answers them.
      let shortest = round % 3 == 0 ? 16 : 0
      let noise = (0..<Int.random(in: shortest...2_000, using: &random)).map { _ in
        UInt8.random(in: .min ... .max, using: &random)
      }
      try await client.send(Array(starts[round % starts.count].utf8) + noise)
      if round % 3 == 0 {
        try await client.send("\r\n\r\n")
        #expect(try await client.response().status >= 400)
      }
    }
    #expect(try await served.get("/").status == 200)
    await served.server.stop()
  }

  @Test func `an endless head is cut off`() async throws {
    let served = try await ServedStore()
    let client = try await served.client()
    try await client.send("GET / HTTP/1.1\r\nX: ")
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 4_096)
    do {
      for _ in 0..<1_000 { try await client.send(piece) }
      Issue.record("the server took 4 MB of a head")
    } catch {
      // The server has closed its end.
    }
    #expect(try await served.get("/").status == 200)
    await served.server.stop()
  }

  @Test func `a client that does not take its answer hinders nobody, not even the end`()
    async throws
  {
    let served = try await ServedStore()
    let cookie = try await served.cookie()
    // More than the system buffers for a connection.
    let value = [UInt8](repeating: 7, count: 1 << 20)
    try served.store.put("large", value)
    var stalled: [RawClient] = []
    for _ in 0..<4 {
      let client = try await served.client()
      for _ in 0..<16 { try await client.request("/api/v1/value?key=large", cookie: cookie) }
      stalled.append(client)
    }
    #expect(try await served.get("/").status == 200)
    let begin = SystemClock.monotonicNanoseconds
    await served.server.stop()
    let passed = Double(SystemClock.monotonicNanoseconds - begin) / 1e6
    print("stopped in \(passed) ms with 4 stalled clients")
    for client in stalled { try await client.readToEnd() }
  }

  @Test func `connections are bounded, and those beyond are told so`() async throws {
    // Nobody falls idle before the last has come, however busy the machine is.
    let served = try await ServedStore(ServerLimits(idle: .seconds(600)))
    let cookie = try await served.cookie()
    var clients: [RawClient] = []
    for _ in 0..<FissureServer.maximumConnections {
      // The connection that asked for the cookie counts until the server has seen it leave.
      try await waitUntil {
        let client = try await served.client()
        guard try await client.get("/", cookie: cookie).status == 200 else { return false }
        clients.append(client)
        return true
      }
    }
    for _ in 0..<50 {
      let refused = try await served.client().get("/", cookie: cookie)
      #expect(refused.status == 503)
      #expect(refused.text.hasPrefix("Too many connections"))
    }
    clients.removeAll()
    try await waitUntil {
      try await served.client().get("/", cookie: cookie).status == 200
    }
    await served.server.stop()
  }

  @Test func `many servers can start and stop`() async throws {
    let scratch = Scratch()
    _ = try Database.open(scratch.database(), creating: Geometry(blockCount: 64))
    for _ in 0..<20 {
      let server = try await FissureServer.start(StoreInspector(scratch.database()))
      #expect(try await RawClient(port: server.port).get("/").status == 401)
      await server.stop()
    }
  }
}
