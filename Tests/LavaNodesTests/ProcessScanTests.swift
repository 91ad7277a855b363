import TestSupport
import Testing

@testable import LavaNodes

@Suite struct ProcessScanTests {
  static func line(_ process: ProcessStatus, name: String) -> [UInt8] {
    Array(
      """
      \(process.pid) (\(name)) S 1 1 1 0 -1 0 0 0 0 0 \(process.ticks) 0 0 0 20 0 1 0 \
      \(process.startTime) 4096 \(process.pages) 0
      """.utf8)
  }

  static func scan(_ processes: [ProcessStatus]) -> ProcessScan {
    var scan = ProcessScan()
    for process in processes {
      let text = line(process, name: "p \(process.pid)")
      scan.append(text.span)
    }
    return scan
  }

  @Test func `the busiest processes are those of a plain model`() {
    var random = SeededGenerator()
    for _ in 0..<300 {
      let before = Self.processes(using: &random)
      var now = Self.processes(using: &random)
      // Some are the same as before, some have the number of another.
      for index in now.indices {
        guard let old = before.first(where: { $0.pid == now[index].pid }) else { continue }
        now[index].startTime = Bool.random(using: &random) ? old.startTime : old.startTime + 1
        now[index].ticks = old.ticks &+ UInt64.random(in: 0...4, using: &random) &- 1
      }
      let count = Int.random(in: 0...8, using: &random)
      let used = now.map { process -> UInt64 in
        let old = before.first { $0.pid == process.pid && $0.startTime == process.startTime }
        return process.ticks - min(process.ticks, old?.ticks ?? 0)
      }
      let expected = now.indices.sorted { left, right in
        (used[left], now[left].pages, right) > (used[right], now[right].pages, left)
      }
      let found = Self.scan(now).busiest(count, since: Self.scan(before))
      #expect(found == Array(expected.prefix(count)), "seed \(random.seed)")
    }
  }

  static func processes(using random: inout SeededGenerator) -> [ProcessStatus] {
    let pids = Set((0..<20).map { _ in UInt32.random(in: 1...30, using: &random) }).sorted()
    return pids.map { pid in
      ProcessStatus(
        pid: pid, startTime: UInt64.random(in: 1...3, using: &random),
        ticks: UInt64.random(in: 1...9, using: &random),
        pages: UInt64.random(in: 0...2, using: &random))
    }
  }

  @Test func `counters of the scan before are those of the same processes`() {
    let before = Self.scan([
      ProcessStatus(pid: 4, startTime: 1, ticks: 10, pages: 1),
      ProcessStatus(pid: 7, startTime: 2, ticks: 20, pages: 2),
    ])
    let now = Self.scan([
      ProcessStatus(pid: 4, startTime: 9, ticks: 11, pages: 1),
      ProcessStatus(pid: 7, startTime: 2, ticks: 25, pages: 3),
      ProcessStatus(pid: 8, startTime: 8, ticks: 30, pages: 0),
    ])
    let counters = now.counters(at: now.busiest(3, since: before), pageBytes: 4096)
    #expect(counters.pids == [8, 4, 7])
    #expect(counters.names == ["p 8", "p 4", "p 7"])
    #expect(counters.memoryBytes == [0, 4096, 12288])
    let earlier = before.counters(of: counters, pageBytes: 4096)
    #expect(earlier.pids == [7])
    #expect(earlier.ticks == [20])
  }

  @Test func `a process that ended while it was read is left out`() {
    var scan = ProcessScan()
    let whole = Self.line(ProcessStatus(pid: 3, startTime: 1, ticks: 1, pages: 1), name: "a")
    for text in [[], whole, Array("4 (half) S 1".utf8)] { scan.append(text.span) }
    #expect(scan.processes.map(\.pid) == [3])
    scan.removeAll()
    #expect(scan == ProcessScan())
  }
}
