import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

/// What threads do to a structure takes effect as the structure promises, and the check of that notices
/// what does not.
@Suite struct StructureHistoryTests {
  let scratch = Scratch()

  @Test(arguments: StructureKind.allCases)
  func `what threads do to a structure keeps its promise`(kind: StructureKind) throws {
    var generator = SeededGenerator()
    for _ in 0..<scale {
      let store = try Database.open(
        scratch.database(), creating: Geometry(blockSize: 256, blockCount: 4_096))
      try kind.create(in: store)
      let seeds = (0..<(kind == .channel ? 2 : 3)).map { _ in generator.next() }
      let histories = LocalMutex(StructureHistory())
      try inThreads(
        seeds.enumerated().map { index, seed in
          {
            var notes = ""
            var recorder = try StructureRecorder(kind, in: store, id: index + 1, seed: seed)
            for _ in 0..<500 { try recorder.step { notes += $0 } }
            histories.withLock { $0.add(StructureHistory(notes: notes)) }
          }
        })
      var notes = ""
      // The receiver of a channel is its second user.
      var last = try StructureRecorder(
        kind, in: store, id: kind == .channel ? 2 : StructureKind.last, seed: 0)
      try last.finish { notes += $0 }
      var history = histories.withLock { $0 }
      history.add(StructureHistory(notes: notes))
      #expect(history.count >= 500 * seeds.count)
      #expect(history.unansweredCount == 0)
      #expect(history.keeps(kind.promise))
      #expect(store.check() == [])
      try store.drop()
    }
  }

  // MARK: The check

  private typealias Operation = StructureOperation

  /// Operations of two users, each of which runs beside the one before and the one behind it.
  private func history(_ operations: [StructureOperation]) -> StructureHistory {
    var history = StructureHistory()
    for (index, operation) in operations.enumerated() {
      let time = UInt64(index * 10)
      history.add(operation, invoked: time, returned: time + 14)
    }
    return history
  }

  /// Operations of which each begins when the one before has ended.
  private func inTurn(_ operations: [StructureOperation]) -> StructureHistory {
    var history = StructureHistory()
    for (index, operation) in operations.enumerated() {
      let time = UInt64(index * 10)
      history.add(operation, invoked: time, returned: time + 5)
    }
    return history
  }

  private func push(_ value: Int, key: Int = 0) -> Operation {
    Operation(.push, key: key, value: value, .done)
  }
  private func pop(_ value: Int?) -> Operation { Operation(.pop, .init(value)) }

  private let line = StructureHistory.Promise.line(capacity: 2, isStack: false)
  private let stack = StructureHistory.Promise.line(capacity: .max, isStack: true)

  @Test func `a queue in order is taken for one, also where neighbors change places`() {
    #expect(history([push(1), push(2), pop(1), pop(2), pop(nil)]).keeps(line))
    #expect(history([push(1), push(2), pop(2), pop(1), pop(nil)]).keeps(line))
    #expect(history([push(1), push(2), Operation(.push, value: 3, .none), pop(1)]).keeps(line))
  }

  @Test func `a queue that swaps two is noticed`() {
    #expect(!inTurn([push(1), push(2), pop(2), pop(1)]).keeps(line))
  }

  @Test func `an element that comes twice, never, or from nowhere is noticed`() {
    #expect(!history([push(1), push(2), pop(1), pop(1)]).keeps(line))
    #expect(!history([push(1), push(2), pop(1), pop(nil), pop(nil), pop(nil)]).keeps(line))
    #expect(!history([push(1), pop(3)]).keeps(line))
  }

  @Test func `a refusal where there is room, and room where there is none, are noticed`() {
    let refusal = Operation(.push, value: 3, .none)
    #expect(!history([push(1), pop(1), pop(nil), refusal]).keeps(line))
    #expect(!history([push(1), push(2), push(3), push(4)]).keeps(line))
  }

