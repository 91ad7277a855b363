import ArgumentParser
import SimDB

/// `lava db ls`.
struct DatabaseListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List the databases of this user.")

  @OptionGroup var trust: TrustOption
  @Flag(help: "Print JSON.") var json = false

  private struct Row: Encodable {
    let name: String
    let path: String
    var entries: Int?
    var usedBlocks: Int?
    var blockCount: Int?
    var participants: Int?
    var problem: String?
  }

  func run() throws {
    let rows = try SegmentLocation.list(sharing: trust.sharing).map(row)
    if json { return try JSONOutput.print(rows) }
    guard !rows.isEmpty else {
      return Terminal.note("no databases in \(SegmentLocation.directory)")
    }
    var table = TextTable(columns: ["NAME", "ENTRIES", "USED", "PROGRAMS"])
    for row in rows {
      guard row.problem == nil, let used = row.usedBlocks, let count = row.blockCount else {
        Terminal.error(row.problem ?? "cannot be read")
        continue
      }
      table.add([
        row.name, "\(row.entries ?? 0)", "\(used * 100 / max(count, 1)) %",
        "\(row.participants ?? 0)",
      ])
    }
    try table.print()
  }

  private func row(_ name: String) throws -> Row {
    let path = try SegmentLocation.path(of: name)
    do throws(StoreError) {
      let database = try FileRemoval.told(for: name) { () throws(StoreError) in
        try Database.openReadOnly(name, sharing: trust.sharing)
      }
      let statistics = try database.statistics()
      return Row(
        name: name, path: path, entries: statistics.entries, usedBlocks: statistics.usedBlocks,
        blockCount: statistics.blockCount,
        participants: statistics.participants.count { $0.isAlive })
    } catch {
      return Row(name: name, path: path, problem: error.description)
    }
  }
}
