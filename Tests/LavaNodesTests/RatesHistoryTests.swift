import Tbl
import TestSupport
import Testing

@testable import LavaNodes

@Suite struct RatesHistoryTests {
  static func rates(_ cycle: UInt64, after previous: UInt64? = nil) -> SystemRates {
    var rates = SystemRates(
      cycle: cycle, previousCycle: previous ?? cycle - 1, time: cycle * 100_000_000,
      wallTime: 1_700_000_000_000_000_000 + cycle * 100_000_000, seconds: 0.1,
      memory: MemoryCounters(total: 4_096, available: 1_024, swapTotal: 0, swapUsed: 0))
    rates.cores = [0, 1]
    rates.busy = [Float(cycle % 100), 50]
    rates.disks.append("vda", incoming: 10, outgoing: 20)
    rates.disks.append("vdb", incoming: 1, outgoing: .nan)
    rates.network.append("lo", incoming: 5, outgoing: 6)
    rates.processes = .init(
      pids: [2, 1], names: ["b", "a"], shares: [30, 10], memoryBytes: [7, 8])
    return rates
  }

  func plot(_ state: Tbl, _ id: String) throws -> Tbl {
    try #require(state.table("plots")?.table(id))
  }

  func series(_ state: Tbl, _ id: String) throws -> Tbl {
    try #require(plot(state, id).table("series"))
  }

