import SharedMemory
import SharedStructures
import SimDB
import TestSupport

extension StructureOnTrial.Kind {
  /// Priority queues, with little in them, with all in one level, and full so that they grow.
  static let priorityQueues: [Self] = [
    priorityQueue("priority queue", [200, 300, 301, 400], ElementCapacity(1), units: 255),
    priorityQueue("priority queue of one level", [300, 301], ElementCapacity(1), units: 255),
    priorityQueue(
      "priority queue that grows", Array(200..<455), ElementCapacity(initial: 1, maximum: 300),
      units: 767),
  ]

  /// Ordered queues, with little in them, with more than is unlinked at once, and full so that they
  /// grow.
  static let orderedQueues: [Self] = [
    orderedQueue("ordered queue", [200, 300, 301, 400], ElementCapacity(1), units: 63),
    orderedQueue("ordered queue of many", Array(200..<220), ElementCapacity(1), units: 63),
    orderedQueue(
      "ordered queue that grows", Array(200..<263), ElementCapacity(initial: 1, maximum: 66),
      units: 127),
  ]

  private static func priorityQueue(
    _ name: String, _ standing: [Int], _ capacity: ElementCapacity, units: Int
  ) -> Self {
    queueByPriority(name, standing, units: units) { store, key, isNew in
      let queue = try store.priorityQueue(
        key, of: OrderedNumber.self, creating: isNew ? capacity : nil)
      return QueueByPriorityOnTrial(queue: queue, standing: standing, trace: .untold)
    } operations: { trial in
      // What a push to a full one does takes thousands of steps: nothing else is tried there.
      if standing.count > 4 { return [trial.push] }
      let count = StructureOnTrial.Operation(
        name: "count of a level",
        run: { try require(try trial.queue.count(priority: 3) == 2, "there are others") },
        after: [standing])
      return [
        trial.peek, count, trial.push, trial.pushBeforeAll, trial.pushAndPop, trial.popping(1),
        trial.popping(2), trial.popInTime,
      ]
    }
  }

  private static func orderedQueue(
    _ name: String, _ standing: [Int], _ capacity: ElementCapacity, units: Int
  ) -> Self {
    queueByPriority(name, standing, units: units) { store, key, isNew in
      let queue = try store.orderedQueue(
        key, of: OrderedNumber.self, creating: isNew ? capacity : nil)
      return QueueByPriorityOnTrial(queue: queue, standing: standing, trace: .lost)
    } operations: { trial in
      let count = StructureOnTrial.Operation(
        name: "count",
        run: { try require(try trial.queue.count >= standing.count, "there are less") },
        after: [standing])
      let operations = [
        trial.peek, count, trial.push, trial.pushBeforeAll, trial.pushAndPop, trial.popping(1),
        trial.popping(3), trial.popInTime,
      ]
      // As many as are unlinked at once, and one more.
      return standing.count == 20 ? operations + [trial.popping(17)] : operations
    }
  }

  private static func queueByPriority<Queue: QueueByPriority<OrderedNumber>>(
    _ name: String, _ standing: [Int], units: Int,
    attach:
      @escaping @Sendable (Database, String, _ isNew: Bool) throws
      -> QueueByPriorityOnTrial<Queue>,
    operations:
      @escaping @Sendable (QueueByPriorityOnTrial<Queue>) -> [StructureOnTrial.Operation]
  ) -> Self {
    Self(name: name) { store, key in
      let trial = try attach(store, key, true)
      // The last priority first.
      for priority in Set(standing.map { $0 / 100 }).sorted(by: >) {
        for number in standing where number / 100 == priority { try trial.queue.push(number) }
      }
      return StructureOnTrial(
        standing: standing, operations: operations(trial), useBeside: trial.useBeside,
        // A new user knows of no unit that is free, and looks into all levels.
        drain: { try attach(store, key, false).drain(units: units) },
        isPossible: { $0.allSatisfy { $0 >= -1 } && Set(500..<504).isSubset(of: $0) })
    }
  }
}

/// A queue in which the priority of an element is a hundredth of its number.
private struct QueueByPriorityOnTrial<Queue: QueueByPriority<OrderedNumber>> {
  let queue: Queue
  let standing: [Int]
  let trace: Trace

