import SharedMemory
import SimDB
import Synchronization
import TestSupport
import Testing

@testable import SharedStructures

@Suite struct SelectionTests {
  let scratch = Scratch()
  let store: Database
  let jobs: Queue<UInt64>
  let samples: Channel<UInt64>
  let messages: MessageQueue
  let selection: Selection

  init() throws {
    store = try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
    jobs = try store.queue(
      "jobs", of: UInt64.self, creating: ElementQueueGeometry(capacity: 4))
    samples = try store.channel("samples", of: UInt64.self, creating: ChannelGeometry(capacity: 4))
    messages = try store.queue("messages", creating: QueueGeometry(capacity: 4))
    selection = Selection([jobs.inlet, samples.inlet, messages.inlet])
  }

  @Test func `what has something is ready, and nothing else`() throws {
    #expect(selection.ready == [])
    #expect(try selection.wait(timeoutNanoseconds: 1_000_000) == [])
    var sender = try samples.sender()
    _ = try sender.push(1)
    #expect(selection.ready == [1])
    _ = try messages.push(Message(), payload: RawSpan())
    #expect(try selection.wait() == [1, 2])
    _ = try jobs.push(1)
    #expect(try selection.wait() == [0, 1, 2])
    _ = try jobs.pop()
    var receiver = try samples.receiver()
    _ = try receiver.pop()
    #expect(try selection.wait() == [2])
  }

  @Test(arguments: 0..<3)
  func `who sleeps for several is woken by each`(number: Int) throws {
    let woken = LocalMutex<[Int]>([])
    try inThreads([
      {
        let found = try selection.wait(timeoutNanoseconds: 60_000_000_000)
        woken.withLock { $0 = found }
      },
      {
        #expect(eventually { jobs.cells.ring.arrival.hasSleeper })
        switch number {
        case 0: _ = try jobs.push(1)
        case 1:
          var sender = try samples.sender()
          _ = try sender.push(1)
        default: _ = try messages.push(Message(), payload: RawSpan())
        }
      },
    ])
    #expect(woken.withLock { $0 } == [number])
  }

  /// Each of the structures that are no ring of cells: how it is waited for, and how it is filled and
  /// emptied.
  private struct Waited: Sendable {
    let name: String
    let inlet: Inlet
    let push: @Sendable () throws -> Void
    let pop: @Sendable () throws -> Bool
  }

  private final class Reader: Sendable {
    let end: Mutex<Subscription<UInt64>>

    init(_ end: consuming sending Subscription<UInt64>) { self.end = Mutex(end) }
  }

  private func others() throws -> [Waited] {
    let bytes = try store.byteQueue("bytes", creating: ByteQueueGeometry(segmentCapacity: 256))
    let events = try store.byteTopic("events", creating: ByteTopicGeometry())
    let end = try events.subscribe()
    let levels = try store.priorityQueue("levels", of: UInt64.self, creating: ElementCapacity(64))
    let ordered = try store.orderedQueue("ordered", of: UInt64.self, creating: ElementCapacity(64))
    let stack = try store.stack("stack", of: UInt64.self, creating: ElementCapacity(64))
    let topic = try store.topic("topic", of: UInt64.self, creating: TopicGeometry(capacity: 8))
    let subscription = Reader(try topic.subscribe())
    return [
      Waited(
        name: "byte queue", inlet: bytes.inlet, push: { try bytes.push("text") },
        pop: { try bytes.pop() != nil }),
      Waited(
        name: "byte topic", inlet: end.inlet, push: { try events.publish("text") },
        pop: { try end.pop() != nil }),
      Waited(
        name: "priority queue", inlet: levels.inlet, push: { try levels.push(1, priority: 9) },
        pop: { try levels.pop() != nil }),
      Waited(
        name: "ordered queue", inlet: ordered.inlet, push: { try ordered.push(1, priority: 9) },
        pop: { try ordered.pop() != nil }),
      Waited(
        name: "stack", inlet: stack.inlet, push: { try stack.push(1) },
        pop: { try stack.pop() != nil }),
      Waited(
        name: "topic", inlet: subscription.end.withLock { $0.inlet },
        push: { try topic.publish(1) },
        pop: { try subscription.end.withLock { try $0.next() != nil } }),
    ]
  }

  @Test func `what is no ring of cells is waited for as well`() throws {
    let others = try others()
    let selection = Selection(others.map(\.inlet))
    #expect(selection.ready == [])
    for (number, waited) in others.enumerated() {
      let woken = LocalMutex<[Int]>([])
      try inThreads([
        {
          let found = try selection.wait(timeoutNanoseconds: 60_000_000_000)
          woken.withLock { $0 = found }
        },
        {
          #expect(eventually { waited.inlet.arrival.hasSleeper })
          try waited.push()
        },
      ])
      #expect(woken.withLock { $0 } == [number], "\(waited.name)")
      #expect(try waited.pop(), "\(waited.name)")
      // A subscription's inlet is of where it stood.
      #expect(selection.ready == (waited.name == "topic" ? [number] : []))
    }
  }

  @Test func `a producer that died before an element of bytes does not hide it`() throws {
    let bytes = try store.byteQueue("bytes", creating: ByteQueueGeometry(segmentCapacity: 256))
    for text in ["first", "second"] { try bytes.push(text) }
    let control = try #require(try bytes.headSegment()).records.word(at: 0)
    let word = RecordWord(rawValue: control.loadRelaxed())
    control.exchangeSequential(word.changed(to: .writing, owner: QueueCells.dead).rawValue)
    let selection = Selection([bytes.inlet])
    var taken: [UInt8]?
    let isFound = try eventually {
      #expect(try selection.wait() == [0])
      taken = try bytes.pop()?.bytes
      return taken != nil
    }
    #expect(isFound && taken == Array("second".utf8) && bytes.lostCount == 1)
  }

