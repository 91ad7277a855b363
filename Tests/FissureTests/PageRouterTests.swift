import Foundation
import SharedMemory
import SimDB
import Tbl
import TestSupport
import Testing

@testable import Fissure

@Suite struct PageRouterTests {
  private static let resources = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/Fissure/Resources")

  @Test func `the embedded files are those of the folder`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.resources.path)
      .filter { !$0.hasPrefix(".") }
    #expect(
      Set(PageFiles.byName.keys) == Set(names),
      "give each file an array and a row in Sources/CFissure/fissure_files.c")
    for name in names {
      let bytes = try Data(contentsOf: Self.resources.appending(path: name))
      let isEmbedded = PageFiles.byName[name]?.bytes == Array(bytes)
      #expect(isEmbedded, "\(name) has changed since the build")
      #expect(PageFiles.byName[name]?.contentType != "application/octet-stream", "\(name)")
    }
  }

  @Test func `every file is served with its type`() async throws {
    let served = try await ServedStore()
    let cookie = try await served.cookie()
    let client = try await served.client()
    for (name, file) in PageFiles.byName {
      let answer = try await client.get("/\(name)", cookie: cookie)
      #expect(answer.status == 200)
      let isWhole = answer.body == file.bytes
      #expect(isWhole, "\(name)")
      #expect(answer.value("content-type") == file.contentType)
    }
    #expect(PageFiles.byName["main.js"]?.contentType == "text/javascript; charset=utf-8")
    #expect(PageFiles.byName["style.css"]?.contentType == "text/css; charset=utf-8")
    await served.server.stop()
  }

  @Test(arguments: [
    "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
    "/./index.html", "/index.html/", "/index.html%00", "/Resources/index.html", "/index", "/%2F",
    "/favicon.ico", "/api", "/api/v1/", "/api/v1/snapshot/", "/api/v2/snapshot",
  ])
  func `paths are compared, never resolved`(path: String) async throws {
    let served = try await ServedStore()
    #expect(try await served.get(path).status == 404)
    await served.server.stop()
  }

  @Test func `HEAD tells what GET would, without the body`() async throws {
    let served = try await ServedStore()
    let cookie = try await served.cookie()
    let client = try await served.client()
    for target in ["/", "/main.js", "/api/v1/graph", "/no"] {
      let get = try await client.get(target, cookie: cookie)
      let head = try await client.get(target, method: "HEAD", cookie: cookie)
      #expect(head.status == get.status)
      #expect(head.headers.map(\.name) == get.headers.map(\.name))
      #expect(head.value("content-length") == get.value("content-length"))
    }
    #expect(try await client.get("/", cookie: cookie).status == 200)
    await served.server.stop()
  }

  @Test func `the graph document comes as it was stored, or not at all`() async throws {
    let served = try await ServedStore()
    #expect(try await served.get("/api/v1/graph").status == 404)
    try served.store.put("graph", "{\"lava\": 1}\n", type: .json)
    let answer = try await served.get("/api/v1/graph")
    #expect(answer.status == 200)
    #expect(answer.value("content-type") == "application/json")
    #expect(answer.text == "{\"lava\": 1}\n")
    await served.server.stop()
  }

  @Test func `a snapshot is a tbl of the store`() async throws {
    let served = try await ServedStore()
    try served.store.put("key", "value")
    let answer = try await served.get("/api/v1/snapshot")
    #expect(answer.status == 200)
    #expect(answer.value("content-type") == "application/x-lava-tbl")
    let snapshot = try Tbl(validating: answer.body)
    #expect(snapshot.uint("schema") == 1)
    #expect(snapshot.table("store")?.uint("entries") == 1)
    await served.server.stop()
  }

  @Test func `values come raw, with type and generation`() async throws {
    let served = try await ServedStore()
    let keys: [(key: [UInt8], encoded: String)] = [
      (Array("plain".utf8), "plain"),
      (Array("edge/a.out->b.in/counters".utf8), "edge%2Fa.out-%3Eb.in%2Fcounters"),
      (Array("a+b &=é".utf8), "a+b%20%26%3D%C3%A9"),
      ([0x00, 0xFF, 0x25], "%00%ff%25"),
    ]
    let types: [TypeID] = [.bytes, .tbl, .json, TypeID(rawValue: 77)]
    let value = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for ((key, encoded), type) in zip(keys, types) {
      let generation = try served.store.put(key, value, type: type)
      let answer = try await served.get("/api/v1/value?key=\(encoded)")
      #expect(answer.status == 200)
      let isWhole = answer.body == value
      #expect(isWhole, "\(encoded)")
      #expect(answer.value("content-type") == "application/octet-stream")
      #expect(answer.value("x-lava-type") == "\(type.rawValue)")
      #expect(answer.value("x-lava-type-name") == type.description)
      #expect(answer.value("x-lava-generation") == "\(generation)")
    }
    try served.store.put("empty", [] as [UInt8])
    let empty = try await served.get("/api/v1/value?key=empty")
    #expect(empty.status == 200)
    #expect(empty.body.isEmpty)
    await served.server.stop()
  }

  @Test func `a value above the limit is refused unread, with its length and type`() async throws {
    let served = try await ServedStore(ServerLimits(valueBytes: 1_000))
    let generation = try served.store.put("large", [UInt8](repeating: 7, count: 1_001), type: .tbl)
    try served.store.put("fits", [UInt8](repeating: 7, count: 1_000))
    try served.store.put("graph", [UInt8](repeating: 0x20, count: 1_001), type: .json)
    let refused = try await served.get("/api/v1/value?key=large")
    #expect(refused.status == 413)
    #expect(refused.value("content-type") == "text/plain; charset=utf-8")
    #expect(refused.text.contains("1001 bytes") && refused.text.contains("at most 1000"))
    #expect(refused.value("x-lava-type-name") == "tbl")
    #expect(refused.value("x-lava-generation") == "\(generation)")
    #expect(try await served.get("/api/v1/value?key=fits").body.count == 1_000)
    #expect(try await served.get("/api/v1/graph").status == 413)
    await served.server.stop()
  }

  @Test func `a key that is absent, missing or impossible is told so`() async throws {
    let served = try await ServedStore()
    #expect(try await served.get("/api/v1/value?key=absent").status == 404)
    for target in ["/api/v1/value", "/api/v1/value?key=", "/api/v1/value?key", "/api/v1/value?k=x"]
    {
      #expect(try await served.get(target).status == 400)
    }
    #expect(try await served.get("/api/v1/value?key=%zz").status == 400)
    #expect(try await served.get("/api/v1/value?key=%f").status == 400)
    await served.server.stop()
  }

  @Test func `keys are listed with lengths, types and an address for each`() async throws {
    let served = try await ServedStore()
    try served.store.put("a/1", "one", type: .utf8)
    try served.store.put("a/2", [1, 2] as [UInt8])
    try served.store.put("b", "x", type: .json)
    try served.store.put([0x63, 0xFF] as [UInt8], "odd")

    let all = try await Tbl(validating: served.get("/api/v1/keys?prefix=").body)
    #expect(all.strings("keys")?.count == 4)
    #expect(try await served.get("/api/v1/keys").body == all.bytes)
    let some = try await Tbl(validating: served.get("/api/v1/keys?prefix=a%2F").body)
    #expect(some.strings("keys") == ["a/1", "a/2"])
    #expect(some.uints("lengths") == [3, 2])
    #expect(some.uints("types") == [1, 0])
    #expect(some.strings("encoded") == ["a%2F1", "a%2F2"])
    #expect(some.uint("total") == 2)
    let odd = try await Tbl(validating: served.get("/api/v1/keys?prefix=c").body)
    let address = try #require(odd.strings("encoded")?.first)
    #expect(try await served.get("/api/v1/value?key=\(address)").text == "odd")
    #expect(try await served.get("/api/v1/keys?prefix=%ff").status == 400)
    await served.server.stop()
  }

  @Test func `what the store cannot give is an answer, not an end`() async throws {
    let served = try await ServedStore()
    try served.store.put("graph", "{}", type: .json)
    try served.store.drop()
    #expect(try await served.get("/api/v1/graph").text == "{}")
    #expect(try await served.get("/api/v1/snapshot").status == 200)
    await served.server.stop()
  }
}
