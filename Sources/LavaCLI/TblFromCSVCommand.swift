import ArgumentParser
import Tbl

/// `lava tbl from-csv FILE`.
struct TblFromCSVCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "from-csv", abstract: "Make a table of columns of separated text (CSV).",
    discussion: """
      Each column is a vector under its name: of i64, u64 or f64 where all its cells are such numbers, \
      of bool where all are true or false, else of strings. A column with empty cells is a table of \
      'values' and 'valid'.

      Exits with status 2, and says line and column, where the text is not CSV, and where a cell is not \
      of the type that its column is to have.
      """)

  @Argument(help: "The text, or '-' for standard input.") var file: InputFile
  @Option(
    help: ArgumentHelp("What stands between two cells; 'tab' for a tab.", valueName: "character"))
  var separator = SeparatorOption(byte: UInt8(ascii: ","))
  @Flag(help: "The first line has cells, not names: columns are 'column 1' and so on.")
  var noHeader = false
  @Option(
    name: .customLong("type"),
    help: ArgumentHelp(
      "What a column is: i8 to i64, u8 to u64, f32, f64, bool or string; may stand more than once.",
      valueName: "name=type"))
  var types: [ColumnType] = []
  @OptionGroup var output: OutputFile

  func validate() throws {
    guard Set(types.map(\.name)).count == types.count else {
      throw ValidationError("--type names a column twice")
    }
  }

  func run() throws {
    try output.refuseTerminal("a tbl", remedy: "show it, with '| lava tbl show -'")
    let options = Tbl.CSVOptions(
      separator: separator.byte, hasHeader: !noHeader,
      types: Dictionary(uniqueKeysWithValues: types.map { ($0.name, $0.type) }))
    let bytes = try file.bytes()
    let document: Tbl
    do {
      document = try Tbl(csv: bytes, options: options)
    } catch {
      throw DocumentFailure(
        error, place: file.place,
        remedy: error.code == .wrongType ? "give the column another --type" : nil)
    }
    try output.write(document.bytes)
  }
}

/// What stands between two cells.
struct SeparatorOption: ExpressibleByArgument {
  let byte: UInt8

  init(byte: UInt8) { self.byte = byte }

  init?(argument: String) {
    let bytes = argument == "tab" ? [UInt8(ascii: "\t")] : Array(argument.utf8)
    // What else has a meaning in such a text separates nothing.
    guard bytes.count == 1, bytes[0] < 0x80, !"\"\r\n".utf8.contains(bytes[0]) else { return nil }
    byte = bytes[0]
  }

  var defaultValueDescription: String { String(UnicodeScalar(byte)) }
}

/// A column and what it is to be, as `NAME=TYPE`.
struct ColumnType: ExpressibleByArgument {
  let name: String
  let type: Tbl.TypeCode

  private static let types: [Tbl.TypeCode] = [
    .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float32, .float64, .bool,
    .string,
  ]

  init?(argument: String) {
    // A name may have the sign, too.
    guard let sign = argument.lastIndex(of: "="),
      let type = Self.types.first(where: { $0.name == argument[argument.index(after: sign)...] })
    else { return nil }
    name = String(argument[..<sign])
    self.type = type
  }
}
