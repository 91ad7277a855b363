import Foundation
import TestSupport
import Testing

@Suite struct GraphErrorTests {
  let lava = Lava()

  /// A graph file, what is wrong with it, and the words that must be said.
  static let cases: [(graph: String, words: [String])] = [
    ("{", [":1:2:", "$"]),
    (
      #"{"lava":1,"name":"g","nodes":{"a":{"type":"lava.nothing"}},"edges":[]}"#,
      ["$.nodes.a", "lava.nothing"]
    ),
    (
      #"{"lava":1,"name":"g","nodes":{"a":{"type":"lava.system-rates"}},"edges":[]}"#,
      ["$.nodes.a", "in"]
    ),
    (
      #"{"lava":1,"name":"g","nodes":{"a":{"type":"lava.read-text","parameters":{"files":["x"]}},"b":{"type":"lava.system-rates"}},"edges":[{"from":"a.out","to":"b.in"}]}"#,
      ["$.edges[0]", "tbl", "utf8"]
    ),
    (
      #"{"lava":1,"name":"g","nodes":{"a":{"type":"lava.system-sampler","parameters":{"rats":1}}},"edges":[]}"#,
      ["$.nodes.a.parameters.rats", "rate"]
    ),
    (
      #"{"lava":1,"name":"g","nodes":{"a":{"type":"lava.system-rates"},"b":{"type":"lava.system-rates"}},"edges":[{"from":"a.out","to":"b.in"},{"from":"b.out","to":"a.in"}]}"#,
      ["$.edges[0]", "loop", "message node"]
    ),
    (#"{"lava":2,"name":"g","nodes":{},"edges":[]}"#, ["$.lava", "2"]),
    (#"{"lava":1,"name":"g","nodes":{},"edges":[],"extra":1}"#, ["$.extra"]),
  ]

  @Test(arguments: cases.indices)
  func `a wrong graph is refused with file, path and remedy`(index: Int) throws {
    let (graph, words) = Self.cases[index]
    let path = lava.scratch.path + "/wrong.lava.json"
    try graph.write(toFile: path, atomically: true, encoding: .utf8)
    let result = try lava("run", "--no-page", path)
    #expect(result.status == 2)
    #expect(result.errors.contains(path))
    for word in words { #expect(result.errors.contains(word), "\(word) in \(result.errors)") }
    #expect(lava.scratch.names == ["wrong.lava.json"])
  }

  @Test func `a missing graph file exits 2`() throws {
    let result = try lava("run", "nowhere.lava.json")
    #expect(result.status == 2 && result.errors.contains("nowhere.lava.json"))
  }
}
