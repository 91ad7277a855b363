/// The processes of the last second, because one tick is too short to rank them by: a kernel that
/// counts in hundredths of a second knows ten degrees of load in a tenth.
struct ProcessWindow {
  /// What a process used on average.
  struct Share: Hashable {
    let pid: UInt32
    let name: String
    /// Percent of one core.
    let share: Float
    let memoryBytes: UInt64
  }

  private struct Entry {
    let cycle: UInt64
    let time: UInt64
    let seconds: Double
    let processes: SystemRates.Processes
  }

  private static let nanoseconds: UInt64 = 1_000_000_000
  /// Most samples, whatever their rate.
  private static let maximumCount = 128

  /// Ascending by cycle.
  private var entries: [Entry] = []

  /// Adds the processes of a sample, and drops those of samples older than a second.
  mutating func insert(_ rates: SystemRates) {
    var index = entries.count
    while index > 0, entries[index - 1].cycle > rates.cycle { index -= 1 }
    entries.insert(
      Entry(
        cycle: rates.cycle, time: rates.time, seconds: rates.seconds, processes: rates.processes),
      at: index)
    let newest = entries[entries.count - 1].time
    entries.removeAll { $0.time + Self.nanoseconds <= newest }
    if entries.count > Self.maximumCount { entries.removeFirst() }
  }

  /// As many processes as the latest sample names, busiest first.
  ///
  /// A process counts as idle in samples that do not name it: others were busier.
  func busiest() -> [Share] {
    guard let latest = entries.last else { return [] }
    let seconds = entries.reduce(0) { $0 + $1.seconds }
    var shares: [UInt32: Share] = [:]
    for entry in entries {
      let processes = entry.processes
      for index in processes.pids.indices {
        let pid = processes.pids[index]
        let part = processes.shares[index] * Float(entry.seconds / seconds)
        shares[pid] = Share(
          pid: pid, name: processes.names[index], share: (shares[pid]?.share ?? 0) + part,
          memoryBytes: processes.memoryBytes[index])
      }
    }
    let ordered = shares.values.sorted { left, right in
      (left.share, left.memoryBytes, right.pid) > (right.share, right.memoryBytes, left.pid)
    }
    return Array(ordered.prefix(latest.processes.pids.count))
  }
}
