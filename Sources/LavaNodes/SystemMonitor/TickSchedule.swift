import LavaFlow

/// Ticks at whole multiples of a period of the monotonic clock.
///
/// The grid is the clock's, not the first tick's: ticks do not drift, and their numbers go on
/// rising when a sampler ends and another takes its place.
struct TickSchedule {
  /// What to do now.
  enum Step: Hashable {
    /// Tick number `cycle` is due.
    case tick(cycle: UInt64)
    /// None is due before this moment.
    case wait(until: FlowInstant)
  }

  /// Nanoseconds between two ticks.
  let period: UInt64
  private var latest: (cycle: UInt64, time: UInt64)?

  /// Makes a schedule of `rate` ticks a second, above 0.
  init(rate: Double) {
    precondition(rate > 0, "a rate is above 0")
    period = UInt64(max(1, (1e9 / rate).rounded()))
  }

  /// Decides what to do at `now`, and notes a tick as done.
  ///
  /// Who comes late gets one tick, not those that were missed; and none within half a period of
  /// the tick before, because what is counted over so short a time tells little.
  mutating func step(at now: FlowInstant) -> Step {
    let cycle = now.nanoseconds / period
    if let latest, cycle <= latest.cycle || now.nanoseconds - latest.time < period / 2 {
      return .wait(until: start(of: max(cycle, latest.cycle) + 1))
    }
    latest = (cycle, now.nanoseconds)
    return .tick(cycle: cycle)
  }

  /// When the tick after the latest is due.
  var next: FlowInstant { start(of: (latest?.cycle ?? 0) + 1) }

  private func start(of cycle: UInt64) -> FlowInstant {
    FlowInstant(nanoseconds: cycle * period)
  }
}
