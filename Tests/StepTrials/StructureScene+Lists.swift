import SharedMemory
import SharedStructures
import SimDB
import TestSupport

extension StructureScene {
  /// Scenes of sorted sets, lists and vectors.
  static let onLists = [sortedSets, lists, vectors].flatMap { $0 }

  // MARK: Sorted sets

  private typealias NumberSet = SortedSet<OrderedNumber>

  /// - Parameter popsFirst: Whether all that the first user does is to pop the first, which is first at
  ///   one instant and taken at a later one.
  private static func sortedSet(
    _ name: String, holding standing: [Int], popsFirst: Bool = false, onlyFirstBegins: Bool = false,
    _ users: @escaping @Sendable (NumberSet) -> [[Call]]
  ) -> [StructureScene] {
    scenes("sorted set: \(name)", onlyFirstBegins: onlyFirstBegins) { store, key in
      let set = try store.sortedSet(key, of: OrderedNumber.self, creating: ElementCapacity(1))
      for number in standing { try set.insert(OrderedNumber(number)) }
      return Structure(
        users: users(set),
        drain: {
          var numbers: [Int] = []
          while let number = try set.popFirst()?.number { numbers.append(number) }
          return numbers + [try set.count]
        },
        parts: popsFirst
          ? [
            0: [
              { answer, _ in try set.first?.number == answer },
              { answer, _ in try answer.map { try set.remove(OrderedNumber($0)) } ?? true },
            ]
          ] : [:])
    }
  }

  /// Told is whether it changed anything.
  private static func insert(_ number: Int, in set: NumberSet) -> Call {
    { try set.insert(OrderedNumber(number)) ? number : nil }
  }

  private static func remove(_ number: Int, from set: NumberSet) -> Call {
    { try set.remove(OrderedNumber(number)) ? number : nil }
  }

  private static func contains(_ number: Int, in set: NumberSet) -> Call {
    { try set.contains(OrderedNumber(number)) ? number : nil }
  }

  private static func pop(_ set: NumberSet) -> Call { { try set.popFirst()?.number } }

  private static let sortedSets = [
    sortedSet("insert and insert the same", holding: [], onlyFirstBegins: true) {
      [[insert(10, in: $0)], [insert(10, in: $0)]]
    },
    sortedSet("insert and remove", holding: [10]) {
      [[insert(10, in: $0)], [remove(10, from: $0)]]
    },
    sortedSet("remove and remove", holding: [10], onlyFirstBegins: true) {
      [[remove(10, from: $0)], [remove(10, from: $0)]]
    },
    sortedSet("look, and remove and insert", holding: [10]) {
      [[contains(10, in: $0)], [remove(10, from: $0), insert(10, in: $0)]]
    },
    sortedSet("pop first and pop first", holding: [10, 20], onlyFirstBegins: true) {
      [[pop($0)], [pop($0)]]
    },
    sortedSet("pop first and remove", holding: [10, 20], popsFirst: true) {
      [[pop($0)], [remove(10, from: $0)]]
    },
    sortedSet("pop first, and insert before and look", holding: [10], popsFirst: true) {
      [[pop($0)], [insert(5, in: $0), contains(10, in: $0)]]
    },
    sortedSet("first, and insert before and remove", holding: [10]) { set in
      [[{ try set.first?.number }], [insert(5, in: set), remove(10, from: set)]]
    },
    sortedSet("ceiling, and insert behind and remove", holding: [10, 50]) { set in
      [
        [{ try set.ceiling(OrderedNumber(20))?.number }],
        [insert(60, in: set), remove(50, from: set)],
      ]
    },
    sortedSet("floor, and insert before and remove", holding: [10, 50]) { set in
      [
        [{ try set.floor(OrderedNumber(70))?.number }],
        [insert(40, in: set), remove(50, from: set)],
      ]
    },
    sortedSet("last, and remove and insert twice", holding: [10, 50]) { set in
      [
        [{ try set.last?.number }],
        [remove(50, from: set), insert(51, in: set), insert(40, in: set)],
      ]
    },
  ].flatMap { $0 }

