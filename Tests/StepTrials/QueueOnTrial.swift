import SharedMemory
import SharedStructures
import SimDB

extension StructureOnTrial.Kind {
  /// Queues of plain values.
  static let queues: [Self] = [
    queue("queue", capacity: 8, .wait),
    queue("queue that drops the oldest", capacity: 4, .dropOldest),
    queue("queue that refuses", capacity: 4, .reject),
    queue("queue that drops the newest", capacity: 4, .dropNewest),
  ]

  private static func queue(_ name: String, capacity: Int, _ overflow: Overflow) -> Self {
    Self(name: name) { store, key in
      try QueueOnTrial(store, key, capacity: capacity, overflow).trial
    }
  }
}

/// A queue of plain values, with 1 to 3 in it, and what it gave out beside a victim.
private final class QueueOnTrial {
  private let store: Database
  private let key: String
  private let queue: Queue<NumberedElement>
  private var popped: Set<Int> = []

  /// The most elements that one operation pushes or takes at once.
  private static let batch = 3

  init(_ store: Database, _ key: String, capacity: Int, _ overflow: Overflow) throws {
    self.store = store
    self.key = key
    queue = try store.queue(
      key, of: NumberedElement.self,
      creating: ElementQueueGeometry(capacity: capacity, overflow: overflow))
    for number in 1...3 { try require(push(number), "there is no room for \(number)") }
  }

  @discardableResult
  private func push(_ number: Int) throws -> Bool {
    try queue.push(NumberedElement(number), timeoutNanoseconds: 0) == .pushed
  }

  private func push(_ numbers: ClosedRange<Int>) throws {
    try queue.push(contentsOf: numbers.map { NumberedElement($0) }, timeoutNanoseconds: 0)
  }

  // MARK: What others do

  private func useBeside() throws {
    for number in 0..<8 {
      let first = QueuedNumbers.beside + 10 * number
      try push(first)
      try push(first + 1...first + 2)
      try note(queue.pop())
      if number % 2 == 0 { try queue.take(maxCount: 2).forEach(note) }
    }
  }

  private func note(_ element: NumberedElement?) throws {
    guard let number = try element?.number() else { return }
    try require(popped.insert(number).inserted, "\(number) comes twice")
  }

  /// Takes what there is, and uses each cell twice: then whatever the dead held has been counted.
  private func drain() throws -> [Int] {
    let queue = try store.queue(key, of: NumberedElement.self)
    let end = SystemClock.monotonicNanoseconds + 5_000_000_000
    var numbers: [Int] = []
    repeat {
      while let element = try queue.pop() {
        try note(element)
        numbers.append(try element.number())
      }
      try require(SystemClock.monotonicNanoseconds < end, "it does not get empty")
    } while queue.count > 0
    let (dropped, rejected) = (queue.droppedCount, queue.rejectedCount)
    for number in 0..<2 * queue.geometry.capacity {
      while try queue.push(NumberedElement(number), timeoutNanoseconds: 1_000_000) != .pushed {
        try require(SystemClock.monotonicNanoseconds < end, "there is no room again")
      }
      let found = try queue.pop(timeoutNanoseconds: 5_000_000_000)?.number()
      try require(found == number, "\(number) was pushed, \(found ?? -1) popped")
    }
    return QueuedNumbers.list(
      numbers, lost: Int(queue.lostCount), dropped: Int(dropped), rejected: Int(rejected))
  }

  var trial: StructureOnTrial {
    StructureOnTrial(
      standing: [1, 2, 3], operations: pushing + popping + overflowing, useBeside: useBeside,
      drain: drain, isPossible: { QueuedNumbers.isPossible($0, held: Self.batch) })
  }

  // MARK: What victims do

  private typealias Operation = StructureOnTrial.Operation

  private static func list(
    _ numbers: [Int], lost: Int = 0, dropped: Int = 0, rejected: Int = 0
  ) -> [Int] {
    QueuedNumbers.list(numbers, lost: lost, dropped: dropped, rejected: rejected)
  }

  private struct Refusal: Error {}

  private var pushing: [Operation] {
    [
      Operation(
        name: "push", run: { try self.push(4) }, after: [[1, 2, 3, 4]],
        interrupted: [Self.list([1, 2, 3], lost: 1)]),
      Operation(
        name: "push filling",
        run: { _ = try self.queue.push(timeoutNanoseconds: 0) { $0[0] = NumberedElement(4) } },
        after: [[1, 2, 3, 4]], interrupted: [Self.list([1, 2, 3], lost: 1)]),
      Operation(
        name: "push filling in vain",
        run: {
          do {
            _ = try self.queue.push(timeoutNanoseconds: 0) { _ in throw Refusal() }
          } catch is Refusal {}
        }, after: [[1, 2, 3]], interrupted: [Self.list([1, 2, 3], lost: 1)]),
    ]
  }

