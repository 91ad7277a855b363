import SharedMemory
import SharedStructures
import SimDB
import TestSupport

extension StructureScene {
  /// Scenes of what is linked.
  static let onNodes = [stacks, priorityQueues, orderedQueues, sortedMaps, hashMaps].flatMap { $0 }

  // MARK: Stacks

  private static func stack(
    _ name: String, holding count: Int,
    _ users: @escaping @Sendable (Stack<OrderedNumber>) -> [[Call]]
  ) -> [StructureScene] {
    scenes("stack: \(name)") { store, key in
      let stack = try store.stack(key, of: OrderedNumber.self, creating: ElementCapacity(1))
      for number in Array(1...2).prefix(count) { try stack.push(OrderedNumber(number)) }
      return Structure(
        users: users(stack),
        drain: {
          var numbers: [Int] = []
          while let number = try stack.pop()?.number { numbers.append(number) }
          return numbers
        })
    }
  }

  private static func push(_ number: Int, to stack: Stack<OrderedNumber>) -> Call {
    {
      try stack.push(OrderedNumber(number))
      return number
    }
  }

  private static func pop(_ stack: Stack<OrderedNumber>) -> Call { { try stack.pop()?.number } }

  private static let stacks = [
    stack("push and push", holding: 0) { [[push(11, to: $0)], [push(12, to: $0)]] },
    stack("push and pop, empty", holding: 0) { [[push(11, to: $0)], [pop($0)]] },
    stack("push and pop", holding: 1) { [[push(11, to: $0)], [pop($0)]] },
    stack("pop and pop", holding: 2) { [[pop($0)], [pop($0)]] },
    // What lies on top at the end is the same unit, and another below it.
    stack("pop, and pop twice and push", holding: 2) {
      [[pop($0)], [pop($0), pop($0), push(11, to: $0)]]
    },
    stack("peek, and pop and push", holding: 2) { stack in
      [[{ try stack.peek()?.number }], [pop(stack), push(11, to: stack)]]
    },
    stack("count, and pop, and push twice", holding: 2) { stack in
      [[{ try stack.count }], [pop(stack), push(11, to: stack), push(12, to: stack)]]
    },
  ].flatMap { $0 }

  // MARK: Queues by priority

  private typealias AnyQueueByPriority = any QueueByPriority<OrderedNumber>

  /// Two users of a queue; the priority of an element is a hundredth of its number.
  private static func queueByPriority(
    _ name: String, holding standing: [Int],
    _ users: @escaping @Sendable (AnyQueueByPriority) -> [[Call]],
    _ make: @escaping @Sendable (Database, String) throws -> AnyQueueByPriority
  ) -> [StructureScene] {
    scenes(name) { store, key in
      let queue = try make(store, key)
      for number in standing { try queue.push(number) }
      return Structure(
        users: users(queue),
        drain: {
          var numbers: [Int] = []
          while let number = try queue.popNumber() { numbers.append(number) }
          return numbers + [Int(queue.lostCount)]
        })
    }
  }

  private static func push(_ number: Int, to queue: AnyQueueByPriority) -> Call {
    {
      try queue.push(number)
      return number
    }
  }

  private static func pop(_ queue: AnyQueueByPriority) -> Call { { try queue.popNumber() } }

  private static func peek(_ queue: AnyQueueByPriority) -> Call { { try queue.peekNumber() } }

  private static func priorityQueue(
    _ name: String, holding standing: [Int],
    _ users: @escaping @Sendable (AnyQueueByPriority) -> [[Call]]
  ) -> [StructureScene] {
    queueByPriority("priority queue: \(name)", holding: standing, users) { store, key in
      let queue = try store.priorityQueue(key, of: OrderedNumber.self, creating: ElementCapacity(1))
      // Who comes to a level for the first time makes it, in thousands of steps.
      try queue.push(100)
      _ = try queue.popNumber()
      return queue
    }
  }

