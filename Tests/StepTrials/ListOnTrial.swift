import SharedMemory
import SharedStructures
import SimDB

extension StructureOnTrial.Kind {
  /// Lists, with little in them, and full so that they grow.
  static let lists: [Self] = [
    list("list", count: 3, ElementCapacity(1), units: 63),
    list("list that grows", count: 63, ElementCapacity(initial: 1, maximum: 33), units: 127),
  ]

  private static func list(
    _ name: String, count: Int, _ capacity: ElementCapacity, units: Int
  ) -> Self {
    Self(name: name) { store, key in
      func attach(_ capacity: ElementCapacity?) throws -> SharedList<OrderedNumber> {
        try store.list(key, of: OrderedNumber.self, creating: capacity)
      }
      let list = try attach(capacity)
      let standing = Array(1...count)
      let positions = try standing.map { try list.append(OrderedNumber($0)) }
      let (second, new) = (positions[1], OrderedNumber(1_000))
      let behind = Array(standing.dropFirst(2))
      return StructureOnTrial(
        standing: standing,
        operations: [
          .init(
            name: "get",
            run: {
              try require(try list.get(at: second)?.number == 2, "what stands is not found")
              try require(try list.get(at: -1) == nil, "what does not stand is found")
            }, after: [standing]),
          .init(
            name: "ends",
            run: {
              let (first, last) = (try list.first, try list.last)
              // Beside it, others come before the first and behind the last.
              let (start, end) = (try first?.element.number ?? 0, try last?.element.number ?? 0)
              try require(start == 1 || start >= 2_000, "the first is another")
              try require(end == count || end >= 2_000, "the last is another")
            }, after: [standing]),
          .init(
            name: "walk",
            run: {
              let found = try list.numbers().filter { $0 < 1_000 }
              try require(found == standing, "there is \(found)")
            },
            after: [standing]),
          .init(name: "append", run: { try list.append(new) }, after: [standing + [1_000]]),
          .init(name: "prepend", run: { try list.prepend(new) }, after: [[1_000] + standing]),
          .init(
            name: "prepend and append",
            run: {
              try list.prepend(new)
              try list.append(OrderedNumber(1_001))
            }, after: [[1_000] + standing + [1_001]], interrupted: [[1_000] + standing]),
          .init(
            name: "update", run: { try list.update(at: second) { _ in new } },
            after: [[1, 1_000] + behind]),
          .init(
            name: "update and remove",
            run: {
              try list.update(at: second) { _ in new }
              try list.remove(at: second)
            }, after: [[1] + behind], interrupted: [[1, 1_000] + behind]),
          .init(name: "remove", run: { try list.remove(at: second) }, after: [[1] + behind]),
          .init(name: "pop first", run: { try list.popFirst() }, after: [[2] + behind]),
          .init(
            name: "pop many", run: { for _ in 0..<3 { try list.popFirst() } },
            after: [Array(standing.dropFirst(3))], interrupted: [[2] + behind, behind]),
        ],
        useBeside: {
          for number in 2_000..<2_008 {
            let last = try list.append(OrderedNumber(number))
            let first = try list.prepend(OrderedNumber(number + 100))
            let numbers = try list.contents()
            try require(
              numbers.last == number && numbers.first == number + 100,
              "beside: what was inserted is not at the ends of \(numbers)")
            if number % 2 == 0 {
              try list.update(at: last) { _ in OrderedNumber(number + 200) }
              let removed = try list.remove(at: last)?.number
              let popped = try list.popFirst()
              try require(
                try removed == number + 200 && popped?.position == first
                  && popped?.element.number == number + 100, "beside: others were removed")
            }
          }
          // Every unit that was given back has other bytes.
          try list.fill()
        },
        drain: {
          // A new user knows of no unit that is free.
          let list = try attach(nil)
          let numbers = try list.contents()
          if count > 3 {
            // The units of the dead are looked for while something stands.
            try list.fill()
            let found = try list.contents()
            try require(
              found == numbers, "there was \(numbers), and \(found) when it had been full")
          }
          for number in numbers {
            try require(try list.popFirst()?.element.number == number, "\(number) is not the first")
          }
          try require(try list.popFirst() == nil, "it does not get empty")
          try Units.useAll(
            units, insert: { try list.append(OrderedNumber($0)) },
            remove: {
              try require(try list.popFirst()?.element.number == $0, "\($0) is not the first")
            })
          return numbers
        })
    }
  }
}

extension SharedList where Element == OrderedNumber {
  /// What a walk shows, in its order.
  fileprivate func numbers() throws -> [Int] {
    var entries: [Entry] = []
    try forEach {
      entries.append($0)
      return true
    }
    try require(
      zip(entries, entries.dropFirst()).allSatisfy { $0.position < $1.position },
      "positions do not ascend")
    return try entries.map { try $0.element.number }
  }

  /// Appends until there is no room, and takes that out.
  fileprivate func fill() throws {
    var positions: [Position] = []
    let count = try Units.fill { positions.append(try append(OrderedNumber(3_000 + $0))) }
    for (number, position) in zip(0..<count, positions) {
      let removed = try remove(at: position)?.number
      try require(removed == 3_000 + number, "\(number) was appended, and is not there")
    }
  }

  /// What a walk shows while nothing changes, which reads one by one must show too.
  fileprivate func contents() throws -> [Int] {
    let numbers = try numbers()
    var found: [Element?] = []
    try forEach {
      found.append(try? get(at: $0.position))
      return true
    }
    try require(try found.map { try $0?.number } == numbers, "what is listed is not found")
    try require(try count == numbers.count, "the count is another")
    return numbers
  }
}
