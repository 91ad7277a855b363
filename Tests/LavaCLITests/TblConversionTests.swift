import Foundation
import Tbl
import TblArrow
import TestSupport
import Testing

/// `lava tbl`: documents of other formats, and other formats of documents.
@Suite struct TblConversionTests {
  let lava = Lava()

  private func path(_ name: String) -> String { lava.scratch.path + "/" + name }

  private func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
  }

  private func write(_ text: String, _ name: String) throws { try write(Array(text.utf8), name) }

  private func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  private func tbl(_ words: String...) throws -> Lava.Result {
    try lava(["tbl"] + words.map { $0.hasPrefix("@") ? path(String($0.dropFirst())) : $0 })
  }

  // MARK: JSON

  /// A value of JSON, of `depth` levels at most.
  private func json(_ random: inout SeededGenerator, depth: Int) -> String {
    let texts = ["", "a", "é😀", #"\"\\\/\b\n"#, #"\u0000\u001b"#, "$x", "a.b"]
    func text(_ random: inout SeededGenerator) -> String {
      "\"\(texts.randomElement(using: &random) ?? "")\""
    }
    switch Int.random(in: 0...(depth > 0 ? 7 : 4), using: &random) {
    case 0: return ["null", "true", "false"].randomElement(using: &random) ?? "null"
    case 1: return "\(Int64.random(in: .min ... .max, using: &random))"
    case 2: return "\(Double.random(in: -1e9...1e9, using: &random))"
    case 3: return text(&random)
    case 4: return "\(UInt64.random(in: 0 ... .max, using: &random))"
    case 5, 6:
      let members = (0..<Int.random(in: 0...4, using: &random)).map { number in
        "\"\(number)\(texts.randomElement(using: &random) ?? "")\":\(json(&random, depth: depth - 1))"
      }
      return "{\(members.joined(separator: ","))}"
    default:
      let elements = (0..<Int.random(in: 0...4, using: &random)).map { _ in
        json(&random, depth: depth - 1)
      }
      return "[\(elements.joined(separator: ", "))]"
    }
  }

  @Test func `what from-json made to-json writes, and from-json makes again`() throws {
    var random = seeded("what from-json made to-json writes, and from-json makes again")
    let values = (0..<200).map { _ in json(&random, depth: 4) }
    let text = "{\"all\": [\(values.joined(separator: ",\n"))]}"
    try write(text, "in.json")
    let result = try lava.shell(
      #"""
      "$LAVA" tbl from-json "$LAVA_DIR/in.json" >"$LAVA_DIR/a" &&
        "$LAVA" tbl to-json "$LAVA_DIR/a" | tee "$LAVA_DIR/out.json" |
        "$LAVA" tbl from-json - --output "$LAVA_DIR/b" &&
        "$LAVA" tbl to-json "$LAVA_DIR/b" --pretty --output "$LAVA_DIR/pretty.json" &&
        "$LAVA" tbl from-json "$LAVA_DIR/pretty.json" | cmp - "$LAVA_DIR/a"
      """#)
    #expect(result.status == 0 && result.output == "" && result.errors == "", "\(result.errors)")
    let document = try Tbl(json: Array(text.utf8))
    #expect(try read("a") == document.bytes && read("b") == document.bytes)
    #expect(try read("out.json") == Array((document.json() + "\n").utf8))
    #expect(try read("pretty.json") == Array((document.json(pretty: true) + "\n").utf8))
  }

  @Test(arguments: [
    (#"{"a": 1,"#, "line 1, column 9: it ends too early; correct the text there"),
    ("{\"a\": 1,\n \"a\": 2}", "line 2, column 2: "),
    ("[1e999]", "line 1, column 2: 1e999 is beyond all doubles; "), ("nope", "line 1, column 1: "),
  ])
  func `text that is not JSON is told with its place, and makes nothing`(
    text: String, said: String
  ) throws {
    try write(text, "bad.json")
    let result = try tbl("from-json", "@bad.json", "--output", "@made")
    #expect(result.status == 2 && result.output == "")
    #expect(
      result.errors.hasPrefix("error: file '\(path("bad.json"))', \(said)"), "\(result.errors)")
    #expect(lava.scratch.names == ["bad.json"])
  }

  @Test func `numbers that JSON lacks are refused, or become what is chosen`() throws {
    try write(build { $0.set("x", vector: [0.5, .nan, -.infinity]) }.bytes, "doc")
    let refused = try tbl("to-json", "@doc")
    #expect(refused.status == 2 && refused.output == "")
    #expect(
      refused.errors
        == "error: file '\(path("doc"))', key 'x', element 1: JSON has no number for not-a-number; "
        + "choose --non-finite null or text\n")
    #expect(
      try tbl("to-json", "@doc", "--non-finite", "null").output == "{\"x\":[0.5,null,null]}\n")
    #expect(
      try tbl("to-json", "@doc", "--non-finite", "text").output
        == "{\"x\":[0.5,\"NaN\",\"-Infinity\"]}\n")
    #expect(try tbl("to-json", "@doc", "--non-finite", "zero").status == 2)
    #expect(try tbl("get", "@doc", "x", "--json").output == "[0.5,null,null]\n")
  }

  // MARK: CSV

  private func columns(_ text: String, _ options: String...) throws -> Tbl {
    try write(text, "in.csv")
    let result = try lava(
      ["tbl", "from-csv", path("in.csv"), "--output", path("made")] + options)
    #expect(result.status == 0 && result.output == "" && result.errors == "", "\(result.errors)")
    return try Tbl(validating: read("made"))
  }

  @Test func `columns have the types of their cells, or those that are said`() throws {
    let text = "a,b=c,d\n1,2.5,x\n-2,3,\"y,z\"\n"
    let plain = try columns(text)
    #expect(plain.keys == ["a", "b=c", "d"])
    #expect(plain["a"] == .ints([1, -2]) && plain["b=c"] == .doubles([2.5, 3]))
    #expect(plain["d"] == .strings(["x", "y,z"]))
    let typed = try columns(text, "--type", "a=i8", "--type", "b=c=f32")
    #expect(typed.ints("a") == [1, -2] && typed["b=c"] == .floats([2.5, 3]))
    #expect(try typed.withView { try $0.field("a")?.type } == .int8)
    let bare = try columns("1;2\n3;4\n", "--no-header", "--separator", ";")
    #expect(bare.keys == ["column 1", "column 2"] && bare["column 2"] == .ints([2, 4]))
    #expect(try columns("p\tq\n1\t2\n", "--separator", "tab").keys == ["p", "q"])
  }

  @Test func `columns become text, and such columns again`() throws {
    let text = "a,b,c\n1,0.5,\"1\"\n,1e-07,\"x \"\"y, z\"\"\"\n3,nan,é\n"
    let table = try columns(text)
    let result = try tbl("to-csv", "@made")
    #expect(result.status == 0 && result.errors == "" && result.output == text)
    let other = try tbl("to-csv", "@made", "--separator", "tab", "--no-header")
    #expect(other.output == "1\t0.5\t\"1\"\n\t1e-07\t\"x \"\"y, z\"\"\"\n3\tnan\té\n")
    #expect(try tbl("to-csv", "@made", "--output", "@out.csv").status == 0)
    #expect(try read("out.csv") == Array(text.utf8) && table.csv() == Array(text.utf8))
    try write(build { $0.set("name", "left") }.bytes, "doc")
    let scalar = try tbl("to-csv", "@doc")
    #expect(scalar.status == 2 && scalar.output == "")
    #expect(
      scalar.errors
        == "error: file '\(path("doc"))', key 'name': string is no column of numbers, truth values or "
        + "texts; remove it, or write JSON with 'lava tbl to-json'\n")
  }

  @Test(arguments: [
    ("a,b\n1\n", [String](), "line 2, column "), ("a,a\n1,2\n", [], "line 1, column 3: "),
    (
      "a\nx\n", ["--type", "a=u8"],
      "line 2, column 1: \"x\" is no u8, which column 'a' is of; give the column another --type"
    ),
    ("a\n1\n", ["--type", "b=u8"], "key 'b': there is no such column; name a column"),
  ])
  func `text that is not CSV is told with its place`(
    text: String, options: [String], said: String
  ) throws {
    try write(text, "bad.csv")
    let result = try lava(["tbl", "from-csv", path("bad.csv")] + options)
    #expect(result.status == 2 && result.output == "")
    #expect(
      result.errors.hasPrefix("error: file '\(path("bad.csv"))', \(said)"), "\(result.errors)")
  }

  @Test(arguments: [
    ["--type", "a"], ["--type", "a=f16"], ["--type", "a=u8", "--type", "a=i8"],
    ["--separator", "::"], ["--separator", "\""], ["--separator", ""], ["--separator", "é"],
  ])
  func `options that columns cannot have are wrong usage`(options: [String]) throws {
    try write("a\n1\n", "in.csv")
    let result = try lava(["tbl", "from-csv", path("in.csv")] + options)
    #expect(result.status == 2 && result.output == "" && !result.errors.isEmpty)
  }

  // MARK: Arrow

  @Test func `a table of columns goes through Arrow and comes back`() throws {
    let made = try columns("a,b\n1,x\n,y\n3,z\n")
    let result = try lava.shell(
      #"""
      "$LAVA" tbl to-arrow "$LAVA_DIR/made" --rows-per-batch 2 >"$LAVA_DIR/arrow" &&
        "$LAVA" tbl from-arrow - <"$LAVA_DIR/arrow" | "$LAVA" tbl diff - "$LAVA_DIR/made"
      """#)
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    #expect(try read("arrow") == ArrowStream.encode(made, rowsPerBatch: 2))
    #expect(try tbl("to-arrow", "@made", "--output", "@all").status == 0)
    #expect(try read("all") == ArrowStream.encode(made))
    #expect(try tbl("to-arrow", "@made", "--rows-per-batch", "0").status == 2)
  }

  @Test func `what is no table of columns, or no stream, is told`() throws {
    try write(build { $0.set("name", "left") }.bytes, "doc")
    let scalar = try tbl("to-arrow", "@doc")
    #expect(scalar.status == 2 && scalar.output == "")
    #expect(scalar.errors.hasPrefix("error: file '\(path("doc"))', column 'name': "))
    let foreign = try tbl("from-arrow", "@doc")
    #expect(foreign.status == 3 && foreign.errors.hasPrefix("error: file '\(path("doc"))', byte 0"))
    #expect(try tbl("from-arrow", "@absent").status == 3)
    #expect(try tbl("from-json", "@absent").status == 3)
    #expect(try tbl("from-csv", "@absent").status == 3)
  }

  // MARK: Where the result goes

  private func mode(_ name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path(name))[.posixPermissions] as? Int
  }

  @Test func `a file has its name once it is complete, and the mode that others have`() throws {
    try write("{}", "in.json")
    let made = try lava.shell(
      #"umask 027; "$LAVA" tbl from-json "$LAVA_DIR/in.json" --output "$LAVA_DIR/made""#)
    #expect(made.status == 0 && made.output == "")
    #expect(try mode("made") == 0o640)
    #expect(try lava.shell(#"chmod 604 "$LAVA_DIR/made""#).status == 0)
    #expect(try tbl("from-json", "@in.json", "--output", "@made").status == 0)
    #expect(try mode("made") == 0o604 && Tbl(validating: read("made")).count == 0)
    // A link stays one, and so does a device.
    let linked = try lava.shell(
      #"""
      cd "$LAVA_DIR" && ln -s made link &&
        echo '{"a": 2, "b": 3}' | "$LAVA" tbl from-json - --output link &&
        echo '{"a": 1}' | "$LAVA" tbl from-json - --output link && test -L link &&
        "$LAVA" tbl from-json in.json --output /dev/null && test -c /dev/null &&
        "$LAVA" tbl from-json made.json --output - 2>/dev/null; test $? -eq 3
      """#)
    #expect(linked.status == 0 && linked.output == "" && linked.errors == "")
    #expect(try tbl("from-json", "@in.json", "--output", "-").output.hasPrefix("TBL"))
    #expect(try Tbl(validating: read("made")).int("a") == 1)
    #expect(lava.scratch.names.sorted() == ["in.json", "link", "made"])
    // What it is made of may be replaced by it.
    #expect(try tbl("from-json", "@in.json", "--output", "@in.json").status == 0)
    #expect(try Tbl(validating: read("in.json")).count == 0)
  }

  @Test func `a result that cannot be written leaves what was there`() throws {
    try write("{}", "in.json")
    let nowhere = try tbl("from-json", "@in.json", "--output", "@absent/made")
    #expect(nowhere.status == 3 && nowhere.errors.contains("check its directory"))
    let folder = try lava("tbl", "from-json", path("in.json"), "--output", lava.scratch.path)
    #expect(folder.status == 3 && folder.errors.contains("irectory"))
    #expect(lava.scratch.names == ["in.json"])
  }

  #if os(Linux)
    @Test(arguments: ["from-json", "to-json"])
    func `a device without room is an error`(command: String) throws {
      try write(command == "to-json" ? build { $0.set("a", 1) }.bytes : Array("{}".utf8), "in")
      let result = try tbl(command, "@in", "--output", "/dev/full")
      #expect(result.status == 3)
      #expect(result.errors.hasPrefix("error: file '/dev/full': No space left on device; "))
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a command that is ended leaves nothing`(signal: Int32) throws {
      try write("before", "made")
      let subject = try lava.start(["tbl", "from-json", "-", "--output", path("made")])
      // More than a pipe holds: it was read when this returns, and more is waited for.
      subject.writeLine("[1" + String(repeating: ",1", count: 200_000))
      subject.signal(signal)
      #expect(subject.wait() == -signal && subject.readAll() == "")
      #expect(try lava.scratch.names == ["made"] && read("made") == Array("before".utf8))
    }

    @Test(
      .enabled(if: Tools.has("script"), "needs script(1) for a terminal"),
      arguments: [
        ("from-json", "a tbl"), ("from-csv", "a tbl"), ("from-arrow", "a tbl"),
        ("to-arrow", "an Arrow stream"),
      ])
    func `what is no text is not sent to a terminal`(command: String, what: String) throws {
      let result = try lava.shell(
        #"NO_COLOR=1 exec script -qefc "'$LAVA' tbl \#(command) -" /dev/null </dev/null"#)
      #expect(result.status == 2)
      let said = "error: standard output is a terminal, and \(what) is no text; name a file with "
      #expect(result.output.contains(said + "--output, or "), "\(result.output)")
    }
  #endif
}
