import Foundation
import SharedStructures
import SimDB
import TestSupport
import Testing

@testable import LavaCLI

/// Structures are not replaced or taken apart by commands that know nothing of them, and what they
/// hold is shown as what it is.
@Suite struct StructureEntryTests {
  let lava = Lava()

  func makeStore() throws -> Database {
    try Database.open(lava.scratch.database("store"), creating: Geometry(blockCount: 8_192))
  }

  /// A byte queue with an element, and the key of a part of it.
  func makeQueue(in store: Database) throws -> String {
    let queue = try store.byteQueue("jobs", creating: ByteQueueGeometry())
    _ = try queue.push("work")
    let parts = try store.keys(prefix: "jobs/part/")
    return String(decoding: try #require(parts.first), as: UTF8.self)
  }

  @Test(arguments: [[], ["--generation"]])
  func `put replaces no structure, and says what it is and what helps`(how: [String]) throws {
    let store = try makeStore()
    _ = try makeQueue(in: store)
    let generation = try #require(try store.facts("jobs")).generation
    let words = how.isEmpty ? [] : how + ["\(generation)"]
    let refused = try lava(["db", "put", "store", "jobs", "text"] + words)
    #expect(refused.status == 2)
    #expect(refused.errors.contains("of the kind 'byte queue'"))
    #expect(refused.errors.contains("'lava db rm store jobs'"))
    #expect(try store.facts("jobs")?.generation == generation)
    #expect(try lava("queue", "pop", "store", "jobs").output == "work")
    #expect(try lava("db", "put", "store", "jobs", "text", "--if-absent").status == 1)
    #expect(try lava("db", "rm", "store", "jobs").status == 0)
    #expect(try lava(["db", "put", "store", "jobs", "text"]).status == 0)
  }

  @Test func `what a structure keeps is neither replaced nor removed alone`() throws {
    let store = try makeStore()
    let part = try makeQueue(in: store)
    let table = try store.table("table", creating: TableGeometry())
    do {
      var writer = try table.writer()
      try writer.set("long", String(repeating: "x", count: 100))
    }
    let payload = try #require(try store.keys(prefix: "table/payload/").first)
    for key in [part, String(decoding: payload, as: UTF8.self), "table/payload/99"] {
      let put = try lava("db", "put", "store", key, "text")
      #expect(put.status == 2 && put.errors.contains("nothing was stored"), "\(put.errors)")
      let removed = try lava("db", "rm", "store", key)
      #expect(removed.status == 2 && removed.errors.contains("nothing was removed"))
      let owner = key == part ? "jobs" : "table"
      #expect(removed.errors.contains("'lava db rm store \(owner)' removes that as a whole"))
    }
    #expect(try table.get("long")?.bytes.count == 100)
    // Others are removed, and what was refused is told with them.
    try store.put("text", "value")
    let some = try lava("db", "rm", "store", "text", part, "absent", "--json")
    #expect(some.status == 2 && some.errors.contains("no key 'absent'"))
    let outcome = try some.json() as? [String: [String]]
    #expect(outcome == ["removed": ["text"], "absent": ["absent"], "refused": [part]])
    #expect(try lava("queue", "pop", "store", "jobs").output == "work")
  }

  @Test func `what a structure left that is gone can be removed, and replaced`() throws {
    let store = try makeStore()
    let part = try makeQueue(in: store)
    try store.delete("jobs")
    #expect(try lava("db", "put", "store", part, "text").status == 2, "it is a part still")
    _ = try store.byteQueue("jobs", creating: ByteQueueGeometry()).push("other work")
    let other = try #require(
      try store.keys(prefix: "jobs/part/").first { $0 != Array(part.utf8) })
    // The new one has nothing to do with the parts of the old one.
    #expect(try lava("db", "rm", "store", part).status == 0)
    #expect(try lava("db", "put", "store", part, "text").status == 0)
    #expect(try lava("db", "rm", "store", String(decoding: other, as: UTF8.self)).status == 2)
    for key in ["a/part/x/y", "a/part/1/2", "/part/1/2", "text/payload/1", "a/payload/b"] {
      #expect(try lava("db", "put", "store", key, "text").status == 0)
      #expect(try lava("db", "rm", "store", key).status == 0)
    }
  }

