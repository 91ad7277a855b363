import LavaSchema
import TestSupport
import Testing

/// What is wrong with a graph file is said with file, place, path and remedy; all of it at once.
@Suite struct GraphDocumentErrorTests {
  /// Everything that is wrong with `text`, one line each, without the file's name.
  private func complaints(_ text: String) -> [String] {
    do {
      _ = try GraphDocumentTests.parse(text)
      return []
    } catch {
      return error.diagnostics.map { diagnostic in
        let line = diagnostic.description
        #expect(line.hasPrefix("a.lava.json:"))
        return String(line.dropFirst("a.lava.json:".count))
      }
    }
  }

  /// A document with `members` in place of those that are not under test.
  private func complaints(members: String) -> [String] {
    complaints(#"{"lava":1,"name":"g",\#(members)}"#)
  }

  struct Mistake: Sendable, CustomTestStringConvertible {
    let text: String
    let complaint: String
    var testDescription: String { complaint }
  }

  static let syntax: [Mistake] = [
    Mistake(
      text: "", complaint: "1:1: $: the file is empty; write a JSON object: { \"lava\": 1, ... }"),
    Mistake(
      text: "{\n  \"lava\": 1,\n}",
      complaint: "3:1: $: a comma before }; remove the comma after the last member"),
    Mistake(
      text: "{\"a\": [1, 2,]}",
      complaint: "1:13: $: a comma before ]; remove the comma after the last element"),
    Mistake(
      text: "{\"a\" 1}", complaint: "1:6: $: expected : after \"a\", found 1; write \"a\": value"),
    Mistake(
      text: "{\"a\": 1 \"b\": 2}",
      complaint: "1:9: $: expected , or } after a member, found \"; separate members by commas"),
    Mistake(
      text: "{a: 1}", complaint: "1:2: $: expected a member's name, found a; write \"name\": value"),
    Mistake(
      text: "{\"é\": 'b'}",
      complaint: "1:7: $: strings stand in double quotation marks; replace ' by \""),
    Mistake(
      text: "{ // note\n}",
      complaint: "1:3: $: expected a member's name, found /; write \"name\": value"),
    Mistake(
      text: "[// note\n]",
      complaint:
        "1:2: $: JSON has no comments; move the note into a member whose name begins with x-"),
    Mistake(
      text: "{\"a\": tru}",
      complaint:
        "1:7: $: tru is no JSON value; write true, false, null, a number or a string in double "
        + "quotation marks"),
    Mistake(
      text: "{\"a\": 01}", complaint: "1:9: $: a number begins with a zero; remove the zero"),
    Mistake(
      text: "{\"a\": 1.}", complaint: "1:9: $: no digits after the point; write a digit after it"),
    Mistake(
      text: "{\"a\": 1e999}",
      complaint: "1:12: $: 1e999 is too large a number; write a number below 1.8e308"),
    Mistake(
      text: "{\"a\": \"b\n\"}",
      complaint: "1:9: $: a line ends inside a string; close the string, or write \\n"),
    Mistake(
      text: "{\"a\": \"\\x\"}", complaint: "1:9: $: \\x is no escape; write \\\\ for a backslash"),
    Mistake(
      text: "{\"a\": \"\\ud800\"}",
      complaint: "1:14: $: half of a surrogate pair; write the character itself"),
    Mistake(
      text: "{} x", complaint: "1:4: $: x after the end of the value; remove what follows it"),
    Mistake(
      text: "\u{FEFF}{}",
      complaint: "1:1: $: the file begins with a byte order mark; save it as UTF-8 without a mark"),
    Mistake(
      text: String(repeating: "[", count: 65),
      complaint: "1:65: $: values are nested deeper than 64; flatten them"),
  ]

  @Test(arguments: syntax)
  func `a syntax error names line, column and remedy`(mistake: Mistake) {
    #expect(complaints(mistake.text) == [mistake.complaint])
  }

  static let members: [Mistake] = [
    Mistake(
      text: #""nodes":{"a":{"type":"t.t","colour":1}}"#,
      complaint: "1:58: $.nodes.a.colour: unknown member \"colour\"; known are type, kind, host, "
        + "parameters, position, watch; x-... is kept"),
    Mistake(
      text: #""nodes":{"a":{"type":"t.t","wtach":true}}"#,
      complaint: "1:57: $.nodes.a.wtach: unknown member \"wtach\"; did you mean \"watch\"?"),
    Mistake(
      text: #""nodes":{"a":{}}"#,
      complaint: "1:35: $.nodes.a: the node has no \"type\"; add \"type\": \"vendor.name\""),
    Mistake(
      text: #""nodes":{"a":{"type":1}}"#,
      complaint: "1:43: $.nodes.a.type: expected a string, found a whole number; write a string"),
    Mistake(
      text: #""nodes":{"A b":{"type":"t.t"}}"#,
      complaint: "1:37: $.nodes[\"A b\"]: \"A b\" cannot be the id of a node; "
        + "use lower-case letters, digits and '-', a letter first"),
    Mistake(
      text: #""nodes":{"a":{"type":"t.t","kind":"pinned"}}"#,
      complaint:
        "1:56: $.nodes.a.kind: \"pinned\" is no kind of message node; use one of: exclusive"),
    Mistake(
      text: #""nodes":{"a":{"type":"t.t","host":"b"}}"#,
      complaint: "1:56: $.nodes.a.host: no host \"b\"; add it to \"hosts\", or use one of: main"),
    Mistake(
      text: #""nodes":{"a":{"type":"t.t","position":[1]}}"#,
      complaint: "1:60: $.nodes.a.position: a position is two numbers, found an array; write [x, y]"
    ),
    Mistake(
      text: #""nodes":{"a":{"type":"t.t","watch":"yes"}}"#,
      complaint:
        "1:57: $.nodes.a.watch: expected true or false, found a string; write true or false"),
    Mistake(
      text: #""nodes":{"a":{"type":"t.t"},"a":{"type":"t.t"}}"#,
      complaint: "1:50: $.nodes.a: \"a\" stands twice in one object; keep one of them"),
    Mistake(
      text: #""nodes":[]"#,
      complaint: "1:30: $.nodes: expected an object, found an array; write an object"),
    Mistake(
      text: #""hosts":{"b":{"port":1}},"nodes":{}"#,
      complaint: "1:43: $.hosts.b.port: unknown member \"port\"; "
        + "remove it, or begin its name with x- to keep it"),
    Mistake(
      text: #""nodes":{},"edges":[{"from":"a.out"}]"#,
      complaint:
        "1:50: $.edges[0].from: no node \"a\"; add it to \"nodes\"\n"
        + "1:42: $.edges[0]: the edge has no \"to\"; add \"to\": \"node.port\", an input"),
    Mistake(
      text: #""nodes":{"sample":{"type":"t.t"}},"edges":[{"from":"smaple.out","to":"sample.in"}]"#,
      complaint: "1:73: $.edges[0].from: no node \"smaple\"; did you mean \"sample\"?"),
    Mistake(
      text: #""nodes":{"a":{"type":"t.t"}},"edges":[{"from":"a","to":"a.b.c"}]"#,
      complaint:
        "1:68: $.edges[0].from: \"a\" names no port; write \"node.port\"\n"
        + "1:77: $.edges[0].to: \"a.b.c\" names no port; write \"node.port\""),
    Mistake(
      text: #""nodes":{"a":{"type":"t.t"}},"edges":[{"from":"a.o","to":"a.i","capacity":0}]"#,
      complaint: "1:96: $.edges[0].capacity: a capacity is a whole number from 1 to 1048576, "
        + "found 0; write the number of packets the edge may hold"),
    Mistake(
      text: #""nodes":{"a":{"type":"t.t"}},"edges":[{"from":"a.o","to":"a.i","overflow":"drop"}]"#,
      complaint: "1:96: $.edges[0].overflow: \"drop\" is no overflow policy; "
        + "use one of: wait, reject, dropOldest, dropNewest"),
    Mistake(
      text:
        #""nodes":{"a":{"type":"t.t"}},"edges":[{"from":"a.o","to":"a.i"},{"to":"a.i","from":"a.o"}]"#,
      complaint: "1:86: $.edges[1]: edge a.o->a.i stands already at $.edges[0]; remove one of them"),
    Mistake(
      text: #""nodes":{"a":{"type":"t.t"}},"arguments":["a.b","a.b"]"#,
      complaint: "1:70: $.arguments[1]: a.b takes an argument already; remove one of them"),
  ]

  @Test(arguments: members)
  func `a wrong member names its path and the remedy`(mistake: Mistake) {
    let expected = mistake.complaint.split(separator: "\n").map(String.init)
    #expect(Set(complaints(members: mistake.text)) == Set(expected))
  }

  @Test func `a newer format is refused without reading on`() {
    #expect(
      complaints(#"{"lava":2,"nom":"g"}"#) == [
        "1:9: $.lava: the file has format 2, this build reads 1; "
          + "use a newer lava, or save the graph in format 1"
      ])
  }

