import ArgumentParser
import Tbl
import TblArrow

/// `lava tbl to-arrow FILE`.
struct TblToArrowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "to-arrow", abstract: "Write a table of columns as an Arrow stream.",
    discussion: """
      What pyarrow, pandas and others read. Each key is a column, all of them with the same number of \
      rows; exits with status 2, and names the column, where that is not so.
      """)

  @Argument(help: "The document, or '-' for standard input.") var file: InputFile
  @Option(help: "Rows of a record batch, at most. (default: all in one)") var rowsPerBatch: Int?
  @OptionGroup var output: OutputFile

  func validate() throws {
    if let rowsPerBatch, rowsPerBatch < 1 {
      throw ValidationError("--rows-per-batch must be 1 or more")
    }
  }

  func run() throws {
    try output.refuseTerminal("an Arrow stream", remedy: "give it to a program that reads it")
    let document = try file.document()
    try output.write(
      DocumentFailure.told(at: file.place) {
        try ArrowStream.encode(document, rowsPerBatch: rowsPerBatch)
      })
  }
}