  @Test func `a queue of cells may tell nothing beside another, and only then`() {
    let cells = StructureHistory.Promise.cells(capacity: 2)
    #expect(history([push(1), push(2), pop(nil), pop(1), pop(2)]).keeps(cells))
    var alone = StructureHistory()
    alone.add(push(1), invoked: 0, returned: 1)
    alone.add(pop(nil), invoked: 2, returned: 3)
    #expect(!alone.keeps(cells))
  }

  @Test func `a refusal is noticed where too little stands for any`() {
    let cells = StructureHistory.Promise.cells(capacity: 3, refusalFrom: 2)
    let refusal = Operation(.push, value: 4, .none)
    #expect(inTurn([push(1), push(2), refusal, push(3), refusal, pop(1)]).keeps(cells))
    #expect(!inTurn([push(1), refusal]).keeps(cells))
    #expect(!inTurn([push(1), push(2), push(3), push(5)]).keeps(cells))
  }

  @Test func `a stack that is a queue is noticed`() {
    #expect(history([push(1), push(2), push(3), pop(3), pop(2), pop(1)]).keeps(stack))
    #expect(!inTurn([push(1), push(2), push(3), pop(1), pop(2), pop(3)]).keeps(stack))
  }

  @Test func `a priority that is passed by is noticed`() {
    let levels = StructureHistory.Promise.levels(2)
    // Values of 8 have priority 0, those of 9 priority 1.
    #expect(history([push(8), push(9, key: 1), pop(8), pop(9)]).keeps(levels))
    #expect(!inTurn([push(8), push(9, key: 1), pop(9), pop(8)]).keeps(levels))
    #expect(!history([push(9, key: 1), pop(9), push(17, key: 1), pop(9)]).keeps(levels))
  }

  @Test func `a stale read, a lost update and a key that comes back are noticed`() {
    let map = StructureHistory.Promise.map([1: 10])
    func put(_ value: Int, over old: Int?) -> Operation {
      Operation(.put, key: 1, value: value, .init(old))
    }
    func get(_ value: Int?) -> Operation { Operation(.get, key: 1, .init(value)) }
    let remove = Operation(.remove, key: 1, .value(11))
    #expect(history([get(10), put(11, over: 10), get(11), remove, get(nil)]).keeps(map))
    #expect(!history([put(11, over: 10), get(11), get(11), get(10)]).keeps(map))
    #expect(!history([put(11, over: 10), get(11), put(12, over: 10)]).keeps(map))
    #expect(!history([put(11, over: 10), remove, get(nil), get(11)]).keeps(map))
  }

  @Test func `the smallest was that at one instant, and is taken at a later one`() {
    let map = StructureHistory.Promise.map([2: 10])
    func popFirst(before operations: [Operation]) -> Bool {
      var history = inTurn(operations)
      history.add(Operation(.popFirst, .value(10)), invoked: 0, returned: 100)
      return history.keeps(map)
    }
    let put = Operation(.put, key: 1, value: 9, .none)
    func get(_ value: Int?) -> Operation { Operation(.get, key: 2, .init(value)) }
    #expect(popFirst(before: [put]) && popFirst(before: [put, get(nil)]))
    // It was found before the put, and taken after the get.
    #expect(popFirst(before: [put, get(10)]))
    #expect(!popFirst(before: [put, get(nil), get(10)]))
    #expect(!inTurn([put, Operation(.popFirst, .value(10))]).keeps(map))
  }

