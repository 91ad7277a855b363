import ArgumentParser
import Tbl

/// `lava tbl from-json FILE`.
struct TblFromJSONCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "from-json", abstract: "Make a document of JSON.",
    discussion: """
      The text is an object or an array; of anything else a list of one value is made. Integers that \
      64 bits hold stay exact, other numbers become the nearest double. \
      Exits with status 2, and says line and column, where it is not JSON, where a key stands twice, \
      and where a number is beyond what a document holds.
      """)

  @Argument(help: "The text, or '-' for standard input.") var file: InputFile
  @OptionGroup var output: OutputFile

  func run() throws {
    try output.refuseTerminal("a tbl", remedy: "show it, with '| lava tbl show -'")
    let bytes = try file.bytes()
    try output.write(DocumentFailure.told(at: file.place) { try Tbl(json: bytes).bytes })
  }
}
