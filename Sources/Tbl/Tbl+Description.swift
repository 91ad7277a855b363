// The document for people: a line for each value with its type; long vectors and texts are cut.

extension Tbl: CustomStringConvertible {
  /// One line for each value, indented by depth; of long vectors and texts only the beginning.
  public var description: String {
    withTrustedView { view throws(TblError) in
      var writer = DescriptionWriter()
      writer.text = "table, \(view.count) keys, \(view.bytes.byteCount) bytes"
      try writer.members(view, depth: 1)
      return writer.text
    }
  }
}

private struct DescriptionWriter {
  static let shownElements = 8
  static let shownCharacters = 60

  var text = ""

  mutating func members(_ view: borrowing Tbl.View, depth: Int) throws(TblError) {
    if let vector = try view.vector() { try line("(vector)", vector, depth: depth) }
    for index in 0..<view.count {
      try line(view.key(at: index), view.field(at: index), depth: depth)
    }
  }

  private mutating func line(
    _ name: String, _ field: borrowing Tbl.Field, depth: Int
  ) throws(TblError) {
    text += "\n" + String(repeating: "  ", count: depth) + name + ": "
    if field.isVector {
      let shape = try field.shape().map(String.init).joined(separator: "x")
      text += "\(field.type.name)[\(shape)]"
      try elements(field, depth: depth)
    } else if let view = try field.table() {
      text += "table, \(view.count) keys"
      try members(view, depth: depth + 1)
    } else {
      text += try field.type.name + scalar(field)
    }
  }

  private mutating func elements(
    _ field: borrowing Tbl.Field, depth: Int
  ) throws(TblError) {
    for index in 0..<min(field.count, Self.shownElements) {
      if let view = try field.table(at: index) {
        text += "\n" + String(repeating: "  ", count: depth + 1) + "\(index): table"
        try members(view, depth: depth + 2)
      } else if let value = try field.value(at: index) {
        try line(String(index), value, depth: depth + 1)
      } else if let part = try field.string(at: index) {
        text += " " + Self.quoted(part)
      } else if let part = try field.bytes(at: index) {
        text += " (\(part.byteCount) bytes)"
      } else {
        text += try scalar(field.element(at: index))
      }
    }
    if field.count > Self.shownElements { text += " …" }
  }

  /// A value that stands on its key's line, with a space in front.
  private func scalar(_ field: borrowing Tbl.Field) throws(TblError) -> String {
    switch field.type {
    case .none, .value, .table: return ""
    case .bool: return field.bool == true ? " true" : " false"
    case .string: return " " + Self.quoted(try field.string() ?? "")
    case .bytes: return " (\(try field.bytes()?.byteCount ?? 0) bytes)"
    case .float16:
      return " \(Float(halfBits: UInt16(truncatingIfNeeded: field.record.payload)))"
    case .float32:
      return " " + Float(bitPattern: UInt32(truncatingIfNeeded: field.record.payload)).description
    default:
      switch field.type.kind {
      case .signed: return " \(Int64(bitPattern: field.record.payload))"
      case .unsigned: return " \(field.record.payload)"
      default: return " \(field.record.floating ?? .nan)"
      }
    }
  }

  private static func quoted(_ text: String) -> String {
    let start = text.prefix(shownCharacters)
    return "\"" + start + (start.endIndex == text.endIndex ? "\"" : "…\"")
  }
}
