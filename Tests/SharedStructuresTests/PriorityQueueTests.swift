import SharedMemory
import SimDB
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
    try makeStore().priorityQueue("queue", of: UInt64.self, creating: capacity)
  }

  @Test func `an example of a priority queue`() throws {
    let database = try makeStore()
    let jobs = try database.priorityQueue("jobs", of: UInt32.self, creating: ElementCapacity(1_000))
    try jobs.push(17, priority: 2)
    try jobs.push(18, priority: 1)
    try jobs.push(19, priority: 2)
    #expect(try jobs.peek()?.element == 18 && jobs.count == 3 && jobs.count(priority: 2) == 2)
    #expect(try jobs.pop()?.element == 18)
    #expect(try jobs.pop()?.element == 17)
    #expect(try jobs.pop()?.element == 19)
    #expect(try jobs.pop() == nil && jobs.pushedCount == 3)
  }

  @Test func `a full queue refuses, and takes again what was taken from it`() throws {
    let queue = try makeQueue()
    for _ in 0..<3 {
      let count = pushUntilFull {
        try queue.push($0, priority: UInt8(truncatingIfNeeded: $0))
      }
      // All units but those that the heads name, and number 0.
      #expect(count == 512 - 256 - 1 && count == queue.levels.capacity)
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

  @Test func `threads that push and pop for themselves meet few units, and lose none`() throws {
    // So few that a unit that is seen is often used again at once.
    let queue = try makeQueue(ElementCapacity(1))
    try pushAndPopInThreads { number in
      try queue.push(number, priority: UInt8(number % 2 * 255))
    } pop: {
      guard let entry = try queue.pop() else { return nil }
      #expect(entry.priority == UInt8(entry.element % 2 * 255))
      return entry.element
    }
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
      #expect(pushUntilFull { _ in try queue.push(5, priority: 5) } == queue.levels.capacity)
      while try queue.pop() != nil {}
    }
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
      let queue = try store.priorityQueue("queue", of: UInt64.self, creating: ElementCapacity(16))
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