  @Test func `numbers are shown as numbers, wherever they lie`() throws {
    let store = try makeStore()
    let table = try store.table("table", creating: TableGeometry())
    do {
      var writer = try table.writer()
      try writer.set("angle", 0.1 as Float)
      try writer.set("count", -5 as Int64)
      try writer.set("level", 0.25)
      try writer.set("raw", [1, 2] as [UInt8])
    }
    let shown = try lava("db", "get", "store", "table", "--show").output
    #expect(shown.contains(#"{angle: 0.1, count: -5, level: 0.25, raw: "01 02"}"#), "\(shown)")
    try store.put("number", 0.1 as Float)
    #expect(try lava("db", "get", "store", "number", "--show").output == "0.1\n")
    let json = try lava("db", "get", "store", "number", "--json").output
    #expect(json.contains(#""type":"f32","value":0.1}"#))
    try store.put("none", Double.nan)
    #expect(try lava("db", "get", "store", "none", "--show").output == "nan\n")
    let bytes = try store.byteQueue("bytes", creating: ByteQueueGeometry())
    _ = try bytes.push(7 as UInt16)
    #expect(try lava("queue", "peek", "store", "bytes", "--show").output == "7\n")
    #expect(try lava("queue", "pop", "store", "bytes", "--count", "2").output == "7\n")
    #expect(try lava("db", "put", "store", "short", "abc", "--type", "u64").status == 2)
    #expect(try lava("db", "put", "store", "eight", "abcdefgh", "--type", "u64").status == 0)
  }

