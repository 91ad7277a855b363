import SharedMemory
import SharedStructures
import SimDB

extension StructureScene {
  /// Scenes of tables, heaps, strings and states.
  static let onOthers = [tables, heaps, strings, states].flatMap { $0 }

  static let all =
    onRings + onMessages + onBytes + onByteTopics + onNodes + onLists + onOthers

  // MARK: Tables

  /// - Parameters:
  ///   - counts: How long the value is that stands, and those that are set; 0 where it is removed.
  ///   - isTyped: Whether values are read as those of a type, of 16 bytes.
  private static func table(
    _ name: String, _ counts: [Int], reading keys: [String] = ["1"], isTyped: Bool = false
  ) -> [StructureScene] {
    scenes("table: \(name)") { store, key in
      let table = try store.table(key, creating: TableGeometry(capacity: 8))
      @Sendable func set(_ number: Int, _ count: Int) throws -> Int? {
        var writer = try table.writer()
        guard count > 0 else { return try writer.remove("1") ? number : nil }
        let bytes = NumberedElement(number).withBytes { $0.array }
        try writer.set("1", isTyped ? bytes : NumberedValue(number, count: count).bytes)
        return number
      }
      @Sendable func get(_ key: String) throws -> Int? {
        if isTyped { return try table.get(key, as: NumberedElement.self)?.number() }
        guard let value = try table.get(key) else { return nil }
        guard let number = NumberedValue(value.bytes)?.number else {
          throw Failure("a value is torn")
        }
        return number
      }
      _ = try set(1, counts[0])
      return Structure(
        users: [
          counts.dropFirst().enumerated().map { number, count in { try set(number + 2, count) } },
          keys.map { key in { try get(key) } },
        ], drain: { [try get("1") ?? 0, Int(table.changeCount)] })
    }
  }

  private static let tables = [
    table("set and get", [16, 16]), table("set and get twice", [16, 16], reading: ["1", "1"]),
    // The half that is read is written again by the second.
    table("set twice and get", [16, 16, 16]),
    table("set twice and get by type", [16, 16, 16], isTyped: true),
    table("set twice, remove and get", [16, 16, 16, 0]), table("remove, set and get", [16, 0, 16]),
    table("remove and get by type", [16, 0], isTyped: true),
    table("set a large value over a small one, and get", [16, 100]),
    table("set a small value over a large one, and get", [100, 16]),
    table("set large values in turn, and get", [100, 100, 100]),
  ].flatMap { $0 }

  // MARK: Heaps

  private static func heap(
    _ name: String, _ users: @escaping @Sendable (SharedHeap, HeapHandle) -> [[Call]]
  ) -> [StructureScene] {
    scenes("heap: \(name)") { store, key in
      let heap = try store.heap(key, creating: true)
      let allocation = try allocate(1, in: heap)
      return Structure(
        users: users(heap, allocation),
        drain: {
          var numbers: [Int] = []
          try heap.forEach {
            numbers.append(try read($0, in: heap))
            try heap.free($0)
            return true
          }
          return numbers.sorted() + [Int(try heap.facts().allocations)]
        })
    }
  }

  private static func allocate(_ number: Int, in heap: SharedHeap) throws -> HeapHandle {
    try OrderedNumber(number).withBytes { try heap.allocate($0) }
  }

  private static func read(_ allocation: HeapHandle, in heap: SharedHeap) throws -> Int {
    try heap.withBytes(allocation) { try $0.value(as: OrderedNumber.self).number }
  }

  private static func allocating(_ number: Int, in heap: SharedHeap) -> Call {
    { try read(allocate(number, in: heap), in: heap) }
  }

  /// Told is whether it was freed: of two that free, one did.
  private static func freeing(_ allocation: HeapHandle, in heap: SharedHeap) -> Call {
    {
      do {
        try heap.free(allocation)
        return 1
      } catch let error as StoreError where error.code == .notFound { return nil }
    }
  }

  private static let heaps = [
    heap("free and free") { [[freeing($1, in: $0)], [freeing($1, in: $0)]] },
    heap("allocate and free") { [[allocating(11, in: $0)], [freeing($1, in: $0)]] },
    heap("allocate and allocate") { heap, _ in
      [[allocating(11, in: heap)], [allocating(12, in: heap)]]
    },
    heap("free, and free and allocate") {
      [[freeing($1, in: $0)], [freeing($1, in: $0), allocating(12, in: $0)]]
    },
  ].flatMap { $0 }

  // MARK: Interned strings

  /// Handles are told by whether they stand for their string, and how many there are.
  private static func strings(_ name: String, _ texts: [[String]]) -> [StructureScene] {
    scenes("strings: \(name)") { store, key in
      let strings = try store.strings(key, creating: StringsGeometry(firstChunkSize: 1_024))
      _ = try strings.intern("string one")
      return Structure(
        users: texts.map { texts in
          texts.map { text in
            {
              let handle = try strings.intern(text)
              let isFound = try strings.find(text) == handle
              return try isFound && strings.bytes(handle) == Array(text.utf8) ? 1 : 0
            }
          }
        },
        drain: {
          var found: [String] = []
          try strings.forEach { _, text throws(StoreError) in
            found.append(String(decoding: text, as: UTF8.self))
          }
          return [found.count, Set(found).count, try strings.count()]
        })
    }
  }

  private static let strings = [
    strings("intern and intern the same", [["string two"], ["string two"]]),
    strings("intern and intern another", [["string two"], ["string three"]]),
    strings("intern what is known", [["string one"], ["string two"]]),
  ].flatMap { $0 }

  // MARK: States

  private typealias State = SharedState<NumberedElement>

  private static func state(
    _ name: String, _ users: @escaping @Sendable (State) -> [[Call]]
  ) -> [StructureScene] {
    scenes("state: \(name)", density: .low) { store, key in
      let state = try store.state(key, creating: NumberedElement(100))
      return Structure(users: users(state), drain: { [try state.load().number()] })
    }
  }

  private static func increase(_ state: State) -> Call {
    {
      let made = try state.update { value in
        value = value.plus(1)
        return value
      }
      return try made.number()
    }
  }

  private static func set(_ number: Int, _ state: State) -> Call {
    {
      try state.store(NumberedElement(number))
      return number
    }
  }

  private static func load(_ state: State) -> Call { { try state.load().number() } }

  private static let states = [
    state("update and update") { [[increase($0)], [increase($0)]] },
    state("store and load") { [[set(1, $0), set(2, $0)], [load($0)]] },
    state("store and update") { [[set(1, $0), set(2, $0)], [increase($0)]] },
  ].flatMap { $0 }
}
