import ArgumentParser
import SimDB

/// `lava db drop NAME`.
struct DatabaseDropCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drop", abstract: "Remove a database and everything in it.",
    discussion: "Programs that use it go on with what they have, and nobody else finds it.")

  @Argument(help: "Name of the database, or the path of its file.") var name: String
  @Flag(help: "Even while programs use it.") var force = false

  func run() throws {
    let users = try Database.openReadOnly(name).participants().filter(\.isAlive)
    guard force || users.isEmpty else { throw InUseError(name: name, users: users) }
    try Database.open(name).drop()
  }
}

/// A database that living programs use is not dropped by mistake.
private struct InUseError: ReportedError {
  let name: String
  let users: [Statistics.ParticipantStatistics]

  var text: String {
    let list = users.map { "\($0.name) (\($0.pid))" }.joined(separator: ", ")
    return "database '\(name)' is used by \(list); stop them, or say --force"
  }

  var status: ExitStatus { .environment }
}
