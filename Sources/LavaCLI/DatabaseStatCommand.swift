import ArgumentParser
import SimDB

/// `lava db stat NAME`.
struct DatabaseStatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stat", abstract: "Say how a database is made and who uses it.")

  @OptionGroup var store: DatabaseArguments
  @Flag(help: "Print JSON.") var json = false

  private struct Facts: Encodable {
    struct Participant: Encodable {
      let pid: UInt32
      let name: String
      let startTime: UInt64
      let alive: Bool
      let pins: Int
    }

    let name: String
    let path: String
    let layoutVersion: Int
    let blockSize: Int
    let blockCount: Int
    let maximumBlockCount: Int
    let usedBlocks: Int
    let freeBlocks: Int
    let retiredBlocks: Int
    let entries: Int
    let memoryBytes: Int
    let totalBytes: Int
    let participants: [Participant]
  }

  private func mebibytes(_ bytes: Int) -> Int { (bytes + 1_048_575) / 1_048_576 }

  func run() throws {
    let database = try store.openReadOnly()
    let statistics = database.statistics()
    let facts = Facts(
      name: database.name, path: database.path, layoutVersion: statistics.layoutVersion,
      blockSize: statistics.blockSize, blockCount: statistics.blockCount,
      maximumBlockCount: statistics.maximumBlockCount, usedBlocks: statistics.usedBlocks,
      freeBlocks: statistics.freeBlocks, retiredBlocks: statistics.retiredBlocks,
      entries: statistics.entries, memoryBytes: statistics.memoryBytes,
      totalBytes: statistics.totalBytes,
      participants: statistics.participants.map {
        Facts.Participant(
          pid: $0.pid, name: $0.name, startTime: $0.startTime, alive: $0.isAlive, pins: $0.pins)
      })
    if json { return try JSONOutput.print(facts) }
    print("name          \(facts.name)")
    print("path          \(facts.path)")
    print("layout        version \(facts.layoutVersion)")
    let growth =
      facts.maximumBlockCount == facts.blockCount ? "" : ", growing to \(facts.maximumBlockCount)"
    print(
      "blocks        \(facts.usedBlocks) of \(facts.blockCount) used, \(facts.blockSize) bytes each"
        + growth)
    print("waiting       \(facts.retiredBlocks) blocks, freed when nobody reads them")
    print("entries       \(facts.entries)")
    print(
      "memory        \(mebibytes(facts.memoryBytes)) MiB of at most \(mebibytes(facts.totalBytes))")
    guard !facts.participants.isEmpty else { return print("participants  none") }
    print("participants")
    var table = TextTable(columns: ["  NAME", "PID", "ALIVE", "PINS"])
    for participant in facts.participants {
      table.add([
        "  \(participant.name)", "\(participant.pid)", participant.alive ? "yes" : "no",
        "\(participant.pins)",
      ])
    }
    table.print()
  }
}
