import ArgumentParser
import SimDB

/// `lava db drop NAME`.
struct DatabaseDropCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drop", abstract: "Remove a database and everything in it.",
    discussion: "Programs that use it go on with what they have, and nobody else finds it.")

  @OptionGroup var store: DatabaseArguments
  @Flag(help: "Even while programs use it.") var force = false
  @Flag(help: "Print JSON: name, path, users.") var json = false

  private struct Outcome: Encodable {
    let name: String
    let path: String
    let users: Int
  }

  func run() throws {
    let users = try store.openReadOnly().participants().filter(\.isAlive)
    guard force || users.isEmpty else { throw InUseError(name: store.name, users: users) }
    let database = try store.open()
    try database.drop()
    guard json else { return }
    try JSONOutput.print(
      Outcome(name: database.name, path: database.path, users: users.count))
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
