import ArgumentParser
import Tbl

/// `lava tbl show FILE`.
struct TblShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a document as a tree.",
    discussion: """
      Each key has a line with its type, its dimensions and its value. Of what is long the beginning \
      is shown, and how much is left out. Exits with status 1 where nothing is at --path. 'lava tbl \
      to-json' and 'lava tbl get --json' print JSON.
      """)

  @Argument(help: "The document, or '-' for standard input.") var file: InputFile
  @Option(help: "Show only what is there.") var path: String?
  @OptionGroup var limit: TreeLimitOption

  func run() throws {
    let document = try file.document()
    guard let path else { return try Output.print(document.tree(limit.limits)) }
    try document.lend(Tbl.Path(path), in: file) { try Output.print($0.tree(limit.limits)) }
  }
}
