import ArgumentParser
import SimDB

/// `lava db save NAME FILE`.
struct DatabaseSaveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "save", abstract: "Save all entries to a file, while programs go on.",
    discussion: """
      Each entry is whole; they need not be of one instant. Queues are not saved. The file has its \
      name only once it is complete.

      An entry that cannot be read makes saving fail with status 3. With --salvage all others are \
      saved, the reason of each that is left out is written to standard error, and the status is 1.
      """)

  @OptionGroup var store: DatabaseArguments
  @Argument(help: "File to write, in place of any that is there.") var file: String
  @Flag(help: "Save what can be read of a damaged database.") var salvage = false
  @Flag(help: "Print JSON: file, entries, unreadable.") var json = false

  private struct Outcome: Encodable {
    let file: String
    let entries: Int
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
    let count = try database.save(to: file, unreadable: salvage ? note : nil) { progress.show($0) }
    progress.end()
    if json {
      try JSONOutput.print(Outcome(file: file, entries: count, unreadable: unreadable))
    } else {
      try Output.print(
        "\(count) entries saved" + (unreadable.isEmpty ? "" : ", \(unreadable.count) left out"))
    }
    if !unreadable.isEmpty { throw ExitCode(ExitStatus.failure.rawValue) }
  }
}

/// `lava db load NAME FILE`.
struct DatabaseLoadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "Put all entries of a saved file into a database.",
    discussion: """
      A database that does not exist is created with the blocks of the one that was saved, and \
      shared with the group that --group names. A damaged file is refused as a whole.
      """)

  @OptionGroup var store: DatabaseArguments
  @Argument(help: "File that 'lava db save' wrote.") var file: String
  @Flag(help: "Print JSON: file, entries.") var json = false

  private struct Outcome: Encodable {
    let file: String
    let entries: Int
  }

  func run() throws {
    let database = try openOrCreate()
    let progress = EntryProgress("loaded")
    let count = try database.load(from: file) { progress.show($0) }
    progress.end()
    if json { return try JSONOutput.print(Outcome(file: file, entries: count)) }
    try Output.print("\(count) entries loaded")
  }

  /// Reads the file for its geometry, all of it, only where there is no database yet.
  private func openOrCreate() throws -> Database {
    do throws(StoreError) {
      return try store.open()
    } catch {
      guard error.code == .notFound else { throw error }
      return try store.open(creating: Database.geometry(ofSaved: file))
    }
  }
}

/// A line on the terminal that counts entries; nothing where there is no terminal.
private struct EntryProgress {
  private let verb: String
  private let isShown = Terminal.errorIsTerminal

  init(_ verb: String) { self.verb = verb }

  func show(_ count: Int) {
    if isShown, count % 4_096 == 0 { Terminal.replaceLine("\(count) entries \(verb)") }
  }

  func end() {
    if isShown { Terminal.replaceLine("") }
  }
}
