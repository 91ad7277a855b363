import Foundation
import LavaFlow
import LavaSchema
import SharedMemory
import Tbl
import Testing

@testable import LavaNodes

@Suite struct SystemSamplerTests {
  /// A `/proc` with two processes, one of which ended right after it was listed.
  static func folder() throws -> Folder {
    let folder = try Folder()
    try folder.write("stat", "cpu 1 1 1 1\ncpu0 100 0 50 1000 0 0 0 0\nbtime 5\n")
    try folder.write("meminfo", "MemTotal: 100 kB\nMemAvailable: 40 kB\n")
    try folder.write("diskstats", "8 0 sda 1 2 300 4 5 6 700 8 0 9 10\n")
    try folder.write("net/dev", "head\nhead\n eth0: 10 0 0 0 0 0 0 0 20 0 0 0\n")
    try folder.write("self/stat", "not a number")
    try folder.write("12/stat", "12 (one) S 1 1 1 0 -1 0 0 0 0 0 9 1 0 0 20 0 1 0 77 4096 3 0")
    try FileManager.default.createDirectory(
      atPath: folder.path + "/13", withIntermediateDirectories: true)
    return folder
  }

  @Test func `a sample carries its predecessor`() throws {
    let folder = try Self.folder()
    var sampler = SystemSampler(
      reader: try ProcReader(root: folder.path), rate: 10, processCount: 5)
    let first = try sampler.sample(cycle: 1, time: 1_000, wallTime: 5)
    #expect(first.before == nil)
    #expect(first.now.cores.cores == [0])
    #expect(first.now.memory.used == 60 << 10)
    #expect(first.now.disks.names == ["sda"])
    #expect(first.now.network.names == ["eth0"])
    #expect(first.now.processes.pids == [12])
    #expect(first.now.processes.ticks == [10])
    #expect(first.now.processes.memoryBytes == [3 * SystemFacts.pageBytes])

    try folder.write("12/stat", "12 (one) S 1 1 1 0 -1 0 0 0 0 0 30 1 0 0 20 0 1 0 77 4096 3 0")
    try folder.write("14/stat", "14 (two) S 1 1 1 0 -1 0 0 0 0 0 2 1 0 0 20 0 1 0 99 4096 3 0")
    let second = try sampler.sample(cycle: 2, time: 2_000, wallTime: 6)
    #expect(second.before?.cycle == 1)
    #expect(second.before?.cores == first.now.cores)
    #expect(second.now.processes.pids == [12, 14])
    #expect(second.before?.processes.pids == [12])
    #expect(second.before?.processes.ticks == [10])
  }

  @Test func `a stat that is longer than the buffer is read whole`() throws {
    let folder = try Self.folder()
    let cores = (0..<2_000).map { "cpu\($0) 1 2 3 4 5 6 7 8\n" }.joined()
    try folder.write("stat", "cpu 1 1 1 1\n" + cores)
    var sampler = SystemSampler(
      reader: try ProcReader(root: folder.path), rate: 10, processCount: 0)
    let sample = try sampler.sample(cycle: 1, time: 1, wallTime: 1)
    #expect(sample.now.cores.cores == Array(0..<2_000))
    #expect(sample.now.processes.pids == [])
  }

  @Test func `without proc the error says where, what and the remedy`() {
    let error = #expect(throws: EnvironmentError.self) { try ProcReader(root: "/nowhere/proc") }
    #expect(error?.code == .unsupported)
    #expect(error?.place == "/nowhere/proc/stat")
    #expect(error?.remedy.contains("Linux") == true)
  }

  #if os(Linux)
    @Test func `this machine can be sampled`() throws {
      var sampler = SystemSampler(reader: try ProcReader(), rate: 10, processCount: 10)
      let start = SystemClock.monotonicNanoseconds
      var latest: SystemSample?
      var cycle: UInt64 = 1
      // Until its clock has ticked, so that some core was busy or not.
      while SystemClock.monotonicNanoseconds - start < 100_000_000 {
        latest = try sampler.sample(
          cycle: cycle, time: SystemClock.monotonicNanoseconds, wallTime: 1)
        cycle += 1
      }
      let sample = try #require(latest)
      #expect(sample.now.cores.cores.count >= 1)
      #expect(sample.now.memory.total > sample.now.memory.available)
      #expect((1...10).contains(sample.now.processes.pids.count))
      #expect(sample.now.processes.names.allSatisfy { !$0.isEmpty })
      let rates = try #require(SystemRates(sample))
      #expect(rates.busy.allSatisfy { $0.isNaN || (0...100).contains($0) })
    }

    @Test func `the graph of the example samples this machine until it is stopped`() throws {
      let json = """
        {"lava":1,"name":"monitor","nodes":{
          "sample":{"type":"lava.system-sampler","parameters":{"rate":100}},
          "rates":{"type":"lava.system-rates"},
          "history":{"type":"lava.system-history","watch":true},
          "samples":{"type":"test.collector"}},
         "edges":[
          {"from":"sample.out","to":"rates.in"},
          {"from":"rates.out","to":"history.in"},
          {"from":"sample.out","to":"samples.in"}]}
        """
      let (collected, result) = try run(json, until: { $0.all.count >= 10 })
      #expect(result.failedCount == 0)
      let samples = try collected.tbls.map { try $0.withView { try SystemSample($0) } }
      #expect(samples.count >= 10)
      #expect(samples[0].before == nil)
      for (earlier, later) in zip(samples, samples.dropFirst()) {
        #expect(later.before?.cycle == earlier.now.cycle)
        #expect(later.now.cycle > earlier.now.cycle)
      }
    }
  #endif
}
