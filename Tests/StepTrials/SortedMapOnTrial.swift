import SharedMemory
import SharedStructures
import SimDB

extension StructureOnTrial.Kind {
  /// Sorted maps, with little in them, with more than is unlinked at once, and full so that they grow;
  /// and a sorted set.
  static let sortedMaps: [Self] = [
    sortedMap("sorted map", count: 3, ElementCapacity(1), units: 63),
    sortedMap("sorted map of many", count: 20, ElementCapacity(1), units: 63),
    sortedMap(
      "sorted map that grows", count: 63, ElementCapacity(initial: 1, maximum: 33), units: 127),
    sortedSet,
  ]

  private static func sortedMap(
    _ name: String, count: Int, _ capacity: ElementCapacity, units: Int
  ) -> Self {
    Self(name: name) { store, key in
      func attach(_ capacity: ElementCapacity?) throws -> SortedMap<UInt64, OrderedNumber> {
        try store.sortedMap(key, of: UInt64.self, to: OrderedNumber.self, creating: capacity)
      }
      let map = try attach(capacity)
      let standing = (1...count).map { $0 * 10 }
      for number in standing { _ = try map.put(number: number) }
      // As many as are unlinked at once, and one more.
      let pops = min(count, 17)
      let popped = (1...pops).map { Array(standing.dropFirst($0)) }
      var operations = map.operations(on: standing, last: count)
      operations += [
        .init(
          name: "insert if absent",
          run: {
            let number = (count + 1) * 10
            try map.insertIfAbsent(UInt64(count + 1), OrderedNumber(number))
          }, after: [standing + [(count + 1) * 10]]),
        .init(
          name: "insert what is there",
          run: { try map.insertIfAbsent(2, OrderedNumber(21)) }, after: [standing]),
        .init(
          name: "neighbours", run: { try map.checkNeighbours(count: count) }, after: [standing]),
        .init(name: "pop first", run: { try map.popFirst() }, after: [popped[0]]),
        .init(
          name: "pop many", run: { for _ in 0..<pops { try map.popFirst() } },
          after: [popped[pops - 1]], interrupted: popped),
      ]
      if count <= 20 {
        operations.append(
          .init(
            name: "remove all", run: { try map.removeAll() }, after: [[]],
            interrupted: (1..<count).map { Array(standing.dropFirst($0)) }))
      }
      return StructureOnTrial(
        standing: standing, operations: operations,
        useBeside: {
          try map.useBeside()
          let first = try map.contents().first
          let popped = try map.popFirst()?.value.number
          try require(popped == first, "beside: the first was not popped")
        },
        // A new user knows of no unit that is free.
        drain: { try attach(nil).drain(units: units, isFilled: count > 3) })
    }
  }

