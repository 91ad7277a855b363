import ArgumentParser

/// `lava db`: look into stores from a terminal.
struct DatabaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db",
    abstract: "List databases and look into them.",
    discussion:
      "Databases are attached read-only: looking never disturbs the programs that use them.",
    subcommands: [
      DatabaseListCommand.self, DatabaseStatCommand.self, DatabaseKeysCommand.self,
      DatabaseGetCommand.self,
    ])
}
