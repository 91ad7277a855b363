import ArgumentParser
import SimDB

/// `lava db rm NAME KEY...`.
struct DatabaseRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove keys.",
    discussion: """
      A queue, or another structure, goes with all that it keeps in entries beside its own; what one \
      that is there keeps is not removed alone, which is status 2. \
      Exits with status 1 when one of the keys is not there; the others are removed.
      """)

  @OptionGroup var store: DatabaseArguments
  @Argument(help: "The keys, as 'lava db keys' prints them.") var keys: [String]
  @Flag(help: "Print JSON: removed, absent, refused.") var json = false

  private struct Outcome: Encodable {
    var removed: [String] = []
    var absent: [String] = []
    var refused: [String] = []
  }

  func run() throws {
    let database = try store.open()
    var outcome = Outcome()
    var refusals: [StructureEntry] = []
    for key in keys {
      if let refusal = try StructureEntry.refusal(toRemove: EscapedKey.bytes(key), in: database) {
        outcome.refused.append(key)
        refusals.append(refusal)
      } else if try remove(EscapedKey.bytes(key), from: database) {
        outcome.removed.append(key)
      } else {
        outcome.absent.append(key)
      }
    }
    if json { try JSONOutput.print(outcome) }
    try Output.flush()
    for refusal in refusals { Terminal.error(refusal.text) }
    if !outcome.absent.isEmpty {
      Terminal.error(
        "database '\(store.name)' has no key "
          + outcome.absent.map { "'\($0)'" }.joined(separator: ", "))
    }
    guard refusals.isEmpty else { throw ExitCode(ExitStatus.usage.rawValue) }
    guard outcome.absent.isEmpty else { throw ExitCode(ExitStatus.failure.rawValue) }
  }

  /// Removes an entry; a structure with its parts, also those that one left which is gone itself.
  private func remove(_ key: [UInt8], from database: Database) throws -> Bool {
    if try database.type(key)?.isStructure != false,
      let name = String(validating: key, as: UTF8.self)
    {
      return try database.deleteStructure(name)
    }
    return try database.delete(key)
  }
}
