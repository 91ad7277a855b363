import Foundation
import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

private struct Point: SharedValue {
  var x: Int32
  var y: Int32

  static var layoutName: String { "test.point" }
}

@Suite struct QueueCommandTests {
  let lava = Lava()

  /// A store with a queue of each kind: two elements in each, and 3 and 4 in the last.
  func makeStore() throws -> Database {
    let store = try Database.open(
      lava.scratch.database("store"), creating: Geometry(blockCount: 8_192))
    let points = try store.queue(
      "points", of: Point.self, creating: ElementQueueGeometry(capacity: 2, overflow: .reject))
    _ = try points.push(Point(x: 1, y: -2))
    _ = try points.push(Point(x: 3, y: 4))
    let channel = try store.channel(
      "channel", of: Point.self, creating: ChannelGeometry(capacity: 2))
    var sender = try channel.sender()
    _ = try sender.push(contentsOf: [Point(x: 5, y: 6), Point(x: 7, y: 8)])
    let bytes = try store.byteQueue(
      "bytes", creating: ByteQueueGeometry(segmentCapacity: 4_096, segmentLimit: 2))
    _ = try bytes.push("héllo")
    _ = try bytes.push([0, 1, 255] as [UInt8])
    let messages = try store.queue("messages", creating: QueueGeometry(capacity: 4))
    _ = try messages.push(
      Message(type: .json, cycle: 7), payload: Array(#"{"a":1}"#.utf8).rawSpan)
    _ = try messages.push(Message(kind: .endOfStream), payload: [UInt8]().rawSpan)
    let ordered = try store.orderedQueue("ordered", of: Point.self, creating: ElementCapacity(8))
    try ordered.push(Point(x: 1, y: 1), priority: 9)
    try ordered.push(Point(x: 2, y: 2), priority: 1)
    try store.put("text", "no queue")
    return store
  }

  static let names = ["bytes", "channel", "messages", "ordered", "points"]

  @Test func `ls names the queues of each kind, and nothing else`() throws {
    let store = try makeStore()
    let lines = try lava("queue", "ls", "store").output.split(separator: "\n")
    #expect(lines.count == 6)
    #expect(
      lines[0].split(separator: " ") == [
        "NAME", "KIND", "COUNT", "CAPACITY", "OVERFLOW", "DROPPED", "REJECTED", "LOST",
      ])
    #expect(lines[1].contains("byte queue") && lines[1].contains("2 × 4096 B"))
    #expect(lines[5].contains("element queue") && lines[5].contains("reject"))
    let rows = try #require(
      try lava("queue", "ls", "store", "--json").json() as? [[String: Any]])
    #expect(rows.map { $0["name"] as? String } == Self.names)
    #expect(
      rows.map { $0["kind"] as? String } == [
        "byte queue", "channel", "queue", "ordered queue", "element queue",
      ])
    #expect(rows.allSatisfy { $0["count"] as? Int == 2 && $0["lost"] as? Int == 0 })
    #expect(rows[4]["capacity"] as? Int == 2 && rows[4]["overflow"] as? String == "reject")
    #expect(rows[0]["segmentLimit"] as? Int == 2 && rows[0]["capacity"] == nil)
    #expect(store.name == "store")
  }

  @Test func `ls says so where there is no queue, and which one cannot be read`() throws {
    let store = try Database.open(
      lava.scratch.database("store"), creating: Geometry(blockCount: 8_192))
    let none = try lava("queue", "ls", "store")
    #expect(none.status == 0 && none.output == "" && none.errors.contains("no queues"))
    #expect(try lava("queue", "ls", "store", "--json").json() as? [String] == [])
    _ = try store.byteQueue("good", creating: ByteQueueGeometry())
    _ = try store.byteQueue("bad", creating: ByteQueueGeometry())
    try store.structure("bad", type: .byteQueue, creating: nil)
      .region.word32(at: 0).storeRelaxed(99)
    let list = try lava("queue", "ls", "store")
    #expect(list.status == 3 && list.output.contains("good") && !list.output.contains("bad"))
    #expect(list.errors.contains("'bad'"))
    let rows = try lava("queue", "ls", "store", "--json").json() as? [[String: Any]]
    #expect((rows?.first?["problem"] as? String)?.contains("version is 99") == true)
  }

  @Test func `stat tells what consumers have, and what was delivered again`() throws {
    let store = try makeStore()
    let claimed = try store.queue(
      "claimed", of: Point.self,
      creating: ElementQueueGeometry(
        capacity: 4, delivery: .acknowledged(withinNanoseconds: 60_000_000_000), claimLimit: 3))
    _ = try claimed.push(contentsOf: [Point(x: 1, y: 2), Point(x: 3, y: 4)])
    try #require(try claimed.claim()).giveBack()
    let claim = try #require(try claimed.claim())
    let text = try lava("queue", "stat", "store", "claimed").output
    #expect(text.contains("held        1 by consumers that have not finished them, 3 at most\n"))
    #expect(text.contains("delivery    acknowledged, within 1 min\n"))
    #expect(text.contains("count       1\n") && text.contains("redelivered 1\n"))
    let facts = try #require(
      try lava("queue", "stat", "store", "claimed", "--json").json() as? [String: Any])
    #expect(facts["held"] as? Int == 1 && facts["claimLimit"] as? Int == 3)
    #expect(facts["redelivered"] as? Int == 1)
    #expect(try claim.acknowledge())
    let drained = try lava("queue", "drain", "store", "claimed", "--show")
    #expect(drained.output == "{x: 3, y: 4}\n")
  }

  @Test func `stat tells how a queue is made, and how its elements lie`() throws {
    let store = try makeStore()
    let points = try lava("queue", "stat", "store", "points").output
    #expect(points.contains("kind        element queue\n"))
    #expect(points.contains("overflow    reject\n"))
    #expect(
      points.contains("elements    test.point{x:i32,y:i32} of 8 bytes (stride 8, alignment 4)"))
    #expect(
      try lava("queue", "stat", "store", "bytes").output
        .contains("segments    1 of at most 2, 4096 bytes each"))
    for name in Self.names {
      let facts = try #require(
        try lava("queue", "stat", "store", name, "--json").json() as? [String: Any])
      #expect(facts["name"] as? String == name && facts["count"] as? Int == 2)
      #expect(facts["delivery"] as? String == "atMostOnce" && facts["lost"] as? Int == 0)
      let layout = facts["layout"] as? [String: Any]
      let hasLayout = name != "bytes" && name != "messages"
      #expect(layout?["fields"] as? String == (hasLayout ? "test.point{x:i32,y:i32}" : nil))
      #expect(layout?["size"] as? Int == (hasLayout ? 8 : nil))
    }
    #expect(store.name == "store")
  }

  @Test(arguments: [
    ("points", ["{x: 1, y: -2}", "{x: 3, y: 4}"]),
    ("channel", ["{x: 5, y: 6}", "{x: 7, y: 8}"]),
    ("bytes", ["héllo", #"\x00\x01\xff"#]),
    ("messages", [#"{"a":1}"#, "end of stream\t"]),
    ("ordered", ["1\t{x: 2, y: 2}", "9\t{x: 1, y: 1}"]),
  ])
  func `peek shows, pop takes, in the order of the queue`(name: String, lines: [String]) throws {
    let store = try makeStore()
    for command in ["peek", "peek", "pop"] {
      let result = try lava("queue", command, "store", name, "--count", "5")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == lines.map { $0 + "\n" }.joined())
    }
    let again = try lava("queue", "peek", "store", name)
    #expect(again.status == 1 && again.output == "" && again.errors.contains("it is empty"))
    #expect(try store.anyQueue(name).facts().count == 0)
  }

  @Test func `one element that nobody looks at is its raw bytes`() throws {
    let store = try makeStore()
    #expect(try lava("queue", "peek", "store", "bytes").output == "héllo")
    #expect(try lava("queue", "pop", "store", "bytes").output == "héllo")
    let shown = try lava("queue", "peek", "store", "bytes", "--show").output
    #expect(shown.hasPrefix("00000000  00 01 ff"))
    let out = try lava.shell(
      #""$LAVA" queue pop store bytes >"$LAVA_DIR/out" && od -An -tx1 "$LAVA_DIR/out""#)
    #expect(out.output.split(separator: " ").joined(separator: " ") == "00 01 ff\n")
    #expect(try lava("queue", "peek", "store", "points", "--show").output == "{x: 1, y: -2}\n")
    #expect(store.name == "store")
  }

  @Test func `elements are JSON, one a line`() throws {
    let store = try makeStore()
    func lines(_ command: String, _ name: String) throws -> [[String: Any]] {
      try lava("queue", command, "store", name, "--count", "2", "--json").output
        .split(separator: "\n").map {
          try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }
    for command in ["peek", "pop"] {
      let points = try lines(command, "points")
      #expect(
        points.map { $0["value"] as? [String: Int] } == [["x": 1, "y": -2], ["x": 3, "y": 4]])
      #expect(points[0]["length"] as? Int == 8 && points[0]["type"] == nil)
      let bytes = try lines(command, "bytes")
      #expect(bytes[0]["value"] as? String == "héllo" && bytes[0]["type"] as? String == "utf8")
      #expect(bytes[1]["value"] as? [String: String] == ["$bytes": "AAH/"])
      let messages = try lines(command, "messages")
      #expect(messages[0]["value"] as? [String: Int] == ["a": 1])
      #expect((messages[0]["message"] as? [String: Any])?["cycle"] as? String == "7")
      #expect((messages[1]["message"] as? [String: Any])?["kind"] as? Int == 3)
      #expect(try lines(command, "ordered").map { $0["priority"] as? String } == ["1", "9"])
    }
    #expect(store.name == "store")
  }

  @Test func `pop waits for what comes in time, and says when nothing does`() throws {
    let store = try makeStore()
    let queue = try store.byteQueue("late", creating: ByteQueueGeometry())
    let none = try lava("queue", "pop", "store", "late")
    #expect(none.status == 1 && none.errors.contains("--timeout"))
    let late = try lava("queue", "pop", "store", "late", "--timeout", "50ms")
    #expect(late.status == 1 && late.errors.contains("nothing came in time") && late.output == "")
    let waiting = try lava.start(["queue", "pop", "store", "late", "--timeout", "60s"])
    #expect(try eventually { try store.participants().count(where: \.isAlive) == 2 })
    _ = try queue.push("there")
    #expect(waiting.readAll() == "there")
    #expect(waiting.wait() == 0)
    _ = try queue.push("one")
    let some = try lava("queue", "pop", "store", "late", "--count", "3", "--timeout", "50ms")
    #expect(some.status == 0 && some.output == "one\n")
  }

  @Test(arguments: names)
  func `drain takes all and says how many`(name: String) throws {
    let store = try makeStore()
    #expect(try lava("queue", "drain", "store", name).output == "2 elements taken\n")
    let json = try lava("queue", "drain", "store", name, "--json").json() as? [String: Int]
    #expect(json == ["taken": 0])
    #expect(try store.anyQueue(name).facts().count == 0)
  }

  @Test func `drain shows what it takes when asked to`() throws {
    let store = try makeStore()
    let shown = try lava("queue", "drain", "store", "points", "--show")
    #expect(shown.output == "{x: 1, y: -2}\n{x: 3, y: 4}\n")
    #expect(shown.errors == "2 elements taken\n")
    let json = try lava("queue", "drain", "store", "ordered", "--show", "--json").output
    #expect(json.split(separator: "\n").count == 2 && json.contains(#""value":{"x":2,"y":2}}"#))
    #expect(store.name == "store")
  }

  #if os(Linux)
    @Test(arguments: ["drain store points --show", "pop store points --count 2"])
    func `who cannot print has taken one element, not all`(command: String) throws {
      let store = try makeStore()
      let result = try lava.shell(#""$LAVA" queue \#(command) >/dev/full"#)
      #expect(result.status == 3 && result.errors.contains("standard output"))
      #expect(try store.anyQueue("points").facts().count == 1)
    }
  #endif

  @Test func `rm takes a queue with all that it keeps, and what is left of one`() throws {
    let store = try makeStore()
    func keysOfBytes() throws -> Int {
      try store.keys(prefix: "bytes").count
    }
    #expect(try keysOfBytes() > 1)
    #expect(try lava("db", "rm", "store", "bytes").status == 0)
    #expect(try keysOfBytes() == 0)
    #expect(try lava("queue", "push", "store", "bytes", "x", "--create", "byteQueue").status == 0)
    try store.delete("bytes")
    #expect(try keysOfBytes() > 0)
    #expect(try lava("db", "rm", "store", "bytes").status == 0)
    #expect(try keysOfBytes() == 0)
    #expect(try lava("db", "rm", "store", "bytes").status == 1)
  }

  @Test func `push makes a queue when asked to, and keeps the one there is`() throws {
    let store = try makeStore()
    let absent = try lava("queue", "push", "store", "new", "text")
    #expect(absent.status == 1 && absent.errors.contains("no queue 'new'"))
    let made = try lava(
      "queue", "push", "store", "new", "text", "--create", "byteQueue", "--segment-capacity",
      "1024", "--segment-limit", "3", "--delivery", "acknowledged", "--within", "5s",
      "--overflow", "dropOldest", "--json")
    #expect(made.status == 0, "\(made.errors)")
    let outcome = try made.json() as? [String: Any]
    #expect(outcome?["result"] as? String == "pushed" && outcome?["length"] as? Int == 4)
    let geometry = ByteQueueGeometry(
      segmentCapacity: 1_024, segmentLimit: 3, overflow: .dropOldest,
      delivery: .acknowledged(withinNanoseconds: 5_000_000_000))
    #expect(try store.byteQueue("new").geometry == geometry)
    #expect(try lava("queue", "push", "store", "new", "2", "--create", "byteQueue").status == 0)
    #expect(try store.byteQueue("new").geometry == geometry)
    let other = try lava("queue", "push", "store", "new", "2", "--create", "queue")
    #expect(other.status == 2 && other.errors.contains("byte queue"))
    let messages = try lava(
      "queue", "push", "store", "jobs", "{}", "--type", "json", "--create", "queue", "--capacity",
      "2", "--payload-capacity", "8", "--overflow", "reject")
    #expect(messages.status == 0, "\(messages.errors)")
    #expect(
      try store.queue("jobs").geometry
        == QueueGeometry(capacity: 2, payloadCapacity: 8, overflow: .reject))
    #expect(try store.anyQueue("jobs").peek().first?.type == .json)
    let odd = try lava(
      "queue", "push", "store", "odd", "2", "--create", "queue", "--capacity", "3")
    #expect(odd.status == 2 && odd.errors.contains("power of two"))
  }

  @Test func `bytes come from a file, and from standard input`() throws {
    let store = try makeStore()
    let result = try lava.shell(
      #"""
      printf '\000\377' >"$LAVA_DIR/in" &&
        "$LAVA" queue drain store bytes >/dev/null &&
        "$LAVA" queue push store bytes <"$LAVA_DIR/in" &&
        "$LAVA" queue push store bytes - <"$LAVA_DIR/in" &&
        "$LAVA" queue push store bytes --file "$LAVA_DIR/in"
      """#)
    #expect(result.status == 0 && result.output == "", "\(result.errors)")
    let elements = try store.anyQueue("bytes").peek(maxCount: 9)
    #expect(elements.map(\.bytes) == [[0, 255], [0, 255], [0, 255]])
    #expect(elements.allSatisfy { $0.type == .bytes })
    let missing = try lava("queue", "push", "store", "bytes", "--file", "/nowhere/at-all")
    #expect(missing.status == 3 && missing.errors.contains("/nowhere/at-all"))
    let folder = try lava("queue", "push", "store", "bytes", "--file", "/")
    #expect(folder.status == 3 && folder.errors.contains("file '/': Is a directory; choose one"))
  }

  @Test func `elements of one type need their bytes, and no more`() throws {
    let store = try makeStore()
    #expect(try lava("queue", "drain", "store", "points").status == 0)
    let wrong = try lava("queue", "push", "store", "points", "1234567")
    #expect(wrong.status == 2)
    #expect(wrong.errors.contains("7 bytes are no element") && wrong.errors.contains("of 8 bytes"))
    let typed = try lava("queue", "push", "store", "points", "12345678", "--type", "utf8")
    #expect(typed.status == 2 && typed.errors.contains("--type"))
    let urgent = try lava("queue", "push", "store", "points", "12345678", "--priority", "1")
    #expect(urgent.status == 2 && urgent.errors.contains("--priority"))
    #expect(try lava("queue", "push", "store", "points", "12345678").status == 0)
    #expect(try lava("queue", "pop", "store", "points").output == "12345678")
    let first = try lava("queue", "push", "store", "ordered", "abcdefgh", "--priority", "0")
    #expect(first.status == 0, "\(first.errors)")
    #expect(try lava("queue", "pop", "store", "ordered").output == "abcdefgh")
    #expect(try store.anyQueue("points").facts().count == 0)
  }

  @Test func `a priority queue takes one of 256 priorities, and get shows what stands`() throws {
    let store = try makeStore()
    let queue = try store.priorityQueue("levels", of: UInt64.self, creating: ElementCapacity(8))
    for (text, priority) in [("later---", "200"), ("sooner--", "7")] {
      let pushed = try lava("queue", "push", "store", "levels", text, "--priority", priority)
      #expect(pushed.status == 0, "\(pushed.errors)")
    }
    let none = try lava("queue", "push", "store", "levels", "12345678", "--priority", "256")
    #expect(none.status == 2 && none.errors.contains("choose 0 to 255"))
    #expect(try queue.count == 2)
    let shown = try lava("db", "get", "store", "levels", "--show").output
    #expect(shown.contains("count: 2") && shown.contains("priority: 7"))
    let json = try lava("db", "get", "store", "levels", "--json").json() as? [String: Any]
    #expect((json?["value"] as? [String: Any])?["count"] as? Int == 2)
    #expect(json?["type"] as? String == "priority queue")
    #expect(try lava("queue", "pop", "store", "levels").output == "sooner--")
    let peeked = try lava("queue", "peek", "store", "levels", "--json").json() as? [String: Any]
    #expect(peeked?["priority"] as? String == "200")
  }

  @Test func `a full queue is told, with status 1`() throws {
    let store = try makeStore()
    let rejected = try lava("queue", "push", "store", "points", "12345678")
    #expect(rejected.status == 1 && rejected.errors.contains("refuses what comes"))
    let full = try lava("queue", "push", "store", "channel", "12345678")
    #expect(full.status == 1 && full.errors.contains("--timeout"))
    let json = try lava(
      "queue", "push", "store", "channel", "12345678", "--timeout", "20ms", "--json")
    #expect(json.status == 1)
    #expect((try json.json() as? [String: Any])?["result"] as? String == "timedOut")
    #expect(json.errors.contains("wait for that longer with --timeout"))
    #expect(try store.anyQueue("points").facts().rejected == 1)
  }

  @Test func `an end of a channel that another has is not taken away`() throws {
    let store = try makeStore()
    let receiver = try store.channel("channel", of: Point.self).receiver()
    let refused = try lava("queue", "pop", "store", "channel")
    #expect(refused.status == 3 && refused.errors.contains("receiver belongs to another process"))
    #expect(try lava("queue", "peek", "store", "channel", "--count", "2").status == 0)
    _ = consume receiver
  }

  @Test(arguments: ["stat", "peek", "pop", "push", "drain"])
  func `what is no queue is refused`(command: String) throws {
    let store = try makeStore()
    let value = command == "push" ? ["value"] : []
    let text = try lava(["queue", command, "store", "text"] + value)
    #expect(text.status == 2 && text.errors.contains("it is utf8, and no queue"))
    let absent = try lava(["queue", command, "store", "absent"] + value)
    #expect(absent.status == 1 && absent.errors.contains("no queue 'absent'"))
    let nowhere = try lava(["queue", command, "nowhere", "text"] + value)
    #expect(nowhere.status == 1 && nowhere.errors.contains("nowhere"))
    #expect(store.name == "store")
  }

  @Test(arguments: [
    ["peek", "store", "bytes", "--count", "0"], ["pop", "store", "bytes", "--count", "0"],
    ["pop", "store", "bytes", "--timeout", "soon"], ["push", "store", "bytes", "a", "--file", "b"],
    ["push", "store", "bytes", "a", "--capacity", "4"],
    ["push", "store", "bytes", "a", "--create", "channel"],
    ["push", "store", "new", "a", "--create", "byteQueue", "--capacity", "4"],
    ["push", "store", "new", "a", "--create", "queue", "--segment-limit", "4"],
    ["push", "store", "new", "a", "--create", "byteQueue", "--within", "5s"],
    ["push", "store", "bytes", "{", "--type", "json"], ["ls"], ["nothing"],
  ])
  func `wrong usage is status 2, and changes nothing`(words: [String]) throws {
    let store = try makeStore()
    #expect(try lava(["queue"] + words).status == 2)
    #expect(try !store.contains("new") && store.anyQueue("bytes").facts().count == 2)
  }
}