  @Test func `an element that its consumer died with is found by who waits for several`() throws {
    let bytes = try store.byteQueue(
      "bytes", creating: ByteQueueGeometry(segmentCapacity: 256, delivery: .acknowledged))
    try bytes.push("text")
    let control = try #require(try bytes.headSegment()).records.word(at: 0)
    let word = RecordWord(rawValue: control.loadRelaxed())
    control.exchangeSequential(
      word.changed(to: .held, owner: QueueCells.dead, isNextDelivery: true).rawValue)
    #expect(try Selection([bytes.inlet]).wait(timeoutNanoseconds: 60_000_000_000) == [0])
    #expect(try eventually { try bytes.pop() != nil })
  }

  @Test func `an element whose producer did not live to tell of it is found`() throws {
    let queue = try store.priorityQueue("levels", of: UInt64.self, creating: ElementCapacity(64))
    try queue.push(7, priority: 3)
    // As if it had died before it said so.
    let states = queue.levels.states(3 >> LevelStates.bits)
    states.exchangeSequential(0)
    #expect(try Selection([queue.inlet]).wait(timeoutNanoseconds: 60_000_000_000) == [0])
    #expect(try eventually { try queue.pop()?.element == 7 })
  }

  @Test func `who awaits several is woken, and cancellation ends it`() async throws {
    let waiting = Task { try await selection.next() }
    _ = try jobs.push(1)
    #expect(try await waiting.value == [0])
    _ = try jobs.pop()
    let cancelled = Task { try await selection.next() }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
  }

  @Test func `a producer that died before an element does not hide it`() throws {
    _ = try jobs.push(1)
    _ = try jobs.push(2)
    let dead = ParticipantIdentity(rawValue: 77 << 10 | 5)
    jobs.cells.ring.control(0).exchangeSequential(CellWord(.writing, lap: 0, owner: dead).rawValue)
    var taken: UInt64?
    let isFound = try eventually {
      #expect(try selection.wait() == [0])
      taken = try jobs.pop()
      return taken != nil
    }
    #expect(isFound && taken == 2 && jobs.lostCount == 1)
  }

  /// One of each kind, and what keeps subscriptions.
  private func all() throws -> [(name: String, inlet: Inlet, keeps: Waited?)] {
    [
      ("queue", jobs.inlet, nil), ("channel", samples.inlet, nil),
      ("message queue", messages.inlet, nil),
    ] + (try others().map { ($0.name, $0.inlet, $0) })
  }

  private func code(_ selection: Selection) async -> [StoreError.Code?] {
    let waited = #expect(throws: StoreError.self) { try selection.wait() }
    let awaited = await #expect(throws: StoreError.self) { try await selection.next() }
    return [waited?.code, awaited?.code]
  }

  @Test func `nobody waits for a store that was dropped`() async throws {
    let all = try all()
    let ordered = try store.orderedQueue("ordered", of: UInt64.self)
    try store.drop()
    for (name, inlet, _) in all {
      #expect(await code(Selection([inlet])) == [.dropped, .dropped], "\(name)")
    }
    #expect(throws: StoreError.self) { try ordered.pop() }
  }

  @Test func `who sleeps is told that the store was dropped`() throws {
    let all = try all()
    let codes = LocalMutex<[String: StoreError.Code]>([:])
    try inThreads(
      all.map { name, inlet, _ -> @Sendable () throws -> Void in
        {
          do {
            _ = try Selection([inlet]).wait()
          } catch let error as StoreError {
            codes.withLock { $0[name] = error.code }
          }
        }
      } + [
        {
          #expect(eventually { all.allSatisfy { $0.inlet.arrival.hasSleeper } })
          try store.drop()
        }
      ])
    let told = codes.withLock { $0 }
    for (name, _, _) in all { #expect(told[name] == .dropped, "\(name)") }
  }

  @Test func `what was deleted is waited for no longer than asked`() throws {
    let all = try all()
    for key in ["jobs", "samples", "messages", "bytes", "events", "levels", "ordered", "topic"] {
      try store.deleteStructure(key)
    }
    for (name, inlet, _) in all {
      #expect(try Selection([inlet]).wait(timeoutNanoseconds: 1_000_000) == [], "\(name)")
    }
  }

  @Test func `who may only read sees what is ready, and is refused to wait`() async throws {
    let others = try others()
    let view = try Database.openReadOnly(scratch.database())
    let subscription = try view.topic("topic", of: UInt64.self).subscribe()
    let inlets = [
      try view.queue("jobs", of: UInt64.self).inlet,
      try view.channel("samples", of: UInt64.self).inlet, try view.queue("messages").inlet,
      try view.byteQueue("bytes").inlet, try view.priorityQueue("levels", of: UInt64.self).inlet,
      try view.orderedQueue("ordered", of: UInt64.self).inlet, subscription.inlet,
    ]
    for (number, inlet) in inlets.enumerated() {
      #expect(await code(Selection([inlet])) == [.readOnly, .readOnly], "\(number)")
      #expect(await code(Selection([jobs.inlet, inlet])) == [.readOnly, .readOnly], "\(number)")
    }
    #expect(Selection(inlets).ready == [])
    for other in others { try other.push() }
    #expect(Selection(inlets).ready == [3, 4, 5, 6])
  }
}
