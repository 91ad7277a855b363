import SimDB

/// Workloads T1 and T2: items of 16 bytes between the threads of a process, one by one and 64 at a time,
/// over queues that hold 65,536 of them.
struct ThreadQueueBenchmark: Benchmark {
  private static let shapes = ["1 to 1", "2 to 1", "1 to 2", "2 to 2"]

  static let cases = ["T1", "T2"].flatMap { workload in shapes.map { Case(workload, $0) } }

  private typealias Item = InlineArray<2, UInt64>

  private static let name = "items"
  private static let bytes = 16

  private let options: Options
  private let oneWay: OneWay

  init(options: Options) {
    self.options = options
    oneWay = OneWay(options, most: 1_000_000, isBatch: options.workload == "T2")
  }

  func measure() throws(BenchmarkFailure) {
    try measure(QueueLink<Item>.self, "lava-queue")
    if oneWay.workers == 2 { try measure(ChannelLink<Item>.self, "lava-channel") }
  }

  private func measure<Kind: Link & ~Copyable>(
    _ kind: Kind.Type, _ system: String
  ) throws(BenchmarkFailure) {
    let crew = try Crew(options, threads: oneWay.workers)
    var results: [Double] = []
    for _ in 0..<options.runs {
      do {
        let database = try Database.anonymous(Geometry())
        try kind.create(Self.name, in: database, bytes: Self.bytes, capacity: 65_536)
        let (elapsed, checksum) = crew.run { [oneWay] worker, start in
          var link = try Kind(
            Self.name, in: database, bytes: Self.bytes, isSender: worker < oneWay.producers)
          start()
          return try oneWay.play(&link, worker: worker)
        }
        guard checksum == oneWay.checksum else {
          throw BenchmarkFailure("\(system): items lost or twice")
        }
        results.append(Double(elapsed) / Double(oneWay.total))
      } catch {
        throw BenchmarkFailure("\(system): \(error)")
      }
    }
    Measurement(
      system: system, workload: oneWay.isBatch ? "T2 64 items at a time" : "T1 an item",
      shape: options.shape, values: results, unit: "ns/item", checksum: oneWay.checksum
    ).report()
  }

  func play(_ part: Options.Part) throws(BenchmarkFailure) { throw options.unknown() }
}
