import Foundation
import TestSupport
import Testing

@testable import SimDB

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
    #expect(facts["reservedBlocks"] as? Int == 16 && facts["freeReservedBlocks"] as? Int == 16)
    #expect(facts["lanesInUse"] as? Int == 1 && facts["orphanedBlocks"] as? Int == 0)
    #expect(facts["laneCount"] as? Int == 4_096)
    let participants = try #require(facts["participants"] as? [[String: Any]])
    #expect(participants.count == 1)
    #expect(participants[0]["pid"] as? Int32 == ProcessInfo.processInfo.processIdentifier)
    #expect(participants[0]["alive"] as? Bool == true)
    #expect(participants[0]["pins"] as? Int == 0)
    for field in ["lanes", "heldBytes", "allocatedBlocks", "retiredBlocks"] {
      #expect(participants[0][field] as? Int == (field == "lanes" ? 1 : 0), "\(field)")
    }
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

  @Test func `keys tells type and length of each value as JSON`() throws {
    let store = try makeStore()
    let rows = try #require(
      try lava("db", "keys", "store", "--json").json() as? [[String: Any]])
    #expect(rows.map { $0["key"] as? String } == ["text", #"\xff\\\x0a"#])
    #expect(rows.map { $0["type"] as? String } == ["utf8", "bytes"])
    #expect(rows.map { $0["length"] as? Int } == [6, 3])
    #expect(store.name == "store")
  }

  @Test(arguments: [
    (#"\xff"#, [#"\xff\\\x0a"#]), (#"\xff\\"#, [#"\xff\\\x0a"#]), ("te", ["text"]), ("é", []),
    ("", ["text", #"\xff\\\x0a"#]),
  ])
  func `a prefix is written as keys are printed`(prefix: String, found: [String]) throws {
    let store = try makeStore()
    let keys = try lava("db", "keys", "store", "--prefix", prefix).output
    #expect(keys.split(separator: "\n").map(String.init) == found)
    #expect(store.name == "store")
  }

  @Test func `ls and stat print tables for people`() throws {
    let store = try makeStore()
    let list = try lava("db", "ls").output.split(separator: "\n")
    #expect(list.count == 2)
    #expect(list[0].split(separator: " ") == ["NAME", "ENTRIES", "USED", "PROGRAMS"])
    #expect(list[1].split(separator: " ").first == "store")
    #expect(list[1].split(separator: " ").last == "1")
    let facts = try lava("db", "stat", "store").output
    #expect(facts.contains("path          \(lava.scratch.database("store"))\n"))
    #expect(facts.contains(" of 1024 used, 128 bytes each\n"))
    #expect(facts.contains("entries       2\n"))
    #expect(facts.contains("reserve       16 of 16 blocks free, for overwriting"))
    #expect(facts.contains("lanes         1 of 4096 in use\n"))
    #expect(facts.contains("  NAME") && facts.contains("HELD  FILLING  RETIRED\n"))
    #expect(facts.contains("\(ProcessInfo.processInfo.processIdentifier)"))
    #expect(store.name == "store")
  }

  @Test func `where there are no databases ls says so, and help says where they lie`() throws {
    let list = try lava("db", "ls")
    #expect(list.status == 0 && list.output == "")
    #expect(list.errors == "no databases in \(lava.scratch.path)\n")
    #expect(try lava("db", "ls", "--json").json() as? [String] == [])
    #expect(try lava("--help").output.contains("LAVA_DIR"))
    #expect(try lava("db", "--help").output.contains("LAVA_DIR"))
  }

  @Test(arguments: [
    ("tbl", "nonsense", "tbl"), ("json", "{", "JSON"), ("json", "", "JSON"),
  ])
  func `what is not of its type is not stored`(type: String, value: String, word: String) throws {
    let store = try makeStore()
    let refused = try lava("db", "put", "store", "key", value, "--type", type)
    #expect(refused.status == 2)
    #expect(refused.errors.contains("the value is not") && refused.errors.contains(word))
    #expect(try !store.contains("key"))
  }

  @Test func `what put stores get gives back, and rm takes away`() throws {
    let created = try lava("db", "create", "mine", "--block-size", "64", "--block-count", "256")
    #expect(created.status == 0 && created.output == lava.scratch.database("mine") + "\n")
    #expect(try lava("db", "put", "mine", "greeting", "hello").status == 0)
    #expect(try lava("db", "get", "mine", "greeting").output == "hello")
    let stored = try lava("db", "put", "mine", #"\xff"#, "{}", "--type", "json", "--json").json()
    #expect((stored as? [String: Any])?["length"] as? Int == 2)
    #expect(
      (try lava("db", "get", "mine", #"\xff"#, "--json").json() as? [String: Any])?["type"]
        as? String == "json")
    #expect(try lava("db", "put", "mine", "greeting", "other", "--if-absent").status == 1)
    #expect(try lava("db", "put", "mine", "empty").status == 0)
    #expect(try lava("db", "get", "mine", "empty").output == "")
    #expect(try lava("db", "put", "mine", "key", "v", "--type", "nonsense").status == 2)
    let removed = try lava("db", "rm", "mine", "empty", "absent", "greeting")
    #expect(removed.status == 1 && removed.errors.contains("'absent'"))
    #expect(try lava("db", "keys", "mine").output == "\\xff\n")
    let counted = try lava("db", "rm", "mine", #"\xff"#, "absent", "--json")
    #expect(counted.status == 1)
    let outcome = try counted.json() as? [String: [String]]
    #expect(outcome == ["removed": [#"\xff"#], "absent": ["absent"], "refused": []])
  }

  @Test func `bytes of every kind go in by standard input and out by standard output`() throws {
    let store = try makeStore()
    let bytes = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let file = lava.scratch.path + "/bytes"
    #expect(FileManager.default.createFile(atPath: file, contents: Data(bytes)))
    let result = try lava.shell(
      #"""
      "$LAVA" db put store key --json <"$LAVA_DIR/bytes" && "$LAVA" db get store key >"$LAVA_DIR/out" &&
        cmp "$LAVA_DIR/bytes" "$LAVA_DIR/out"
      """#)
    #expect(result.status == 0, "\(result.errors)")
    #expect((try result.json() as? [String: Any])?["length"] as? Int == 70_000)
    #expect(try store.get("key") == bytes && store.type("key") == .bytes)
  }

  @Test(arguments: [
    ["create"], ["ls"], ["stat", "store"], ["keys", "store"], ["get", "store", "text"],
    ["put", "store", "key", "value"], ["rm", "store", "text"], ["save", "store", "$FILE"],
    ["check", "store"], ["repair", "store"], ["drop", "store", "--force"],
  ])
  func `every command prints JSON, and its result alone, when asked to`(words: [String]) throws {
    let store = try makeStore()
    let file = lava.scratch.path + "/saved"
    let arguments = words.map { $0 == "$FILE" ? file : $0 } + (words == ["create"] ? ["new"] : [])
    let result = try lava(["db"] + arguments + ["--json"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(throws: Never.self) { try result.json() }
    if words[0] == "save" {
      let loaded = try lava("db", "load", "copy", file, "--json").json() as? [String: Any]
      #expect(loaded?["entries"] as? Int == 2)
    }
    withExtendedLifetime(store) {}
  }

  @Test(arguments: [
    "create", "ls", "stat", "keys", "get", "put", "rm", "watch", "save", "load", "check", "repair",
    "drop",
  ])
  func `every command says what it is for and what it prints as JSON`(command: String) throws {
    let help = try lava("db", command, "--help")
    #expect(help.status == 0 && help.errors == "")
    #expect(help.output.contains("OVERVIEW: ") && help.output.contains("--json"))
    #expect(help.output.contains("--group <name|number>"))
    // What does not exist is not found, and what cannot be asked for is wrong usage.
    #expect(try lava("db", command, "--nonsense").status == 2)
    if !["create", "ls", "load"].contains(command) {
      let rest = ["get": ["k"], "put": ["k", "v"], "rm": ["k"], "save": ["f"]][command] ?? []
      #expect(try lava(["db", command, "absent"] + rest).status == 1)
    }
  }

  @Test func `a database is created for a group, and opened by who names it`() throws {
    let own = "\(getegid())"
    let elsewhere = Scratch()
    let path = elsewhere.database("shared")
    #expect(try lava("db", "create", path, "--group", own).status == 0)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o660)
    #expect(try lava("db", "put", path, "key", "value", "--group", own).status == 0)
    #expect(try lava("db", "get", path, "key", "--group", own).output == "value")
    for how in [[], ["--immediate"]] {
      let seen = try lava(
        ["db", "watch", path, "--group", own, "--present", "--count", "1"] + how)
      #expect(seen.status == 0 && seen.output == "put\tkey\n", "\(seen.errors)")
    }
    #expect(try lava("db", "watch", path, "--count", "1").status == 3)
    let viewer = try lava.start(["ui", path, "--group", own])
    #expect(viewer.readErrorLine()?.hasPrefix("http://127.0.0.1:") == true)
    viewer.signal(SIGINT)
    #expect(viewer.wait() == 0)
    #expect(try lava("ui", path).status == 3)
    let unasked = try lava("db", "get", path, "key")
    #expect(unasked.status == 3 && unasked.errors.contains("must be allowed by naming the group"))
    let unknown = try lava("db", "get", path, "key", "--group", "no such group")
    #expect(unknown.status == 2)
    // The directory of all others of this user lets no group in.
    let closed = try lava("db", "create", "store", "--group", own)
    #expect(closed.status == 3 && closed.errors.contains("mode 2770"))
    #expect(try lava("db", "drop", path, "--group", own).status == 0)
    #expect(elsewhere.names == [])
  }

  @Test func `create takes what is there, and refuses other blocks when told to`() throws {
    _ = try makeStore()
    let adopted = try lava("db", "create", "store")
    #expect(adopted.status == 0 && adopted.output == lava.scratch.database("store") + "\n")
    #expect(adopted.errors.contains("it was there already, with 1024 blocks of 128 bytes"))
    let taken = try lava("db", "create", "store", "--json").json() as? [String: Any]
    #expect(taken?["created"] as? Bool == false && taken?["blockCount"] as? Int == 1_024)
    let refused = try lava("db", "create", "store", "--require")
    #expect(refused.status == 3 && refused.errors.contains("1024 blocks of 128 bytes"))
    #expect(try lava("db", "create", "store", "--block-count", "1024", "--require").status == 0)
    #expect(try lava("db", "create", "odd", "--block-size", "65").status == 2)
  }

  @Test func `create makes places for as many programs as are asked for`() throws {
    let made = try lava(
      "db", "create", "small", "--block-count", "64", "--participants", "2", "--json")
    #expect((try made.json() as? [String: Any])?["participantCount"] as? Int == 2)
    let stat = try lava("db", "stat", "small", "--json").json() as? [String: Any]
    #expect(stat?["laneCount"] as? Int == 8)
    // Programs beyond these find no place, and what only looks needs none.
    let users = try (0..<2).map { _ in try Database.open(lava.scratch.database("small")) }
    let third = try lava("db", "put", "small", "key", "value")
    #expect(third.status == 3 && third.errors.contains("participant"), "\(third.errors)")
    #expect(try lava("db", "keys", "small").status == 0)
    withExtendedLifetime(users) {}
    let require = ["db", "create", "small", "--block-count", "64", "--require"]
    #expect(try lava(require).status == 0, "nothing was said of participants")
    #expect(try lava(require + ["--participants", "2"]).status == 0)
    let refused = try lava(require + ["--participants", "3"])
    #expect(refused.status == 3 && refused.errors.contains("for 3 participants"))
    for count in ["0", "1025", "many"] {
      #expect(try lava("db", "create", "odd", "--participants", count).status == 2)
    }
    #expect(try lava("db", "create", "usual", "--json").json() as? [String: Any] != nil)
  }

  @Test func `put replaces the entry that was read, and no other`() throws {
    let store = try makeStore()
    func generation() throws -> String {
      let json = try lava("db", "get", "store", "text", "--json").json() as? [String: Any]
      return try #require(json?["generation"] as? String)
    }
    func put(_ value: String, over generation: String) throws -> Lava.Result {
      try lava("db", "put", "store", "text", value, "--generation", generation, "--json")
    }
    let first = try generation()
    let stored = try put("second", over: first)
    #expect(stored.status == 0)
    let second = try generation()
    #expect((try stored.json() as? [String: Any])?["generation"] as? String == second)
    let late = try put("third", over: first)
    #expect(late.status == 1 && late.output == "")
    #expect(late.errors.contains("the entry of 'text' is of generation \(second), not of \(first)"))
    #expect(try store.get("text", as: String.self) == "second")
    try store.delete("text")
    let gone = try put("third", over: second)
    #expect(gone.status == 1 && gone.errors.contains("the entry of 'text' is gone"))
    #expect(try !store.contains("text"))
    #expect(try put("third", over: "many").status == 2)
    let both = try lava(
      "db", "put", "store", "text", "v", "--if-absent", "--generation", second)
    #expect(both.status == 2 && both.errors.contains("exclude each other"))
  }

  @Test func `check and repair say what they find`() throws {
    let store = try makeStore()
    #expect(try lava("db", "check", "store").output == "ok\n")
    let fine = try lava("db", "check", "store", "--json").json() as? [String: Any]
    #expect(fine?["ok"] as? Bool == true && (fine?["problems"] as? [String])?.isEmpty == true)
    let repaired = try lava("db", "repair", "store", "--json").json() as? [String: Any]
    #expect(repaired?["swept"] as? Int == 0)
    #expect(store.check() == [])
  }

  @Test func `check fails over what contradicts itself, and says what`() throws {
    let store = try makeStore()
    // As if somebody had published these blocks.
    let lost = try BlockWord(.live, owner: store.identity(), generation: 1)
    for block in [1_022, 1_023] {
      store.blocks.headers[block].state.storeRelaxed(lost.rawValue)
    }
    let expected = [1_022, 1_023].map { "block \($0) is live without an entry" }
    let result = try lava("db", "check", "store")
    #expect(result.status == 1 && result.errors == "")
    #expect(result.output.split(separator: "\n").map(String.init) == expected)
    let json = try lava("db", "check", "store", "--json")
    let outcome = try json.json() as? [String: Any]
    #expect(json.status == 1 && json.errors == "")
    #expect(outcome?["ok"] as? Bool == false && outcome?["problems"] as? [String] == expected)
  }

  /// Kills a writer that holds blocks; returns how many it has retired.
  private func killWriter(of store: Database) throws -> Int {
    for seed in 1...50 {
      // It sweeps its predecessor.
      let writer = try Subject(["churn", store.path, "\(seed)"])
      #expect(writer.readLine() == "ready")
      let before = store.changeCount
      #expect(eventually { store.changeCount > before + 100 })
      writer.signal(SIGKILL)
      writer.wait()
      let held = try store.participants().first { $0.pid == UInt32(writer.pid) }
      if let held, held.retiredBlocks > 0 { return held.retiredBlocks }
    }
    return 0
  }

  @Test func `what a killed program held is told by check, and freed by repair`() throws {
    let store = try makeStore()
    let retired = try killWriter(of: store)
    #expect(retired > 0)
    let found = try lava("db", "check", "store")
    #expect(found.status == 0 && found.output == "ok\n")
    #expect(
      found.errors == "1 dead program is not swept yet; 'lava db repair store' does it\n")
    let repaired = try lava("db", "repair", "store", "--json").json() as? [String: Int]
    // What it was filling is freed, too, or published.
    #expect(repaired?["swept"] == 1 && repaired?["freedBlocks"] ?? 0 >= retired)
    let after = try lava("db", "check", "store")
    #expect(after.output == "ok\n" && after.errors == "")
    #expect(
      try lava("db", "repair", "store").output == "0 dead participants swept, 0 blocks freed\n")
    #expect(try store.participants().count == 1)
  }

  @Test func `a full database is told with its limit and what helps`() throws {
    let store = try makeStore()
    for number in 0..<100 { try store.put("key \(number)", "value") }
    let file = lava.scratch.path + "/saved"
    #expect(try lava("db", "save", "store", file).status == 0)
    let small = try Database.open(
      lava.scratch.database("small"), creating: Geometry(blockSize: 64, blockCount: 64))
    for number in 0..<63 { try small.put("key \(number)", "old") }
    for words in [["put", "small", "one more", "value"], ["load", "small", file]] {
      for arguments in [words, words + ["--json"]] {
        let refused = try lava(["db"] + arguments)
        #expect(refused.status == 3 && refused.output == "", "\(arguments)")
        #expect(refused.errors.hasPrefix("error: database 'small': "), "\(refused.errors)")
        #expect(refused.errors.contains("of 63 blocks of 64 bytes too few are free"))
        #expect(refused.errors.contains("delete entries or create it with more blocks"))
      }
    }
    #expect(try lava("db", "get", "small", "one more").status == 1)
    #expect(try lava("db", "put", "small", "key 1", "new").status == 0)
    #expect(try lava("db", "get", "small", "key 1").output == "new")
    #expect(small.check() == [])
  }

  @Test func `save and load carry a database over`() throws {
    let store = try makeStore()
    let file = lava.scratch.path + "/saved"
    #expect(try lava("db", "save", "store", file).output == "2 entries saved\n")
    let loaded = try lava("db", "load", "copy", file, "--json").json() as? [String: Any]
    #expect(loaded?["entries"] as? Int == 2)
    #expect(try lava("db", "get", "copy", "text").output == "héllo")
    #expect(try lava("db", "load", "copy", file + ".absent").status == 1)
    #expect(
      FileManager.default.createFile(atPath: file, contents: Data("LAVASAVE nonsense".utf8)))
    let refused = try lava("db", "load", "copy", file)
    #expect(refused.status == 3 && refused.errors.contains("byte 0"))
    #expect(try lava("db", "save", "copy", file).status == 0)
    var bytes = try #require(FileManager.default.contents(atPath: file))
    bytes[bytes.count - 1] ^= 1
    #expect(FileManager.default.createFile(atPath: file, contents: bytes))
    #expect(try lava("db", "load", "fresh", file).status == 3)
    #expect(try lava("db", "stat", "fresh").status == 1, "nothing was created for it")
    #expect(store.check() == [])
  }

  @Test func `save fails over what cannot be read, or salvages the rest when told to`() throws {
    let store = try makeStore()
    for number in 0..<50 { try store.put("a key of its own \(number)", "v") }
    // Every copy of one key's beginning becomes another key's, which leads elsewhere.
    let path = lava.scratch.database("store")
    var bytes = try #require(FileManager.default.contents(atPath: path))
    let head = try #require(bytes.range(of: Data("text".utf8)))
    bytes.replaceSubrange(head, with: Data("TEXT".utf8))
    #expect(
      FileManager.default.createFile(
        atPath: lava.scratch.database("damaged"), contents: bytes,
        attributes: [.posixPermissions: 0o600]))
    let file = lava.scratch.path + "/saved"
    let refused = try lava("db", "save", "damaged", file)
    #expect(refused.status == 3 && refused.errors.contains("leads to another slot"))
    #expect(!FileManager.default.fileExists(atPath: file))
    let salvaged = try lava("db", "save", "damaged", file, "--salvage")
    #expect(salvaged.status == 1 && salvaged.output == "51 entries saved, 1 left out\n")
    #expect(salvaged.errors.contains("left out: database 'damaged', block"))
    let json = try lava("db", "save", "damaged", file, "--salvage", "--json").json()
    #expect(((json as? [String: Any])?["unreadable"] as? [String])?.count == 1)
    #expect(try lava("db", "load", "rescued", file).output == "51 entries loaded\n")
  }

  @Test func `drop spares a database in use, unless it is told not to`() throws {
    var store: Database? = try makeStore()
    let refused = try lava("db", "drop", "store")
    #expect(refused.status == 3 && refused.errors.contains("is used by"))
    #expect(store?.name == "store")
    store = nil
    let dropped = try lava("db", "drop", "store", "--json").json() as? [String: Any]
    #expect(dropped?["name"] as? String == "store" && dropped?["users"] as? Int == 0)
    #expect(try lava("db", "stat", "store").status == 1)
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
