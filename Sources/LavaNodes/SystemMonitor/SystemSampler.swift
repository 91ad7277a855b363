import LavaFlow
import Tbl

/// Samples the machine it runs on at a steady rate: a generator of tbls that hold the counters of
/// this tick under `now` and those of the tick before under `before`.
///
/// The cycle of a packet is the number of its tick on the machine's monotonic clock. Ticks that
/// come too late are left out, so numbers may be missing, but never come twice or fall.
///
/// **Concurrency.** One call at a time; a call reads files and does not wait otherwise.
public struct SystemSampler: GeneratorNode {
  static let rate = Parameter(
    "rate", unit: "Hz", default: 10.0, in: 0.1...100, help: "How many samples are taken a second.")
  static let processes = Parameter(
    "processes", default: 10, in: 0...100,
    help: "How many of the busiest processes a sample names; with 0 none is looked at.")

  /// `lava.system-sampler`.
  public static let descriptor = NodeDescriptor(
    id: "lava.system-sampler",
    summary: "Samples processors, memory, disks, network and processes of this machine.",
    outputs: [.output("out", .tbl, help: "Counters of one moment and of the one before.")],
    parameters: [rate, processes])

  private let reader: ProcReader
  private let processCount: Int
  private var schedule: TickSchedule
  private var before: SystemCounters?

  /// Makes a sampler.
  ///
  /// - Throws: ``EnvironmentError`` where there is no `/proc`.
  public init(parameters: Parameters) throws {
    self.init(
      reader: try ProcReader(), rate: parameters[Self.rate],
      processCount: parameters[Self.processes])
  }

  init(reader: ProcReader, rate: Double, processCount: Int) {
    self.reader = reader
    self.processCount = processCount
    schedule = TickSchedule(rate: rate)
  }

  /// Emits a sample if one is due.
  ///
  /// - Throws: ``EnvironmentError`` when the system refuses to be read any longer.
  public mutating func generate(context: inout FlowContext) throws -> GeneratorStep {
    switch schedule.step(at: context.now) {
    case .wait(let instant): return .again(at: instant)
    case .tick(let cycle):
      let sample = try sample(
        cycle: cycle, time: context.now.nanoseconds, wallTime: context.wallNanoseconds)
      try context.emit(sample.tbl(), cycle: cycle)
      return .again(at: schedule.next)
    }
  }

  /// Takes a sample and keeps it as the next one's predecessor.
  mutating func sample(
    cycle: UInt64, time: UInt64, wallTime: UInt64
  ) throws(EnvironmentError) -> SystemSample {
    var now = SystemCounters(cycle: cycle, time: time, wallTime: wallTime)
    try reader.read(into: &now, before: &before, processCount: processCount)
    defer { before = now }
    return SystemSample(now: now, before: before, ticksPerSecond: reader.ticksPerSecond)
  }
}
