import ArgumentParser
import Tbl

/// `lava tbl to-csv FILE`.
struct TblToCSVCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "to-csv", abstract: "Write a table of columns as separated text (CSV).",
    discussion: """
      Each key is a column: a vector of numbers, truth values or strings of one dimension, or a table \
      of 'values' and 'valid'. 'lava tbl from-csv' makes such columns of it again.

      Exits with status 2, and names the key, where the document is no such table.
      """)

  @Argument(help: "The document, or '-' for standard input.") var file: InputFile
  @Option(
    help: ArgumentHelp("What stands between two cells; 'tab' for a tab.", valueName: "character"))
  var separator = SeparatorOption(byte: UInt8(ascii: ","))
  @Flag(help: "Leave out the line with the names of the columns.") var noHeader = false
  @OptionGroup var output: OutputFile

  func run() throws {
    let document = try file.document()
    let text: [UInt8]
    do {
      text = try document.csv(separator: separator.byte, hasHeader: !noHeader)
    } catch {
      throw DocumentFailure(
        error, place: file.place, remedy: "remove it, or write JSON with 'lava tbl to-json'")
    }
    try output.write(text: text)
  }
}
