import Foundation
import Testing

@testable import Registry

@Suite struct `A program's manifest` {
  @Test func `is read from JSON, and written as it was`() throws {
    let json = """
      {
        "name": "fetcher", "version": "1.2", "summary": "Fetches pages.", "tags": ["web", "text"],
        "accepts": ["url"], "returns": ["utf8-text", "com.example.page"],
        "transformations": [
          {"from": "url", "to": "com.example.page", "cost": 20}, {"from": "html", "to": "text"}
        ],
        "interfaces": [
          {"name": "web", "operations": [{"name": "fetch", "input": "url", "output": "html"}]}
        ],
        "attributes": {"site": "lab", "cores": 4, "gpu": true},
        "types": [{"identifier": "com.example.page", "conformsTo": ["html", "utf8-text"]}]
      }
      """
    let manifest = try JSONDecoder().decode(ProgramManifest.self, from: Data(json.utf8))
    #expect(
      try manifest
        == ProgramManifest(
          name: "fetcher", version: "1.2", summary: "Fetches pages.", tags: ["text", "web"],
          interfaces: [.init("web", [.init("fetch", "url", to: "html")])],
          accepts: ["url"], returns: ["utf8-text", "com.example.page"],
          transformations: [
            .init("url", to: "com.example.page", cost: 20), .init("html", to: "text"),
          ],
          attributes: ["site": "lab", "cores": 4, "gpu": true],
          types: [TypeDeclaration("com.example.page", conformsTo: ["html", "utf8-text"])]))
    let written = try JSONEncoder().encode(manifest)
    #expect(try JSONDecoder().decode(ProgramManifest.self, from: written) == manifest)
  }

  @Test(arguments: [
    ("{}", "name"), (#"{"name": ""}"#, "name"), (#"{"name": "a b"}"#, "name"),
    (#"{"name": "a", "tags": ["", "b"]}"#, "tags[0]"),
    (#"{"name": "a", "colour": 1}"#, "colour"), (#"{"name": "a", "accepts": ["tbl<"]}"#, "accepts"),
    (#"{"name": "a", "transformations": [{"from": "url", "to": "text", "cost": -1}]}"#, "cost"),
    (
      #"{"name": "a", "interfaces": [{"name": "x", "operations": []}, {"name": "x", "operations": []}]}"#,
      "interfaces"
    ),
    (#"{"name": "a", "attributes": {"b c": 1}}"#, "attributes.b c"),
    (#"{"name": "a", "types": [{"identifier": "a.b", "conformsTo": ["tbl<$x>"]}]}"#, "$x"),
    (#"{"name": "a", "types": [{"identifier": "a.b"}, {"identifier": "a.b"}]}"#, "types"),
  ])
  func `is refused with the part that is wrong`(json: String, part: String) {
    let error = #expect(throws: (any Error).self) {
      try JSONDecoder().decode(ProgramManifest.self, from: Data(json.utf8))
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(part), "\(text)")
  }

  @Test func `has as much as it may, and no more`() throws {
    let tags = (0..<64).map { "tag-\($0)" }
    #expect(try ProgramManifest(name: "a", tags: tags + tags).tags.count == 64)
    #expect(throws: ManifestError.self) { try ProgramManifest(name: "a", tags: tags + ["more"]) }
    let text = String(repeating: "x", count: 1000)
    #expect(try ProgramManifest(name: "a", summary: text).summary == text)
    #expect(throws: ManifestError.self) { try ProgramManifest(name: "a", summary: text + "x") }
    #expect(throws: ManifestError.self) {
      try ProgramManifest(name: String(repeating: "a", count: 101))
    }
    for cost in [-1, Double.infinity, .nan] {
      #expect(throws: ManifestError.self) {
        try ProgramManifest(
          name: "a", transformations: [.init("url", to: "text", cost: cost)])
      }
    }
  }

  @Test(arguments: [false, true])
  func `is put together part by part`(isFast: Bool) throws {
    let manifest = try ProgramManifest("fetcher", version: "1.2") {
      Tags("web", "text")
      Accepts("url")
      if isFast { Attribute("speed", 9) } else { Returns("text") }
      for number in 1...2 { Attribute("number-\(number)", 1) }
      Transforms("url", to: "com.example.page", cost: 20)
      Offers("web") {
        Operation("fetch", "url", to: "html")
        Operation("size", "url", to: "i64")
      }
      Introduces("com.example.page", conformsTo: ["html"])
    }
    var attributes: [String: ProgramManifest.AttributeValue] = ["number-1": 1, "number-2": 1]
    if isFast { attributes["speed"] = 9 }
    #expect(
      try manifest
        == ProgramManifest(
          name: "fetcher", version: "1.2", tags: ["text", "web"],
          interfaces: [
            .init("web", [.init("fetch", "url", to: "html"), .init("size", "url", to: "i64")])
          ],
          accepts: ["url"], returns: isFast ? [] : ["text"],
          transformations: [.init("url", to: "com.example.page", cost: 20)],
          attributes: attributes,
          types: [TypeDeclaration("com.example.page", conformsTo: ["html"])]))
  }

  @Test func `is refused where a type of its own cannot be declared`() {
    let error = #expect(throws: ManifestError.self) {
      try ProgramManifest("a") {
        Introduces("com.example.one")
        Introduces("com.example.two", conformsTo: ["tbl<$x>"])
      }
    }
    #expect(
      error?.description
        == "manifest, types[1]: 'com.example.two' '$x' of 'tbl<$x>' is no parameter;"
        + " name each parameter in the declaration, and pass at most as many")
  }
}