  /// What the death of a user may leave in a queue.
  enum Trace {
    /// An element that nobody sees before somebody looks for it.
    case untold
    /// An element that its taker died with: told by a last number below 0.
    case lost
  }

  // MARK: Operations

  var peek: StructureOnTrial.Operation {
    .init(
      name: "peek",
      run: {
        // Beside it, others come before the first, and go.
        let first = try queue.peek()?.element.number ?? 0
        try require(first == standing[0] || 1...40 ~= first, "the first is another")
      }, after: [standing])
  }

  var push: StructureOnTrial.Operation {
    let number = standing[standing.count - 1] + 1
    return .init(name: "push", run: { try queue.push(number) }, after: [standing + [number]])
  }

  var pushBeforeAll: StructureOnTrial.Operation {
    .init(name: "push before all", run: { try queue.push(100) }, after: [[100] + standing])
  }

  var pushAndPop: StructureOnTrial.Operation {
    .init(
      name: "push and pop",
      run: {
        try queue.push(100)
        try require(try take() == 100, "the first is another")
      }, after: [standing], interrupted: [[100] + standing] + withTraces([standing]))
  }

  func popping(_ count: Int) -> StructureOnTrial.Operation {
    let states = (1...count).map { Array(standing.dropFirst($0)) }
    return .init(
      name: "pop \(count)",
      run: {
        for number in standing.prefix(count) {
          try require(try take() == number, "\(number) is not the first")
        }
      }, after: [states[count - 1]], interrupted: withTraces(states))
  }

  var popInTime: StructureOnTrial.Operation {
    let rest = Array(standing.dropFirst())
    return .init(
      name: "pop in time", run: { _ = try queue.pop(timeoutNanoseconds: 0) }, after: [rest],
      interrupted: withTraces([rest]))
  }

  /// What may stand after the death of who was to leave one of `states`.
  private func withTraces(_ states: [[Int]]) -> [[Int]] {
    trace == .lost ? states + states.map { $0 + [-1] } : states
  }

  // MARK: Others

  func useBeside() throws {
    for _ in 0..<3 {
      for number in 1...40 { try queue.push(number) }
      for number in 1...40 {
        let taken = try take()
        try require(taken == number, "beside: \(taken, default: "none") came, not \(number)")
      }
    }
    for number in 500..<504 { try queue.push(number) }
  }

  func drain(units: Int) throws -> [Int] {
    var numbers: [Int] = []
    // The units of the dead are looked for while something stands.
    var filled = 0
    if standing.count > 4 { filled = try Units.fill { try queue.push(20_000 + $0) } }
    while let number = try take() {
      try require(numbers.last.map { $0 < number } ?? true, "\(number) is behind \(numbers)")
      numbers.append(number)
    }
    let fillings = Array(20_000..<20_000 + filled)
    try require(numbers.suffix(filled) == fillings, "\(filled) are not behind \(numbers)")
    numbers.removeLast(filled)
    try Units.useAll(
      units, insert: { try queue.push($0) },
      remove: { try require(try take() == $0, "\($0) is not the first") })
    let lost = Int(queue.lostCount)
    return lost == 0 ? numbers : numbers + [-lost]
  }

  /// Takes the first, which must be what is seen before.
  private func take() throws -> Int? {
    let seen = try queue.peek()?.element.number
    guard let entry = try queue.pop() else {
      try require(seen == nil, "\(seen, default: "none") is seen, but not taken")
      return nil
    }
    let number = try entry.element.number
    try require(
      number == seen || seen == nil && trace == .untold,
      "\(seen, default: "none") is seen, but \(number) taken")
    try require(Int(entry.priority) == number / 100, "\(number) has another's priority")
    return number
  }
}

extension QueueByPriority where Element == OrderedNumber {
  /// Pushes an element whose priority is a hundredth of its number.
  func push(_ number: Int) throws {
    try push(OrderedNumber(number), priority: Priority(number / 100))
  }

  /// Takes the first.
  func popNumber() throws -> Int? { try pop()?.element.number }

  /// Looks at the first.
  func peekNumber() throws -> Int? { try peek()?.element.number }
}
