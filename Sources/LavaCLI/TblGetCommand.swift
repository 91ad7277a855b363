import ArgumentParser
import Tbl

/// `lava tbl get FILE PATH`.
struct TblGetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Write one value of a document.",
    discussion: """
      Numbers, truth values and nil have a line. Text and bytes are written as they are, or, on a \
      terminal, as something readable: bytes in hexadecimal. Vectors and tables are shown as a tree. \
      Exits with status 1, and says where the path ends, where nothing is at PATH.
      """)

  @Argument(help: "The document, or '-' for standard input.") var file: InputFile
  @Argument(help: "Keys and indices between dots, such as mesh.positions.0.2.") var path: String
  @OptionGroup var limit: TreeLimitOption
  @Flag(help: "Print the value, and no more, as JSON; not-a-number and infinities as null.")
  var json = false

  func run() throws {
    try file.document().lend(Tbl.Path(path), in: file) { try print($0) }
  }

  private func print(_ field: borrowing Tbl.Field) throws {
    if json { return try Output.print(field.json(nonFinite: .null)) }
    if let text = field.scalarText { return try Output.print(text) }
    guard !field.isVector, field.type != .table else {
      return try Output.print(field.tree(limit.limits))
    }
    switch try field.value() {
    case .string(let text) where Terminal.outputIsTerminal: try Output.print(text)
    case .string(let text): try Output.write(Array(text.utf8))
    case .bytes(let bytes) where Terminal.outputIsTerminal:
      try Output.print(ReadableValue.hexadecimal(bytes))
    case .bytes(let bytes): try Output.write(bytes)
    default: break
    }
  }
}
