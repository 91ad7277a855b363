import SharedMemory
import SharedStructures
import SimDB

extension StructureOnTrial.Kind {
  /// Ordered queues, with little in them, with more than is unlinked at once, and full so that they
  /// grow.
  static let orderedQueues: [Self] = [
    orderedQueue(
      "ordered queue", [200, 300, 301, 400], ElementCapacity(1), units: 63),
    orderedQueue("ordered queue of many", Array(200..<220), ElementCapacity(1), units: 63),
    orderedQueue(
      "ordered queue that grows", Array(200..<263), ElementCapacity(initial: 1, maximum: 66),
      units: 127),
  ]

  /// The priority of an element is a hundredth of its number; what was lost is told by a last
  /// number below 0.
  private static func orderedQueue(
    _ name: String, _ standing: [Int], _ capacity: ElementCapacity, units: Int
  ) -> Self {
    Self(name: name) { store, key in
      func attach(_ capacity: ElementCapacity?) throws -> OrderedQueue<OrderedNumber> {
        try store.orderedQueue(key, OrderedNumber.self, creating: capacity)
      }
      let queue = try attach(capacity)
      // The last priority first.
      for priority in Set(standing.map { $0 / 100 }).sorted(by: >) {
        for number in standing where number / 100 == priority { try queue.push(number) }
      }
      func popping(_ count: Int) -> StructureOnTrial.Operation {
        let states = (1...count).map { Array(standing.dropFirst($0)) }
        return .init(
          name: "pop \(count)",
          run: {
            for number in standing.prefix(count) {
              try require(try queue.take() == number, "\(number) is not the first")
            }
          }, after: [states[count - 1]], interrupted: states + states.map { $0 + [-1] })
      }
      let end = standing[standing.count - 1]
      var operations: [StructureOnTrial.Operation] = [
        .init(
          name: "peek",
          run: {
            // Beside it, others come before the first, and go.
            let first = try queue.peek()?.element.number ?? 0
            try require(first == standing[0] || 1...40 ~= first, "the first is another")
          }, after: [standing]),
        .init(
          name: "count",
          run: { try require(try queue.count >= standing.count, "there are less") },
          after: [standing]),
        .init(name: "push", run: { try queue.push(end + 1) }, after: [standing + [end + 1]]),
        .init(name: "push before all", run: { try queue.push(100) }, after: [[100] + standing]),
        .init(
          name: "push and pop",
          run: {
            try queue.push(100)
            try require(try queue.take() == 100, "the first is another")
          }, after: [standing], interrupted: [[100] + standing, standing + [-1]]),
        popping(1), popping(3),
        .init(
          name: "pop in time", run: { _ = try queue.pop(timeoutNanoseconds: 0) },
          after: [Array(standing.dropFirst())],
          interrupted: [Array(standing.dropFirst()) + [-1]]),
      ]
      // As many as are unlinked at once, and one more.
      if standing.count == 20 { operations.append(popping(17)) }
      return StructureOnTrial(
        standing: standing, operations: operations,
        useBeside: {
          for _ in 0..<3 {
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
          // A new user knows of no unit that is free.
          let queue = try attach(nil)
          var numbers: [Int] = []
          // The units of the dead are looked for while something stands.
          var filled = 0
          if standing.count > 4 { filled = try Units.fill { try queue.push(100_000 + $0) } }
          while let number = try queue.take() {
            try require(numbers.last.map { $0 < number } ?? true, "\(number) is behind \(numbers)")
            numbers.append(number)
          }
          let fillings = Array(100_000..<100_000 + filled)
          try require(numbers.suffix(filled) == fillings, "\(filled) are not behind \(numbers)")
          numbers.removeLast(filled)
          try Units.useAll(
            units, insert: { try queue.push($0) },
            remove: { try require(try queue.take() == $0, "\($0) is not the first") })
          let lost = Int(queue.lostCount)
          return lost == 0 ? numbers : numbers + [-lost]
        },
        isPossible: { $0.allSatisfy { $0 >= -1 } && Set(500..<504).isSubset(of: $0) })
    }
  }
}

extension OrderedQueue where Element == OrderedNumber {
  fileprivate func push(_ number: Int) throws {
    try push(OrderedNumber(number), priority: UInt64(number / 100))
  }

  /// Takes the first, which must be what is seen before.
  fileprivate func take() throws -> Int? {
    let seen = try peek()?.element.number
    guard let entry = try pop() else {
      try require(seen == nil, "\(seen, default: "none") is seen, but not taken")
      return nil
    }
    let number = try entry.element.number
    try require(number == seen, "\(seen, default: "none") is seen, but \(number) taken")
    try require(entry.priority == UInt64(number / 100), "\(number) has another's priority")
    return number
  }
}
