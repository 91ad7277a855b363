import TestSupport
import Testing

@testable import Registry

@Suite struct `A query` {
  private func manifest() throws -> ProgramManifest {
    try ProgramManifest(
      name: "camera-left", version: "2", tags: ["camera", "usb"],
      interfaces: [.init("frames", [.init("latest", "json", to: "png")])],
      accepts: ["utf8-text"], returns: ["pixels<u8>"],
      transformations: [.init("com.example.raw", to: "pixels<u16>", cost: 3)],
      attributes: ["site": "lab", "cores": 4, "gpu": true, "simulated": false])
  }

  @Test func `finds what is all that is asked for`() throws {
    let manifest = try manifest()
    let types = TypeGraph.vocabulary
    let fitting: [(ProgramQuery, Int)] = try [
      (.init(), 0), (.init(name: NamePattern("camera-*")), 0),
      (.init(tags: TagExpression("camera and not broken")), 0), (.init(interface: "frames"), 0),
      (.init(accepts: "utf8-text"), 0), (.init(accepts: "url"), 1), (.init(accepts: "geojson"), 1),
      (.init(accepts: "com.example.raw"), 0), (.init(returns: "pixels"), 0),
      (.init(returns: "tbl<number, [*, *, ...]>"), 2), (.init(returns: "image"), 1),
      (.init(attributes: [.init("site=lab"), .init("cores>=4"), .init("gpu")]), 0),
    ]
    for (query, distance) in fitting {
      let finding = query.finding(manifest, types: types)
      #expect(finding.matches && finding.distance == distance, "\(finding)")
      #expect(query.finding(manifest, types: types, isExplained: false).distance == distance)
    }
  }

  @Test func `finds nothing else, and says why`() throws {
    let manifest = try manifest()
    let others: [(ProgramQuery, String)] = try [
      (.init(name: NamePattern("camera")), "its name is 'camera-left', 'camera' is asked for"),
      (
        .init(tags: TagExpression("camera and broken")),
        "its tags are camera, usb, 'camera and broken' is asked for"
      ),
      (.init(interface: "depth"), "its interfaces are frames, 'depth' is asked for"),
      (
        .init(accepts: "bytes"),
        "it takes public.utf8-text, com.example.raw, public.json, which public.bytes is not"
      ),
      (
        .init(returns: "pixels<f32>"),
        "it gives public.pixels<u8>, public.pixels<u16>, public.png, which public.pixels<f32> is not"
      ),
      (.init(attributes: [.init("cores>4")]), "'cores' is 4, 'cores>4' is asked for"),
      (.init(attributes: [.init("price=1")]), "'price' is not there, 'price=1' is asked for"),
    ]
    for (query, explanation) in others {
      let finding = query.finding(manifest, types: .vocabulary)
      #expect(!finding.matches)
      #expect(finding.parts.map(\.explanation) == [explanation])
      #expect(!query.finding(manifest, types: .vocabulary, isExplained: false).matches)
    }
  }

  @Test func `explains the way from what is asked to what is found`() throws {
    let query = ProgramQuery(accepts: "url", returns: "image")
    #expect(
      query.finding(try manifest(), types: .vocabulary).parts.map(\.explanation) == [
        "it takes public.url: public.url is public.utf8-text",
        "it gives public.image: public.png is public.image",
      ])
  }

  @Test(arguments: [
    ("a", ["a"], true), ("a", ["b"], false), ("not a", ["b"], true), ("a and b", ["a", "b"], true),
    ("a or b and c", ["a"], true), ("(a or b) and c", ["a"], false), ("not not a", ["a"], true),
    ("not (a or b)", ["c"], true), ("not a and b", ["b"], true), ("a and not(b)", ["a"], true),
  ])
  func `combines tags`(text: String, tags: [String], holds: Bool) throws {
    #expect(try TagExpression(text).matches(tags) == holds)
  }

  @Test(arguments: [
    "", "and", "a b", "a and", "not", "(a", "a)", "()", "a or or b", "!a", "a and (b or",
    String(repeating: "(", count: 40), String(repeating: "not ", count: 40) + "a",
    String(repeating: "a and ", count: 200) + "a",
  ])
  func `refuses tags that cannot be read`(text: String) {
    #expect(throws: QueryError.self) { try TagExpression(text) }
  }

  @Test func `writes tags so that they are read as the same`() throws {
    var random = SeededGenerator()
    for _ in 0..<(300 * scale) {
      let expression = Self.expression(using: &random, depth: 4)
      let again = try TagExpression(expression.description)
      for bits in 0..<8 {
        let tags = (0..<3).filter { bits >> $0 & 1 == 1 }.map { "t\($0)" }
        #expect(again.matches(tags) == expression.matches(tags), "\(expression)")
      }
    }
  }

  private static func expression(
    using random: inout SeededGenerator, depth: Int
  ) -> TagExpression {
    switch depth > 0 ? Int.random(in: 0...3, using: &random) : 0 {
    case 1: .not(expression(using: &random, depth: depth - 1))
    case 2:
      .and(
        expression(using: &random, depth: depth - 1), expression(using: &random, depth: depth - 1))
    case 3:
      .or(
        expression(using: &random, depth: depth - 1), expression(using: &random, depth: depth - 1))
    default: .has("t\(Int.random(in: 0...2, using: &random))")
    }
  }

  /// Against the plain definition, tried in all ways.
  @Test func `matches names as a whole`() throws {
    func matches(_ name: Substring, _ pattern: Substring) -> Bool {
      guard let first = pattern.first else { return name.isEmpty }
      if first == "*" {
        return matches(name, pattern.dropFirst())
          || !name.isEmpty && matches(name.dropFirst(), pattern)
      }
      return !name.isEmpty && (first == "?" || first == name.first)
        && matches(name.dropFirst(), pattern.dropFirst())
    }
    func texts(_ letters: String, upTo count: Int) -> [String] {
      var all = [""]
      var longest = [""]
      for _ in 0..<count {
        longest = longest.flatMap { text in letters.map { text + String($0) } }
        all += longest
      }
      return all
    }
    for pattern in texts("ab*?", upTo: 4) where !pattern.isEmpty {
      let read = try NamePattern(pattern)
      for name in texts("ab", upTo: 5) {
        #expect(read.matches(name) == matches(name[...], pattern[...]), "\(name) in \(pattern)")
      }
    }
    #expect(throws: QueryError.self) { try NamePattern("") }
    #expect(throws: QueryError.self) { try NamePattern(String(repeating: "a", count: 101)) }
  }

  @Test(arguments: [
    ("cores", true), ("cores=4", true), ("cores!=4", false), ("cores>=4", true), ("cores>4", false),
    ("cores<=4", true), ("cores<4.5", true), ("site=lab", true), ("site!=lab", false),
    ("site>aaa", true), ("site<4", false), ("gpu=true", true), ("gpu", true), ("simulated", false),
    ("simulated=false", true), ("price", false), ("price!=1", true), ("price<1", false),
  ])
  func `compares attributes`(text: String, holds: Bool) throws {
    let condition = try AttributeCondition(text)
    #expect(condition.matches(try manifest().attributes) == holds)
    #expect(condition.description == text)
  }

  @Test(arguments: ["", "=1", "a b", "a=", "a>", "a!1", "a b=1"])
  func `refuses conditions that cannot be read`(text: String) {
    #expect(throws: QueryError.self) { try AttributeCondition(text) }
  }
}
