import CBenchmark
import SimDB
import Synchronization

/// Workloads T1 to T3: items of several sizes between the threads of a process, one by one, 64 at a
/// time, and there and back, over queues that hold 65,536 of them, or 4 MiB.
struct ThreadQueueBenchmark: Benchmark {
  private static let shapes = ["1 to 1", "2 to 1", "1 to 2", "2 to 2"]

  static let cases =
    shapes.map { Case("T1", $0, points: places([16, 64, 1_024])) }
    + shapes.map { Case("T2", $0, points: places([16, 64])) }
    + ["polling", "blocking"].map { Case("T3", $0, points: places([64])) }

  private static func places(_ sizes: [UInt64]) -> [Case.Point] {
    sizes.map { Case.Point(at: $0, bytes: 64 << 20) }
  }

  private static let name = "items"
  private static let back = "back"
  private static let warmUp: UInt64 = 200

  private let options: Options
  private let bytes: Int
  private let trips: UInt64
  private let oneWay: OneWay

  init(options: Options) {
    self.options = options
    bytes = options.at == 0 ? 16 : Int(options.at)
    trips = min(20_000, options.operations)
    oneWay = OneWay(
      options, most: 1_000_000 / UInt64(max(1, bytes / 256)), isBatch: options.workload == "T2")
  }

  private var capacity: Int { min(65_536, (4 << 20) / bytes) }

  func measure() throws(BenchmarkFailure) {
    switch bytes {
    case 16: try measure(InlineArray<2, UInt64>.self)
    case 64: try measure(InlineArray<8, UInt64>.self)
    default: try measure(InlineArray<128, UInt64>.self)
    }
  }

  private func measure<Item: NumberedElement>(_ item: Item.Type) throws(BenchmarkFailure) {
    if options.workload == "T3" {
      try measureRoundTrip(QueueLink<Item>.self, "lava-queue")
      try measureRoundTrip(ChannelLink<Item>.self, "lava-channel")
    } else {
      try measureOneWay(QueueLink<Item>.self, "lava-queue")
      if oneWay.workers == 2 { try measureOneWay(ChannelLink<Item>.self, "lava-channel") }
    }
  }

  private func measureOneWay<Kind: Link & ~Copyable>(
    _ kind: Kind.Type, _ system: String
  ) throws(BenchmarkFailure) {
    let crew = try Crew(options, threads: oneWay.workers)
    var results: [Double] = []
    for _ in 0..<options.runs {
      do {
        let database = try Database.anonymous(Geometry())
        try kind.create(Self.name, in: database, bytes: bytes, capacity: capacity)
        let (elapsed, checksum) = crew.run { [oneWay, bytes] worker, start in
          var link = try Kind(
            Self.name, in: database, bytes: bytes, isSender: worker < oneWay.producers)
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
      shape: options.shape, at: "\(bytes) B", values: results, unit: "ns/item",
      checksum: oneWay.checksum
    ).report()
  }

  private func measureRoundTrip<Kind: Link & ~Copyable>(
    _ kind: Kind.Type, _ system: String
  ) throws(BenchmarkFailure) {
    let crew = try Crew(options, threads: 2)
    let isPolling = options.shape == "polling"
    var results: [[Double]] = Array(repeating: [], count: Quantiles.names.count)
    for _ in 0..<options.runs {
      do {
        let database = try Database.anonymous(Geometry())
        for name in [Self.name, Self.back] {
          try kind.create(name, in: database, bytes: bytes, capacity: capacity)
        }
        let (_, checksum) = crew.run { [trips, bytes] worker, start in
          let names = worker == 0 ? [Self.name, Self.back] : [Self.back, Self.name]
          var trip = RoundTrip(
            outward: try Kind(names[0], in: database, bytes: bytes, isSender: true),
            inward: try Kind(names[1], in: database, bytes: bytes, isSender: false),
            isPolling: isPolling)
          start()
          return try trip.play(worker, trips: trips, warmUp: Self.warmUp)
        }
        guard checksum == trips * (trips - 1) / 2 else {
          throw BenchmarkFailure("\(system): items lost or twice")
        }
        for (position, slot) in Participants.Slot.latencies.enumerated() {
          results[position].append(Double(slot.value(worker: 0)))
        }
      } catch {
        throw BenchmarkFailure("\(system): \(error)")
      }
    }
    for (name, values) in zip(Quantiles.names, results) {
      Measurement(
        system: system, workload: "T3 there and back", shape: "\(options.shape) \(name)",
        at: "\(bytes) B", values: values, unit: "ns", checksum: trips
      ).report()
    }
  }

  func play(_ part: Options.Part) throws(BenchmarkFailure) { throw options.unknown() }
}
