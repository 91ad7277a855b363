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
      var last = try StructureRecorder(kind, in: store, id: kind == .channel ? 2 : 9, seed: 0)
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
}