  // MARK: Lists

  private typealias List = SharedList<OrderedNumber>

  /// Two users of a list in which `count` elements stand, from 1 on, and their positions.
  private static func list(
    _ name: String, holding count: Int, _ exception: Exception = .none, popsFirst: Bool = false,
    onlyFirstBegins: Bool = false,
    _ users: @escaping @Sendable (List, [List.Position]) -> [[Call]]
  ) -> [StructureScene] {
    scenes("list: \(name)", exception, onlyFirstBegins: onlyFirstBegins) { store, key in
      let list = try store.list(key, of: OrderedNumber.self, creating: ElementCapacity(1))
      let positions = try (1..<count + 1).map { try list.append(OrderedNumber($0)) }
      return Structure(
        users: users(list, positions),
        drain: {
          var numbers: [Int] = []
          while let number = try list.popFirst()?.element.number { numbers.append(number) }
          return numbers + [try list.count]
        },
        parts: popsFirst
          ? [
            0: [
              { answer, _ in try list.first?.element.number == answer },
              { answer, _ in
                guard let answer else { return true }
                // What others insert is told by greater numbers, and is the first.
                guard answer <= positions.count else { return try pop(list)() == answer }
                return try remove(positions[answer - 1], from: list)() == answer
              },
            ]
          ] : [:])
    }
  }

  private static func append(_ number: Int, to list: List) -> Call {
    {
      try list.append(OrderedNumber(number))
      return number
    }
  }

  private static func prepend(_ number: Int, to list: List) -> Call {
    {
      try list.prepend(OrderedNumber(number))
      return number
    }
  }

  private static func increase(_ position: List.Position, of list: List) -> Call {
    { try list.update(at: position) { OrderedNumber(((try? $0.number) ?? 0) + 100) }?.number }
  }

  private static func remove(_ position: List.Position, from list: List) -> Call {
    { try list.remove(at: position)?.number }
  }

  private static func pop(_ list: List) -> Call { { try list.popFirst()?.element.number } }

  private static func first(of list: List) -> Call { { try list.first?.element.number } }

  private static func last(of list: List) -> Call { { try list.last?.element.number } }

  /// Sees `standing` once each, beside what comes and goes meanwhile, and tells how many those are.
  private static func walk(_ list: List, seeing standing: [Int]) -> Call {
    {
      var found: [Int] = []
      var last = List.Position.min
      var isAscending = true
      try list.forEach {
        isAscending = isAscending && last < $0.position
        last = $0.position
        found.append((try? $0.element.number) ?? 0)
        return true
      }
      try require(isAscending, "positions do not ascend")
      try require(!found.contains(0), "an element is torn")
      let seen = found.filter { standing.contains($0) }
      try require(seen == standing, "a walk saw \(seen) of \(standing)")
      return seen.count
    }
  }

  private static let lists =
    ends
    + [
      list("update and update", holding: 1, onlyFirstBegins: true) {
        [[increase($1[0], of: $0)], [increase($1[0], of: $0)]]
      },
      list("update and remove", holding: 1) {
        [[increase($1[0], of: $0)], [remove($1[0], from: $0)]]
      },
      list("update and pop first", holding: 2) { [[increase($1[0], of: $0)], [pop($0)]] },
      list("remove and remove", holding: 2, onlyFirstBegins: true) {
        [[remove($1[0], from: $0)], [remove($1[0], from: $0)]]
      },
      list("remove and remove the next", holding: 3) {
        [[remove($1[0], from: $0)], [remove($1[1], from: $0)]]
      },
      list("remove the last, and append", holding: 2) {
        [[remove($1[1], from: $0)], [append(11, to: $0)]]
      },
      list("get, and update twice", holding: 1) { list, positions in
        [
          [{ try list.get(at: positions[0])?.number }],
          [increase(positions[0], of: list), increase(positions[0], of: list)],
        ]
      },
      list("walk, and remove and append", holding: 3) {
        [[walk($0, seeing: [1, 3])], [remove($1[1], from: $0), append(11, to: $0)]]
      },
      list("count, and remove and append", holding: 3) { list, positions in
        [
          [
            {
              let count = try list.count
              try require((2...4).contains(count), "\(count) were counted")
              return 0
            }
          ],
          [remove(positions[1], from: list), append(11, to: list)],
        ]
      },
    ].flatMap { $0 }

