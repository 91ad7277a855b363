import ArgumentParser
import SimDB

/// `lava db stat NAME`.
struct DatabaseStatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stat", abstract: "Say how a database is made and who uses it.",
    discussion: """
      Of each program: threads that write or read in place (LANES), values it reads in place (PINS), \
      bytes of replaced values that stay because of them (HELD), and blocks that it is filling and \
      that it has replaced and not freed.
      """)

  @OptionGroup var store: DatabaseArguments
  @Flag(help: "Print JSON.") var json = false

  private struct Facts: Encodable {
    struct Participant: Encodable {
      let pid: UInt32
      let name: String
      let startTime: UInt64
      let alive: Bool
      let lanes: Int
      let pins: Int
      let heldBytes: Int
      let allocatedBlocks: Int
      let retiredBlocks: Int
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
    let orphanedBlocks: Int
    let reservedBlocks: Int
    let freeReservedBlocks: Int
    let lanesInUse: Int
    let laneCount: Int
    let entries: Int
    let memoryBytes: Int
    let totalBytes: Int
    let participants: [Participant]
  }

  private func mebibytes(_ bytes: Int) -> Int { (bytes + 1_048_575) / 1_048_576 }

  func run() throws {
    let database = try store.openReadOnly()
    let statistics = try database.statistics()
    let facts = Facts(
      name: database.name, path: database.path, layoutVersion: statistics.layoutVersion,
      blockSize: statistics.blockSize, blockCount: statistics.blockCount,
      maximumBlockCount: statistics.maximumBlockCount, usedBlocks: statistics.usedBlocks,
      freeBlocks: statistics.freeBlocks, retiredBlocks: statistics.retiredBlocks,
      orphanedBlocks: statistics.orphanedBlocks, reservedBlocks: statistics.reservedBlocks,
      freeReservedBlocks: statistics.freeReservedBlocks, lanesInUse: statistics.lanesInUse,
      laneCount: statistics.laneCount,
      entries: statistics.entries, memoryBytes: statistics.memoryBytes,
      totalBytes: statistics.totalBytes,
      participants: statistics.participants.map {
        Facts.Participant(
          pid: $0.pid, name: $0.name, startTime: $0.startTime, alive: $0.isAlive,
          lanes: $0.lanes, pins: $0.pins, heldBytes: $0.heldBytes,
          allocatedBlocks: $0.allocatedBlocks, retiredBlocks: $0.retiredBlocks)
      })
    if json { return try JSONOutput.print(facts) }
    try Output.print("name          \(facts.name)")
    try Output.print("path          \(facts.path)")
    try Output.print("layout        version \(facts.layoutVersion)")
    let growth =
      facts.maximumBlockCount == facts.blockCount ? "" : ", growing to \(facts.maximumBlockCount)"
    try Output.print(
      "blocks        \(facts.usedBlocks) of \(facts.blockCount) used, \(facts.blockSize) bytes each"
        + growth)
    try Output.print("waiting       \(facts.retiredBlocks) blocks, freed when nobody reads them")
    if facts.orphanedBlocks > 0 {
      try Output.print("orphans       \(facts.orphanedBlocks) blocks of programs that are gone")
    }
    try Output.print(
      "reserve       \(facts.freeReservedBlocks) of \(facts.reservedBlocks) blocks free, for "
        + "overwriting when no others are")
    try Output.print("lanes         \(facts.lanesInUse) of \(facts.laneCount) in use")
    try Output.print("entries       \(facts.entries)")
    try Output.print(
      "memory        \(mebibytes(facts.memoryBytes)) MiB of at most \(mebibytes(facts.totalBytes))")
    guard !facts.participants.isEmpty else { return try Output.print("participants  none") }
    try Output.print("participants")
    var table = TextTable(
      columns: ["  NAME", "PID", "ALIVE", "LANES", "PINS", "HELD", "FILLING", "RETIRED"])
    for participant in facts.participants {
      table.add([
        "  \(participant.name)", "\(participant.pid)", participant.alive ? "yes" : "no",
        "\(participant.lanes)", "\(participant.pins)", "\(participant.heldBytes)",
        "\(participant.allocatedBlocks)", "\(participant.retiredBlocks)",
      ])
    }
    try table.print()
  }
}