  @Test func `a neighbor that is none is noticed, and one that was none when it was`() {
    let map = StructureHistory.Promise.map([1: 9, 3: 11])
    func look(_ verb: Operation.Verb, _ key: Int, _ value: Int?) -> Operation {
      Operation(verb, key: key, .init(value))
    }
    let looks = [
      look(.floor, 0, nil), look(.floor, 1, 9), look(.floor, 2, 9), look(.floor, 3, 11),
      look(.ceiling, 0, 9), look(.ceiling, 1, 9), look(.ceiling, 2, 11), look(.ceiling, 4, nil),
      look(.last, 0, 11), look(.first, 0, 9),
    ]
    #expect(inTurn(looks).keeps(map))
    for wrong in [
      look(.floor, 2, 11), look(.floor, 2, nil), look(.floor, 0, 9), look(.ceiling, 2, 9),
      look(.ceiling, 2, nil), look(.ceiling, 4, 11), look(.last, 3, 9), look(.last, 0, nil),
    ] {
      #expect(!inTurn([wrong]).keeps(map))
    }
    // Found while the greater one was gone, or not there yet, and at no other instant.
    let remove = Operation(.remove, key: 3, .value(11))
    let put = Operation(.put, key: 2, value: 10, .none)
    func during(_ look: Operation) -> Bool {
      var history = inTurn([remove, put])
      history.add(look, invoked: 0, returned: 100)
      return history.keeps(map)
    }
    #expect([11, 9, 10].allSatisfy { during(look(.last, 0, $0)) })
    #expect(during(look(.ceiling, 2, nil)) && !during(look(.floor, 1, nil)))
    // It passed 3 when that was gone, and 2 when that was not there: not at one instant.
    let other = Operation(.remove, key: 3, .value(11))
    var torn = inTurn([put, other])
    torn.add(look(.last, 0, 9), invoked: 0, returned: 100)
    #expect(!torn.keeps(map))
  }

  @Test func `what somebody died with has taken effect, or not, and once`() {
    func after(_ answers: [Int?]) -> StructureHistory {
      var history = history([push(1), push(2)])
      history.add(Operation(.pop, .unknown), invoked: 30, returned: nil)
      for (index, answer) in answers.enumerated() {
        let time = UInt64(40 + index * 10)
        history.add(pop(answer), invoked: time, returned: time + 5)
      }
      return history
    }
    #expect(after([1, 2, nil]).keeps(line))
    #expect(after([2, nil]).keeps(line))
    #expect(after([1, nil]).keeps(line))
    #expect(!after([nil]).keeps(line))
  }

  @Test func `what somebody died with comes again where it is acknowledged, and once`() {
    func after(_ answers: [Int], isAcknowledged: Bool = true) -> Bool {
      var history = inTurn([push(1), push(2)])
      history.add(Operation(.pop, .unknown), invoked: 30, returned: nil)
      for (index, answer) in answers.enumerated() {
        let time = UInt64(40 + index * 10)
        history.add(pop(answer), invoked: time, returned: time + 5)
      }
      return history.keeps(.cells(capacity: 2, isAcknowledged: isAcknowledged))
    }
    #expect(after([1, 2]) && after([2, 1]) && after([2]) && after([1]))
    #expect(!after([2, 1], isAcknowledged: false))
    #expect(!after([1, 1]) && !after([2, 1, 1]) && !after([2, 2]))
  }

  @Test func `a look at a vector that mixes two of its states is noticed`() {
    func look(_ values: [Int]) -> Operation { Operation(.get, .values(values)) }
    let put = Operation(.put, value: 3, .done)
    #expect(history([push(1), look([1]), push(2), look([1]), look([1, 2])]).keeps(stack))
    #expect(inTurn([push(1), push(2), put, look([3]), pop(3), look([])]).keeps(stack))
    #expect(!history([push(1), push(2), look([2])]).keeps(stack))
    #expect(!inTurn([push(1), put, look([1, 3])]).keeps(stack))
    #expect(!inTurn([push(1), push(2), pop(2), look([1, 2])]).keeps(stack))
  }

