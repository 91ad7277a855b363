import ArgumentParser
import Foundation
import SimDB

/// `lava db load NAME FILE`.
struct DatabaseLoadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "Put all entries of a saved file into a database.",
    discussion: """
      A database that does not exist is created with the blocks of the one that was saved, and \
      shared with the group that --group names. A damaged file is refused as a whole.

      Ctrl-C ends it, says how many entries were loaded until then, and exits with 130.
      """)

  @OptionGroup var store: DatabaseArguments
  @Argument(help: "File that 'lava db save' wrote.", completion: .file()) var file: String
  @Flag(help: "Print JSON: file, entries.") var json = false

  private struct Outcome: Encodable {
    let file: String
    let entries: Int
  }

  func run() async throws {
    let interrupts = Interrupts()
    let progress = EntryProgress("loaded")
    let loaded = LocalMutex(0)
    let ending = Task {
      guard await interrupts.next() else { return }
      loaded.withLock { count in
        progress.end()
        Terminal.note(
          "interrupted after \(count) entries were loaded; load the file again for the others")
        // Whoever is about to count another one waits, and says nothing more.
        Foundation.exit(ExitStatus.interrupted.rawValue)
      }
    }
    defer { ending.cancel() }
    let count = try await onOwnThread {
      try openOrCreate().load(from: file) { count in
        loaded.withLock { loaded in
          loaded = count
          progress.show(count)
        }
      }
    }
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
