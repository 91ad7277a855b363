import Foundation
import SimDB
import TestSupport
import Testing

/// `lava db watch` prints what changes, and ends as it was told.
@Suite(.timeLimit(.minutes(2))) struct WatchCommandTests {
  let lava = Lava()
  let store: Database

  init() throws {
    store = try Database.open(
      lava.scratch.database("store"), creating: Geometry(blockCount: 1_024))
    try store.put("text", "héllo", type: .utf8)
    try store.put("motor/left", "1", type: .utf8)
  }

  /// Starts to watch, and returns when what is changed from now on is printed.
  private func watch(_ options: [String]) throws -> Subject {
    let subject = try lava.start(["db", "watch", "store"] + options)
    #expect(subject.readErrorLine() == "watching 'store'; Ctrl-C ends it")
    return subject
  }

  @Test(arguments: [[], ["--immediate"]])
  func `each change comes on a line, until an interrupt ends it well`(how: [String]) throws {
    let subject = try watch(how)
    #expect(try store.participants().count == (how.isEmpty ? 1 : 2), "read-only it takes no place")
    try store.put("new", "1")
    #expect(subject.readLine() == "put\tnew")
    try store.delete("text")
    #expect(subject.readLine() == "deleted\ttext")
    try store.put([0xff, 0x09, 0x5c] as [UInt8], "1")
    #expect(subject.readLine() == #"put\#t\xff\x09\\"#)
    subject.signal(SIGINT)
    #expect(subject.wait() == 0 && subject.readAll() == "" && subject.readAllErrors() == "")
  }

  @Test func `values come with their keys, each on one line`() throws {
    let subject = try watch(["--values", "--count", "3"])
    try store.put("text", "two\nlines", type: .utf8)
    #expect(subject.readLine() == #"put\#ttext\#ttwo\x0alines"#)
    try store.put("bytes", [0, 0x41] as [UInt8])
    #expect(subject.readLine() == #"put\#tbytes\#t\x00A"#)
    try store.delete("bytes")
    #expect(subject.readLine() == "deleted\tbytes")
    #expect(subject.wait() == 0)
  }

  @Test func `a prefix chooses, and what there is can come first`() throws {
    let chosen = try watch(["--prefix", "motor/", "--present", "--count", "2"])
    #expect(chosen.readLine() == "put\tmotor/left")
    try store.put("text", "other")
    try store.put("motor/right", "2")
    #expect(chosen.readLine() == "put\tmotor/right")
    #expect(chosen.wait() == 0)
    #expect(
      try lava("db", "watch", "store", "--present", "--count", "2").output
        == "put\tmotor/left\nput\tmotor/right\n")
  }

  @Test(arguments: [false, true])
  func `as JSON a line is an object`(values: Bool) throws {
    let subject = try watch(values ? ["--json", "--values"] : ["--json"])
    func line() throws -> NSDictionary {
      let line = try #require(subject.readLine())
      return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? NSDictionary)
    }
    let generation = try store.put("new", #"{"a":[1]}"#, type: .json)
    let facts: NSMutableDictionary = [
      "change": "put", "key": "new", "generation": "\(generation)", "type": "json", "length": 9,
    ]
    if values { facts["value"] = ["a": [1]] }
    #expect(try line() == facts)
    try store.delete("new")
    #expect(try line() == ["change": "deleted", "key": "new"])
    subject.signal(SIGTERM)
    #expect(subject.wait() == 0)
  }

  @Test func `it ends after the time it was given`() throws {
    let quiet = try lava("db", "watch", "store", "--for", "100ms")
    #expect(quiet.status == 0 && quiet.output == "")
  }

  @Test(arguments: [[], ["--immediate"]])
  func `a database that is dropped ends it with status 3`(how: [String]) throws {
    let subject = try watch(how)
    try store.drop()
    #expect(subject.wait() == 3 && subject.readAllErrors().contains("was dropped"))
  }

  @Test func `what is absent, and wrong usage, have their own status`() throws {
    #expect(try lava("db", "watch", "absent").status == 1)
    #expect(try lava("db", "watch", "store", "--count", "0").status == 2)
    #expect(try lava("db", "watch", "store", "--for", "soon").status == 2)
  }
}
