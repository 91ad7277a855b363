import LavaFlow
import LavaSchema
import SharedMemory
import SharedStructures
import SimDB
import Tbl
import TestSupport
import Testing

/// Two hosts of one graph behave like one: packets cross in order, the end crosses too.
@Suite struct CrossingTests {
  private func sketch(count: Int, overflow: GraphDocument.Overflow = .wait) throws -> GraphSketch {
    var sketch = try GraphSketch("hosts")
    sketch.node("source", "count", ["count": .int(Int64(count))], host: "far")
    sketch.node("inflate", "inflate", host: "far")
    sketch.node("step", "step")
    sketch.node("end", "collect")
    sketch.edge("source.out", "inflate.in")
    sketch.edge("source.out", "step.in", capacity: 16, overflow: overflow)
    sketch.edge("step.out", "end.in")
    sketch.edge("inflate.out", "end.more", capacity: 16)
    return sketch
  }

  /// Runs both hosts in this process.
  private func run(
    _ sketch: GraphSketch, _ crossings: any Crossings, sink: Records? = nil
  ) throws -> (near: FlowResult, far: FlowResult) {
    let graph = try sketch.graph()
    let near = try GraphRuntime(
      graph, options: .init(workers: 2), crossings: crossings, sink: sink)
    let far = try GraphRuntime(
      graph, host: "far", options: .init(workers: 1), crossings: crossings)
    try near.start()
    try far.start()
    return (near.wait(), far.wait())
  }

  private func check(_ collection: Collection, count: Int) {
    let samples = collection.all.filter { $0.port == 0 }
    #expect(samples.compactMap(\.sample?.number) == Array(0..<UInt64(count)))
    #expect(samples.allSatisfy { $0.sample?.hops == 1 })
    let inflated = collection.all.filter { $0.port == 1 }
    #expect(inflated.map(\.cycle) == Array(0..<UInt64(count)))
    #expect(inflated.allSatisfy { $0.bytes == Inflate.bytes($0.cycle) })
    #expect(collection.all.last?.bytes == Array("finish".utf8))
  }

  @Test func `packets and the end cross through channels`() throws {
    let sketch = try sketch(count: 2_000)
    let records = Records()
    let (near, far) = try run(sketch, Channels(capacity: 16), sink: records)
    #expect(near.isSuccess, "\(near)")
    #expect(far.isSuccess, "\(far)")
    check(sketch.collection, count: 2_000)
    // A host shows its own nodes, and the edges that end at them.
    #expect(!records.keys.contains("node/source/counters"))
    #expect(records.keys.contains("edge/source.out->step.in/counters"))
    #expect(!records.keys.contains { $0.contains("outlet") || $0.contains("inlet") })
    let edge = records.last("edge/source.out->step.in/counters").flatMap { EdgeCounters($0) }
    #expect(edge?.packets == 2_000)
  }

