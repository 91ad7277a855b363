import Foundation
import Testing

@testable import LavaSchema

/// The published JSON Schema and the parser speak of the same members.
@Suite struct GraphSchemaTests {
  private let schema: JSONValue

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Documentation/lava-graph.schema.json").standardizedFileURL
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    schema = try #require(JSONValue(parsing: text))
  }

  private func names(_ object: JSONValue?) -> Set<String> {
    guard case .object(let members)? = object?["properties"] else { return [] }
    return Set(members.map(\.name))
  }

  private func choices(_ object: String, _ member: String) -> [JSONValue] {
    let property = schema["$defs"]?[object]?["properties"]?[member]
    guard case .array(let values)? = property?["enum"] else { return [] }
    return values
  }

  @Test func `objects have the members that the parser knows`() {
    #expect(names(schema) == Set(GraphDocument.Members.document))
    #expect(names(schema["$defs"]?["host"]) == Set(GraphDocument.Members.host))
    #expect(names(schema["$defs"]?["node"]) == Set(GraphDocument.Members.node))
    #expect(names(schema["$defs"]?["edge"]) == Set(GraphDocument.Members.edge))
  }

  @Test func `every object refuses unknown members and keeps those that begin with x-`() {
    let objects = ["host", "node", "edge"].map { schema["$defs"]?[$0] } + [schema]
    for object in objects {
      #expect(object?["additionalProperties"] == .bool(false))
      #expect(object?["patternProperties"] == .object([.init("^x-", .bool(true))]))
    }
  }

  @Test func `choices and limits are those of the parser`() {
    #expect(choices("node", "kind") == GraphDocument.Kind.allCases.map { .string($0.rawValue) })
    #expect(
      choices("edge", "overflow") == GraphDocument.Overflow.allCases.map { .string($0.rawValue) })
    let capacity = schema["$defs"]?["edge"]?["properties"]?["capacity"]
    #expect(capacity?["maximum"] == .int(Int64(GraphDocument.maximumCapacity)))
    #expect(capacity?["default"] == .int(Int64(GraphDocument.defaultCapacity)))
    #expect(schema["properties"]?["lava"]?["const"] == .int(Int64(GraphDocument.formatVersion)))
  }
}
