import LavaFlow
import LavaSchema
import SharedMemory
import Synchronization
import Tbl

/// A packet that says where it came from.
struct Sample: SharedValue, Hashable {
  static var layoutName: String { "test.sample.1" }
  var source: UInt64 = 0
  var number: UInt64 = 0
  var hops: UInt64 = 0
  var check: UInt64 = 0

  init(source: UInt64 = 0, number: UInt64) {
    self.source = source
    self.number = number
    check = source &* 31 &+ number
  }

  var isWhole: Bool { check == source &* 31 &+ number }
}

/// A failure that tests throw on purpose.
struct Deliberate: Error, CustomStringConvertible {
  let description: String
}

/// Emits samples 0, 1, 2, ... until `count`.
struct Count: GeneratorNode {
  static let count = Parameter("count", default: 10, in: 0...1_000_000_000, help: "How many.")
  static let source = Parameter("source", default: 0, help: "Its number.")
  static let interval = Parameter("interval", unit: "s", default: 0.0, help: "Between two.")
  static let descriptor = NodeDescriptor(
    id: "test.count", summary: "Counts.", outputs: [.output("out", .value(Sample.self))],
    parameters: [count, source, interval])

  private let count: Int
  private let source: UInt64
  private let interval: Double
  private var next = 0
  private var due: FlowInstant?

  init(parameters: Parameters) {
    count = parameters[Self.count]
    source = UInt64(parameters[Self.source])
    interval = parameters[Self.interval]
  }

  mutating func generate(context: inout FlowContext) throws -> GeneratorStep {
    guard next < count else { return .ended }
    try context.emit(Sample(source: source, number: UInt64(next)), cycle: UInt64(next))
    next += 1
    if next == count { return .ended }
    guard interval > 0 else { return .again }
    let due = (due ?? context.now).advanced(by: .seconds(interval))
    self.due = due
    return .again(at: due)
  }
}

/// Sends each sample on with one hop more.
struct Step: FlowNode {
  static let descriptor = NodeDescriptor(
    id: "test.step", summary: "Adds a hop.", inputs: [.input("in", .value(Sample.self))],
    outputs: [.output("out", .value(Sample.self))])

  init(parameters: Parameters) {}

  func process(_ packet: borrowing Packet, context: inout FlowContext) throws {
    var sample = try packet.value(as: Sample.self)
    sample.hops += 1
    try context.emit(sample)
  }
}

/// Emits each sample `copies` times.
struct Copies: FlowNode {
  static let copies = Parameter("copies", default: 2, in: 0...1_000, help: "How many.")
  static let descriptor = NodeDescriptor(
    id: "test.copies", summary: "Repeats.", inputs: [.input("in", .value(Sample.self))],
    outputs: [.output("out", .value(Sample.self))], parameters: [copies])

  private let copies: Int

  init(parameters: Parameters) { copies = parameters[Self.copies] }

  func process(_ packet: borrowing Packet, context: inout FlowContext) throws {
    let sample = try packet.value(as: Sample.self)
    for _ in 0..<copies { try context.emit(sample) }
  }
}

/// Throws for each sample whose number is a multiple of `every`.
struct Picky: FlowNode {
  static let every = Parameter("every", default: 10, in: 1...1_000_000, help: "Which fail.")
  static let descriptor = NodeDescriptor(
    id: "test.picky", summary: "Fails at times.", inputs: [.input("in", .value(Sample.self))],
    outputs: [.output("out", .value(Sample.self))], parameters: [every])

  private let every: UInt64

  init(parameters: Parameters) { every = UInt64(parameters[Self.every]) }

  func process(_ packet: borrowing Packet, context: inout FlowContext) throws {
    let sample = try packet.value(as: Sample.self)
    guard sample.number % every != 0 else {
      throw Deliberate(description: "will not have \(sample.number)")
    }
    try context.emit(sample)
  }
}

/// Turns samples into payloads whose size depends on their number, and checks nothing.
struct Inflate: FlowNode {
  static let descriptor = NodeDescriptor(
    id: "test.inflate", summary: "Bytes of many sizes.",
    inputs: [.input("in", .value(Sample.self))], outputs: [.output("out", .bytes)])

  init(parameters: Parameters) {}

  static func bytes(_ number: UInt64) -> [UInt8] {
    let sizes = [0, 1, 191, 192, 193, 1_000, 70_000]
    return [UInt8](
      repeating: UInt8(truncatingIfNeeded: number), count: sizes[Int(number % UInt64(sizes.count))])
  }

  func process(_ packet: borrowing Packet, context: inout FlowContext) throws {
    try context.emit(bytes: Self.bytes(packet.value(as: Sample.self).number))
  }
}

