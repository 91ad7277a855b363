import ArgumentParser
import SharedStructures
import SimDB

/// `lava queue ls DATABASE`.
struct QueueListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List the queues of a database.",
    discussion: """
      A byte queue has room for a number of segments, each of some bytes; what a kind of queue has \
      none of is '-'.

      Exits with status 3 when a queue cannot be read, which is named on standard error, and as \
      'problem' in JSON; the others are listed.
      """)

  @OptionGroup var store: DatabaseArguments
  @OptionGroup var limit: LimitOption
  @Flag(
    help: """
      Print JSON: name, kind, count, capacity, segmentLimit, segmentCapacity, overflow, dropped, \
      rejected, lost, problem.
      """)
  var json = false

  private struct Row: Encodable {
    let name: String
    let kind: String
    var count: Int?
    var capacity: Int?
    var segmentLimit: Int?
    var segmentCapacity: Int?
    var overflow: String?
    var dropped: UInt64?
    var rejected: UInt64?
    var lost: UInt64?
    var problem: String?
  }

  func run() throws {
    let database = try store.openReadOnly()
    let found = try database.keys().compactMap { key in try row(key, of: database) }
    let rows = limit.firsts(of: found)
    if json {
      try JSONOutput.print(Array(rows))
    } else if rows.isEmpty {
      Terminal.note("no queues in database '\(store.name)'")
    } else {
      try printTable(of: rows)
    }
    try LimitOption.tell(found.count - rows.count)
    // Also those that were left out: who asks for little still learns that something is wrong.
    if found.contains(where: { $0.problem != nil }) {
      throw ExitCode(ExitStatus.environment.rawValue)
    }
  }

  private func printTable(of rows: ArraySlice<Row>) throws {
    var table = TextTable(
      columns: ["NAME", "KIND", "COUNT", "CAPACITY", "OVERFLOW", "DROPPED", "REJECTED", "LOST"])
    for row in rows {
      if let problem = row.problem {
        Terminal.error(problem)
        continue
      }
      func cell(_ value: (some CustomStringConvertible)?) -> String { value?.description ?? "-" }
      let segments = row.segmentLimit.map { "\($0) × \(row.segmentCapacity ?? 0) B" }
      table.add([
        row.name, row.kind, cell(row.count), segments ?? cell(row.capacity), cell(row.overflow),
        cell(row.dropped), cell(row.rejected), cell(row.lost),
      ])
    }
    try table.print()
  }

  /// What is known of the queue under `key`; `nil` where there is another entry, or none any more.
  private func row(_ key: [UInt8], of database: Database) throws -> Row? {
    guard let type = try database.type(key), AnyQueue.kinds.contains(type) else { return nil }
    let (name, kind) = (EscapedKey.text(key), "\(type)")
    guard let queue = String(validating: key, as: UTF8.self) else {
      return Row(
        name: name, kind: kind,
        problem: "database '\(store.name)', \(kind) '\(name)': its key is not UTF-8 text, "
          + "as names of queues are; remove it with 'lava db rm'")
    }
    do throws(StoreError) {
      let facts = try database.anyQueue(queue).facts()
      return Row(
        name: name, kind: kind, count: facts.count, capacity: facts.capacity,
        segmentLimit: facts.segmentLimit, segmentCapacity: facts.segmentCapacity,
        overflow: facts.overflow?.name, dropped: facts.dropped, rejected: facts.rejected,
        lost: facts.lost)
    } catch {
      // It went since its type was read.
      if error.code == .notFound { return nil }
      return Row(name: name, kind: kind, problem: error.description)
    }
  }
}
