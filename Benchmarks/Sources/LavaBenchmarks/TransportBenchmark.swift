import CBenchmark
import Glibc
import SimDB

/// Workloads R1 to R3: messages of several sizes between pinned processes, as many as can be from one
/// or two to one or two, there and back, and one now and then.
///
/// Each runs on every structure of Lava that can carry it.
struct TransportBenchmark: Benchmark {
  private static let sizes: [UInt64] = [8, 64, 1_024, 65_536, 1 << 20]
  private static let warmUp: UInt64 = 200

  static let cases =
    [
      Case("R1", "1 to 1", points: places(sizes)),
      Case("R1", "1 to 1, batch", points: places([8, 64, 1_024])),
      Case("R1", "2 to 1", points: places(sizes)),
      Case("R1", "1 to 2", points: places(sizes)),
      Case("R1", "2 to 2", points: places(sizes)),
      Case("R2", "polling", points: places(sizes)),
      Case("R2", "blocking", points: places(sizes)),
    ] + Paced.shapes.map { Case("R3", $0, points: places([64, 65_536])) }

  private static func places(_ sizes: [UInt64]) -> [Case.Point] {
    sizes.map { Case.Point(at: $0, bytes: 128 << 20) }
  }

  private static let there = "there"
  private static let back = "back"

  private enum Work: String {
    case oneWay = "R1"
    case roundTrip = "R2"
    case paced = "R3"

    var title: String {
      switch self {
      case .oneWay: "R1 one way"
      case .roundTrip: "R2 round trip"
      case .paced: "R3 now and then"
      }
    }
  }

  private enum Structure: String, CaseIterable {
    case channel, queue
    case bytes = "byte-queue"
  }

  /// What is to be done with a structure.
  private enum Task {
    case create(Database)
    case play(Options.Part)
  }

  private let options: Options
  private let work: Work
  private let isPolling: Bool
  private let bytes: Int
  private let trips: UInt64
  private let oneWay: OneWay

  init(options: Options) throws(BenchmarkFailure) {
    guard let work = Work(rawValue: options.workload) else { throw options.unknown() }
    self.work = work
    self.options = options
    isPolling = options.shape.hasSuffix("polling")
    bytes = options.at == 0 ? 64 : Int(options.at)
    trips = min(bytes > 4_096 ? 2_000 : 20_000, options.operations)
    oneWay = OneWay(options, most: 1_000_000 / UInt64(max(1, bytes / 256)))
  }

  private var paced: Paced {
    Paced(
      producers: oneWay.producers, consumers: oneWay.consumers, isPolling: isPolling,
      bytes: bytes, operations: options.operations)
  }

  /// What tells that nothing was lost, and nothing came twice.
  private var checksum: UInt64 {
    switch work {
    case .oneWay: oneWay.checksum
    case .roundTrip: trips * (trips - 1) / 2
    case .paced: paced.total
    }
  }

  /// Messages that wait at most: as many as the peers' queues hold.
  private var capacity: Int { min(max((4 << 20) / bytes, 4), 1_024) }

  func measure() throws(BenchmarkFailure) {
    for structure in Structure.allCases where isPossible(structure) { try measure(structure) }
  }

  private func isPossible(_ structure: Structure) -> Bool {
    switch structure {
    case .channel: bytes <= 1_024 && oneWay.workers == 2
    case .queue: bytes <= 1_024
    case .bytes: true
    }
  }

  private func measure(_ structure: Structure) throws(BenchmarkFailure) {
    var options = options
    options.structure = structure.rawValue
    let participants = try Participants(options, count: oneWay.workers)
    let count = work == .oneWay ? 1 : Quantiles.names.count
    var results: [[Double]] = Array(repeating: [], count: count)
    for run in 0..<options.runs {
      let database = try options.attempt { () throws(StoreError) in
        let database = try Database.open(
          Participants.storeName(owner: getpid()), creating: Geometry())
        try perform(.create(database), on: structure)
        return database
      }
      defer { try? database.drop() }
      try participants.play(run: run)
      guard participants.results(.checksum).reduce(0, &+) == checksum else {
        throw BenchmarkFailure("\(structure): messages lost or twice")
      }
      let figures =
        switch work {
        case .oneWay: [Double(participants.elapsed()) / Double(oneWay.total)]
        case .roundTrip: participants.latencies()
        case .paced:
          try latencies(in: database)
        }
      for (position, figure) in figures.enumerated() { results[position].append(figure) }
    }
    report(results, "lava-\(structure.rawValue)")
  }

