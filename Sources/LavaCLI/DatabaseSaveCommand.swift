import ArgumentParser
import SimDB

/// `lava db save NAME FILE`.
struct DatabaseSaveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "save", abstract: "Save all entries to a file, while programs go on.",
    discussion: """
      Each entry is whole; they need not be of one instant. Queues are not saved. The file has its \
      name only once it is complete.
      """)

  @Argument(help: "Name of the database, or the path of its file.") var name: String
  @Argument(help: "File to write, in place of any that is there.") var file: String
  @Flag(help: "Print JSON: file, entries.") var json = false

  func run() throws {
    let database = try Database.openReadOnly(name)
    let progress = EntryProgress("saved")
    let count = try database.save(to: file) { progress.show($0) }
    progress.end()
    if json { return try JSONOutput.print(FileOutcome(file: file, entries: count)) }
    print("\(count) entries saved")
  }
}

/// `lava db load NAME FILE`.
struct DatabaseLoadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "Put all entries of a saved file into a database.",
    discussion: """
      A database that does not exist is created with the blocks of the one that was saved. A \
      damaged file is refused as a whole.
      """)

  @Argument(help: "Name of the database, or the path of its file.") var name: String
  @Argument(help: "File that 'lava db save' wrote.") var file: String
  @Flag(help: "Print JSON: file, entries.") var json = false

  func run() throws {
    let database = try openOrCreate()
    let progress = EntryProgress("loaded")
    let count = try database.load(from: file) { progress.show($0) }
    progress.end()
    if json { return try JSONOutput.print(FileOutcome(file: file, entries: count)) }
    print("\(count) entries loaded")
  }

  /// Reads the file for its geometry, all of it, only where there is no database yet.
  private func openOrCreate() throws -> Database {
    do throws(StoreError) {
      return try Database.open(name)
    } catch {
      guard error.code == .notFound else { throw error }
      return try Database.open(name, creating: Database.geometry(ofSaved: file))
    }
  }
}

private struct FileOutcome: Encodable {
  let file: String
  let entries: Int
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
