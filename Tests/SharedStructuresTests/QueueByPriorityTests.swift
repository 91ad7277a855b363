import SharedMemory
import SimDB
import Synchronization
import TestSupport
import Testing

@testable import SharedStructures

/// What queues by priority have in common.
@Suite struct QueueByPriorityTests {
  let scratch = Scratch()

  enum Kind: CaseIterable {
    case priorityQueue, orderedQueue

    var type: TypeID { self == .priorityQueue ? .priorityQueue : .orderedQueue }
  }

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 32_768))
  }

  func makeQueue<Element: SharedValue>(
    _ kind: Kind, _ elements: Element.Type, in store: Database, _ capacity: ElementCapacity
  ) throws -> any QueueByPriority<Element> {
    switch kind {
    case .priorityQueue: try store.priorityQueue("queue", of: elements, creating: capacity)
    case .orderedQueue: try store.orderedQueue("queue", of: elements, creating: capacity)
    }
  }

  @Test(
    arguments: [
      (.priorityQueue, 1), (.priorityQueue, 4), (.priorityQueue, 256),
      (.orderedQueue, 1), (.orderedQueue, 4), (.orderedQueue, 1_000_000),
    ] as [(Kind, UInt64)])
  func `elements come by priority, and those of one in their order`(
    kind: Kind, priorities: UInt64
  ) throws {
    let store = try makeStore()
    var generator = SeededGenerator()
    func check(_ queue: some QueueByPriority<UInt64>) throws {
      var model: [(priority: UInt64, number: UInt64)] = []
      for number in 0..<4_000 as Range<UInt64> {
        if generator.next() % 5 < 3 {
          let priority = generator.next() % priorities
          try queue.push(number, priority: .init(priority))
          let place = model.firstIndex { $0.priority > priority } ?? model.count
          model.insert((priority, number), at: place)
        } else {
          #expect(try queue.peek()?.element == model.first?.number)
          let popped = try queue.pop()
          #expect(popped?.element == model.first?.number)
          #expect(popped.map { UInt64($0.priority) } == model.first?.priority)
          if !model.isEmpty { model.removeFirst() }
        }
      }
      #expect(try queue.count == model.count)
      let all = try store.anyQueue("queue").peek(maxCount: .max)
      #expect(all.map { $0.bytes.rawSpan.value(as: UInt64.self) } == model.map(\.number))
      while let popped = try queue.pop() { #expect(popped.element == model.removeFirst().number) }
      #expect(model.isEmpty)
    }
    try check(
      makeQueue(kind, UInt64.self, in: store, ElementCapacity(initial: 8, maximum: 2_000)))
  }

  @Test(arguments: Kind.allCases, [1, 2])
  func `every element arrives once, those of one producer and priority in order`(
    kind: Kind, producers: Int
  ) throws {
    func check(_ queue: some QueueByPriority<Triple>) throws {
      let perProducer = 3_000 * scale
      let taken = Atomic<Int>(0)
      let received = LocalMutex<[[UInt64]]>([])
      let producing: [@Sendable () throws -> Void] = (0..<producers).map { producer in
        {
          for number in 0..<perProducer {
            let element = Triple(UInt64(producer) << 32 | UInt64(number))
            try queue.push(element, priority: .init(number % 3))
          }
        }
      }
      // As many consumers as producers.
      let consuming = [@Sendable () throws -> Void](
        repeating: {
          var mine: [UInt64] = []
          while taken.load(ordering: .relaxed) < producers * perProducer {
            guard let entry = try queue.pop(timeoutNanoseconds: 1_000_000) else { continue }
            #expect(entry.element.isWhole)
            #expect(UInt64(entry.priority) == (entry.element.first & 0xFFFF_FFFF) % 3)
            mine.append(entry.element.first)
            taken.add(1, ordering: .relaxed)
          }
          let final = mine
          received.withLock { $0.append(final) }
        }, count: producers)
      try inThreads(producing + consuming)
      let all = received.withLock { $0 }
      #expect(Set(all.joined()).count == producers * perProducer)
      #expect(all.joined().count == producers * perProducer)
      for mine in all {
        for producer in 0..<producers {
          for priority in 0..<3 as Range<UInt64> {
            let numbers = mine.filter {
              $0 >> 32 == UInt64(producer) && ($0 & 0xFFFF_FFFF) % 3 == priority
            }
            #expect(numbers == numbers.sorted())
          }
        }
      }
      #expect(queue.pushedCount == UInt64(producers * perProducer) && queue.lostCount == 0)
    }
    try check(
      makeQueue(
        kind, Triple.self, in: makeStore(), ElementCapacity(initial: 64, maximum: 16_384)))
  }

  @Test(arguments: Kind.allCases)
  func `an async receiver is woken, and cancellation ends it`(kind: Kind) async throws {
    let store = try makeStore()
    func check(_ queue: some QueueByPriority<UInt64>) async throws {
      let region = try store.structure("queue", type: kind.type, creating: nil).region
      let arrival = WakeWord(region.word32(at: NodeLayout.arrival))
      let receiver = Task { try await queue.receive() }
      // The thread is not to be kept from the receiver.
      while !arrival.hasSleeper { await Task.yield() }
      let before = arrival.word.loadSequential()
      try queue.push(5, priority: 0)
      #expect(arrival.hasWoken(since: before))
      #expect(try await receiver.value.element == 5)
      let waiting = Task { try await queue.receive() }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
    }
    try await check(makeQueue(kind, UInt64.self, in: store, ElementCapacity(16)))
  }
}