  /// Across levels a pop may pass one before what is pushed to it: there one pushes and one pops.
  private static let priorityQueues = [
    priorityQueue("push and push to an empty level", holding: []) {
      [[push(101, to: $0)], [push(102, to: $0)]]
    },
    priorityQueue("push and pop at an empty level", holding: []) {
      [[push(101, to: $0)], [pop($0)]]
    },
    priorityQueue("push and pop the last", holding: [101]) { [[push(102, to: $0)], [pop($0)]] },
    priorityQueue("pop and pop the last", holding: [101]) { [[pop($0)], [pop($0)]] },
    priorityQueue("pop and pop", holding: [101, 102]) { [[pop($0)], [pop($0)]] },
    priorityQueue("pop and pop of two levels", holding: [101, 201]) { [[pop($0)], [pop($0)]] },
    priorityQueue("push before, and pop", holding: [201]) { [[push(101, to: $0)], [pop($0)]] },
    priorityQueue("pop, and pop and push", holding: [101, 102]) {
      [[pop($0)], [pop($0), push(103, to: $0)]]
    },
    priorityQueue("look, and push and pop", holding: [101]) {
      [[peek($0)], [push(102, to: $0), pop($0)]]
    },
  ].flatMap { $0 }

  private static func orderedQueue(
    _ name: String, holding standing: [Int],
    _ users: @escaping @Sendable (AnyQueueByPriority) -> [[Call]]
  ) -> [StructureScene] {
    queueByPriority("ordered queue: \(name)", holding: standing, users) { store, key in
      try store.orderedQueue(key, of: OrderedNumber.self, creating: ElementCapacity(1))
    }
  }

  private static let orderedQueues = [
    orderedQueue("push and push of one priority", holding: []) {
      [[push(101, to: $0)], [push(102, to: $0)]]
    },
    orderedQueue("push and pop, empty", holding: []) { [[push(101, to: $0)], [pop($0)]] },
    orderedQueue("push behind and pop", holding: [101]) { [[push(102, to: $0)], [pop($0)]] },
    orderedQueue("push before and pop", holding: [201]) { [[push(101, to: $0)], [pop($0)]] },
    orderedQueue("pop and pop the last", holding: [101]) { [[pop($0)], [pop($0)]] },
    orderedQueue("pop and pop", holding: [101, 201]) { [[pop($0)], [pop($0)]] },
    orderedQueue("pop, and push behind and pop", holding: [101]) {
      [[pop($0)], [push(102, to: $0), pop($0)]]
    },
    orderedQueue("look, and push before and pop", holding: [201]) { queue in
      [[peek(queue)], [push(101, to: queue), pop(queue)]]
    },
  ].flatMap { $0 }

  // MARK: Maps

  /// Two users of a map, in which a value's key is a tenth of its number.
  private static func sortedMap(
    _ name: String, holding standing: [Int], _ users: @escaping @Sendable (AnyMap) -> [[Call]]
  ) -> [StructureScene] {
    map("sorted map: \(name)", holding: standing, users) { store, key in
      try store.sortedMap(
        key, of: UInt64.self, to: OrderedNumber.self, creating: ElementCapacity(1))
    }
  }

  private static func hashMap(
    _ name: String, holding standing: [Int], _ users: @escaping @Sendable (AnyMap) -> [[Call]]
  ) -> [StructureScene] {
    map("hash map: \(name)", holding: standing, users) { store, key in
      try store.hashMap(key, of: OrderedNumber.self, to: OrderedNumber.self, creating: 1)
    }
  }

  private typealias AnyMap = any MapOnTrial & Sendable

  private static func map(
    _ name: String, holding standing: [Int], _ users: @escaping @Sendable (AnyMap) -> [[Call]],
    _ make: @escaping @Sendable (Database, String) throws -> AnyMap
  ) -> [StructureScene] {
    scenes(name) { store, key in
      let map = try make(store, key)
      for number in standing { _ = try map.put(number: number) }
      return Structure(
        users: users(map),
        drain: {
          let numbers = try map.numbers()
          for number in numbers {
            try require(try map.take(number / 10) == number, "\(number) is not there")
          }
          return numbers
        })
    }
  }

  private static func put(_ number: Int, in map: AnyMap) -> Call { { try map.put(number: number) } }

  private static func remove(_ key: Int, from map: AnyMap) -> Call { { try map.take(key) } }

  private static func get(_ key: Int, from map: AnyMap) -> Call { { try map.find(key) } }

  private static func increase(_ key: Int, in map: AnyMap) -> Call {
    { try map.change(key) { ($0 ?? key * 10) + 1 } }
  }

