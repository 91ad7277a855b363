/// All processes at one moment, in columns that are used again for the next moment.
struct ProcessScan: Hashable, Sendable {
  /// The processes, ascending by number.
  private(set) var processes: [ProcessStatus] = []
  /// Where the name of each ends in `names`.
  private var nameEnds: [Int] = []
  private var names: [UInt8] = []

  /// Forgets all processes and keeps the memory.
  mutating func removeAll() {
    processes.removeAll(keepingCapacity: true)
    nameEnds.removeAll(keepingCapacity: true)
    names.removeAll(keepingCapacity: true)
  }

  /// Adds the process whose `/proc/<pid>/stat` is `text`. Processes come in ascending order; one
  /// that ended while it was read is left out.
  mutating func append(_ text: Span<UInt8>) {
    guard let (status, name) = ProcessStatus.parse(text),
      processes.last.map({ $0.pid < status.pid }) ?? true
    else { return }
    processes.append(status)
    for index in name { names.append(text[index]) }
    nameEnds.append(names.count)
  }

  /// The name of the process at `index`.
  func name(at index: Int) -> String {
    let start = index == 0 ? 0 : nameEnds[index - 1]
    return String(decoding: names[start..<nameEnds[index]], as: UTF8.self)
  }

  /// The processes that used the most processor time since `before`, busiest first; among equals
  /// those with more memory.
  ///
  /// - Complexity: O(processes of both scans * log(`count`)).
  func busiest(_ count: Int, since before: ProcessScan) -> [Int] {
    var best: [Candidate] = []
    var earlier = 0
    for (index, process) in processes.enumerated() {
      while earlier < before.processes.count, before.processes[earlier].pid < process.pid {
        earlier += 1
      }
      var used = process.ticks
      if earlier < before.processes.count, before.processes[earlier].isSame(as: process) {
        used = process.ticks - min(process.ticks, before.processes[earlier].ticks)
      }
      let candidate = Candidate(used: used, pages: process.pages, index: index)
      if best.count == count, let last = best.last, !candidate.precedes(last) { continue }
      guard count > 0 else { continue }
      var place = best.endIndex
      while place > 0, candidate.precedes(best[place - 1]) { place -= 1 }
      best.insert(candidate, at: place)
      if best.count > count { best.removeLast() }
    }
    return best.map(\.index)
  }

  /// The counters of the processes at `indices`, in this order.
  func counters(at indices: [Int], pageBytes: UInt64) -> ProcessCounters {
    var result = ProcessCounters()
    for index in indices {
      result.append(processes[index], name: name(at: index), pageBytes: pageBytes)
    }
    return result
  }

  /// The counters of those processes that `later` holds too.
  func counters(of later: ProcessCounters, pageBytes: UInt64) -> ProcessCounters {
    var result = ProcessCounters()
    for (pid, startTime) in zip(later.pids, later.startTimes) {
      guard let index = index(of: pid), processes[index].startTime == startTime else { continue }
      result.append(processes[index], name: name(at: index), pageBytes: pageBytes)
    }
    return result
  }

  private func index(of pid: UInt32) -> Int? {
    var range = processes.startIndex..<processes.endIndex
    while let first = range.first {
      let middle = first + range.count / 2
      if processes[middle].pid == pid { return middle }
      range = processes[middle].pid < pid ? middle + 1..<range.upperBound : first..<middle
    }
    return nil
  }

  private struct Candidate {
    let used: UInt64
    let pages: UInt64
    let index: Int

    func precedes(_ other: Candidate) -> Bool {
      (used, pages, other.index) > (other.used, other.pages, index)
    }
  }
}

extension ProcessStatus {
  /// Whether both are one process at two moments.
  fileprivate func isSame(as other: ProcessStatus) -> Bool {
    pid == other.pid && startTime == other.startTime
  }
}

/// Some processes' counters.
struct ProcessCounters: Hashable, Sendable {
  /// Their numbers.
  var pids: [UInt32] = []
  /// When each started, in clock ticks since the machine did.
  var startTimes: [UInt64] = []
  /// Their names.
  var names: [String] = []
  /// Processor time of each, in clock ticks.
  var ticks: [UInt64] = []
  /// Memory that each holds, in bytes.
  var memoryBytes: [UInt64] = []

  fileprivate mutating func append(_ process: ProcessStatus, name: String, pageBytes: UInt64) {
    pids.append(process.pid)
    startTimes.append(process.startTime)
    names.append(name)
    ticks.append(process.ticks)
    memoryBytes.append(process.pages.multipliedReportingOverflow(by: pageBytes).partialValue)
  }
}