  @Test func `the state holds plots that can be drawn`() throws {
    var history = RatesHistory(seconds: 300)
    for cycle in 100...104 as ClosedRange<UInt64> { try history.insert(Self.rates(cycle)) }
    let state = try history.tbl()
    #expect(state.table("plots")?.keys == ["cpu", "memory", "disk", "network"])
    let units = ["cpu": "%", "memory": "B", "disk": "B/s", "network": "B/s"]
    for (id, unit) in units {
      let plot = try plot(state, id)
      #expect(plot.string("unit") == unit)
      #expect(plot.string("title")?.isEmpty == false)
      #expect(plot.double("minimum") == 0)
      let times = try #require(plot.doubles("time"))
      #expect(times.count == 5)
      let series = try series(state, id)
      for key in series.keys { #expect(series.floats(key)?.count == 5, "\(id) \(key)") }
    }
    #expect(try plot(state, "cpu").double("maximum") == 100)
    #expect(try plot(state, "memory").double("maximum") == 4_096)
    let times = try #require(plot(state, "cpu").doubles("time"))
    #expect(abs(times[0] - 1_700_000_010) < 1e-3 && abs(times[4] - 1_700_000_010.4) < 1e-3)
    #expect(try series(state, "cpu").floats("core 0") == [0, 1, 2, 3, 4])
    #expect(try series(state, "cpu").keys == ["core 0", "core 1"])
    #expect(try series(state, "memory").keys == ["used", "available"])
    #expect(try series(state, "memory").floats("used")?.first == 3_072)
    #expect(try series(state, "disk").floats("read")?.first == 11)
    #expect(try series(state, "disk").floats("written")?.first == 20)
    #expect(try series(state, "network").keys == ["lo received", "lo sent"])
    #expect(state.uint("cycle") == 104)
  }

  @Test func `the table of processes shows the last second`() throws {
    var history = RatesHistory(seconds: 300)
    for cycle in 100...130 as ClosedRange<UInt64> {
      var rates = Self.rates(cycle)
      // One process runs in every other tick, another ran long ago.
      if cycle % 2 == 0 { rates.processes.shares[0] = 0 }
      if cycle < 110 { rates.processes.pids[1] = 99 }
      try history.insert(rates)
    }
    let table = try #require(history.tbl().table("tables")?.table("processes"))
    #expect(table.strings("columns") == ["pid", "name", "cpu", "memory"])
    #expect(table.strings("units") == ["", "", "%", "B"])
    #expect(table.uints("pid") == [2, 1])
    #expect(table.strings("name") == ["b", "a"])
    let shares = try #require(table.floats("cpu"))
    #expect(abs(shares[0] - 15) < 0.01 && abs(shares[1] - 10) < 0.01)
    #expect(table.uints("memory") == [7, 8])
  }

  @Test func `samples in any order give the state of those in order`() throws {
    var random = SeededGenerator()
    var ordered = RatesHistory(seconds: 300)
    for cycle in 100...200 as ClosedRange<UInt64> { try ordered.insert(Self.rates(cycle)) }
    var shuffled = RatesHistory(seconds: 300)
    for cycle in (100...200 as ClosedRange<UInt64>).shuffled(using: &random) {
      try shuffled.insert(Self.rates(cycle))
      // What came already changes nothing.
      try shuffled.insert(Self.rates(cycle))
    }
    let (left, right) = (try shuffled.tbl(), try ordered.tbl())
    for id in ["cpu", "memory", "disk", "network"] {
      #expect(try plot(left, id).doubles("time") == plot(right, id).doubles("time"))
      let (one, other) = (try series(left, id), try series(right, id))
      #expect(one.keys == other.keys)
      for key in one.keys { #expect(one.floats(key) == other.floats(key), "seed \(random.seed)") }
    }
    #expect(left.uint("cycle") == 200)
  }

  @Test func `devices that come and go leave gaps`() throws {
    var history = RatesHistory(seconds: 2)
    for cycle in 100...110 as ClosedRange<UInt64> {
      var rates = Self.rates(cycle)
      if (103...105).contains(cycle) {
        rates.cores = [0]
        rates.busy = [1]
        rates.network = SystemRates.Traffic()
      }
      try history.insert(rates)
    }
    let state = try history.tbl()
    let expected = (100...110).map { (103...105).contains($0) }
    #expect(try series(state, "cpu").floats("core 1")?.map(\.isNaN) == expected)
    #expect(try series(state, "network").floats("lo sent")?.map(\.isNaN) == expected)
    // What is away for the whole window is forgotten.
    for cycle in 111...140 as ClosedRange<UInt64> {
      var rates = Self.rates(cycle)
      rates.network = SystemRates.Traffic()
      try history.insert(rates)
    }
    #expect(try series(history.tbl(), "network").keys == [])
    #expect(try series(history.tbl(), "cpu").keys == ["core 0", "core 1"])
  }

  @Test func `a sampler that was started again leaves a gap`() throws {
    var history = RatesHistory(seconds: 300)
    for cycle in 100...102 as ClosedRange<UInt64> { try history.insert(Self.rates(cycle)) }
    for cycle in 110...112 as ClosedRange<UInt64> { try history.insert(Self.rates(cycle)) }
    let values = try #require(series(history.tbl(), "cpu").floats("core 1"))
    #expect(values.map(\.isNaN) == [false, false, false, true, false, false, false])
  }

  @Test func `only the window is kept`() throws {
    var history = RatesHistory(seconds: 10)
    for cycle in 100...1_000 as ClosedRange<UInt64> { try history.insert(Self.rates(cycle)) }
    let state = try history.tbl()
    #expect(state.uint("samples") == 101)
    let times = try #require(plot(state, "cpu").doubles("time"))
    #expect(abs(times[100] - times[0] - 10) < 1e-3)
  }

  @Test func `an empty history can be shown`() throws {
    let state = try RatesHistory(seconds: 10).tbl()
    #expect(try plot(state, "cpu").doubles("time") == [])
    #expect(state.table("tables")?.table("processes")?.uints("pid") == [])
  }

  @Test func `a time that contradicts the cycle is an error`() throws {
    var history = RatesHistory(seconds: 300)
    try history.insert(Self.rates(100))
    var rates = Self.rates(101)
    rates.time = 1
    #expect(throws: MalformedPacket.self) { try history.insert(rates) }
  }
}
