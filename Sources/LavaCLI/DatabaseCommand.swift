import ArgumentParser
import SharedMemory

/// `lava db`: look into stores from a terminal, and change them.
struct DatabaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db",
    abstract: "List databases, look into them and change them.",
    discussion: """
      What only looks attaches read-only, and never disturbs the programs that use a database.

      NAME is looked for in \(SegmentLocation.usualDirectory), or in the directory that LAVA_DIR \
      names; a NAME with a slash is the path of a file. Databases are memory: a restart of the machine \
      removes them, and so do systems that clear shared memory when a user logs out; 'lava db save' \
      keeps one.
      """,
    subcommands: [
      DatabaseCreateCommand.self, DatabaseListCommand.self, DatabaseStatCommand.self,
      DatabaseKeysCommand.self, DatabaseGetCommand.self, DatabasePutCommand.self,
      DatabaseRemoveCommand.self, DatabaseWatchCommand.self, DatabaseSaveCommand.self,
      DatabaseLoadCommand.self,
      DatabaseCheckCommand.self, DatabaseRepairCommand.self, DatabaseDropCommand.self,
    ])
}