  private func latencies(in database: Database) throws(BenchmarkFailure) -> [Double] {
    do {
      return try paced.latencies(in: database)
    } catch {
      throw BenchmarkFailure("\(options.workload): \(error)")
    }
  }

  private func report(_ results: [[Double]], _ system: String) {
    let names = work == .oneWay ? [""] : Quantiles.names.map { " " + $0 }
    for (name, values) in zip(names, results) {
      Measurement(
        system: system, workload: work.title, shape: options.shape + name, at: "\(bytes) B",
        values: values, unit: work == .oneWay ? "ns/message" : "ns",
        checksum: work == .roundTrip ? trips : checksum
      ).report()
    }
  }

  func play(_ part: Options.Part) throws(BenchmarkFailure) {
    guard let structure = Structure(rawValue: options.structure) else { throw options.unknown() }
    try options.attempt { () throws(StoreError) in try perform(.play(part), on: structure) }
  }

  private func perform(_ task: Task, on structure: Structure) throws(StoreError) {
    switch (structure, bytes) {
    case (.channel, 8): try perform(task, ChannelLink<UInt64>.self)
    case (.channel, 64): try perform(task, ChannelLink<InlineArray<8, UInt64>>.self)
    case (.channel, _): try perform(task, ChannelLink<InlineArray<128, UInt64>>.self)
    case (.queue, 8): try perform(task, QueueLink<UInt64>.self)
    case (.queue, 64): try perform(task, QueueLink<InlineArray<8, UInt64>>.self)
    case (.queue, _): try perform(task, QueueLink<InlineArray<128, UInt64>>.self)
    case (.bytes, _): try perform(task, ByteQueueLink.self)
    }
  }

  private func perform<Kind: Link & ~Copyable>(_ task: Task, _ kind: Kind.Type) throws(StoreError) {
    switch task {
    case .create(let database):
      for name in work == .roundTrip ? [Self.there, Self.back] : [Self.there] {
        try Kind.create(name, in: database, bytes: bytes, capacity: capacity)
      }
    case .play(let part):
      let database = try Database.open(Participants.storeName(owner: part.owner))
      if work == .roundTrip {
        try playRoundTrip(kind, database, part.index)
      } else {
        let isSender = part.index < oneWay.producers
        var link = try kind.init(Self.there, in: database, bytes: bytes, isSender: isSender)
        bench_barrier_wait(UInt32(oneWay.workers))
        Participants.Slot.began.leave(bench_now(), worker: part.index)
        let sum =
          work == .oneWay
          ? try oneWay.play(&link, worker: part.index)
          : try paced.play(&link, database, worker: part.index)
        Participants.Slot.ended.leave(bench_now(), worker: part.index)
        Participants.Slot.checksum.leave(sum, worker: part.index)
      }
      bench_barrier_wait(UInt32(oneWay.workers))
    }
  }

  private func playRoundTrip<Kind: Link & ~Copyable>(
    _ kind: Kind.Type, _ database: Database, _ index: Int
  ) throws(StoreError) {
    let names = index == 0 ? [Self.there, Self.back] : [Self.back, Self.there]
    var trip = RoundTrip(
      outward: try Kind(names[0], in: database, bytes: bytes, isSender: true),
      inward: try Kind(names[1], in: database, bytes: bytes, isSender: false),
      isPolling: isPolling)
    bench_barrier_wait(2)
    let sum = try trip.play(index, trips: trips, warmUp: Self.warmUp)
    Participants.Slot.checksum.leave(sum, worker: index)
  }
}
