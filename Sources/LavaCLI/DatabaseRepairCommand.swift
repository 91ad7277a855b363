import ArgumentParser
import SimDB

/// `lava db repair NAME`.
struct DatabaseRepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair", abstract: "Finish or undo what dead programs left half-done, now.",
    discussion: "It happens by itself whenever a program attaches, and when memory runs short.")

  @OptionGroup var store: DatabaseArguments
  @Flag(help: "Print JSON: swept, freedBlocks.") var json = false

  private struct Outcome: Encodable {
    let swept: Int
    let freedBlocks: Int
  }

  func run() throws {
    // Attaching sweeps; what there was to do shows in what was there before.
    let before = try store.openReadOnly().statistics()
    let database = try store.open()
    let dead = before.participants.count { !$0.isAlive }
    let swept = try max(dead, database.sweep())
    let freed = try max(0, before.usedBlocks - database.statistics().usedBlocks)
    if json { return try JSONOutput.print(Outcome(swept: swept, freedBlocks: freed)) }
    try Output.print("\(swept) dead participants swept, \(freed) blocks freed")
  }
}
