import Foundation
import Tbl
import TestSupport
import Testing

/// `lava tbl`: looking into documents.
@Suite struct TblCommandTests {
  let lava = Lava()

  private static let evil = "\u{1b}]0;title\u{7}\u{9b}2J\r"

  init() throws {
    let sensor = try build { builder in
      builder.set("name", "left")
      builder.set("levels", vector: [1, 2, 3, 4] as [Int32])
    }
    let document = try build { builder in
      builder.set("name", "héllo")
      builder.set("count", UInt8(7))
      builder.set("ratio", 0.1 as Float)
      builder.set("on", true)
      builder.setNil("nothing")
      builder.set("a.b", sensor)
      builder.set("blob", bytes: [0, 0x1b, 255])
      builder.set("grid", vector: [0.5, 1.5, 2.5, 3.5, 4.5, 5.5], shape: [2, 3])
      builder.set("sensors", vector: [sensor, sensor])
      builder.set("evil" + Self.evil, Self.evil)
    }
    try write(document.bytes, "doc")
    try write(Array(document.bytes.dropLast(8)), "short")
    try write(Array(#"{"x": "text of more bytes than a header has"}"#.utf8), "text.json")
  }

  private func path(_ name: String) -> String { lava.scratch.path + "/" + name }

  private func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
  }

  private func tbl(_ words: String...) throws -> Lava.Result {
    try lava(["tbl"] + words.map { $0.hasPrefix("@") ? path(String($0.dropFirst())) : $0 })
  }

  // MARK: show

  @Test func `show prints a tree, cut where it is told to`() throws {
    let shown = try tbl("show", "@doc")
    #expect(shown.status == 0 && shown.errors == "")
    #expect(shown.output.hasPrefix("table, 10 keys, "))
    #expect(shown.output.contains("\n  grid: f64[2x3] 0.5 1.5 2.5 3.5 4.5 5.5\n"))
    #expect(shown.output.contains("\n  a\\.b: table, 2 keys\n    name: string \"left\"\n"))
    #expect(!shown.output.contains("\u{1b}"))
    let cut = try tbl("show", "@doc", "--limit", "2").output
    #expect(cut.hasSuffix("\n  count: u8 7\n  … 8 more keys\n"))
    let part = try tbl("show", "@doc", "--path", "sensors.1", "--limit", "1").output
    #expect(part == "table, 2 keys\n  name: string \"left\"\n  … 1 more key\n")
    let piped = try lava.shell(#""$LAVA" tbl show - <"$LAVA_DIR/doc""#)
    #expect(piped.output == shown.output)
    #expect(try tbl("show", "@doc", "--limit", "0").status == 2)
    let absent = try tbl("show", "@doc", "--path", "grid.9.9")
    #expect(absent.status == 1 && absent.output == "")
  }

  // MARK: get

  @Test(arguments: [
    ("name", "héllo"), ("count", "7\n"), ("ratio", "0.1\n"), ("on", "true\n"),
    ("nothing", "nil\n"), (#"a\.b.name"#, "left"), ("grid.1.2", "5.5\n"),
    ("grid", "f64[2x3] 0.5 1.5 2.5 3.5 4.5 5.5\n"),
    ("sensors.0", "table, 2 keys\n  name: string \"left\"\n  levels: i32[4] 1 2 3 4\n"),
  ])
  func `get writes the value at a path`(path: String, output: String) throws {
    let result = try tbl("get", "@doc", path)
    #expect(result.status == 0 && result.errors == "" && result.output == output)
  }

  @Test func `get writes bytes as they are, and cuts or nests what is asked for`() throws {
    let bytes = try lava.shell(#""$LAVA" tbl get "$LAVA_DIR/doc" blob | od -An -tx1"#).output
    #expect(bytes == " 00 1b ff\n")
    #expect(try tbl("get", "@doc", "grid", "--limit", "1").output == "f64[2x3] 0.5 … 5 more\n")
    #expect(
      try tbl("get", "@doc", "grid", "--json").output == "[[0.5,1.5,2.5],[3.5,4.5,5.5]]\n")
    #expect(try tbl("get", "@doc", "name", "--json").output == "\"héllo\"\n")
    #expect(try tbl("get", "@doc", "blob", "--json").output == "{\"$bytes\":\"ABv/\"}\n")
  }

  @Test(arguments: [
    (
      "nope",
      #"the document is a table of name, count, ratio, on, nothing, a\.b, blob, grid and 2 more"#
    ),
    (#"a\.b.x"#, #"'a\.b' is a table of name, levels"#),
    (#"a\.b.levels.4"#, #"'a\.b.levels' is i32[4], whose last element is 3"#),
    ("grid.2.0", "'grid' is f64[2x3], whose last element is 1.2"),
    ("grid.1", "'grid' is f64[2x3], whose last element is 1.2"),
    ("name.x.y", "'name' is of type string, and has nothing inside"),
    ("sensors.1.name.z", "'sensors.1.name' is of type string, and has nothing inside"),
    ("", "the document is a table of"),
  ])
  func `where nothing is, it is said where the path ends`(path: String, end: String) throws {
    let result = try tbl("get", "@doc", path)
    #expect(result.status == 1 && result.output == "")
    let said = "error: file '\(self.path("doc"))': there is nothing at '\(path)'; \(end)"
    #expect(result.errors.hasPrefix(said), "\(result.errors)")
  }

  // MARK: stats

  @Test func `stats lists all vectors of numbers, or one of them in full`() throws {
    let all = try tbl("stats", "@doc", "--quantiles", "0,1")
    #expect(all.status == 0 && all.errors == "")
    let rows = all.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(
      rows[0] == [
        "PATH", "TYPE", "COUNT", "NAN", "MIN", "MAX", "MEAN", "SD", "MEDIAN", "Q", "0.0", "Q",
        "1.0",
      ])
    #expect(
      rows.dropFirst().map { $0[0] } == [
        #"a\.b.levels"#, "grid", "sensors.0.levels", "sensors.1.levels",
      ])
    #expect(
      rows[2] == ["grid", "f64[2x3]", "6", "0", "0.5", "5.5", "3", "1.707825", "3", "0.5", "5.5"])
    let one = try tbl("stats", "@doc", "grid", "--quantiles", "0.2", "--histogram", "2").output
    #expect(one.contains("standard deviation  1.707825\n"))
    #expect(one.contains("variance            2.916667\n"))
    #expect(one.contains("quantile 0.2        1.5\n") && one.contains("mode                -\n"))
    let bar = String(repeating: "█", count: 40)
    #expect(one.hasSuffix("\n\n0.5  3  \(bar)\n  3  3  \(bar)\n"), "\(one)")
    let inside = try tbl("stats", "@doc", "sensors.1").output.split(separator: "\n")
    #expect(inside.count == 2 && inside[1].hasPrefix("sensors.1.levels "))
  }

  @Test func `stats has every figure in JSON`() throws {
    let document = try build { builder in
      builder.setVector([1, 1, 2, .nan] as [Double])
      builder.set("infinite", vector: [1, .infinity])
      builder.set("none", vector: [] as [Float])
    }
    try write(document.bytes, "numbers")
    let result = try tbl(
      "stats", "@numbers", "--json", "--quantiles", "0.5,1", "--histogram", "2")
    let rows = try #require(try result.json() as? [[String: Any]])
    #expect(rows.map { $0["path"] as? String } == ["", "infinite", "none"])
    let own = rows[0]
    #expect(own["type"] as? String == "f64[4]" && own["count"] as? Int == 3)
    #expect(own["notANumber"] as? Int == 1 && own["minimum"] as? Double == 1)
    #expect(own["maximum"] as? Double == 2 && own["mean"] as? Double == 4.0 / 3)
    #expect(own["median"] as? Double == 1)
    let variance = try #require(own["variance"] as? Double)
    #expect(abs(variance - 2.0 / 9) < 1e-15)
    let deviation = try #require(own["standardDeviation"] as? Double)
    #expect(abs(deviation - variance.squareRoot()) < 1e-15)
    #expect((own["mode"] as? [String: Double]) == ["number": 1, "count": 2])
    #expect(
      own["quantiles"] as? [[String: Double]] == [
        ["fraction": 0.5, "number": 1], ["fraction": 1, "number": 2],
      ])
    let histogram = own["histogram"] as? [String: Any]
    #expect(histogram?["from"] as? Double == 1 && histogram?["to"] as? Double == 2)
    #expect(histogram?["counts"] as? [Int] == [2, 1])
    // What there is not, or is infinite, is left out.
    #expect(rows[1]["maximum"] == nil && rows[1]["histogram"] == nil)
    #expect(rows[1]["minimum"] as? Double == 1)
    #expect(rows[2]["count"] as? Int == 0 && rows[2]["mean"] == nil && rows[2]["mode"] == nil)
    #expect(try tbl("stats", "@numbers", "infinite", "--histogram", "2").status == 0)
    #expect(try tbl("stats", "@numbers").output.contains("(vector)"))
  }

  @Test func `stats prints whole numbers in full, and infinities`() throws {
    let document = try build { builder in
      builder.set("whole", vector: [1_764_000_000_000_009, 1_764_000_000_000_001])
      builder.set("large", vector: [9_007_199_254_740_992, -1e300, 1_234_567.25])
      builder.set("infinite", vector: [1, .infinity, -.infinity] as [Double])
      builder.set("none", vector: [] as [Double])
    }
    try write(document.bytes, "figures")
    let whole = try tbl("stats", "@figures", "whole").output
    #expect(whole.contains("maximum             1764000000000009\n"), "\(whole)")
    #expect(whole.contains("mean                1764000000000005\n"), "\(whole)")
    let large = try tbl("stats", "@figures", "large").output
    #expect(large.contains("minimum             -1e+300\n"), "\(large)")
    #expect(large.contains("maximum             9007199254740992\n"), "\(large)")
    #expect(large.contains("median              1234567.25\n"), "\(large)")
    let infinite = try tbl("stats", "@figures", "infinite", "--histogram", "2").output
    #expect(infinite.contains("minimum             -inf\n"), "\(infinite)")
    #expect(infinite.contains("maximum             inf\n"), "\(infinite)")
    #expect(infinite.contains("mean                -\n"), "\(infinite)")
    #expect(
      infinite.hasSuffix("\n\nno histogram: the numbers have no finite range\n"), "\(infinite)")
    let none = try tbl("stats", "@figures", "none", "--histogram", "2").output
    #expect(none.hasSuffix("\n\nno histogram: the numbers have no finite range\n"), "\(none)")
  }

  @Test func `stats leaves out the cells of a column that are not there`() throws {
    let made = try lava.shell(
      #"printf 'x,big\n1,\n,-1\n4,9007199254740993\n' | "$LAVA" tbl from-csv - --output "$LAVA_DIR/csv""#
    )
    #expect(made.status == 0, "\(made.errors)")
    let rows = try #require(try tbl("stats", "@csv", "--json").json() as? [[String: Any]])
    #expect(rows.map { $0["path"] as? String } == ["x", "big"])
    #expect(rows[0]["count"] as? Int == 2 && rows[0]["missing"] as? Int == 1)
    #expect(rows[0]["minimum"] as? Double == 1 && rows[0]["mean"] as? Double == 2.5)
    #expect(rows[1]["maximum"] as? Double == 9_007_199_254_740_992)
    #expect(try tbl("stats", "@csv").output.contains("MISSING"))
    // The vector itself has all of them.
    #expect(try tbl("stats", "@csv", "x.values").output.contains("count               3\n"))
  }

  @Test func `stats says where there is nothing to count`() throws {
    let text = try tbl("stats", "@doc", "name")
    #expect(text.status == 1 && text.errors.contains("'name': it is no vector of numbers"))
    #expect(try tbl("stats", "@doc", "nope").status == 1)
    try write(build { $0.set("text", "t") }.bytes, "plain")
    let none = try tbl("stats", "@plain")
    #expect(none.status == 0 && none.output == "")
    #expect(none.errors == "no vectors of numbers in file '\(path("plain"))'\n")
    #expect(try tbl("stats", "@plain", "--json").json() as? [String] == [])
    for wrong in [["--quantiles", "1.1"], ["--quantiles", "a"], ["--histogram", "0"]] {
      #expect(try lava(["tbl", "stats", path("doc")] + wrong).status == 2)
    }
  }

  // MARK: validate

  @Test func `validate tells documents from what is none`() throws {
    let canonical = try Tbl(validating: Array(Data(contentsOf: URL(fileURLWithPath: path("doc")))))
      .canonical()
    try write(canonical.bytes, "canonical")
    let good = try tbl("validate", "@doc", "@canonical")
    let hash = try String(canonical.contentHash(), radix: 16)
    let lines = good.output.split(separator: "\n")
    #expect(good.status == 0 && good.errors == "" && lines.count == 2)
    #expect(lines.allSatisfy { $0.hasSuffix("\(hash)") })
    #expect(lines[0].contains(" bytes, 10 keys, height 1, not canonical, content hash "))
    #expect(lines[1].contains(": tbl version 1, \(canonical.bytes.count) bytes, 10 keys, "))
    #expect(lines[1].contains(" height 1, canonical, "))
    let bad = try tbl("validate", "@short", "@doc", "@text.json")
    #expect(bad.status == 1 && bad.errors == "")
    let said = bad.output.split(separator: "\n")
    #expect(said.count == 3 && said[0].contains("short: no tbl: byte 8: "), "\(said)")
    #expect(said[2].hasSuffix("text.json: no tbl: byte 0: no magic"))
  }

  @Test func `validate goes on behind a file that cannot be read`() throws {
    let result = try tbl("validate", "@absent", "@short", "@doc", "--json")
    #expect(result.status == 3)
    #expect(result.errors.hasPrefix("error: file '\(path("absent"))': No such file or directory"))
    let rows = try #require(try result.json() as? [[String: Any]])
    #expect(rows.map { $0["valid"] as? Bool } == [false, false, true])
    #expect((rows[0]["problem"] as? String)?.contains("No such file") == true)
    #expect((rows[1]["problem"] as? String)?.hasPrefix("byte 8: ") == true)
    #expect(rows[2]["version"] as? Int == 1 && rows[2]["keys"] as? Int == 10)
    #expect(rows[2]["height"] as? Int == 1 && rows[2]["canonical"] as? Bool == false)
    #expect((rows[2]["contentHash"] as? String)?.count == 16 && rows[2]["bytes"] != nil)
    #expect(try tbl("validate").status == 2)
    #expect(try tbl("validate", "-", "-").status == 2)
  }

  // MARK: diff

  @Test func `diff tells each path that differs, or ends with 0`() throws {
    let before = #"{"x": 1, "both": [1, 2, 3], "gone": {}, "text": "a", "n": {"shape": [1]}}"#
    let after = #"{"n": {"shape": [1, 2]}, "text": "b", "both": [1, 5, 6], "x": 1.5, "new": "v"}"#
    for (name, text) in [("a", before), ("b", after)] {
      try write(Tbl(json: Array(text.utf8)).bytes, name)
    }
    let result = try tbl("diff", "@a", "@b")
    #expect(result.status == 1 && result.errors == "")
    #expect(
      result.output == """
        x: other type: i64 1 → f64 1.5
        both: other elements: 2 of 3, the first at 1: 2 → 5
        gone: only in the first: table, 0 keys
        text: other value: string "a" → string "b"
        n.shape: other shape: i64[1] → i64[2]
        new: only in the second: string "v"

        """)
    let some = try tbl("diff", "@a", "@b", "--limit", "4")
    #expect(some.output.split(separator: "\n").count == 4 && some.errors == "… 2 more\n")
    let rows = try #require(try tbl("diff", "@a", "@b", "--json").json() as? [[String: Any]])
    #expect(
      rows.map { $0["kind"] as? String } == [
        "type", "value", "onlyInFirst", "value", "shape", "onlyInSecond",
      ])
    #expect(rows[1]["firstIndex"] as? [Int] == [1] && rows[1]["differing"] as? Int == 2)
    #expect(rows[1]["total"] as? Int == 3 && rows[1]["second"] as? String == "5")
    #expect(rows[2]["path"] as? String == "gone" && rows[2]["second"] == nil)
    #expect(rows[0]["ownVector"] as? Bool == false)
    let same = try lava.shell(#""$LAVA" tbl diff "$LAVA_DIR/a" - <"$LAVA_DIR/a""#)
    #expect(same.status == 0 && same.output == "" && same.errors == "")
    #expect(try tbl("diff", "@a", "@absent").status == 3)
    #expect(try tbl("diff", "-", "-").status == 2)
    #expect(try tbl("diff", "@a").status == 2)
  }

