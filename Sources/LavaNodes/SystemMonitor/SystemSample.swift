/// The counters of the whole machine at one moment.
struct SystemCounters: Hashable, Sendable {
  /// Number of the tick at which they were read; the next tick has the next number.
  var cycle: UInt64
  /// Nanoseconds of the monotonic clock when they were read.
  var time: UInt64
  /// Nanoseconds since the Unix epoch when they were read.
  var wallTime: UInt64
  /// Processor time of the cores.
  var cores = CoreTicks()
  /// Memory.
  var memory = MemoryCounters()
  /// Disks.
  var disks = DiskCounters()
  /// Network interfaces.
  var network = NetworkCounters()
  /// The busiest processes of the sample that the counters belong to, busiest first.
  var processes = ProcessCounters()
}

/// What the sampler emits at each tick: counters, and those of its tick before, so that whoever
/// gets the sample can derive rates without remembering anything.
struct SystemSample: Hashable, Sendable {
  /// Number of the version of the tbl.
  static let schema: UInt64 = 1

  /// The counters of this tick.
  var now: SystemCounters
  /// The counters of the tick before; `nil` in the sampler's first sample.
  var before: SystemCounters?
  /// The unit of processor times.
  var ticksPerSecond: UInt64
}
