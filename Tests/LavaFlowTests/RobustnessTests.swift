import LavaFlow
import LavaSchema
import SharedMemory
import Synchronization
import TestSupport
import Testing

/// What a graph does when its nodes, its edges or its user make it hard.
@Suite struct RobustnessTests {
  @Test(arguments: 1...3, [1, 7])
  func `what a node emits when it finishes finds its way through a full edge`(
    workers: Int, capacity: Int
  ) throws {
    var sketch = try GraphSketch()
    try sketch.registry.register(Hoard.self)
    sketch.node("source", "count", ["count": .int(500)])
    sketch.node("hoard", "hoard")
    sketch.node("step", "step")
    sketch.node("end", "collect", ["take": .int(3)])
    sketch.edge("source.out", "hoard.in", capacity: 1)
    sketch.edge("hoard.out", "step.in", capacity: capacity)
    sketch.edge("step.out", "end.in", capacity: 1)
    let result = try sketch.run(workers: workers)
    #expect(result.isSuccess, "\(result)")
    #expect(sketch.collection.numbers == Array(0..<500))
    #expect(sketch.collection.all.last?.bytes == Array("finish".utf8))
  }

  /// Keeps everything until it finishes.
  struct Hoard: MessageNode {
    static let descriptor = NodeDescriptor(
      id: "test.hoard", summary: "Keeps.", inputs: [.input("in", .value(Sample.self))],
      outputs: [.output("out", .value(Sample.self))])
    private var kept: [Sample] = []

    init(parameters: Parameters) {}

    mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
      try inbox.take { packet in try kept.append(packet.value(as: Sample.self)) }
    }