  @Test func `diff names the own vectors of tables`() throws {
    try write(build { $0.setVector([1]) }.bytes, "one")
    let inner = try build { $0.set("k", 1) }
    try write(build { $0.set("in", inner) }.bytes, "two")
    let both = try build { builder in
      builder.setVector([1.5])
      builder.set("k", 1)
    }
    try write(build { $0.set("in", both) }.bytes, "three")
    #expect(
      try tbl("diff", "@one", "@two").output
        == "(vector): only in the first: i64[1]\nin: only in the second: table, 1 key\n")
    #expect(
      try tbl("diff", "@two", "@three").output == "in (vector): only in the second: f64[1]\n")
  }

  // MARK: What all have in common

  @Test(arguments: [
    ["show"], ["get", "x"], ["stats"], ["to-json"], ["to-csv"], ["to-arrow"],
    ["diff", "-"],
  ])
  func `a damaged document, or none, is an error of the surroundings`(words: [String]) throws {
    func run(_ file: String) throws -> Lava.Result {
      try lava(["tbl", words[0], path(file)] + words.dropFirst())
    }
    let short = try run("short")
    #expect(short.status == 3 && short.output == "")
    #expect(short.errors.hasPrefix("error: file '\(path("short"))', byte 8: "), "\(short.errors)")
    let text = try run("text.json")
    #expect(text.status == 3 && text.errors.contains("make a tbl of it with 'lava tbl from-json'"))
    let absent = try run("absent")
    #expect(absent.status == 3)
    #expect(absent.errors.hasPrefix("error: file '\(path("absent"))': No such file or directory;"))
    let folder = try lava(["tbl", words[0], lava.scratch.path] + words.dropFirst())
    #expect(folder.status == 3 && folder.errors.contains("Is a directory"))
    let nothing = try lava.shell(
      #""$LAVA" tbl \#(words[0]) - \#(words.dropFirst().joined(separator: " ")) </dev/null"#)
    #expect(nothing.status == (words[0] == "diff" ? 2 : 3), "\(nothing.errors)")
  }

  @Test(arguments: [
    "show", "get", "stats", "validate", "diff", "from-json", "to-json", "from-csv", "to-csv",
    "from-arrow", "to-arrow",
  ])
  func `every command says what it is for`(command: String) throws {
    let help = try lava("tbl", command, "--help")
    #expect(help.status == 0 && help.errors == "" && help.output.contains("OVERVIEW: "))
    #expect(try lava("tbl", command).status == 2)
    #expect(try lava("tbl", command, "--nonsense").status == 2)
  }

  @Test func `a document in a database is shown as the tree that it is`() throws {
    let stored = try lava.shell(
      #""$LAVA" db create store >/dev/null; "$LAVA" db put store doc --type tbl <"$LAVA_DIR/doc""#)
    #expect(stored.status == 0, "\(stored.errors)")
    let tree = try tbl("show", "@doc").output
    #expect(try lava("db", "get", "store", "doc", "--show").output == tree)
    let cut = try tbl("show", "@doc", "--limit", "2").output
    #expect(try lava("db", "get", "store", "doc", "--limit", "2").output == cut)
    let raw = try lava.shell(#""$LAVA" db get store doc | cmp - "$LAVA_DIR/doc""#)
    #expect(raw.status == 0)
    let json = try lava("db", "get", "store", "doc", "--json").json() as? [String: Any]
    #expect((json?["value"] as? [String: Any])?["count"] as? Int == 7)
  }

  #if os(Linux)
    @Test(
      .enabled(if: Tools.has("script"), "needs script(1) for a terminal"),
      arguments: [
        "show '$DOC'", #"get '$DOC' 'evil\\u{1B}]0;title\\u{7}\\u{9B}2J\\u{D}'"#, "get '$DOC' x",
        "get '$DOC' blob", "to-json '$DOC' --pretty", "diff '$DOC' '$DOC.other'",
      ])
    func `a terminal is not steered by a document`(command: String) throws {
      try write(build { $0.set("e" + Self.evil, Self.evil) }.bytes, "doc.other")
      let words = command.replacing("$DOC", with: path("doc"))
      let result = try lava.shell(
        #"exec script -qefc "'$LAVA' tbl \#(words)" /dev/null </dev/null"#)
      let text = result.output.replacing("\r\n", with: "\n")
        // The word 'error:' is red.
        .replacing("\u{1b}[31m", with: "").replacing("\u{1b}[0m", with: "")
      #expect(!text.isEmpty)
      if command.contains("evil") { #expect(text == #"\u{1B}]0;title\u{7}\u{9B}2J\u{D}"# + "\n") }
      if command.contains("blob") { #expect(text.hasPrefix("00000000  00 1b ff ")) }
      let controls = text.unicodeScalars.filter { $0.steersTerminals && $0 != "\n" }
      #expect(controls.isEmpty, "\(text.debugDescription)")
    }
  #endif
}
