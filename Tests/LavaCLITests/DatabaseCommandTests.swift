import Foundation
import SimDB
import TestSupport
import Testing

@Suite struct DatabaseCommandTests {
  let lava = Lava()

  func makeStore() throws -> Database {
    let store = try Database.open(
      lava.scratch.database("store"), creating: Geometry(blockCount: 1_024))
    try store.put("text", "héllo", type: .utf8)
    try store.put([0xff, 0x5c, 0x0a] as [UInt8], [0, 1, 2] as [UInt8])
    return store
  }

  @Test func `stat prints every pinned field as JSON`() throws {
    let store = try makeStore()
    let result = try lava("db", "stat", "store", "--json")
    let facts = try #require(try result.json() as? [String: Any])
    for field in [
      "name", "path", "layoutVersion", "blockSize", "blockCount", "maximumBlockCount",
      "usedBlocks", "freeBlocks", "entries", "participants",
    ] { #expect(facts[field] != nil, "\(field)") }
    #expect(facts["entries"] as? Int == 2)
    let participants = try #require(facts["participants"] as? [[String: Any]])
    #expect(participants.count == 1)
    #expect(participants[0]["pid"] as? Int32 == ProcessInfo.processInfo.processIdentifier)
    #expect(participants[0]["alive"] as? Bool == true)
    #expect(participants[0]["pins"] as? Int == 0)
    #expect(participants[0]["startTime"] != nil && participants[0]["name"] != nil)
    #expect(store.name == "store")
  }

  @Test func `keys escapes what is not text, and get takes it back`() throws {
    let store = try makeStore()
    let keys = try lava("db", "keys", "store").output.split(separator: "\n").map(String.init)
    #expect(keys == ["text", #"\xff\\\x0a"#])
    #expect(try lava("db", "get", "store", keys[1]).output == "\u{0}\u{1}\u{2}")
    #expect(try lava("db", "get", "store", "text").output == "héllo")
    let shown = try lava("db", "get", "store", keys[1], "--show").output
    #expect(shown.hasPrefix("00000000  00 01 02"))
    let json = try lava("db", "get", "store", "text", "--json").json() as? [String: Any]
    #expect(json?["value"] as? String == "héllo" && json?["type"] as? String == "utf8")
    #expect(store.check() == [])
  }

  @Test func `ls lists what is there, and a damaged file beside it`() throws {
    _ = try makeStore()
    let damaged = lava.scratch.database("damaged")
    #expect(
      FileManager.default.createFile(
        atPath: damaged, contents: Data(repeating: 7, count: 5_000),
        attributes: [.posixPermissions: 0o600]))
    let rows = try #require(try lava("db", "ls", "--json").json() as? [[String: Any]])
    #expect(rows.map { $0["name"] as? String } == ["damaged", "store"])
    #expect((rows[0]["problem"] as? String)?.contains("LAVASIMD") == true)
    #expect(try lava("db", "stat", "damaged").status == 3)
  }

  @Test func `absent things exit 1, wrong usage 2, foreign stores 3`() throws {
    _ = try makeStore()
    #expect(try lava("db", "stat", "absent").status == 1)
    #expect(try lava("db", "get", "store", "absent").status == 1)
    #expect(try lava("db", "stat").status == 2)
    #expect(try lava("db", "stat", "a name").status == 2)
    #expect(try lava("db", "nothing").status == 2)
    let path = lava.scratch.database("newer")
    var bytes = try #require(FileManager.default.contents(atPath: lava.scratch.database("store")))
    bytes[12] = 99
    #expect(
      FileManager.default.createFile(
        atPath: path, contents: bytes, attributes: [.posixPermissions: 0o600]))
    let newer = try lava("db", "stat", "newer")
    #expect(newer.status == 3)
    #expect(
      newer.errors.contains("layout version is 99, this build has \(Segment.layoutVersion)"))
  }
}