  private static let sortedSet = Self(name: "sorted set") { store, key in
    func attach(_ capacity: ElementCapacity?) throws -> SortedSet<OrderedNumber> {
      try store.sortedSet(key, of: OrderedNumber.self, creating: capacity)
    }
    let set = try attach(ElementCapacity(1))
    for number in 1...3 { try set.insert(OrderedNumber(number)) }
    return StructureOnTrial(
      standing: [1, 2, 3],
      operations: [
        .init(
          name: "contains",
          run: {
            try require(try set.contains(OrderedNumber(2)), "what stands is not found")
            try require(try !set.contains(OrderedNumber(4)), "what does not stand is found")
          }, after: [[1, 2, 3]]),
        .init(
          name: "neighbours",
          run: {
            // Beside it, 1 is popped, and others come behind 3.
            let (first, last) = (try set.first?.number, try set.last?.number)
            try require([1, 2].contains(first), "the first is another")
            try require([3, 10, 11, 12, 13, 14, 15, 16, 17].contains(last), "the last is another")
            let inner = [try set.floor(OrderedNumber(2)), try set.ceiling(OrderedNumber(3))]
            try require(try inner.map { try $0?.number } == [2, 3], "a neighbour is another")
            let outer = [try set.floor(OrderedNumber(0)), try set.ceiling(OrderedNumber(20))]
            try require(outer.allSatisfy { $0 == nil }, "there is something beyond the ends")
          }, after: [[1, 2, 3]]),
        .init(
          name: "walk",
          run: {
            let found = try set.numbers().filter { 2...9 ~= $0 }
            try require(found == [2, 3], "what stands is not shown")
          },
          after: [[1, 2, 3]]),
        .init(name: "insert", run: { try set.insert(OrderedNumber(4)) }, after: [[1, 2, 3, 4]]),
        .init(
          name: "insert what is there", run: { try set.insert(OrderedNumber(2)) },
          after: [[1, 2, 3]]),
        .init(name: "remove", run: { try set.remove(OrderedNumber(2)) }, after: [[1, 3]]),
        .init(name: "pop first", run: { try set.popFirst() }, after: [[2, 3]]),
        .init(
          name: "remove all", run: { try set.removeAll() }, after: [[]],
          interrupted: [[2, 3], [3]]),
      ],
      useBeside: {
        for number in 10..<18 {
          let isNew = try set.insert(OrderedNumber(number))
          try require(isNew, "beside: \(number) is there")
        }
        for number in 10..<14 {
          let wasThere = try set.remove(OrderedNumber(number))
          try require(wasThere, "beside: \(number) is not there")
        }
        let standing = try set.numbers()
        try require(standing.suffix(4) == [14, 15, 16, 17], "beside: there is \(standing)")
        // Every unit that was given back has other bytes.
        let count = try Units.fill { try set.insert(OrderedNumber(1_000 + $0)) }
        for number in 1_000..<1_000 + count { try set.remove(OrderedNumber(number)) }
        try require(try set.numbers() == standing, "beside: there is not what there was")
        let first = try set.popFirst()?.number
        try require(first == standing[0], "beside: the first was not popped")
      },
      drain: {
        let set = try attach(nil)
        let numbers = try set.numbers()
        for number in numbers {
          try require(try set.popFirst()?.number == number, "\(number) is not the first")
        }
        try require(try set.popFirst() == nil, "it does not get empty")
        try Units.useAll(
          63, insert: { try set.insert(OrderedNumber($0)) },
          remove: {
            let wasThere = try set.remove(OrderedNumber($0))
            try require(wasThere, "\($0) was inserted, and is not there")
          })
        return numbers
      })
  }
}

extension SortedMap: MapOnTrial where Key == UInt64, Value == OrderedNumber {
  func find(_ key: Int) throws -> Int? { try get(UInt64(key))?.number }

  func put(number: Int) throws -> Int? {
    try put(UInt64(number / 10), OrderedNumber(number))?.number
  }

  func change(_ key: Int, _ body: (Int?) -> Int?) throws -> Int? {
    var seen: OrderedNumber?
    let new = try update(UInt64(key)) {
      seen = $0
      return body(try? $0?.number).map(OrderedNumber.init)
    }
    // Torn, it was no number.
    _ = try seen?.number
    return try new?.number
  }

  func take(_ key: Int) throws -> Int? { try remove(UInt64(key))?.number }

  func numbers() throws -> [Int] {
    var entries: [Entry] = []
    try forEach {
      entries.append($0)
      return true
    }
    let numbers = try entries.map { try $0.value.number }
    try require(
      zip(entries, numbers).allSatisfy { $0.key == UInt64($1 / 10) },
      "a value is under another's key: \(numbers)")
    try require(
      zip(entries, entries.dropFirst()).allSatisfy { $0.key < $1.key },
      "its keys do not ascend: \(numbers)")
    return numbers
  }

  /// Checks what is read by order, also while others change all but what is under key 3.
  fileprivate func checkNeighbours(count: Int) throws {
    let (floor, ceiling) = (try floor(3), try ceiling(3))
    try require(try floor?.value.number == 30 && ceiling?.value.number == 30, "3 is not found")
    let (below, above) = (try self.floor(0), try self.ceiling(80))
    try require(below == nil && above == nil, "there is something beyond the ends")
    let (first, last) = (try first, try last)
    try require(
      try [10, 17, 20, 27, 28, 30].contains(first?.value.number ?? 0), "the first is another")
    try require(try (last?.value.number ?? 0) >= count * 10, "the last is another")
    try require(try self.count >= max(1, count - 4), "there are less")
  }
}

extension SortedSet where Element == OrderedNumber {
  /// What a walk shows, in its order.
  fileprivate func numbers() throws -> [Int] {
    var elements: [Element] = []
    try forEach {
      elements.append($0)
      return true
    }
    let numbers = try elements.map { try $0.number }
    try require(
      zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }, "it shows no order: \(numbers)")
    return numbers
  }
}
