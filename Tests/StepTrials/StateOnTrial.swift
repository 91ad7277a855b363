import SharedMemory
import SharedStructures
import SimDB

extension StructureOnTrial.Kind {
  /// A state that is 1, and a vector of 1 to 3.
  static let states: [Self] = [
    Self(name: "state") { store, key in
      _ = try store.state(key, creating: NumberedElement(1))
      return state(store, key)
    },
    Self(name: "vector") { store, key in
      _ = try store.vector(key, creating: elements(1...3))
      return vector(store, key)
    },
  ]

  private static func elements(_ numbers: ClosedRange<Int>) -> [NumberedElement] {
    numbers.map { NumberedElement($0) }
  }

  /// Calls `body`; does nothing while a victim that has deleted what it uses has not made it anew.
  private static func whereThere(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as StoreError where error.code == .notFound {}
  }

  /// Beside a victim, 1,000 is added each time.
  private static func state(_ store: Database, _ key: String) -> StructureOnTrial {
    func attach() throws -> SharedState<NumberedElement> {
      try store.state(key, of: NumberedElement.self)
    }
    func update(_ change: Int) throws {
      let state = try attach()
      while true {
        let (value, generation) = try state.loadVersion()
        let next = NumberedElement(try value.number() + change)
        if try state.compareAndSet(next, generation: generation) != nil { return }
      }
    }
    let rounds = 8
    return StructureOnTrial(
      standing: [1],
      operations: [
        .init(name: "attach", run: { _ = try attach() }, after: [[1]]),
        .init(name: "load", run: { _ = try attach().load().number() }, after: [[1]]),
        .init(
          name: "lend", run: { try attach().withValue { value in _ = try value.number() } },
          after: [[1]]),
        .init(name: "store", run: { try attach().store(NumberedElement(2)) }, after: [[2]]),
        .init(
          name: "update", run: { try attach().update { $0 = $0.plus(2) } }, after: [[3]]),
        .init(name: "compare and set", run: { try update(3) }, after: [[4]]),
        .init(
          name: "compare with another and set",
          run: {
            let state = try attach()
            let generation = try state.loadVersion().generation
            let result = try state.compareAndSet(NumberedElement(5), generation: generation &+ 1)
            try require(result == nil, "it is another version")
          }, after: [[1]]),
        .init(
          name: "delete and create",
          run: {
            try store.delete(key)
            _ = try store.state(key, creating: NumberedElement(6))
          }, after: [[6]], interrupted: [[]]),
      ],
      useBeside: {
        for _ in 0..<rounds {
          try whereThere {
            _ = try attach().load().number()
            try update(1_000)
          }
        }
      },
      drain: {
        var numbers: [Int] = []
        try whereThere {
          numbers = [try attach().load().number()]
          try attach().store(NumberedElement(7))
          try require(try attach().load().number() == 7, "it is not what was stored")
        }
        return numbers
      },
      isPossible: { numbers in
        guard let number = numbers.first else { return true }
        // All of the others' updates count, unless something was stored behind them.
        switch number % 1_000 {
        case 1, 3, 4: return number / 1_000 == rounds
        case 2, 6: return number / 1_000 == rounds || number / 1_000 == 0
        default: return false
        }
      })
  }

  /// Beside a victim, elements from 1,000 on are appended.
  private static func vector(_ store: Database, _ key: String) -> StructureOnTrial {
    func attach() throws -> SharedVector<NumberedElement> {
      try store.vector(key, of: NumberedElement.self)
    }
    let beside = Array(1_000..<1_008)
    return StructureOnTrial(
      standing: [1, 2, 3],
      operations: [
        .init(
          name: "load", run: { for element in try attach().load() { _ = try element.number() } },
          after: [[1, 2, 3]]),
        .init(name: "count", run: { _ = try attach().count }, after: [[1, 2, 3]]),
        .init(
          name: "lend",
          run: {
            try attach().withElements { elements in
              for index in elements.indices { _ = try elements[index].number() }
            }
          }, after: [[1, 2, 3]]),
        .init(name: "store", run: { try attach().store(elements(4...5)) }, after: [[4, 5]]),
        .init(
          name: "store more", run: { try attach().store(elements(1...60)) },
          after: [Array(1...60)]),
        .init(
          name: "append", run: { try attach().append(NumberedElement(4)) },
          after: [[1, 2, 3, 4]]),
        .init(
          name: "append twice",
          run: { for number in 4...5 { try attach().append(NumberedElement(number)) } },
          after: [[1, 2, 3, 4, 5]], interrupted: [[1, 2, 3, 4]]),
        .init(
          name: "update", run: { try attach().update { _ = $0.removeFirst() } }, after: [[2, 3]]),
        .init(
          name: "delete and create",
          run: {
            try store.delete(key)
            _ = try store.vector(key, creating: elements(6...7))
          }, after: [[6, 7]], interrupted: [[]]),
      ],
      useBeside: {
        for number in beside {
          try whereThere {
            for element in try attach().load() { _ = try element.number() }
            try attach().append(NumberedElement(number))
          }
        }
      },
      drain: {
        var numbers: [Int] = []
        try whereThere {
          numbers = try attach().load().map { try $0.number() }
          try attach().store(elements(8...60))
          try require(try attach().count == 53, "it is not what was stored")
        }
        return numbers
      },
      isPossible: { numbers in
        // All that the others have appended is there, unless something was stored behind them.
        let appended = numbers.filter { $0 >= 1_000 }
        let stored = [[4, 5], Array(1...60), [6, 7], []]
        return Set(numbers).count == numbers.count
          && (appended == beside || stored.contains(numbers))
      })
  }
}
