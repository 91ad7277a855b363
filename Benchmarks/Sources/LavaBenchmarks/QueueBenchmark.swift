import CBenchmark
import Glibc
import SharedStructures
import SimDB

/// Workloads Q1 and Q2: messages from one pinned process to another, and there and back.
///
/// A message is the envelope, 64 bytes, which carries its number; the queues are of the default
/// geometry.
struct QueueBenchmark: Benchmark {
  static let cases = [
    Case("Q1", "polling"), Case("Q1", "blocking"),
    Case("Q2", "polling"), Case("Q2", "blocking"), Case("Q2", "asleep"),
  ]

  private static let there = "there"
  private static let back = "back"

  private let options: Options
  private let isOneWay: Bool
  private let isPolling: Bool
  /// Whether each trip comes after a pause in which the other side has fallen asleep.
  private let isPausing: Bool
  private let operations: UInt64
  private let warmUp: UInt64

  init(options: Options) {
    self.options = options
    isOneWay = options.workload == "Q1"
    isPolling = options.shape == "polling"
    isPausing = options.shape == "asleep"
    let most: UInt64 = isOneWay ? 1_000_000 : isPausing ? 1000 : isPolling ? 100_000 : 20_000
    operations = min(most, options.operations)
    warmUp = isOneWay ? 0 : isPausing ? 20 : 500
  }

  func measure() throws(BenchmarkFailure) {
    let participants = try Participants(options, count: 2)
    let database = try options.attempt { () throws(StoreError) in
      let database = try Database.open(
        Participants.storeName(owner: getpid()), creating: Geometry())
      for name in [Self.there, Self.back] {
        _ = try database.queue(name, creating: QueueGeometry())
      }
      return database
    }
    defer { try? database.drop() }

    var results: [[Double]] = Array(repeating: [], count: isOneWay ? 1 : Quantiles.names.count)
    var checksum: UInt64 = 0
    for run in 0..<options.runs {
      try participants.play(run: run)
      guard participants.results(.wrongResults).allSatisfy({ $0 == 0 }) else {
        throw BenchmarkFailure("messages lost or out of order")
      }
      checksum = participants.results(.checksum).reduce(checksum, &+)
      let consumed = participants.results(.ended)[1] - participants.results(.began)[1]
      let figures =
        isOneWay ? [Double(consumed) / Double(operations)] : participants.latencies()
      for (position, figure) in figures.enumerated() { results[position].append(figure) }
    }
    report(results, checksum)
  }

  private func report(_ results: [[Double]], _ checksum: UInt64) {
    if isOneWay {
      Measurement(
        workload: "Q1 one-way 64 B", shape: options.shape, values: results[0],
        unit: "ns/message", checksum: checksum
      ).report()
    } else {
      for (name, values) in zip(Quantiles.names, results) {
        Measurement(
          workload: "Q2 round trip 64 B", shape: "\(options.shape) \(name)", values: values,
          unit: "ns", checksum: checksum
        ).report()
      }
    }
  }

  func play(_ part: Options.Part) throws(BenchmarkFailure) {
    try options.attempt { () throws(StoreError) in
      let database = try Database.open(Participants.storeName(owner: part.owner))
      let there = try database.queue(Self.there)
      let back = try database.queue(Self.back)
      bench_barrier_wait(2)
      switch (isOneWay, part.index) {
      case (true, 0): for number in 0..<operations { try send(number, to: there) }
      case (true, _): try consume(there)
      case (false, 0): try request(there, back)
      case (false, _):
        for _ in 0..<warmUp + operations { try send(receive(from: there), to: back) }
      }
      bench_barrier_wait(2)
    }
  }

  /// Receives the messages of one way, and leaves how long all of them took.
  private func consume(_ queue: MessageQueue) throws(StoreError) {
    var wrong: UInt64 = 0
    var checksum: UInt64 = 0
    let start = bench_now()
    for number in 0..<operations {
      let received = try receive(from: queue)
      wrong += received == number ? 0 : 1
      checksum &+= received
    }
    Participants.Slot.ended.leave(bench_now(), worker: 1)
    Participants.Slot.began.leave(start, worker: 1)
    Participants.Slot.wrongResults.leave(wrong, worker: 1)
    Participants.Slot.checksum.leave(checksum, worker: 1)
  }

  /// Sends messages and waits for each to come back, and leaves the quantiles.
  private func request(_ there: MessageQueue, _ back: MessageQueue) throws(StoreError) {
    var wrong: UInt64 = 0
    var checksum: UInt64 = 0
    var samples: [UInt32] = []
    samples.reserveCapacity(Int(operations))
    for number in 0..<warmUp + operations {
      if isPausing { bench_sleep(1_000_000) }
      let start = bench_now()
      try send(number, to: there)
      let received = try receive(from: back)
      let elapsed = bench_now() - start
      if number >= warmUp { samples.append(UInt32(clamping: elapsed)) }
      wrong += received == number ? 0 : 1
      checksum &+= received
    }
    Quantiles(of: samples).leave()
    Participants.Slot.wrongResults.leave(wrong, worker: 0)
    Participants.Slot.checksum.leave(checksum, worker: 0)
  }

  private func send(_ number: UInt64, to queue: MessageQueue) throws(StoreError) {
    // Under the policy `wait` nothing is refused, so the number's arrival tells of success.
    _ = try queue.push(Message(cycle: number), payload: RawSpan())
  }

  private func receive(from queue: MessageQueue) throws(StoreError) -> UInt64 {
    var number: UInt64 = 0
    if isPolling {
      while try !queue.pop({ message, _ in number = message.cycle }) { bench_relax() }
    } else {
      try queue.pop(timeoutNanoseconds: .max) { message, _ in number = message.cycle }
    }
    return number
  }
}