  private static let sortedMaps =
    onOneKey(sortedMap)
    + [
      sortedMap("put and put of neighbors", holding: [10, 40]) {
        [[put(20, in: $0)], [put(30, in: $0)]]
      },
      sortedMap("remove, and put of a neighbor", holding: [10, 20]) {
        [[remove(1, from: $0)], [put(15, in: $0), put(21, in: $0)]]
      },
      sortedMap("remove, and put behind it", holding: [10, 30]) {
        [[remove(1, from: $0)], [put(20, in: $0)]]
      },
      sortedMap("remove, and remove of a neighbor", holding: [10, 20, 30]) {
        [[remove(1, from: $0)], [remove(2, from: $0)]]
      },
    ].flatMap { $0 } + popping + neighbours + keeping

  private static let hashMaps = onOneKey(hashMap)

  private static func onOneKey(
    _ map: (String, [Int], @escaping @Sendable (AnyMap) -> [[Call]]) -> [StructureScene]
  ) -> [StructureScene] {
    [
      map("put and put a new key", []) { [[put(11, in: $0)], [put(12, in: $0)]] },
      map("put and put over", [10]) { [[put(11, in: $0)], [put(12, in: $0)]] },
      map("put and remove", [10]) { [[put(11, in: $0)], [remove(1, from: $0)]] },
      map("put a new key, and remove", []) { [[put(11, in: $0)], [remove(1, from: $0)]] },
      map("remove and remove", [10]) { [[remove(1, from: $0)], [remove(1, from: $0)]] },
      map("remove, and remove and put", [10]) {
        [[remove(1, from: $0)], [remove(1, from: $0), put(12, in: $0)]]
      },
      map("get, and put over twice", [10]) {
        [[get(1, from: $0)], [put(11, in: $0), put(12, in: $0)]]
      },
      map("get, and remove and put", [10]) {
        [[get(1, from: $0)], [remove(1, from: $0), put(12, in: $0)]]
      },
      map("update and update", [10]) { [[increase(1, in: $0)], [increase(1, in: $0)]] },
      map("update, and remove and put", [10]) {
        [[increase(1, in: $0)], [remove(1, from: $0), put(15, in: $0)]]
      },
    ].flatMap { $0 }
  }

  /// What is read at the end of a map, while that comes and goes.
  private static let neighbours = [true, false].flatMap { isBounded in
    scenes("sorted map: \(isBounded ? "floor" : "last"), and remove, put and put before it") {
      store, key in
      let map = try store.sortedMap(
        key, of: UInt64.self, to: OrderedNumber.self, creating: ElementCapacity(1))
      for number in [10, 50] { _ = try map.put(number: number) }
      return Structure(
        users: [
          [{ try (isBounded ? map.floor(7) : map.last)?.value.number }],
          [remove(5, from: map), put(51, in: map), put(40, in: map)],
        ],
        drain: {
          var numbers: [Int] = []
          while let number = try map.popFirst()?.value.number { numbers.append(number) }
          return numbers
        })
    }
  }

  /// What is there is read beside who replaces it, and its unit comes to be another's.
  private static let keeping = scenes("sorted map: insert if absent, and put over and another") {
    store, key in
    let map = try store.sortedMap(
      key, of: UInt64.self, to: OrderedNumber.self, creating: ElementCapacity(1))
    // A value that was put over lies in a unit of its own.
    for number in [10, 11] { _ = try map.put(number: number) }
    return Structure(
      users: [
        [{ try map.insertIfAbsent(1, OrderedNumber(19))?.number }],
        [put(12, in: map), put(20, in: map)],
      ], drain: { try map.numbers() })
  }

  private static let popping = [
    ("pop first and pop first", [10, 20], [0, 0]), ("pop first and remove", [10, 20], [0, 1]),
    ("pop first, and put before", [10], [0, 5]), ("pop first, and put over", [10], [0, 11]),
  ].flatMap { name, standing, acts in
    scenes("sorted map: \(name)") { store, key in
      let map = try store.sortedMap(
        key, of: UInt64.self, to: OrderedNumber.self, creating: ElementCapacity(1))
      for number in standing { _ = try map.put(number: number) }
      let calls: [Call] = acts.map { act in
        switch act {
        case 0: { try map.popFirst()?.value.number }
        case 1: remove(1, from: map)
        default: put(act, in: map)
        }
      }
      return Structure(
        users: calls.map { [$0] },
        drain: {
          var numbers: [Int] = []
          while let number = try map.popFirst()?.value.number { numbers.append(number) }
          return numbers
        })
    }
  }
}
