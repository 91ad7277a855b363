import ArgumentParser
import SimDB

/// `lava db watch NAME`.
struct DatabaseWatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Print the changes of a database as they come, one a line.",
    discussion: """
      A line says 'put' or 'deleted' and, behind a tab, the key; with --values the value follows behind \
      another, a tbl as JSON, other bytes as keys are printed. Of several changes of a key in quick \
      succession the last one counts; those of different keys come in no particular order.

      It attaches read-only, disturbs no program, and looks 20 times a second. With --immediate it \
      attaches as a program that the others tell of their changes, and is woken by each.

      Ends with status 0 at Ctrl-C, after --for and after --count, and with 3 when the database is \
      dropped.
      """)

  @OptionGroup var store: DatabaseArguments
  @Option(help: "Only keys that begin with this, written as keys are printed.") var prefix = ""
  @Flag(help: "Print the entries that there are first, as if they were put now.")
  var present = false
  @Flag(help: "Print values, as they are when their line is printed.") var values = false
  @Flag(help: "Be woken by every change; each put costs a little more meanwhile.")
  var immediate = false
  @Option(name: .customLong("for"), help: "End after this time, such as 500ms, 10s, 2m.")
  var duration: DurationArgument?
  @Option(help: "End after this many changes.") var count: Int?
  @Flag(help: "Print a JSON object a line: change, key, generation, type, length, value.")
  var json = false

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count must be 1 or more") }
  }

  func run() async throws {
    let interrupts = Interrupts()
    let database = try immediate ? store.open() : store.openReadOnly()
    let changes = try database.changes(
      prefix: EscapedKey.bytes(prefix), includingPresent: present)
    Terminal.note("watching '\(database.name)'; Ctrl-C ends it")
    let watching = Task { try await print(changes, of: database) }
    let ending = Task {
      _ = await interrupts.firstOrTimeout(duration?.nanoseconds)
      watching.cancel()
    }
    defer { ending.cancel() }
    try await watching.value
  }

  private func print(_ changes: Changes, of database: Database) async throws {
    var printed = 0
    for try await change in changes {
      let line = try json ? jsonLine(change, of: database) : line(change, of: database)
      // At once, whatever standard output is.
      try Output.print(line)
      try Output.flush()
      printed += 1
      if printed == count { return }
    }
  }

  private func line(_ change: Change, of database: Database) throws -> String {
    let key = EscapedKey.text(change.key)
    guard case .put = change else { return "deleted\t\(key)" }
    guard let entry = try entry(change.key, in: database) else { return "put\t\(key)" }
    return "put\t\(key)\t\(ReadableValue.line(entry))"
  }

  private struct Line: Encodable {
    let change: String
    let key: String
    var generation: String?
    var type: String?
    var length: Int?
  }

  private func jsonLine(_ change: Change, of database: Database) throws -> String {
    let key = EscapedKey.text(change.key)
    guard case .put(_, let generation) = change else {
      return try JSONOutput.line(Line(change: "deleted", key: key))
    }
    if let entry = try entry(change.key, in: database) {
      let line = Line(
        change: "put", key: key, generation: "\(entry.generation)", type: "\(entry.type)",
        length: entry.bytes.count)
      return try JSONOutput.line(line, value: entry)
    }
    let facts = try database.facts(change.key)
    return try JSONOutput.line(
      Line(
        change: "put", key: key, generation: "\(facts?.generation ?? generation)",
        type: facts.map { "\($0.type)" }, length: facts?.length))
  }

  /// The entry to print with its change, if values are wanted. One that is gone by now comes again
  /// as deleted, and one that changes faster than it can be copied comes again as put.
  private func entry(_ key: [UInt8], in database: Database) throws -> Entry? {
    guard values else { return nil }
    do throws(StoreError) {
      return try database.entry(key)
    } catch {
      guard error.code == .contended else { throw error }
      return nil
    }
  }
}
