import Foundation
import Testing

@testable import Registry

@Suite struct `The document of types` {
  @Test func `lists the vocabulary as it is`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let document = try String(
      contentsOf: root.appending(path: "Documentation/DataTypes.md"), encoding: .utf8)
    let listed = document.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
    let graph = TypeGraph.vocabulary
    let rows = graph.all.map { declaration in
      let parameters =
        declaration.parameters.isEmpty
        ? "" : "<\(declaration.parameters.joined(separator: ", "))>"
      let name = declaration.identifier.dropFirst(DataType.vocabularyPrefix.count)
      let above = declaration.conformsTo.map { "`\($0.description.dropFirst(7))`" }
      return "| `\(name)\(parameters)` | \(above.joined(separator: ", ")) | "
        + "\(declaration.mediaTypes.joined(separator: ", ")) |"
    }
    #expect(listed == rows, "\(rows.joined(separator: "\n"))")
  }
}
