import CBenchmark
import SharedMemory
import SharedStructures
import SimDB
import Synchronization

/// Workloads Y: what goes in and comes out again, by the same thread: queues with both deliveries,
/// topics, stacks, heaps and packs, of 64 bytes each.
struct DeliveryBenchmark: Benchmark {
  private static let titles = [
    "Y1": "Y1 push + pop of a queue", "Y2": "Y2 push + claim + acknowledge of a queue",
    "Y3": "Y3 push + pop of a byte queue",
    "Y4": "Y4 push + claim + acknowledge of a byte queue",
    "Y5": "Y5 publish + take of a topic", "Y6": "Y6 publish + take of a byte topic",
    "Y7": "Y7 push + pop of a stack", "Y8": "Y8 allocate + free of a heap",
    "Y9": "Y9 a pack of 8 values is made and stored", "Y10": "Y10 a value of a pack of 8 is read",
  ]
  /// Of those the second thread would take what the first has put in.
  private static let ofOneThread: Set = ["Y1", "Y2", "Y3", "Y4", "Y5", "Y6"]

  static let cases = (1...titles.count).flatMap { number in
    ThreadMeasurement.shapes.prefix(ofOneThread.contains("Y\(number)") ? 1 : 2)
      .map { Case("Y\(number)", $0) }
  }

  private typealias Element = InlineArray<8, UInt64>
  private typealias Operation = @Sendable (UInt64) throws -> UInt64

  private let options: Options

  init(options: Options) { self.options = options }

  func measure() throws(BenchmarkFailure) {
    do {
      let database = try Database.anonymous(Geometry())
      switch options.workload {
      case "Y1": try measure(lava: queue(database))
      case "Y2": try measure(lava: acknowledgedQueue(database))
      case "Y3": try measure(lava: byteQueue(database))
      case "Y4": try measure(lava: acknowledgedByteQueue(database))
      case "Y5": try measure(lava: topic(database))
      case "Y6": try measure(lava: byteTopic(database))
      case "Y7": try measure(lava: stack(database), swift: array())
      case "Y8": try measureHeap(database)
      case "Y9": try measure(lava: storedPack(database))
      default: try measure(lava: readPack(database))
      }
    } catch {
      throw BenchmarkFailure("\(options.workload): \(error)")
    }
  }

  private var measurement: ThreadMeasurement {
    ThreadMeasurement(
      options: options, title: Self.titles[options.workload] ?? "",
      operations: min(500_000, options.operations))
  }

  /// Measures `lava`, and beside it a plain structure of Swift under a mutex; each gets a number and
  /// returns one that came out.
  private func measure(lava: @escaping Operation, swift: Operation? = nil) throws {
    for (system, operation) in [("lava", lava as Operation?), ("swift-mutex", swift)] {
      guard let operation else { continue }
      try measurement.measure(system) { _, random, operations in
        var (random, sum) = (random, UInt64(0))
        for _ in 0..<operations { sum &+= try operation(random.below(1_000)) }
        return sum
      }
    }
  }

  private func missing() -> BenchmarkFailure {
    BenchmarkFailure("\(options.workload): what was put in is not there")
  }

  // MARK: Queues

  private func queue(_ database: Database, _ delivery: Delivery) throws -> Queue<Element> {
    try database.queue(
      "queue", of: Element.self,
      creating: ElementQueueGeometry(capacity: 1_024, delivery: delivery))
  }

  private func queue(_ database: Database) throws -> Operation {
    let queue = try queue(database, .atMostOnce)
    return { number in
      _ = try queue.push(Element(number: number))
      guard let element = try queue.pop() else { throw missing() }
      return element.number
    }
  }

  private func acknowledgedQueue(_ database: Database) throws -> Operation {
    let queue = try queue(database, .acknowledged)
    return { number in
      _ = try queue.push(Element(number: number))
      guard let claim = try queue.claim() else { throw missing() }
      let number = claim.element.number
      _ = try claim.acknowledge()
      return number
    }
  }