  @Test func `a free that succeeds twice, and two allocations that are one, are noticed`() {
    let heap = StructureKind.heap.promise
    func put(_ value: Int, over old: Int?) -> Operation {
      Operation(.put, value: value, .init(old))
    }
    func free(_ value: Int?) -> Operation { Operation(.remove, .init(value)) }
    #expect(inTurn([put(1, over: nil), free(1), free(nil), put(2, over: nil)]).keeps(heap))
    #expect(!history([put(1, over: nil), free(1), free(1)]).keeps(heap))
    #expect(!inTurn([put(1, over: nil), free(1), put(2, over: 1)]).keeps(heap))
    let other = Operation(.put, key: 1, value: 2, .none)
    #expect(!inTurn([put(1, over: nil), other, Operation(.get, .value(2))]).keeps(heap))
  }

  @Test func `a handle that changes, or is another text's, is noticed`() {
    func intern(_ key: Int, _ handle: Int) -> Operation {
      Operation(.insert, key: key, .value(handle))
    }
    func find(_ key: Int, _ handle: Int?) -> Operation { Operation(.get, key: key, .init(handle)) }
    #expect(history([find(1, nil), intern(1, 7), find(1, 7), intern(2, 8)]).keeps(.names))
    #expect(history([intern(1, 7), find(1, nil), intern(1, 7)]).keeps(.names))
    #expect(!inTurn([intern(1, 7), find(1, nil)]).keeps(.names))
    #expect(!history([intern(1, 7), intern(1, 8)]).keeps(.names))
    #expect(!history([intern(1, 7), intern(2, 7)]).keeps(.names))
    #expect(!history([find(1, 7), find(1, 7), intern(1, 7)]).keeps(.names))
    // Of one that died.
    func after(_ operations: [Operation]) -> Bool {
      var history = inTurn(operations)
      history.add(Operation(.insert, key: 1, .unknown), invoked: 0, returned: nil)
      return history.keeps(.names)
    }
    #expect(
      after([find(1, nil), find(1, 7), intern(1, 7)]) && after([find(1, nil), intern(1, 7)]))
    #expect(!after([find(1, 7), find(1, nil)]) && !after([find(1, 7), intern(1, 8)]))
  }

  // MARK: Topics

  private let topic = StructureKind.topic.promise
  private let waitedTopic = StructureKind.waitedTopic.promise
  private let byteTopic = StructureKind.byteTopic.promise

  private func begin(_ subscriber: Int) -> Operation {
    Operation(.subscribe, key: subscriber, .done)
  }

  /// What a subscriber of bytes is told, or nothing.
  private func hear(_ subscriber: Int, _ value: Int?) -> Operation {
    Operation(.pop, key: subscriber, .init(value))
  }

  /// What a subscriber of a ring is told.
  private func see(_ subscriber: Int, at position: Int, _ value: Int, missed: Int = 0) -> Operation
  {
    Operation(.pop, key: subscriber, .values([position, missed, value]))
  }

  @Test func `a subscriber that is told all since it began is taken for one`() {
    #expect(
      inTurn([
        push(1), begin(1), push(2), begin(2), push(3), hear(1, 2), hear(1, 3), hear(1, nil),
        hear(2, 3), begin(1), hear(1, nil), push(4), hear(1, 4), hear(2, 4),
      ]).keeps(byteTopic))
    // Neighbors may change places, at one of them too, and may come just before it began.
    #expect(
      history([
        begin(1), begin(2), push(1), push(2), hear(1, 1), hear(1, 2), hear(2, 2), hear(2, 1),
      ]).keeps(byteTopic))
    #expect(history([push(1), begin(1), push(2), hear(1, 1), hear(1, 2)]).keeps(byteTopic))
    #expect(history([push(1), begin(1), push(2), hear(1, nil), hear(1, 2)]).keeps(byteTopic))
  }

  @Test func `what a subscriber is told twice, never, late, early or from nowhere is noticed`() {
    #expect(!inTurn([begin(1), push(1), hear(1, 1), hear(1, 1)]).keeps(byteTopic))
    #expect(!inTurn([begin(1), push(1), push(2), hear(1, 2)]).keeps(byteTopic))
    #expect(!inTurn([begin(1), push(1), hear(1, nil), hear(1, 1)]).keeps(byteTopic))
    #expect(!inTurn([begin(1), push(1), push(2), hear(1, 2), hear(1, 1)]).keeps(byteTopic))
    #expect(!inTurn([begin(1), hear(1, 1), push(1)]).keeps(byteTopic))
    #expect(!inTurn([begin(1), push(1), hear(1, 2)]).keeps(byteTopic))
    #expect(!inTurn([push(1), begin(1), hear(1, 1)]).keeps(byteTopic))
    let refusal = Operation(.push, value: 1, .none)
    #expect(!inTurn([begin(1), refusal, hear(1, 1)]).keeps(byteTopic))
    #expect(!inTurn([begin(1), Operation(.push, value: 1, .value(-1))]).keeps(byteTopic))
  }

  @Test func `orders that differ, gaps that nobody counts, and positions given twice are noticed`()
  {
    let pushes = [begin(1), begin(2), push(1), push(2), push(3)]
    func history(_ looks: [Operation]) -> StructureHistory { self.history(pushes + looks) }
    let first = [see(1, at: 0, 1), see(1, at: 1, 2), see(1, at: 2, 3)]
    #expect(history(first + [see(2, at: 0, 1), see(2, at: 1, 2)]).keeps(waitedTopic))
    #expect(
      history([see(2, at: 1, 1)] + [0, 2].map { see(1, at: $0, 2 + $0 / 2) }).keeps(topic) == false)
    // Neighbors that have changed places have done so for all.
    let other = [see(2, at: 0, 2), see(2, at: 1, 1), see(2, at: 2, 3)]
    #expect(history(other).keeps(waitedTopic))
    #expect(!history(first + other).keeps(waitedTopic))
    #expect(!history([see(1, at: 0, 3), see(1, at: 1, 2), see(1, at: 2, 1)]).keeps(waitedTopic))
    #expect(!history(first + [see(2, at: 0, 1), see(2, at: 2, 3)]).keeps(topic))
    #expect(!history(first + [see(2, at: 0, 1), see(2, at: 2, 3, missed: 1)]).keeps(waitedTopic))
    #expect(history(first + [see(2, at: 0, 1), see(2, at: 2, 3, missed: 1)]).keeps(topic))
    #expect(!history(first + [see(2, at: 0, 1), see(2, at: 1, 3)]).keeps(topic))
    #expect(!history(Array(first.dropLast())).keeps(topic))
  }

  @Test func `what a publisher died with has come to all or to none, of bytes to some`() {
    func after(_ looks: [Operation]) -> StructureHistory {
      var history = inTurn([begin(1), begin(2), push(1)])
      history.add(Operation(.push, value: 2, .unknown), invoked: 30, returned: nil)
      for (index, operation) in ([push(3)] + looks).enumerated() {
        let time = UInt64(40 + index * 10)
        history.add(operation, invoked: time, returned: time + 5)
      }
      return history
    }
    func all(_ subscriber: Int) -> [Operation] {
      (0..<3).map { see(subscriber, at: $0, $0 + 1) }
    }
    func some(_ subscriber: Int) -> [Operation] { [all(subscriber)[0], all(subscriber)[2]] }
    #expect(
      after(all(1) + all(2)).keeps(waitedTopic) && after(some(1) + some(2)).keeps(waitedTopic))
    #expect(!after(all(1) + some(2)).keeps(waitedTopic) && !after(all(1) + some(2)).keeps(topic))
    #expect(after([hear(1, 1), hear(1, 2), hear(1, 3), hear(2, 1), hear(2, 3)]).keeps(byteTopic))
    #expect(!after([hear(1, 1), hear(1, 2), hear(1, 2)]).keeps(byteTopic))
    #expect(!after([hear(1, 3), hear(1, 2)]).keeps(byteTopic))
  }
}
