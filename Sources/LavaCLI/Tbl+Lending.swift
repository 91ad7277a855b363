import Tbl

extension Tbl {
  /// Lends what `path` leads to; where that is nothing, says where the path ends.
  func lend(
    _ path: Path, in file: InputFile, _ body: (borrowing Field) throws -> Void
  ) throws {
    try withView { view in
      guard let field = try view.field(at: path) else {
        throw NotFoundError(
          text: "\(file.place): there is nothing at '\(path)'; \(try Self.end(of: path, in: view))")
      }
      try body(field)
    }
  }

  /// How far the path leads, and what could follow there.
  private static func end(of path: Path, in view: borrowing View) throws -> String {
    for count in (1..<max(path.parts.count, 1)).reversed() {
      let part = Path(parts: Array(path.parts.prefix(count)))
      guard let field = try view.field(at: part) else { continue }
      if field.isVector { return "'\(part)' is \(try indices(of: field))" }
      if let table = try field.table() { return "'\(part)' is \(try keys(of: table))" }
      return "'\(part)' is of type \(field.type.name), and has nothing inside"
    }
    return "the document is \(try keys(of: view))"
  }

  private static func keys(of view: borrowing View) throws -> String {
    let shown = min(view.count, 8)
    let keys = try (0..<shown).map { "\(Path(parts: [try view.key(at: $0)]))" }
    var text = keys.isEmpty ? "a table without keys" : "a table of " + keys.joined(separator: ", ")
    if view.count > shown { text += " and \(view.count - shown) more" }
    if let vector = try view.vector() { text += ", and of the vector \(try indices(of: vector))" }
    return text
  }

  private static func indices(of field: borrowing Field) throws -> String {
    let name = try field.typeAndShape()
    guard field.count > 0 else { return "\(name), and has no elements" }
    let last = try field.shape().map { String($0 - 1) }.joined(separator: ".")
    return "\(name), whose last element is \(last)"
  }
}
