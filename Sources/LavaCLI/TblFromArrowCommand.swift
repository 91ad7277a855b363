import ArgumentParser
import Tbl
import TblArrow

/// `lava tbl from-arrow FILE`.
struct TblFromArrowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "from-arrow",
    abstract: "Make a table of columns of an Arrow stream or file.",
    discussion: """
      Record batches are joined, and each column is a key. Exits with status 3, and says where, when \
      the bytes are damaged or of a kind that it does not read.
      """)

  @Argument(help: "The stream or file, or '-' for standard input.") var file: InputFile
  @OptionGroup var output: OutputFile

  func run() throws {
    try output.refuseTerminal("a tbl", remedy: "show it, with '| lava tbl show -'")
    let bytes = try file.bytes()
    try output.write(DocumentFailure.told(at: file.place) { try ArrowStream.decode(bytes).bytes })
  }
}
