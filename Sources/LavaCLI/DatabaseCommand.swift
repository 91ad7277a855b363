import ArgumentParser

/// `lava db`: look into stores from a terminal, and change them.
struct DatabaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db",
    abstract: "List databases, look into them and change them.",
    discussion: """
      What only looks attaches read-only, and never disturbs the programs that use a database.
      """,
    subcommands: [
      DatabaseCreateCommand.self, DatabaseListCommand.self, DatabaseStatCommand.self,
      DatabaseKeysCommand.self, DatabaseGetCommand.self, DatabasePutCommand.self,
      DatabaseRemoveCommand.self, DatabaseSaveCommand.self, DatabaseLoadCommand.self,
      DatabaseCheckCommand.self, DatabaseRepairCommand.self, DatabaseDropCommand.self,
    ])
}
