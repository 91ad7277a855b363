import SharedMemory
import SimDB
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
    let jobs = try database.orderedQueue("jobs", of: UInt32.self, creating: ElementCapacity(1_000))
    try jobs.push(17, priority: 2)
    try jobs.push(18, priority: 1)
    try jobs.push(19, priority: 2)
    #expect(try jobs.peek()?.element == 18 && jobs.count == 3)
    #expect(try jobs.pop()?.element == 18)
    #expect(try jobs.pop()?.element == 17)
    #expect(try jobs.pop()?.element == 19)
    #expect(try jobs.pop() == nil && jobs.pushedCount == 3 && jobs.lostCount == 0)
  }

  @Test func `an element whose taker died is counted, and its unit used again`() throws {
    let store = try makeStore()
    let queue = try store.orderedQueue("queue", of: UInt64.self, creating: ElementCapacity(16))
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
      #expect(pushUntilFull { _ in try queue.push(9, priority: 9) } > 16)
      while try queue.pop() != nil {}
    }
    #expect(queue.lostCount == 2)
  }

  @Test func `a set holds each element once`() throws {
    var generator = SeededGenerator()
    let set = try makeStore().sortedSet(
      "set", of: Int32.self, creating: ElementCapacity(initial: 8, maximum: 100))
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