    mutating func finish(context: inout FlowContext) throws {
      for sample in kept { try context.emit(sample) }
    }
  }

  @Test func `a node behind which nothing moves any more finishes too`() throws {
    var sketch = try GraphSketch()
    try sketch.registry.register(EndTests.Refuse.self)
    let count = Counter()
    try sketch.registry.register(Announce.self) { _ in Announce(count) }
    sketch.node("source", "count", ["count": .int(10)])
    sketch.node("announce", "announce")
    sketch.node("refuse", "refuse")
    sketch.edge("source.out", "announce.in", capacity: 2)
    sketch.edge("announce.out", "refuse.in", capacity: 2)
    let result = try sketch.run(workers: 2)
    #expect(!result.isSuccess)
    #expect(count.value == 1)
    // What it said at its end waits beside it, and counts.
    #expect(result.undeliveredCount > 2)
  }

  /// Sends on, and says when it finishes.
  struct Announce: MessageNode {
    static let descriptor = NodeDescriptor(
      id: "test.announce", summary: "Says its end.", inputs: [.input("in", .value(Sample.self))],
      outputs: [.output("out", .value(Sample.self))])
    private let finished: Counter

    init(parameters: Parameters) { self.init(Counter()) }
    init(_ finished: Counter) { self.finished = finished }

    mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
      try inbox.take(maxCount: 1) { packet in try context.emit(packet.value(as: Sample.self)) }
    }

    mutating func finish(context: inout FlowContext) throws {
      finished.add()
      try context.emit(Sample(number: 99))
    }
  }

  final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    func add() { count.wrappingAdd(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
  }

  @Test func `a message node is never entered while it runs`() throws {
    var sketch = try GraphSketch()
    let (inside, overlaps) = (Counter(), Counter())
    try sketch.registry.register(Alone.self) { _ in Alone(inside, overlaps) }
    sketch.node("alone", "alone")
    for index in 0..<8 {
      sketch.node("s\(index)", "count", ["count": .int(5_000), "source": .int(Int64(index))])
      sketch.edge("s\(index).out", "alone.in", capacity: 1 + index)
    }
    #expect(try sketch.run(workers: 4).isSuccess)
    #expect(inside.value == 40_000)
    #expect(overlaps.value == 0)
  }

  /// Notices when it is entered twice.
  final class Alone: MessageNode {
    static let descriptor = NodeDescriptor(
      id: "test.alone", summary: "Alone.", inputs: [.input("in", .value(Sample.self))])
    private let inside: Counter
    private let overlaps: Counter
    private let isInside = Atomic<Bool>(false)

    init(parameters: Parameters) {
      inside = Counter()
      overlaps = Counter()
    }

    init(_ inside: Counter, _ overlaps: Counter) {
      self.inside = inside
      self.overlaps = overlaps
    }

    func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
      if isInside.exchange(true, ordering: .acquiring) { overlaps.add() }
      try inbox.take(maxCount: 2) { _ in inside.add() }
      isInside.store(false, ordering: .releasing)
    }
  }

  @Test func `what a limit of bytes leaves on a dropping edge is not forgotten`() throws {
    var sketch = try GraphSketch()
    let taken = Counter()
    try sketch.registry.register(Sip.self) { _ in Sip(taken) }
    sketch.node("source", "count", ["count": .int(5)])
    sketch.node("sip", "sip")
    sketch.edge("source.out", "sip.in", capacity: 8, overflow: .dropOldest)
    let harness = try GraphHarness(sketch.graph())
    #expect(harness.runUntilIdle())
    #expect(taken.value == 5)
    #expect(harness.runToEnd()?.isSuccess == true)
  }

  /// Takes no more bytes at once than one sample has.
  struct Sip: MessageNode {
    static let descriptor = NodeDescriptor(
      id: "test.sip", summary: "Takes little.", inputs: [.input("in", .value(Sample.self))])
    private let taken: Counter

    init(parameters: Parameters) { taken = Counter() }
    init(_ taken: Counter) { self.taken = taken }

    mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
      try inbox.take(maxBytes: MemoryLayout<Sample>.size) { _ in taken.add() }
    }
  }

  @Test func `a node may stop the graph while it goes`() throws {
    var sketch = try GraphSketch()
    let runtime = LocalMutex<GraphRuntime?>(nil)
    try sketch.registry.register(Farewell.self) { _ in
      Farewell { runtime.withLock { $0 }?.stop() }
    }
    sketch.node("source", "count")
    sketch.node("farewell", "farewell")
    sketch.edge("source.out", "farewell.in")
    let started = try GraphRuntime(sketch.graph(), options: .init(workers: 1))
    runtime.withLock { $0 = started }
    try started.start()
    let ended = Counter()
    let waiter = LocalThread(name: "waiter") {
      if started.wait().isSuccess { ended.add() }
    }
    waiter?.detach()
    #expect(eventually { ended.value == 1 })
    runtime.withLock { $0 = nil }
  }

  /// Calls back when it goes.
  final class Farewell: MessageNode {
    static let descriptor = NodeDescriptor(
      id: "test.farewell", summary: "Says goodbye.", inputs: [.input("in", .bytes)])
    private let goodbye: @Sendable () -> Void

    init(parameters: Parameters) { goodbye = {} }
    init(_ goodbye: @escaping @Sendable () -> Void) { self.goodbye = goodbye }

    deinit { goodbye() }

    func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
      try inbox.take { _ in }
    }
  }

  @Test(arguments: 1...3)
  func `an endless generator before edges of one packet stops without a loss`(
    workers: Int
  ) throws {
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(1_000_000_000)])
    sketch.node("picky", "picky", ["every": .int(3)])
    sketch.node("end", "collect", ["take": .int(1)])
    sketch.edge("source.out", "picky.in", capacity: 1)
    sketch.edge("picky.out", "end.in", capacity: 1)
    let runtime = try GraphRuntime(sketch.graph(), options: .init(workers: workers))
    try runtime.start()
    #expect(eventually { sketch.collection.count > 100 })
    runtime.stop()
    let result = runtime.wait()
    #expect(result.undeliveredCount == 0)
    #expect(result.failedCount > 50)
    let numbers = sketch.collection.numbers
    #expect(numbers == (0...(numbers.last ?? 0)).filter { $0 % 3 != 0 })
  }

  @Test(arguments: 1...2)
  func `an endless graph that is given up ends`(workers: Int) throws {
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(1_000_000_000)])
    sketch.node("step", "step")
    sketch.node("end", "collect")
    sketch.edge("source.out", "step.in", capacity: 1)
    sketch.edge("step.out", "end.in", capacity: 1)
    let runtime = try GraphRuntime(sketch.graph(), options: .init(workers: workers))
    try runtime.start()
    #expect(eventually { sketch.collection.count > 10 })
    runtime.abandon()
    let result = runtime.wait()
    #expect(result.isAbandoned && !result.isSuccess)
    #expect(sketch.collection.releaseCount == 1)
  }

  @Test func `a graph that was stopped before it starts ends at once`() throws {
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(1_000_000_000)])
    sketch.node("end", "collect")
    sketch.edge("source.out", "end.in")
    let runtime = try GraphRuntime(sketch.graph(), options: .init(workers: 1))
    runtime.stop()
    try runtime.start()
    #expect(runtime.wait().isSuccess)
    #expect(sketch.collection.all.map(\.bytes) == [Array("finish".utf8)])
  }

  @Test func `a generator that wants to be called at the end of time can be stopped`() throws {
    var sketch = try GraphSketch()
    try sketch.registry.register(Never.self)
    sketch.node("never", "never")
    sketch.node("end", "collect")
    sketch.edge("never.out", "end.in")
    let runtime = try GraphRuntime(sketch.graph(), options: .init(workers: 1))
    try runtime.start()
    #expect(eventually { sketch.collection.count == 1 })
    runtime.stop()
    #expect(runtime.wait().isSuccess)
  }

  /// Emits once.
  struct Never: GeneratorNode {
    static let descriptor = NodeDescriptor(
      id: "test.never", summary: "Once.", outputs: [.output("out", .value(Sample.self))])
    init(parameters: Parameters) {}

    mutating func generate(context: inout FlowContext) throws -> GeneratorStep {
      try context.emit(Sample(number: 1))
      return .again(at: FlowInstant(nanoseconds: .max))
    }
  }

  @Test(arguments: 1...3)
  func `what a node emitted before it threw arrives, through full edges too`(
    workers: Int
  ) throws {
    var sketch = try GraphSketch()
    try sketch.registry.register(Angry.self)
    sketch.node("source", "count", ["count": .int(300)])
    sketch.node("angry", "angry")
    sketch.node("end", "collect")
    sketch.edge("source.out", "angry.in", capacity: 5)
    sketch.edge("angry.out", "end.in", capacity: 1)
    let result = try sketch.run(workers: workers)
    #expect(result.failedCount == 300)
    #expect(result.undeliveredCount == 0)
    #expect(sketch.collection.numbers == (0..<900).map { $0 / 3 })
  }

  /// Emits three times and throws.
  struct Angry: FlowNode {
    static let descriptor = NodeDescriptor(
      id: "test.angry", summary: "Throws.", inputs: [.input("in", .value(Sample.self))],
      outputs: [.output("out", .value(Sample.self))])
    init(parameters: Parameters) {}

    func process(_ packet: borrowing Packet, context: inout FlowContext) throws {
      for _ in 0..<3 { try context.emit(packet.value(as: Sample.self)) }
      throw Deliberate(description: "always")
    }
  }
}
