import SharedMemory
import SharedStructures
import SimDB

extension StructureOnTrial.Kind {
  /// Priority queues, with little in them, with all in one level, and full so that they grow.
  static let priorityQueues: [Self] = [
    priorityQueue("priority queue", [200, 300, 301, 400], ElementCapacity(1), units: 255),
    priorityQueue("priority queue of one level", [300, 301], ElementCapacity(1), units: 255),
    priorityQueue(
      "priority queue that grows", Array(200..<455), ElementCapacity(initial: 1, maximum: 300),
      units: 767),
  ]

  /// The priority of an element is a hundredth of its number.
  private static func priorityQueue(
    _ name: String, _ standing: [Int], _ capacity: ElementCapacity, units: Int
  ) -> Self {
    Self(name: name) { store, key in
      func attach(_ capacity: ElementCapacity?) throws -> PriorityQueue<OrderedNumber> {
        try store.priorityQueue(key, OrderedNumber.self, creating: capacity)
      }
      let queue = try attach(capacity)
      for number in standing.reversed() where number % 100 == 0 {
        for element in standing where element / 100 == number / 100 { try queue.push(element) }
      }
      func popping(_ count: Int) -> StructureOnTrial.Operation {
        let states = (1...count).map { Array(standing.dropFirst($0)) }
        return .init(
          name: "pop \(count)",
          run: {
            for number in standing.prefix(count) {
              try require(try queue.take() == number, "\(number) is not the first")
            }
          }, after: [states[count - 1]], interrupted: states)
      }
      let end = standing[standing.count - 1]
      // What a push to a full one does takes thousands of steps: nothing else is tried there.
      let push = StructureOnTrial.Operation(
        name: "push", run: { try queue.push(end + 1) }, after: [standing + [end + 1]])
      let operations: [StructureOnTrial.Operation] =
        standing.count > 4
        ? [push]
        : [
          .init(
            name: "peek",
            run: {
              // Beside it, others come before the first, and go.
              let first = try queue.peek()?.element.number ?? 0
              try require(first == standing[0] || 1...40 ~= first, "the first is another")
            }, after: [standing]),
          .init(
            name: "count of a level",
            run: { try require(try queue.count(priority: 3) == 2, "there are others") },
            after: [standing]),
          push,
          .init(name: "push before all", run: { try queue.push(100) }, after: [[100] + standing]),
          .init(
            name: "push and pop",
            run: {
              try queue.push(100)
              try require(try queue.take() == 100, "the first is another")
            }, after: [standing], interrupted: [[100] + standing]),
          popping(1), popping(2),
          .init(
            name: "pop one in time", run: { _ = try queue.pop(timeoutNanoseconds: 0) },
            after: [Array(standing.dropFirst())]),
        ]
      return StructureOnTrial(
        standing: standing, operations: operations,
        useBeside: {
          for _ in 0..<2 {
            for number in 1...40 { try queue.push(number) }
            for number in 1...40 {
              let taken = try queue.take()
              try require(
                taken == number, "beside: \(taken, default: "none") came, not \(number)")
            }
          }
          for number in 500..<504 { try queue.push(number) }
        },
        drain: {
          // A new user knows of no unit that is free, and looks into all levels.
          let queue = try attach(nil)
          var numbers: [Int] = []
          // The units of the dead are looked for while something stands.
          var filled = 0
          if standing.count > 4 { filled = try Units.fill { try queue.push(20_000 + $0) } }
          while let number = try queue.take() {
            try require(
              numbers.last.map { $0 < number } ?? true, "\(number) is behind \(numbers)")
            numbers.append(number)
          }
          let fillings = Array(20_000..<20_000 + filled)
          try require(numbers.suffix(filled) == fillings, "\(filled) are not behind \(numbers)")
          numbers.removeLast(filled)
          try Units.useAll(
            units, insert: { try queue.push($0) },
            remove: { try require(try queue.take() == $0, "\($0) is not the first") })
          return numbers
        }, isPossible: { Set(500..<504).isSubset(of: $0) && Set($0).count == $0.count })
    }
  }
}

extension PriorityQueue where Element == OrderedNumber {
  fileprivate func push(_ number: Int) throws {
    try push(OrderedNumber(number), priority: UInt8(number / 100))
  }

  /// Takes the first, which must be what is seen before.
  fileprivate func take() throws -> Int? {
    let seen = try peek()?.element.number
    guard let entry = try pop() else {
      try require(seen == nil, "\(seen, default: "none") is seen, but not taken")
      return nil
    }
    let number = try entry.element.number
    try require(
      seen == nil || number == seen, "\(seen, default: "none") is seen, but \(number) taken")
    try require(entry.priority == UInt8(number / 100), "\(number) has another's priority")
    return number
  }
}