  @Test func `a limit is kept, and what is left out is counted`() throws {
    let store = try makeStore()
    let set = try store.sortedSet("set", of: UInt16.self, creating: ElementCapacity(64))
    for element in 0..<20 as Range<UInt16> { try set.insert(element) }
    let queue = try store.byteQueue("queue", creating: ByteQueueGeometry())
    for text in ["a", "b", "c"] { _ = try queue.push(text) }
    _ = try store.byteQueue("other", creating: ByteQueueGeometry())
    #expect(
      try lava("db", "get", "store", "set", "--limit", "2").output
        == "{count: 20, elements: [0, 1, … 18 more]}\n")
    let json = try lava("db", "get", "store", "queue", "--limit", "1", "--json").output
    #expect(json.contains(#"{"count":3,"elements":["a",{"more":2}]}"#))
    for option in ["--count", "--limit"] {
      let peeked = try lava("queue", "peek", "store", "queue", option, "2")
      #expect(peeked.output == "a\nb\n" && peeked.errors == "… 1 more\n")
    }
    #expect(try lava("queue", "peek", "store", "queue", "--limit", "3").errors == "")
    #expect(try lava("queue", "peek", "store", "queue").errors == "")
    let keys = try lava("db", "keys", "store", "--limit", "1")
    #expect(keys.output.split(separator: "\n").count == 1 && keys.errors.hasSuffix(" more\n"))
    let list = try lava("queue", "ls", "store", "--limit", "1", "--json")
    #expect((try list.json() as? [Any])?.count == 1 && list.errors == "… 1 more\n")
    for words in ["db get store set", "db keys store", "queue ls store", "queue peek store queue"] {
      let none = try lava(words.split(separator: " ").map(String.init) + ["--limit", "0"])
      #expect(none.status == 2, "\(words)")
    }
  }

  @Test(arguments: ["db put store key", "queue push store queue"])
  func `a dash is standard input, and what begins with one stands behind two`(
    words: String
  ) throws {
    let store = try makeStore()
    _ = try store.byteQueue("queue", creating: ByteQueueGeometry())
    func last() throws -> String {
      let words =
        words.hasPrefix("db") ? ["db", "get", "store", "key"] : ["queue", "pop", "store", "queue"]
      return try lava(words).output
    }
    #expect(try lava.shell(#"printf in | "$LAVA" \#(words) -"#).status == 0)
    #expect(try last() == "in")
    #expect(try lava.shell(#"printf - | "$LAVA" \#(words) --type utf8"#).status == 0)
    #expect(try last() == "-")
    #expect(try lava.shell(#""$LAVA" \#(words) -- -5"#).status == 0)
    #expect(try last() == "-5")
    let unknown = try lava.shell(#""$LAVA" \#(words) -5"#)
    #expect(unknown.status == 2 && unknown.errors.contains("as in: -- -5"))
    let missing = try lava.shell(#""$LAVA" \#(words) text --type -5"#)
    #expect(missing.status == 2 && missing.errors.contains("as in: --option=-5"))
  }

  @Test func `what has the type of a structure and no name of one is shown, and removed`() throws {
    let store = try makeStore()
    _ = try store.byteQueue("good", creating: ByteQueueGeometry())
    // As only a program would that makes no structure of it.
    try store.put([0xff, 0x1b] as [UInt8], [1, 2] as [UInt8], type: .queue)
    let list = try lava("queue", "ls", "store")
    #expect(list.status == 3 && list.output.contains("good"))
    #expect(list.errors.contains(#"queue '\xff\x1b': its key is not UTF-8 text"#))
    let rows = try lava("queue", "ls", "store", "--json")
    #expect(rows.status == 3)
    let names = (try rows.json() as? [[String: Any]])?.map { $0["name"] as? String }
    #expect(names == ["good", #"\xff\x1b"#])
    let peeked = try lava("queue", "peek", "store", #"\xff\x1b"#)
    #expect(peeked.status == 1 && peeked.errors.contains("names of queues are UTF-8 text"))
    #expect(try lava("db", "get", "store", #"\xff\x1b"#, "--show").output.contains("01 02"))
    #expect(try lava("db", "rm", "store", #"\xff\x1b"#).status == 0)
    #expect(try lava("queue", "ls", "store").status == 0)
  }

  @Test(arguments: ["ordered", "levels"])
  func `a full queue by priority is told as others are, and waited for`(name: String) throws {
    let store = try makeStore()
    if name == "ordered" {
      _ = try store.orderedQueue(name, of: UInt64.self, creating: ElementCapacity(4))
    } else {
      _ = try store.priorityQueue(name, of: UInt64.self, creating: ElementCapacity(4))
    }
    let queue = try store.anyQueue(name)
    let element = Array("12345678".utf8)
    while try queue.push(element, timeoutNanoseconds: 0) == .pushed {}
    let count = try queue.facts().count
    #expect(count >= 4)
    let full = try lava("queue", "push", "store", name, "abcdefgh")
    #expect(full.status == 1 && full.errors.contains("it is full; nothing was pushed"))
    let late = try lava("queue", "push", "store", name, "abcdefgh", "--timeout", "20ms", "--json")
    #expect(late.status == 1 && late.errors.contains("wait for that longer"))
    #expect((try late.json() as? [String: Any])?["result"] as? String == "timedOut")
    #expect(try queue.facts().count == count)
    let waiting = try lava.start(["queue", "push", "store", name, "abcdefgh", "--timeout", "60s"])
    #expect(try eventually { try store.participants().count(where: \.isAlive) == 2 })
    #expect(try queue.pop()?.bytes == element)
    #expect(waiting.wait() == 0)
    #expect(try queue.facts().count == count)
  }

  @Test func `times are told in the unit in which they are whole`() {
    let times: [(UInt64, String)] = [
      (0, "0 ns"), (1, "1 ns"), (1_500, "1500 ns"), (20_000, "20 µs"), (1_500_000_000, "1500 ms"),
      (5_000_000_000, "5 s"), (90_000_000_000, "90 s"), (120_000_000_000, "2 min"),
      (7_200_000_000_000, "2 h"),
    ]
    for (time, text) in times { #expect(time.nanosecondsText == text) }
  }

  @Test func `a terminal gets no control characters that others stored`() {
    #expect(Terminal.harmless("a\tb\nhéllo ✓") == "a\tb\nhéllo ✓")
    #expect(Terminal.harmless("\u{1b}]0;x\u{7}") == #"\u{1B}]0;x\u{7}"#)
    #expect(Terminal.harmless("a\r\u{9b}2J\u{7f}\u{202e}") == #"a\u{D}\u{9B}2J\u{7F}\u{202E}"#)
  }
}
