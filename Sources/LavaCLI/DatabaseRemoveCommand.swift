import ArgumentParser
import SimDB

/// `lava db rm NAME KEY...`.
struct DatabaseRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove keys.",
    discussion: "Exits with status 1 when one of them is not there; the others are removed.")

  @Argument(help: "Name of the database, or the path of its file.") var name: String
  @Argument(help: "The keys, as 'lava db keys' prints them.") var keys: [String]

  func run() throws {
    let database = try Database.open(name)
    let absent = try keys.filter { key in try !database.delete(EscapedKey.bytes(key)) }
    guard absent.isEmpty else {
      throw NotFoundError(
        text: "database '\(name)' has no key "
          + absent.map { "'\($0)'" }.joined(separator: ", "))
    }
  }
}