/// Sends samples on, in messages of state: what it took, and the sum at the end.
struct Relay: MessageNode {
  static let take = Parameter("take", default: 64, in: 1...10_000, help: "At once.")
  static let descriptor = NodeDescriptor(
    id: "test.relay", summary: "Takes and sends on.",
    inputs: [
      .input("in", .value(Sample.self)), .input("back", .value(Sample.self), isOptional: true),
    ],
    outputs: [.output("out", .value(Sample.self))], parameters: [take])

  private let take: Int
  private var count: UInt64 = 0

  init(parameters: Parameters) { take = parameters[Self.take] }

  mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
    try inbox.take(maxCount: take) { packet in
      var sample = try packet.value(as: Sample.self)
      sample.hops += 1
      count += 1
      try context.emit(sample)
    }
  }

  func state() -> Tbl? {
    var builder = Tbl.Builder()
    builder.set("count", count)
    return try? builder.finish()
  }
}

/// What reached the end of a graph.
final class Collection: Sendable {
  private let packets = LocalMutex<[Collected]>([])
  private let releases = Atomic<Int>(0)

  struct Collected: Hashable {
    let port: Int
    let cycle: UInt64
    let bytes: [UInt8]

    var sample: Sample? {
      bytes.count == MemoryLayout<Sample>.size ? bytes.rawSpan.plainValue(as: Sample.self) : nil
    }
  }

  func append(_ packet: Collected) { packets.withLock { $0.append(packet) } }
  func noteRelease() { releases.wrappingAdd(1, ordering: .sequentiallyConsistent) }

  /// A copy made under the lock: the thread sanitizer does not see that whoever shared the array's own
  /// memory lets go of it before it is written again.
  var all: [Collected] { packets.withLock { $0.map(\.self) } }
  var count: Int { packets.withLock { $0.count } }
  var samples: [Sample] { all.compactMap(\.sample) }
  var numbers: [UInt64] { samples.map(\.number) }
  /// Nodes whose `deinit` has run.
  var releaseCount: Int { releases.load(ordering: .sequentiallyConsistent) }
}

/// Keeps whatever comes.
final class Collect: MessageNode {
  static let take = Parameter("take", default: 64, in: 1...10_000, help: "At once.")
  static let delay = Parameter("delay", unit: "us", default: 0, help: "Spent on each packet.")
  static let descriptor = NodeDescriptor(
    id: "test.collect", summary: "Keeps packets.",
    inputs: [.input("in", .bytes), .input("more", .bytes, isOptional: true)],
    parameters: [take, delay])

  private let collection: Collection
  private let take: Int
  private let delay: UInt64

  convenience init(parameters: Parameters) { self.init(parameters, Collection()) }

  init(_ parameters: Parameters, _ collection: Collection) {
    self.collection = collection
    take = parameters[Self.take]
    delay = UInt64(parameters[Self.delay]) * 1_000
  }

  deinit { collection.noteRelease() }

  func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
    try inbox.take(maxCount: take) { packet in
      let end = SystemClock.monotonicNanoseconds + delay
      while delay > 0, SystemClock.monotonicNanoseconds < end { spinHint() }
      collection.append(
        Collection.Collected(port: packet.port, cycle: packet.cycle, bytes: packet.bytes()))
    }
  }

  func finish(context: inout FlowContext) throws {
    collection.append(Collection.Collected(port: -1, cycle: 0, bytes: Array("finish".utf8)))
  }
}

/// Graphs written in few words: `source.out -> step.in`.
struct GraphSketch {
  var document: GraphDocument
  var registry = NodeRegistry()
  let collection = Collection()

  init(_ name: String = "sketch") throws {
    document = GraphDocument(name: name, origin: .init(file: "sketch.lava.json"))
    try registry.register(Count.self)
    try registry.register(Step.self)
    try registry.register(Copies.self)
    try registry.register(Picky.self)
    try registry.register(Inflate.self)
    try registry.register(Relay.self)
    let collection = collection
    try registry.register(Collect.self) { Collect($0, collection) }
  }

  mutating func node(
    _ id: String, _ type: String, _ parameters: [String: JSONValue] = [:], host: String = "main",
    watch: Bool = false
  ) {
    document.nodes[id] = .init(
      type: "test.\(type)", host: host, parameters: parameters, watch: watch)
    if host != "main" { document.hosts[host] = .init() }
  }

  mutating func edge(
    _ from: String, _ to: String, capacity: Int? = nil, overflow: GraphDocument.Overflow = .wait
  ) {
    func reference(_ text: String) -> GraphDocument.PortReference {
      let parts = text.split(separator: ".").map(String.init)
      return .init(node: parts[0], port: parts[1])
    }
    document.edges.append(
      .init(from: reference(from), to: reference(to), capacity: capacity, overflow: overflow))
  }

  func graph() throws -> Graph { try Graph(document: document, registry: registry) }

  /// Runs the graph with threads to its end.
  func run(workers: Int) throws -> FlowResult {
    let runtime = try GraphRuntime(graph(), options: .init(workers: workers))
    try runtime.start()
    return runtime.wait()
  }
}
