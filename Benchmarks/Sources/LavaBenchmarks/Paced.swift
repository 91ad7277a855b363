import CBenchmark
import Glibc
import SharedStructures
import SimDB

/// Messages that one or two producers send one at a time, each at its moment, and how long after that
/// they were received.
///
/// Instead of a number a message has the time at which it was sent. When all have sent theirs the
/// producers send 0 now and then, for consumers that sleep, until all consumers have ended, which
/// they do when all messages were received.
struct Paced {
  let producers: Int
  let consumers: Int
  let isPolling: Bool
  /// Of a message.
  let bytes: Int
  /// Messages of each producer that count.
  let messages: UInt64

  static let shapes = ["1 to 1", "2 to 1", "1 to 2", "2 to 2"].flatMap { shape in
    ["polling", "blocking"].map { "\(shape), \($0)" }
  }

  /// A message that does not count.
  private static let warmUp: UInt64 = 1
  private static let warmUpCount: UInt64 = 100

  init(producers: Int, consumers: Int, isPolling: Bool, bytes: Int, operations: UInt64) {
    self.producers = producers
    self.consumers = consumers
    self.isPolling = isPolling
    self.bytes = bytes
    messages = min(bytes > 4_096 ? 2_000 : 10_000, operations)
  }

  var total: UInt64 { messages * UInt64(producers) }
  private var workers: Int { producers + consumers }
  /// Nanoseconds between two messages of a producer.
  private var period: UInt64 { max(20_000, UInt64(bytes) * 2) }

  /// What one of them does; how many messages it received that count.
  func play<Kind: Link & ~Copyable>(
    _ link: inout Kind, _ database: Database, worker: Int
  ) throws(StoreError) -> UInt64 {
    if worker < producers {
      try produce(&link, worker)
      return 0
    }
    let samples = try consume(&link, worker)
    try database.putPack(Self.key(worker), samples)
    return UInt64(samples.count)
  }

  private static func key(_ worker: Int) -> String { "samples/\(worker)" }

  private func produce<Kind: Link & ~Copyable>(
    _ link: inout Kind, _ worker: Int
  ) throws(StoreError) {
    // Two take turns.
    var due = bench_now() + period + period / 2 * UInt64(worker)
    for number in 0..<Self.warmUpCount + messages {
      var now = bench_now()
      while now < due {
        rest()
        now = bench_now()
      }
      due += period
      try link.send(number < Self.warmUpCount ? Self.warmUp : now)
    }
    Participants.Slot.finished.leave(1, worker: worker)
    while !areFinished(producers..<workers) {
      if areFinished(0..<producers) { try link.send(0) }
      bench_sleep(1_000_000)
    }
  }

  private func areFinished(_ workers: Range<Int>) -> Bool {
    workers.allSatisfy { Participants.Slot.finished.value(worker: $0) == 1 }
  }

  private func consume<Kind: Link & ~Copyable>(
    _ link: inout Kind, _ worker: Int
  ) throws(StoreError) -> [UInt32] {
    var samples: [UInt32] = []
    samples.reserveCapacity(Int(total))
    var received: UInt64 = 0
    while true {
      let sent = try receive(&link)
      let now = bench_now()
      guard sent != 0 else {
        let all = (producers..<workers).reduce(0) { sum, consumer in
          sum + Participants.Slot.taken.value(worker: consumer)
        }
        if all == total + Self.warmUpCount * UInt64(producers) { break }
        continue
      }
      if sent != Self.warmUp { samples.append(UInt32(clamping: now - sent)) }
      received += 1
      Participants.Slot.taken.leave(received, worker: worker)
    }
    Participants.Slot.finished.leave(1, worker: worker)
    return samples
  }

  private func receive<Kind: Link & ~Copyable>(_ link: inout Kind) throws(StoreError) -> UInt64 {
    guard isPolling else { return try link.receiveAsleep() }
    while true {
      if let sent = try link.receive() { return sent }
      rest()
    }
  }

  /// Where they must share processors, whoever waits makes room for the others.
  private func rest() {
    if workers > 2 { sched_yield() } else { bench_relax() }
  }

  /// The quantiles of what all consumers have left.
  func latencies(in database: Database) throws -> [Double] {
    var samples: [UInt32] = []
    for worker in producers..<workers {
      try database.withPack(Self.key(worker), of: UInt32.self) { elements in
        for index in elements.indices { samples.append(elements[index]) }
      }
    }
    return Quantiles(of: samples).values.map { Double($0) }
  }
}