  private var popping: [Operation] {
    [
      Operation(
        name: "peek", run: { _ = try self.queue.peek()?.number() }, after: [[1, 2, 3]]),
      Operation(
        name: "pop", run: { _ = try self.queue.pop()?.number() }, after: [[2, 3]],
        interrupted: [Self.list([2, 3], lost: 1)]),
      Operation(
        name: "pop lending",
        run: { try self.queue.pop { element in _ = try element[0].number() } }, after: [[2, 3]],
        interrupted: [Self.list([2, 3], lost: 1)]),
      Operation(
        name: "take",
        run: { for element in try self.queue.take(maxCount: 2) { _ = try element.number() } },
        after: [[3]],
        interrupted: [
          Self.list([2, 3], lost: 1), Self.list([3], lost: 2), Self.list([3], lost: 1),
        ]),
      Operation(
        name: "pop all",
        run: { while let element = try self.queue.pop() { _ = try element.number() } },
        after: [[]], interrupted: Self.partlyPopped),
    ]
  }

  private static let partlyPopped = [
    list([2, 3], lost: 1), [2, 3], list([3], lost: 1), [3], list([], lost: 1),
  ]

  private var overflowing: [Operation] {
    switch queue.geometry.overflow {
    case .wait:
      let pushed = (1...8).map { Array(1...$0) }
      return [
        Operation(
          name: "push a batch", run: { try self.push(4...6) }, after: [[1, 2, 3, 4, 5, 6]],
          interrupted: [
            Self.list([1, 2, 3], lost: 1), Self.list([1, 2, 3], lost: 2),
            Self.list([1, 2, 3], lost: 3), Self.list([1, 2, 3, 4], lost: 2),
            Self.list([1, 2, 3, 4, 5], lost: 1),
          ]),
        Operation(
          name: "push until it is full, and wait",
          run: {
            var number = 4
            while try self.queue.push(NumberedElement(number), timeoutNanoseconds: 1_000) == .pushed
            {
              number += 1
            }
          }, after: [pushed[7]],
          interrupted: pushed[2...6].flatMap { [$0, Self.list($0, lost: 1)] }),
        Operation(
          name: "pop all, and wait",
          run: {
            while let element = try self.queue.pop(timeoutNanoseconds: 1_000) {
              _ = try element.number()
            }
          }, after: [[]], interrupted: Self.partlyPopped),
      ]
    case .dropOldest:
      // What is dropped is counted behind the claim, and what is lost when others find it.
      let interrupted = [
        Self.list([1, 2, 3], lost: 1), [1, 2, 3, 4],
        Self.list([2, 3, 4], lost: 1), Self.list([2, 3, 4], lost: 1, dropped: 1),
        Self.list([2, 3, 4, 5], dropped: 1), Self.list([3, 4, 5], lost: 1, dropped: 1),
        Self.list([3, 4, 5], lost: 1, dropped: 2),
      ]
      return [
        Operation(
          name: "push over", run: { for number in 4...6 { try self.push(number) } },
          after: [Self.list([3, 4, 5, 6], dropped: 2)], interrupted: interrupted),
        Operation(
          name: "push a batch over", run: { try self.push(4...6) },
          after: [Self.list([3, 4, 5, 6], dropped: 2)], interrupted: interrupted),
      ]
    case .reject: return refused { Self.list($0, rejected: $1) }
    case .dropNewest: return refused { Self.list($0, dropped: $1) }
    }
  }

  /// Pushes to a queue with room for one.
  ///
  /// - Parameter counted: What stands when so many were refused.
  private func refused(_ counted: ([Int], Int) -> [Int]) -> [Operation] {
    let interrupted = [Self.list([1, 2, 3], lost: 1), [1, 2, 3, 4]]
    return [
      Operation(
        name: "push to a full one", run: { for number in 4...5 { try self.push(number) } },
        after: [counted([1, 2, 3, 4], 1)], interrupted: interrupted),
      Operation(
        name: "push a batch too large", run: { try self.push(4...6) },
        after: [counted([1, 2, 3, 4], 2)], interrupted: interrupted),
    ]
  }
}