  @Test func `packets and the end cross through a store`() throws {
    let scratch = Scratch()
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 256, blockCount: 65_536))
    let sketch = try sketch(count: 500)
    let (near, far) = try run(sketch, StoreCrossings(store))
    #expect(near.isSuccess, "\(near)")
    #expect(far.isSuccess, "\(far)")
    check(sketch.collection, count: 500)
    #expect(try store.contains("edge/source.out->step.in/queue"))
  }

  @Test func `no more packets wait on an edge between hosts than are shown to fit`() throws {
    let scratch = Scratch()
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 256, blockCount: 65_536))
    var sketch = try GraphSketch("hosts")
    sketch.node("source", "count", ["count": .int(400)], host: "far")
    sketch.node("end", "collect", ["take": .int(1), "delay": .int(500)])
    sketch.edge("source.out", "end.in", capacity: 20)
    let graph = try sketch.graph()
    let records = Records()
    let near = try GraphRuntime(
      graph, options: .init(workers: 1, publishingInterval: .milliseconds(2)),
      crossings: StoreCrossings(store), sink: records)
    let far = try GraphRuntime(
      graph, host: "far", options: .init(workers: 1), crossings: StoreCrossings(store))
    try near.start()
    try far.start()
    #expect(near.wait().isSuccess)
    #expect(far.wait().isSuccess)
    let shown = records.all("edge/source.out->end.in/counters").compactMap { EdgeCounters($0) }
    // The queue's 32, the power of two above 20, and the 8 of the ring behind it.
    #expect(shown.allSatisfy { $0.capacity == 40 && $0.depth <= $0.capacity }, "\(shown)")
    #expect(!shown.isEmpty)
    #expect(sketch.collection.samples.count == 400)
  }

  @Test func `records reach the store under their keys`() throws {
    let scratch = Scratch()
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 256, blockCount: 4_096))
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(3)])
    sketch.node("relay", "relay", watch: true)
    sketch.edge("source.out", "relay.in")
    let runtime = try GraphRuntime(
      sketch.graph(), options: .init(workers: 1), sink: StoreRecordSink(store))
    try runtime.start()
    #expect(runtime.wait().isSuccess)
    for key in ["node/source/counters", "node/relay/counters", "node/relay/state"] {
      #expect(try store.entry(key)?.type == .tbl, "\(key)")
    }
    let bytes = try #require(try store.get("node/relay/counters"))
    #expect(NodeCounters(try .init(validating: bytes))?.packetsIn == 3)
  }

  @Test func `a host that was told to end does not wait for a silent one`() throws {
    let sketch = try sketch(count: 10)
    let near = try GraphRuntime(
      sketch.graph(), options: .init(workers: 1), crossings: Channels(capacity: 4))
    try near.start()
    near.stop()
    #expect(near.wait().isSuccess)
    #expect(sketch.collection.all.map(\.bytes) == [Array("finish".utf8)])
  }

  @Test func `packets on their way between hosts arrive when the graph is stopped`() throws {
    var sketch = try GraphSketch("hosts")
    sketch.node("source", "count", ["count": .int(400)], host: "far")
    sketch.node("end", "collect", ["take": .int(1), "delay": .int(200)])
    sketch.edge("source.out", "end.in", capacity: 1)
    let crossings = Channels(capacity: 512)
    let near = try GraphRuntime(
      sketch.graph(), options: .init(workers: 1), crossings: crossings)
    let far = try GraphRuntime(
      sketch.graph(), host: "far", options: .init(workers: 1), crossings: crossings)
    try far.start()
    #expect(far.wait().isSuccess)
    try near.start()
    // The edge behind the inlet is full nearly all the time.
    #expect(eventually { sketch.collection.count >= 3 })
    near.stop()
    #expect(near.wait().isSuccess)
    #expect(sketch.collection.numbers == Array(0..<400))
  }

  @Test func `a host that nobody listens to can be given up`() throws {
    let sketch = try sketch(count: 1_000)
    let far = try GraphRuntime(
      sketch.graph(), host: "far", options: .init(workers: 1), crossings: Channels(capacity: 4))
    try far.start()
    far.abandon()
    #expect(!far.wait().isSuccess)
  }
}

/// Edges between hosts as queues of this process.
private final class Channels: Crossings {
  private let capacity: Int
  private let channels = LocalMutex<[String: Channel]>([:])

  init(capacity: Int) { self.capacity = capacity }

  func outlet(for edge: Graph.Edge) throws -> any CrossingOutlet { channel(edge) }
  func inlet(for edge: Graph.Edge) throws -> any CrossingInlet { channel(edge) }

  private func channel(_ edge: Graph.Edge) -> Channel {
    channels.withLock { channels in
      let channel = channels[edge.id] ?? Channel(capacity: capacity)
      channels[edge.id] = channel
      return channel
    }
  }
}

private final class Channel: CrossingOutlet, CrossingInlet {
  let capacity: Int
  private let queue = LocalMutex<[(Message, [UInt8])?]>([])
  private let changed = LocalSignal()

  init(capacity: Int) { self.capacity = capacity }

  func send(
    _ message: Message, _ payload: RawSpan, timeoutNanoseconds: UInt64
  ) throws -> Bool {
    push((message, payload.array), timeoutNanoseconds)
  }

  func end(timeoutNanoseconds: UInt64) throws -> Bool { push(nil, timeoutNanoseconds) }

  private func push(_ element: (Message, [UInt8])?, _ timeout: UInt64) -> Bool {
    attempt(timeout) {
      queue.withLock { queue in
        guard queue.count < capacity else { return nil }
        queue.append(element)
        return true
      }
    } ?? false
  }

  func receive(
    timeoutNanoseconds: UInt64, _ body: (Message, RawSpan) -> Void
  ) throws -> CrossingReceipt {
    let element = attempt(timeoutNanoseconds) {
      queue.withLock { $0.isEmpty ? nil : $0.removeFirst() as (Message, [UInt8])?? }
    }
    guard let element else { return .nothing }
    guard let (message, bytes) = element else { return .ended }
    body(message, bytes.rawSpan)
    return .packet
  }

  /// Tries until `body` gives something or the time has passed.
  private func attempt<Result>(_ timeout: UInt64, _ body: () -> Result?) -> Result? {
    let end = SystemClock.monotonicNanoseconds + timeout
    while true {
      let ticket = changed.ticket
      if let result = body() {
        changed.raise()
        return result
      }
      let now = SystemClock.monotonicNanoseconds
      if now >= end { return nil }
      changed.sleep(ticket, timeoutNanoseconds: end - now)
    }
  }

  var depth: Int { queue.withLock { $0.count } }
  var droppedCount: UInt64 { 0 }
}