  private func byteQueue(_ database: Database) throws -> Operation {
    let queue = try database.byteQueue("bytes", creating: ByteQueueGeometry())
    return { number in
      _ = try queue.push(Element(number: number))
      var first: UInt64?
      try queue.pop { bytes, _ in first = Self.number(bytes) }
      guard let first else { throw missing() }
      return first
    }
  }

  private func acknowledgedByteQueue(_ database: Database) throws -> Operation {
    let queue = try database.byteQueue(
      "bytes", creating: ByteQueueGeometry(delivery: .acknowledged))
    return { number in
      _ = try queue.push(Element(number: number))
      guard let claim = try queue.claim() else { throw missing() }
      let number = try claim.withBytes { bytes, _ in Self.number(bytes) }
      _ = try claim.acknowledge()
      return number
    }
  }

  private static func number(_ bytes: RawSpan) -> UInt64 { bytes.number(at: 0, as: UInt64.self) }

  // MARK: Topics

  private func topic(_ database: Database) throws -> Operation {
    let topic = try database.topic(
      "topic", of: Element.self, creating: TopicGeometry(capacity: 1_024))
    let subscriber = Subscriber(try topic.subscribe())
    return { number in
      try topic.publish(Element(number: number))
      guard let element = try subscriber.subscription.next() else { throw missing() }
      return element.number
    }
  }

  /// Safe: only the one measured thread takes.
  private final class Subscriber: @unchecked Sendable {
    var subscription: Subscription<Element>

    init(_ subscription: consuming Subscription<Element>) { self.subscription = subscription }
  }

  private func byteTopic(_ database: Database) throws -> Operation {
    let topic = try database.byteTopic("bytes", creating: ByteTopicGeometry())
    let subscription = try topic.subscribe()
    return { number in
      try topic.publish(Element(number: number))
      var first: UInt64?
      _ = try subscription.pop { bytes, _ in first = Self.number(bytes) }
      guard let first else { throw missing() }
      return first
    }
  }

  // MARK: Stacks and heaps

  private func stack(_ database: Database) throws -> Operation {
    let stack = try database.stack(
      "stack", of: Element.self, creating: ElementCapacity(1_000))
    return { number in
      try stack.push(Element(number: number))
      guard let element = try stack.pop() else { throw missing() }
      return element.number
    }
  }

  /// An array as a stack.
  private func array() -> Operation {
    let array = Mutex<[Element]>([])
    return { number in
      array.withLock { $0.append(Element(number: number)) }
      return array.withLock { $0.popLast()?.number ?? 0 }
    }
  }

  private func measureHeap(_ database: Database) throws {
    let heap = try database.heap("heap", creating: true)
    try measure(
      lava: { number in
        let allocation = try heap.allocate(byteCount: 64)
        try heap.free(allocation)
        return number
      })
    try measurement.measure("malloc") { _, random, operations in
      var (random, sum) = (random, UInt64(0))
      for _ in 0..<operations {
        let number = random.below(1_000)
        bench_allocate_and_free(64)
        sum &+= number
      }
      return sum
    }
  }

  // MARK: Packs

  private static func pack(_ number: UInt64) -> Pack {
    var builder = Pack.Builder()
    for place in 0..<8 as Range<UInt64> { builder.append(Element(number: number &+ place)) }
    return builder.finish()
  }

  private func storedPack(_ database: Database) throws -> Operation {
    { number in
      try database.putPack("pack \(number % 2)", Self.pack(number))
      return number
    }
  }

  private func readPack(_ database: Database) throws -> Operation {
    try database.putPack("pack", Self.pack(0))
    return { number in
      let found = try database.withPack("pack") { view in
        Self.number(try view.value(at: Int(number % 8)).bytes)
      }
      guard let found else { throw missing() }
      return found
    }
  }

  func play(_ part: Options.Part) throws(BenchmarkFailure) { throw options.unknown() }
}
