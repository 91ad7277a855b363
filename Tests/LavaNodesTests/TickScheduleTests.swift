import LavaFlow
import TestSupport
import Testing

@testable import LavaNodes

@Suite struct TickScheduleTests {
  func instant(_ milliseconds: UInt64) -> FlowInstant {
    FlowInstant(nanoseconds: milliseconds * 1_000_000)
  }

  @Test func `ticks stand on the grid of the clock and do not drift`() {
    var schedule = TickSchedule(rate: 10)
    #expect(schedule.step(at: instant(1_000)) == .tick(cycle: 10))
    #expect(schedule.next == instant(1_100))
    // Each is some milliseconds late, and none later for it.
    for cycle in 11...500 as ClosedRange<UInt64> {
      #expect(schedule.step(at: instant(cycle * 100 + cycle % 7)) == .tick(cycle: cycle))
      #expect(schedule.next == instant(cycle * 100 + 100))
    }
  }

  @Test func `who is called early waits for the grid`() {
    var schedule = TickSchedule(rate: 10)
    #expect(schedule.step(at: instant(1_003)) == .tick(cycle: 10))
    #expect(schedule.step(at: instant(1_099)) == .wait(until: instant(1_100)))
    #expect(schedule.step(at: instant(1_100)) == .tick(cycle: 11))
  }

  @Test func `missed ticks are left out, and none follows closely`() {
    var schedule = TickSchedule(rate: 10)
    #expect(schedule.step(at: instant(1_000)) == .tick(cycle: 10))
    #expect(schedule.step(at: instant(1_570)) == .tick(cycle: 15))
    #expect(schedule.next == instant(1_600))
    #expect(schedule.step(at: instant(1_600)) == .wait(until: instant(1_700)))
    #expect(schedule.step(at: instant(1_700)) == .tick(cycle: 17))
  }

  @Test func `a first tick off the grid is not followed closely`() {
    var schedule = TickSchedule(rate: 10)
    #expect(schedule.step(at: instant(1_096)) == .tick(cycle: 10))
    #expect(schedule.step(at: instant(1_100)) == .wait(until: instant(1_200)))
  }

  @Test func `ticks that are always late still come one a period`() {
    var schedule = TickSchedule(rate: 100)
    for cycle in 1...100 as ClosedRange<UInt64> {
      #expect(schedule.step(at: instant(cycle * 10 + 8)) == .tick(cycle: cycle))
    }
  }

  @Test func `numbers rise and gaps are half a period or more, whatever the delays`() {
    var random = SeededGenerator()
    for rate in [0.1, 1, 10, 33.3, 100] {
      var schedule = TickSchedule(rate: rate)
      var now = UInt64.random(in: 0...1_000_000_000_000, using: &random)
      var latest: (cycle: UInt64, time: UInt64)?
      for _ in 0..<2_000 {
        switch schedule.step(at: FlowInstant(nanoseconds: now)) {
        case .tick(let cycle):
          #expect(cycle == now / schedule.period)
          if let latest {
            #expect(cycle > latest.cycle)
            #expect(now - latest.time >= schedule.period / 2)
          }
          latest = (cycle, now)
          #expect(schedule.next.nanoseconds > now)
          now = schedule.next.nanoseconds
        case .wait(let until):
          #expect(until.nanoseconds > now)
          #expect(until.nanoseconds - now <= schedule.period)
          now = until.nanoseconds
        }
        let delay = Double.random(in: 0...1, using: &random)
        now += UInt64(Double(schedule.period) * 4 * delay * delay * delay)
      }
    }
  }
}
