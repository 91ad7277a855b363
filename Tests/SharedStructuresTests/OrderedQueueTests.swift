import SharedMemory
import SimDB
import Synchronization
import TestSupport
import Testing

@testable import SharedStructures

@Suite struct OrderedQueueTests {
  let scratch = Scratch()

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 32_768))
  }

  @Test func `an example of an ordered queue`() throws {
    let database = try makeStore()
    let jobs = try database.orderedQueue("jobs", UInt32.self, creating: ElementCapacity(1_000))
    try jobs.push(17, priority: 2)
    try jobs.push(18, priority: 1)
    try jobs.push(19, priority: 2)
    #expect(try jobs.peek()?.element == 18 && jobs.count == 3)
    #expect(try jobs.pop()?.element == 18)
    #expect(try jobs.pop()?.element == 17)
    #expect(try jobs.pop()?.element == 19)
    #expect(try jobs.pop() == nil && jobs.pushedCount == 3 && jobs.lostCount == 0)
  }

  @Test(arguments: [1, 4, 1_000_000] as [UInt64])
  func `elements come by priority, and those of one in their order`(priorities: UInt64) throws {
    var generator = SeededGenerator()
    let queue = try makeStore().orderedQueue(
      "queue", UInt64.self, creating: ElementCapacity(initial: 8, maximum: 2_000))
    var model: [(priority: UInt64, number: UInt64)] = []
    for number in 0..<4_000 as Range<UInt64> {
      if generator.next() % 5 < 3 {
        let priority = generator.next() % priorities
        try queue.push(number, priority: priority)
        let place = model.firstIndex { $0.priority > priority } ?? model.count
        model.insert((priority, number), at: place)
      } else {
        let popped = try queue.pop()
        #expect(popped?.element == model.first?.number)
        #expect(popped?.priority == model.first?.priority)
        if !model.isEmpty { model.removeFirst() }
      }
    }
    #expect(try queue.count == model.count)
    while let popped = try queue.pop() { #expect(popped.element == model.removeFirst().number) }
    #expect(model.isEmpty)
  }

  @Test(arguments: [(1, 1), (2, 2)])
  func `every element arrives once, those of one producer and priority in order`(
    producers: Int, consumers: Int
  ) throws {
    let queue = try makeStore().orderedQueue(
      "queue", Triple.self, creating: ElementCapacity(initial: 64, maximum: 16_384))
    let perProducer = 3_000 * scale
    let taken = Atomic<Int>(0)
    let received = LocalMutex<[[UInt64]]>([])
    let producing: [@Sendable () throws -> Void] = (0..<producers).map { producer in
      {
        for number in 0..<perProducer {
          let element = Triple(UInt64(producer) << 32 | UInt64(number))
          try queue.push(element, priority: UInt64(number % 3))
        }
      }
    }
    let consuming = [@Sendable () throws -> Void](
      repeating: {
        var mine: [UInt64] = []
        while taken.load(ordering: .relaxed) < producers * perProducer {
          guard let entry = try queue.pop(timeoutNanoseconds: 1_000_000) else { continue }
          #expect(entry.element.isWhole)
          #expect(entry.priority == (entry.element.first & 0xFFFF_FFFF) % 3)
          mine.append(entry.element.first)
          taken.add(1, ordering: .relaxed)
        }
        let final = mine
        received.withLock { $0.append(final) }
      }, count: consumers)
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
    #expect(queue.lostCount == 0)
  }

  @Test func `an element whose taker died is counted, and its unit used again`() throws {
    let store = try makeStore()
    let queue = try store.orderedQueue("queue", UInt64.self, creating: ElementCapacity(16))
    for number in 0..<3 as Range<UInt64> { try queue.push(number, priority: number) }
    let list = queue.list
    for victim in 0..<2 {
      let first = try #require(try list.firstForTaking(list.head))
      #expect(first.key.priority == UInt64(victim))
      let claim = first.header.next(.claimed, QueueCells.dead.rawValue)
      #expect(first.unit.change(first.header, to: claim))
      if victim == 0 {
        // Somebody finds it on the way to the next one.
        #expect(try eventually { try queue.peek()?.element == 1 && list.settlesFirst() })
      }
    }
    // Somebody needs its unit.
    for _ in 0..<2 {
      var count = 0
      while (try? queue.push(9, priority: 9)) != nil { count += 1 }
      #expect(count > 16)
      while try queue.pop() != nil {}
    }
    #expect(queue.lostCount == 2)
  }

  @Test func `an async receiver is woken, and cancellation ends it`() async throws {
    let queue = try makeStore().orderedQueue("queue", UInt64.self, creating: ElementCapacity(16))
    let receiver = Task { try await queue.receive() }
    try queue.push(5, priority: 0)
    #expect(try await receiver.value.element == 5)
    let waiting = Task { try await queue.receive() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }

  @Test func `a set holds each element once`() throws {
    var generator = SeededGenerator()
    let set = try makeStore().sortedSet(
      "set", Int32.self, creating: ElementCapacity(initial: 8, maximum: 100))
    var model: Set<Int32> = []
    for _ in 0..<2_000 {
      let element = Int32(truncatingIfNeeded: generator.next() % 64) - 32
      switch generator.next() % 4 {
      case 0, 1: #expect(try set.insert(element) == model.insert(element).inserted)
      case 2: #expect(try set.remove(element) == (model.remove(element) != nil))
      default:
        #expect(try set.contains(element) == model.contains(element))
        #expect(try set.floor(element) == model.filter { $0 <= element }.max())
        #expect(try set.ceiling(element) == model.filter { $0 >= element }.min())
      }
    }
    var all: [Int32] = []
    try set.forEach(from: -10, upTo: 10) {
      all.append($0)
      return true
    }
    #expect(all == model.filter { (-10..<10).contains($0) }.sorted())
    #expect(try set.first == model.min() && set.last == model.max() && set.count == model.count)
    #expect(try set.popFirst() == model.min())
    try set.removeAll()
    #expect(try set.count == 0)
  }
}

extension NodeList {
  /// Looks at the first node as who takes one does; whether a claim of the dead is no more.
  func settlesFirst() throws -> Bool {
    _ = try firstForTaking(head)
    return pool.region.word(at: NodeLayout.lost).loadRelaxed() > 0
  }
}