  private static let ends = [
    list("append and append", holding: 1, .eitherFirst(11, 12), onlyFirstBegins: true) { list, _ in
      [[append(11, to: list)], [append(12, to: list)]]
    },
    list("prepend and prepend", holding: 1, .eitherFirst(11, 12), onlyFirstBegins: true) {
      list, _ in
      [[prepend(11, to: list)], [prepend(12, to: list)]]
    },
    list("append, and append and last", holding: 0, .eitherFirst(11, 12)) { list, _ in
      [[append(11, to: list)], [append(12, to: list), last(of: list)]]
    },
    list("append and prepend, empty", holding: 0) { list, _ in
      [[append(11, to: list)], [prepend(12, to: list)]]
    },
    list("append and pop first, empty", holding: 0) { list, _ in
      [[append(11, to: list)], [pop(list)]]
    },
    list("pop first and pop first", holding: 2, onlyFirstBegins: true) { list, _ in
      [[pop(list)], [pop(list)]]
    },
    list("pop first, and prepend and look", holding: 2, popsFirst: true) { list, positions in
      [
        [pop(list)],
        [prepend(11, to: list), { try list.get(at: positions[0])?.number }],
      ]
    },
    list("first, and prepend and remove", holding: 1) { list, positions in
      [[first(of: list)], [prepend(11, to: list), remove(positions[0], from: list)]]
    },
    list("last, and append and remove", holding: 1) { list, positions in
      [[last(of: list)], [append(11, to: list), remove(positions[0], from: list)]]
    },
  ].flatMap { $0 }

  // MARK: Vectors

  private typealias Vector = SharedVector<NumberedElement>

  private static func vector(
    _ name: String, onlyFirstBegins: Bool = false, density: SampleDensity = .low,
    _ users: @escaping @Sendable (Vector) throws -> [[Call]]
  ) -> [StructureScene] {
    scenes("vector: \(name)", onlyFirstBegins: onlyFirstBegins, density: density) { store, key in
      let vector = try store.vector(key, creating: [NumberedElement(1)])
      return Structure(
        users: try users(vector), drain: { try vector.load().map { try $0.number() } })
    }
  }

  private static func append(_ number: Int, to vector: Vector) -> Call {
    {
      try vector.append(NumberedElement(number))
      return number
    }
  }

  private static func store(_ numbers: [Int], in vector: Vector) -> Call {
    {
      try vector.store(numbers.map { NumberedElement($0) })
      return numbers.count
    }
  }

  /// Tells the digits that stand.
  private static func load(_ vector: Vector) -> Call {
    { try vector.load().reduce(0) { try $0 * 10 + $1.number() } }
  }

  private static let vectors = [
    vector("append and append", onlyFirstBegins: true, density: .lowest) {
      [[append(2, to: $0)], [append(3, to: $0)]]
    },
    vector("append and read") { [[append(2, to: $0)], [load($0)]] },
    vector("update and store", density: .lowest) { vector in
      [
        [
          {
            try vector.update { elements throws(StoreError) in
              elements[0] = elements[0].plus(1)
            }
            return 0
          }
        ],
        [store([3, 4], in: vector)],
      ]
    },
    vector("store twice and read") {
      [[store([2, 3], in: $0), store([4], in: $0)], [load($0)]]
    },
    vector("compare and set, and store") { vector in
      let (elements, generation) = try vector.loadVersion()
      return [
        [
          {
            let set = try vector.compareAndSet(elements + elements, generation: generation)
            return set == nil ? 0 : 1
          }
        ],
        [store([3], in: vector)],
      ]
    },
  ].flatMap { $0 }
}
