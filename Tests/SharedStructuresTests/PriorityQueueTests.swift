import SharedMemory
import SimDB
import Synchronization
import TestSupport
import Testing

@testable import SharedStructures

@Suite struct PriorityQueueTests {
  let scratch = Scratch()

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 32_768))
  }

  func makeQueue(
    _ capacity: ElementCapacity = ElementCapacity(16)
  ) throws -> PriorityQueue<UInt64> {
    try makeStore().priorityQueue("queue", UInt64.self, creating: capacity)
  }

  @Test func `an example of a priority queue`() throws {
    let database = try makeStore()
    let jobs = try database.priorityQueue("jobs", UInt32.self, creating: ElementCapacity(1_000))
    try jobs.push(17, priority: 2)
    try jobs.push(18, priority: 1)
    try jobs.push(19, priority: 2)
    #expect(try jobs.peek()?.element == 18 && jobs.count == 3 && jobs.count(priority: 2) == 2)
    #expect(try jobs.pop()?.element == 18)
    #expect(try jobs.pop()?.element == 17)
    #expect(try jobs.pop()?.element == 19)
    #expect(try jobs.pop() == nil && jobs.pushedCount == 3)
  }

  @Test(arguments: [1, 4, 256] as [UInt64])
  func `elements come by priority, and those of one in their order`(priorities: UInt64) throws {
    var generator = SeededGenerator()
    let queue = try makeQueue(ElementCapacity(initial: 8, maximum: 2_000))
    var model: [(priority: UInt8, number: UInt64)] = []
    for number in 0..<4_000 as Range<UInt64> {
      if generator.next() % 5 < 3 {
        let priority = UInt8(generator.next() % priorities)
        try queue.push(number, priority: priority)
        let place = model.firstIndex { $0.priority > priority } ?? model.count
        model.insert((priority, number), at: place)
      } else {
        #expect(try queue.peek()?.element == model.first?.number)
        let popped = try queue.pop()
        #expect(popped?.element == model.first?.number)
        #expect(popped?.priority == model.first?.priority)
        if !model.isEmpty { model.removeFirst() }
      }
    }
    #expect(try queue.count == model.count)
    let all = try queue.levels.elements(limit: .max) { $0.element(at: $1, as: UInt64.self) }
    #expect(all.map(\.element) == model.map(\.number))
    while let popped = try queue.pop() { #expect(popped.element == model.removeFirst().number) }
    #expect(model.isEmpty)
  }

  @Test func `a full queue refuses, and takes again what was taken from it`() throws {
    let queue = try makeQueue()
    for _ in 0..<3 {
      var count = 0
      let error = #expect(throws: StoreError.self) {
        while true {
          try queue.push(UInt64(count), priority: UInt8(truncatingIfNeeded: count))
          count += 1
        }
      }
      // All units but those that the heads name, and number 0.
      #expect(error?.code == .full && count == 512 - 256 - 1 && count == queue.levels.capacity)
      #expect(try queue.count == count)
      for _ in 0..<count { #expect(try queue.pop() != nil) }
      #expect(try queue.pop() == nil)
    }
  }

  @Test func `without one to take, the last level is found empty, and filled again`() throws {
    let queue = try makeQueue()
    for round in 0..<600 as Range<UInt64> {
      #expect(try queue.pop() == nil)
      try queue.push(round, priority: 255)
      try queue.push(round, priority: UInt8(round % 255))
      #expect(try queue.pop()?.priority == UInt8(round % 255))
      #expect(try queue.pop()?.priority == 255)
    }
  }

  @Test(arguments: [(1, 1), (2, 2)])
  func `every element arrives once, those of one producer and priority in order`(
    producers: Int, consumers: Int
  ) throws {
    let queue = try makeStore().priorityQueue(
      "queue", Triple.self, creating: ElementCapacity(initial: 64, maximum: 16_384))
    let perProducer = 3_000 * scale
    let taken = Atomic<Int>(0)
    let received = LocalMutex<[[UInt64]]>([])
    let producing: [@Sendable () throws -> Void] = (0..<producers).map { producer in
      {
        for number in 0..<perProducer {
          let element = Triple(UInt64(producer) << 32 | UInt64(number))
          try queue.push(element, priority: UInt8(number % 3))
        }
      }
    }
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
  }

  @Test func `threads that push and pop for themselves meet few units, and lose none`() throws {
    // So few that a unit that is seen is often used again at once.
    let queue = try makeQueue(ElementCapacity(1))
    let sums = LocalMutex<(pushed: UInt64, popped: UInt64)>((0, 0))
    try inThreads(
      [@Sendable () throws -> Void](
        repeating: {
          var generator = SeededGenerator()
          var (pushed, popped) = (0 as UInt64, 0 as UInt64)
          for _ in 0..<20_000 * scale {
            let number = generator.next() >> 8
            try queue.push(number, priority: UInt8(number % 2 * 255))
            pushed &+= number
            let entry = try #require(try queue.pop())
            #expect(entry.priority == UInt8(entry.element % 2 * 255))
            popped &+= entry.element
          }
          let (done, taken) = (pushed, popped)
          sums.withLock { $0 = ($0.pushed &+ done, $0.popped &+ taken) }
        }, count: 3))
    let (pushed, popped) = sums.withLock { $0 }
    #expect(try pushed == popped && queue.pop() == nil)
    #expect(queue.pushedCount == UInt64(60_000 * scale))
  }

  @Test func `what the dead have left is used again`() throws {
    let queue = try makeQueue()
    let levels = queue.levels
    for number in 0..<3 as Range<UInt64> { try queue.push(number, priority: 9) }
    // One dies before it has linked what it pushes.
    let filling = try #require(try levels.pool.take(QueueCells.dead))
    filling.unit.nextWord.storeReleasing(filling.header.lastLink.rawValue)
    // One after, and tells nobody.
    let linked = try #require(try levels.pool.take(QueueCells.dead))
    linked.unit.region.setElement(7 as UInt64, at: linked.unit.offset + NodeLayout.key)
    linked.unit.nextWord.storeReleasing(linked.header.lastLink.rawValue)
    try levels.append(linked, 200)
    // One before it gives back what it has popped.
    let head = levels.head(9).position()
    let link = try levels.pool.unit(head.index).next()
    #expect(levels.head(9).move(head, to: head.next(link.index)))
    // One while it calls a level empty.
    let word = levels.stateWord(9)
    let states = LevelStates(rawValue: word.loadRelaxed())
    #expect(word.compareExchange(states.rawValue, states.setting(9, .doubted).rawValue))
    #expect(try queue.count == 3)
    for number in [1, 2, 7] as [UInt64] { #expect(try queue.pop()?.element == number) }
    for _ in 0..<2 {
      var count = 0
      while (try? queue.push(5, priority: 5)) != nil { count += 1 }
      #expect(count == queue.levels.capacity)
      while try queue.pop() != nil {}
    }
  }

  @Test func `an async receiver is woken, and cancellation ends it`() async throws {
    let queue = try makeQueue()
    let receiver = Task { try await queue.receive() }
    // The thread is not to be kept from the receiver.
    while !queue.levels.arrival.hasSleeper { await Task.yield() }
    let before = queue.levels.arrival.word.loadSequential()
    try queue.push(5, priority: 0)
    #expect(queue.levels.arrival.hasWoken(since: before))
    #expect(try await receiver.value.element == 5)
    let waiting = Task { try await queue.receive() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }

  /// Everything that a user may do.
  func use(_ queue: PriorityQueue<UInt64>, _ generator: inout SeededGenerator) throws {
    for _ in 0..<20 {
      switch generator.next() % 5 {
      case 0, 1: try queue.push(generator.next(), priority: UInt8(generator.next() % 256))
      case 2: _ = try queue.pop()
      case 3: _ = try queue.peek()
      default: _ = try queue.count
      }
    }
    _ = try queue.levels.elements(limit: 100) { $0.element(at: $1, as: UInt64.self) }
    for _ in 0..<600 { try queue.push(1, priority: 1) }
  }

  @Test func `any bytes under a living queue are an error at worst`() throws {
    var generator = SeededGenerator()
    for round in 0..<100 * scale {
      let store = try Database.anonymous(Geometry(blockCount: 1_024))
      let queue = try store.priorityQueue("queue", UInt64.self, creating: ElementCapacity(16))
      for number in 0..<20 as Range<UInt64> { try queue.push(number, priority: UInt8(number)) }
      let region = queue.levels.pool.region
      for _ in 0...generator.next() % 4 {
        // The first levels, and all units.
        let heads = NodeLayout.headerSize
        let offset =
          generator.next() % 2 == 0
          ? heads + Int(generator.next() % 400) * 8
          : Int(generator.next() % UInt64((region.count - heads) / 8)) * 8 + heads
        let word = region.word(at: offset)
        let bits = round % 2 == 0 ? generator.next() : 1 << (generator.next() % 64)
        word.exchangeSequential(word.loadRelaxed() ^ bits)
      }
      do { try use(queue, &generator) } catch let error as StoreError {
        #expect([.corrupt, .full].contains(error.code))
      }
    }
  }
}
