import ArgumentParser

/// `lava tbl`: look into documents, and turn them into other formats and back.
struct TblCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tbl",
    abstract: "Look into tbl documents, and turn them into JSON, CSV or Arrow and back.",
    discussion: """
      FILE is a path, or '-' for standard input. PATH leads to a value: keys and indices between \
      dots, as in mesh.positions.3.0, with an index for each dimension of a vector. A dot or a \
      backslash that belongs to a key has a backslash in front, and \\u{1B} is the character of that \
      number; so keys are printed, too.
      """,
    subcommands: [
      TblShowCommand.self, TblGetCommand.self, TblStatsCommand.self, TblValidateCommand.self,
      TblDiffCommand.self, TblFromJSONCommand.self, TblToJSONCommand.self, TblFromCSVCommand.self,
      TblToCSVCommand.self, TblFromArrowCommand.self, TblToArrowCommand.self,
    ])
}
