import Tbl
import Testing

@testable import LavaNodes

@Suite struct SystemRatesTests {
  static func counters(cycle: UInt64, milliseconds: UInt64) -> SystemCounters {
    SystemCounters(
      cycle: cycle, time: milliseconds * 1_000_000, wallTime: 7_000 + milliseconds * 1_000_000)
  }

  /// A sample of two moments, 500 ms apart.
  static var sample: SystemSample {
    var before = counters(cycle: 4, milliseconds: 1_000)
    before.cores.append(core: 0, ticks: [100, 0, 50, 1_000, 10, 0, 0, 0])
    before.cores.append(core: 1, ticks: [100, 0, 50, 1_000, 10, 0, 0, 0])
    before.memory = MemoryCounters(total: 100, available: 90, swapTotal: 0, swapUsed: 0)
    before.disks.append(name: "vda", readSectors: 10, writtenSectors: 20)
    before.network.append(name: "eth0", receivedBytes: 1_000, sentBytes: 5_000)
    before.processes = ProcessCounters(
      pids: [7, 8], startTimes: [1, 2], names: ["a", "b"], ticks: [10, 10],
      memoryBytes: [5, 6])
    var now = counters(cycle: 5, milliseconds: 1_500)
    now.cores.append(core: 0, ticks: [120, 0, 55, 1_020, 15, 0, 0, 0])
    now.cores.append(core: 1, ticks: [100, 0, 50, 1_050, 9, 0, 0, 0])
    now.memory = MemoryCounters(total: 100, available: 60, swapTotal: 40, swapUsed: 4)
    now.disks.append(name: "vda", readSectors: 110, writtenSectors: 20)
    now.network.append(name: "eth0", receivedBytes: 3_000, sentBytes: 5_500)
    now.processes = ProcessCounters(
      pids: [8, 7, 9], startTimes: [2, 1, 900], names: ["b", "a", "c"], ticks: [12, 60, 5],
      memoryBytes: [6, 7, 8])
    return SystemSample(now: now, before: before, ticksPerSecond: 100)
  }

  @Test func `rates are derived from a sample and its predecessor`() throws {
    let rates = try #require(SystemRates(Self.sample))
    #expect(rates.cycle == 5)
    #expect(rates.previousCycle == 4)
    #expect(rates.seconds == 0.5)
    #expect(rates.cores == [0, 1])
    #expect(rates.busy == [50, 0])
    #expect(rates.memory.used == 40)
    #expect(rates.disks == .init(names: ["vda"], incoming: [102_400], outgoing: [0]))
    #expect(rates.network == .init(names: ["eth0"], incoming: [4_000], outgoing: [1_000]))
    #expect(rates.processes.pids == [7, 9, 8])
    #expect(rates.processes.names == ["a", "c", "b"])
    #expect(rates.processes.shares == [100, 10, 4])
    #expect(rates.processes.memoryBytes == [7, 8, 6])
  }

  @Test func `there are no rates without a predecessor, or with one that is not earlier`() {
    var sample = Self.sample
    sample.before = nil
    #expect(SystemRates(sample) == nil)
    sample.before = sample.now
    #expect(SystemRates(sample) == nil)
    sample.before?.time -= 1
    #expect(SystemRates(sample) == nil)
  }

  @Test func `what was not there before is unknown`() throws {
    var sample = Self.sample
    sample.now.cores.append(core: 2, ticks: [9, 9, 9, 9, 9, 9, 9, 9])
    sample.now.disks.append(name: "sdb", readSectors: 5, writtenSectors: 5)
    sample.now.network.append(name: "wlan0", receivedBytes: 5, sentBytes: 5)
    let rates = try #require(SystemRates(sample))
    #expect(rates.busy[2].isNaN)
    #expect(rates.disks.incoming[1].isNaN)
    #expect(rates.network.outgoing[1].isNaN)
  }

  @Test func `a process of an old number is a new process`() throws {
    var sample = Self.sample
    sample.before?.processes.startTimes[0] = 0
    let rates = try #require(SystemRates(sample))
    // All it has used since it started, but no more than the cores can give.
    #expect(rates.processes.pids.first == 7)
    #expect(rates.processes.shares.first == 120)
    sample.now.processes.ticks[1] = 1_000_000
    #expect(SystemRates(sample)?.processes.shares.first == 200)
  }

  @Test func `states that are set back a little do not make a core busier than busy`() throws {
    var sample = Self.sample
    sample.now.cores = CoreTicks()
    sample.now.cores.append(core: 0, ticks: [150, 0, 50, 999, 8, 0, 0, 0])
    #expect(SystemRates(sample)?.busy == [100])
    sample.now.cores = CoreTicks()
    sample.now.cores.append(core: 0, ticks: [100, 0, 50, 1_000, 10, 0, 0, 0])
    #expect(try #require(SystemRates(sample)).busy[0].isNaN)
  }

  @Test func `counters that begin anew give no rate, unless they had come to their end`() {
    let end = UInt64(UInt32.max)
    #expect(SystemRates.difference(12, 10) == 2)
    #expect(SystemRates.difference(10, 10) == 0)
    #expect(SystemRates.difference(5, 1_000) == nil)
    #expect(SystemRates.difference(5, end) == 6)
    #expect(SystemRates.difference(5, end - 10) == 16)
    #expect(SystemRates.difference(5, end - (1 << 28)) == nil)
    #expect(SystemRates.difference(5, end + 1) == nil)
    #expect(SystemRates.difference(0, .max) == nil)
  }

  @Test func `samples and rates survive the way through a tbl`() throws {
    var sample = Self.sample
    #expect(try sample.tbl().withView { try SystemSample($0) } == sample)
    sample.before = nil
    #expect(try sample.tbl().withView { try SystemSample($0) } == sample)
    let rates = try #require(SystemRates(Self.sample))
    #expect(try rates.tbl().withView { try SystemRates($0) } == rates)
  }

  @Test func `a tbl that is no sample is refused, naming the member`() throws {
    var builder = Tbl.Builder()
    builder.set("schema", UInt64(1))
    builder.set("ticksPerSecond", UInt64(100))
    builder.set("now", "a text")
    let tbl = try builder.finish()
    let error = #expect(throws: MalformedPacket.self) {
      try tbl.withView { try SystemSample($0) }
    }
    #expect(error?.key == "now")
    var other = Tbl.Builder()
    other.set("schema", UInt64(2))
    let newer = try other.finish()
    #expect(throws: MalformedPacket(key: "schema", reason: "is 2, expected 1")) {
      try newer.withView { try SystemRates($0) }
    }
  }

  @Test func `columns of different lengths are refused`() throws {
    var sample = Self.sample
    sample.now.disks.readSectors.append(4)
    let tbl = try sample.tbl()
    let error = #expect(throws: MalformedPacket.self) {
      try tbl.withView { try SystemSample($0) }
    }
    #expect(error?.key == "readSectors")
  }
}
