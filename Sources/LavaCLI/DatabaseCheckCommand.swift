import ArgumentParser
import SimDB

/// `lava db check NAME`.
struct DatabaseCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Look for anything that contradicts itself in a database.",
    discussion: """
      Exits with status 1 when there is something. While programs use the database, what they have \
      half-done is passed over; with none, every block is accounted for.
      """)

  @OptionGroup var store: DatabaseArguments
  @Flag(help: "Print JSON: ok, problems.") var json = false

  private struct Outcome: Encodable {
    let ok: Bool
    let problems: [String]
  }

  func run() throws {
    let database = try store.openReadOnly()
    let problems = database.check()
    let dead = try database.participants().count { !$0.isAlive }
    if dead > 0 {
      Terminal.note(
        (dead == 1 ? "1 dead program is" : "\(dead) dead programs are")
          + " not swept yet; 'lava db repair \(store.name)' does it")
    }
    if json {
      try JSONOutput.print(Outcome(ok: problems.isEmpty, problems: problems))
    } else if problems.isEmpty {
      try Output.print("ok")
    } else {
      for problem in problems { try Output.print(problem) }
    }
    if !problems.isEmpty { throw ExitCode(ExitStatus.failure.rawValue) }
  }
}