  @Test(arguments: ["\"1\"", "0", "1.5", "null"])
  func `a format that is no number of a format is refused`(number: String) {
    #expect(
      complaints(#"{"lava":\#(number),"name":"g","nodes":{}}"#) == [
        "1:9: $.lava: the format number is \(number); write \"lava\": 1"
      ])
  }

  @Test func `all mistakes are named, in the order of the file`() {
    let text = """
      {
        "name": "a/b",
        "nodes": {
          "a": { "type": "t.t", "watch": 1 },
          "B": { "type": "t.t" }
        },
        "edges": [ { "from": "c.out", "to": "a.in" } ],
        "colour": "red"
      }
      """
    #expect(
      complaints(text) == [
        "1:1: $: the format number \"lava\" is missing; add \"lava\": 1",
        "2:11: $.name: \"a/b\" cannot name a graph; "
          + "use up to 100 letters, digits, '.', '_' and '-', a letter or digit first",
        "4:36: $.nodes.a.watch: expected true or false, found a whole number; write true or false",
        "5:10: $.nodes.B: \"B\" cannot be the id of a node; "
          + "use lower-case letters, digits and '-', a letter first",
        "7:24: $.edges[0].from: no node \"c\"; add it to \"nodes\"",
        "8:13: $.colour: unknown member \"colour\"; "
          + "known are lava, name, hosts, nodes, edges, arguments; x-... is kept",
      ])
  }

  @Test func `damaged files give errors and never anything else`() throws {
    var random = SeededGenerator()
    let original = Array(GraphDocumentTests.example.utf8)
    for _ in 0..<5_000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        default: bytes.insert(bytes.randomElement(using: &random)!, at: place)
        }
      }
      do {
        let document = try GraphDocument(json: bytes, file: "a.lava.json")
        #expect(try GraphDocumentTests.parse(document.json) == document)
      } catch {
        #expect(error.diagnostics.allSatisfy { $0.position != nil && !$0.remedy.isEmpty })
      }
    }
  }
}
