import ArgumentParser
import SimDB

/// `lava db save NAME FILE`.
struct DatabaseSaveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "save", abstract: "Save all entries to a file, while programs go on.",
    discussion: """
      Each entry is whole; they need not be of one instant. Queues, and what else programs change in \
      place, are not saved, and named on standard error. The file has its \
      name only once it is complete.

      An entry that cannot be read makes saving fail with status 3. With --salvage all others are \
      saved, the reason of each that is left out is written to standard error, and the status is 1.
      """)

  @OptionGroup var store: DatabaseArguments
  @Argument(help: "File to write, in place of any that is there.", completion: .file())
  var file: String
  @Flag(help: "Save what can be read of a damaged database.") var salvage = false
  @Flag(help: "Print JSON: file, entries, structures, unreadable.") var json = false

  private struct Outcome: Encodable {
    let file: String
    let entries: Int
    let structures: [String]
    let unreadable: [String]
  }

  func run() throws {
    let database = try store.openReadOnly()
    let progress = EntryProgress("saved")
    var unreadable: [String] = []
    let note: (StoreError) -> Void = { error in
      progress.end()
      Terminal.note("left out: \(error)")
      unreadable.append("\(error)")
    }
    var structures: [String] = []
    let count = try database.save(
      to: file, unreadable: salvage ? note : nil,
      structure: { structures.append(EscapedKey.text($0)) }, progress: { progress.show($0) })
    progress.end()
    for structure in structures {
      Terminal.note("not saved, since programs change it: \(structure)")
    }
    if json {
      try JSONOutput.print(
        Outcome(file: file, entries: count, structures: structures, unreadable: unreadable))
    } else {
      try Output.print(
        "\(count) entries saved" + (unreadable.isEmpty ? "" : ", \(unreadable.count) left out"))
    }
    if !unreadable.isEmpty { throw ExitCode(ExitStatus.failure.rawValue) }
  }
}
