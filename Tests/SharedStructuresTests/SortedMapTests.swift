import SharedMemory
import SimDB
import Synchronization
import TestSupport
import Testing

@testable import SharedStructures

/// A key or value of three words, so that a torn one shows.
struct Triple: SharedValue, Comparable {
  var first: UInt64
  var second: UInt64
  var third: UInt64
  static var layoutName: String { "test.triple.1" }

  init(_ number: UInt64) { (first, second, third) = (number, number &* 3, ~number) }

  var isWhole: Bool { second == first &* 3 && third == ~first }
  static func < (left: Triple, right: Triple) -> Bool { left.first < right.first }
}

@Suite struct SortedMapTests {
  let scratch = Scratch()

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 65_536))
  }

  func entries<Key, Value>(_ map: SortedMap<Key, Value>) throws -> [(Key, Value)] {
    var entries: [(Key, Value)] = []
    try map.forEach {
      entries.append(($0.key, $0.value))
      return true
    }
    return entries
  }

  @Test func `an example of a sorted map`() throws {
    let database = try makeStore()
    let prices = try database.sortedMap(
      "prices", of: UInt64.self, to: Double.self,
      creating: ElementCapacity(initial: 8, maximum: 100))
    try prices.put(7, 1.5)
    try prices.put(3, 2)
    try prices.update(7) { $0.map { $0 * 2 } }
    #expect(try prices.get(7) == 3)
    #expect(try prices.first?.key == 3)
    #expect(try prices.ceiling(4)?.key == 7 && prices.floor(6)?.key == 3)
    #expect(try prices.remove(3) == 2 && prices.count == 1)
  }

  @Test(arguments: [8, 64, 3_000])
  func `a map does what a dictionary does`(range: UInt64) throws {
    var generator = SeededGenerator()
    let store = try makeStore()
    let map = try store.sortedMap(
      "map", of: UInt64.self, to: Triple.self, creating: ElementCapacity(initial: 8, maximum: 4_096)
    )
    var model: [UInt64: Triple] = [:]
    for step in 0..<6_000 {
      let key = generator.next() % range
      let value = Triple(generator.next())
      switch generator.next() % 10 {
      case 0, 1, 2:
        #expect(try map.put(key, value) == model.updateValue(value, forKey: key))
      case 3:
        let old = model[key]
        #expect(try map.insertIfAbsent(key, value) == old)
        if old == nil { model[key] = value }
      case 4, 5: #expect(try map.remove(key) == model.removeValue(forKey: key))
      case 6:
        let isKept = generator.next() % 3 != 0
        try map.update(key) { $0 == nil || isKept ? value : nil }
        model[key] = model[key] == nil || isKept ? value : nil
      case 7:
        #expect(try map.get(key) == model[key])
        #expect(try map.ceiling(key)?.key == model.keys.filter { $0 >= key }.min())
        #expect(try map.floor(key)?.key == model.keys.filter { $0 <= key }.max())
      case 8:
        #expect(try map.first?.key == model.keys.min() && map.last?.key == model.keys.max())
      default:
        guard step % 5 == 0 else { continue }
        let first = try map.popFirst()
        #expect(first?.key == model.keys.min())
        if let first { #expect(model.removeValue(forKey: first.key) == first.value) }
      }
    }
    let left = try entries(map)
    #expect(left.map(\.0) == model.keys.sorted())
    #expect(left.allSatisfy { model[$0.0] == $0.1 })
    #expect(try map.count == model.count)
    try map.removeAll()
    #expect(try map.first == nil && map.last == nil && map.count == 0)
    #expect(store.check() == [])
  }

  @Test func `a full map says so, and gives back what is removed`() throws {
    let map = try makeStore().sortedMap(
      "map", of: UInt64.self, to: UInt64.self, creating: ElementCapacity(100))
    for round in 0..<3 as Range<UInt64> {
      var count: UInt64 = 0
      var refusal: StoreError?
      do throws(StoreError) {
        while true {
          try map.put(count, round)
          count += 1
        }
      } catch { refusal = error }
      #expect(refusal?.code == .full)
      // Beside the one that names nothing, each unit is an element.
      #expect(count == 255 || count == 127)
      #expect(try map.count == Int(count))
      for key in 0..<count { #expect(try map.remove(key) == round) }
    }
  }

  @Test(arguments: [1, 40, 100])
  func `there is room for all elements also when each has got another value`(count: Int) throws {
    let store = try makeStore()
    let map = try store.sortedMap(
      "map", of: UInt64.self, to: UInt64.self, creating: ElementCapacity(count))
    let hashed = try store.hashMap("hashed", of: UInt64.self, to: UInt64.self, creating: count)
    for round in 0..<3 as Range<UInt64> {
      for key in 0..<UInt64(count) {
        try map.put(key, round)
        try hashed.put(key, round)
      }
    }
    #expect(try map.count == count && hashed.count == count)
  }

  enum Pattern: CaseIterable { case ascending, descending, random }

  /// Looks per search, on average.
  func hops(_ map: SortedMap<UInt64, UInt64>, _ keys: [UInt64]) throws -> Double {
    let hops = try keys.reduce(0) {
      try $0 + map.list.seek(.at(OrderedKey($1)), map.list.head).hops
    }
    return Double(hops) / Double(keys.count)
  }

  @Test(arguments: Pattern.allCases)
  func `a search looks at few nodes whatever was inserted and removed before`(
    pattern: Pattern
  ) throws {
    var generator = SeededGenerator()
    let map = try makeStore().sortedMap(
      "map", of: UInt64.self, to: UInt64.self,
      creating: ElementCapacity(initial: 64, maximum: 12_000))
    var keys = (0..<6_000 as Range<UInt64>).map { $0 * 7 }
    switch pattern {
    case .ascending: break
    case .descending: keys.reverse()
    case .random: keys.shuffle(using: &generator)
    }
    for key in keys { try map.put(key, key) }
    let sample = (0..<300).map { _ in keys.randomElement(using: &generator)! }
    let afterInserting = try hops(map, sample)
    // Most go, and others come and go in their units.
    for key in keys where key % 50 != 0 { try map.remove(key) }
    let left = keys.filter { $0 % 50 == 0 }
    let afterRemoving = try hops(map, left)
    for _ in 0..<6_000 {
      let key = generator.next() % 42_000
      if generator.next() % 2 == 0 { try map.put(key, 0) } else { try map.remove(key) }
    }
    let afterChurn = try hops(map, sample)
    print("hops \(pattern): \(afterInserting), \(afterRemoving), \(afterChurn)")
    #expect(afterInserting < 60 && afterRemoving < 60 && afterChurn < 60)
  }

  @Test func `threads that change the same keys lose and tear nothing`() throws {
    let store = try makeStore()
    let map = try store.sortedMap(
      "map", of: Triple.self, to: Triple.self, creating: ElementCapacity(initial: 16, maximum: 64))
    let balance = Atomic<Int>(0)
    let seed = SeededGenerator().seed
    let work: [@Sendable () throws -> Void] = (0..<4).map { thread in
      {
        var generator = SeededGenerator(seed: seed &+ UInt64(thread))
        for _ in 0..<4_000 * scale {
          let key = Triple(generator.next() % 32)
          let value = Triple(generator.next())
          switch generator.next() % 6 {
          case 0: if try map.put(key, value) == nil { balance.add(1, ordering: .relaxed) }
          case 1:
            if try map.insertIfAbsent(key, value) == nil { balance.add(1, ordering: .relaxed) }
          case 2: if try map.remove(key) != nil { balance.subtract(1, ordering: .relaxed) }
          case 3: if try map.popFirst() != nil { balance.subtract(1, ordering: .relaxed) }
          case 4:
            let found = try map.get(key)
            #expect(found?.isWhole ?? true)
          default:
            var last: Triple?
            try map.forEach { entry in
              #expect(entry.key.isWhole && entry.value.isWhole)
              if let last { #expect(last < entry.key) }
              last = entry.key
              return true
            }
          }
        }
      }
    }
    try inThreads(work)
    #expect(try map.count == balance.load(ordering: .relaxed))
    let used = try map.list.usedUnits()
    var values = 0
    try map.forEach { _ in
      values += 1
      return true
    }
    // Each has a node, and at most a cell; and so have those that were first, until they are enough to
    // be unlinked at once.
    let gone = NodeList<OrderedKey<Triple>, Triple>.batch
    #expect(used >= values && used <= 2 * (values + gone))
    #expect(store.check() == [])
  }

  @Test func `an update sees every change of the others`() throws {
    let map = try makeStore().sortedMap(
      "map", of: UInt64.self, to: UInt64.self, creating: ElementCapacity(16))
    let count = 3_000
    let work = [@Sendable () throws -> Void](
      repeating: { for step in 0..<count { try map.update(UInt64(step % 3)) { ($0 ?? 0) + 1 } } },
      count: 3)
    try inThreads(work)
    var sum: UInt64 = 0
    try map.forEach {
      sum += $0.value
      return true
    }
    #expect(sum == UInt64(3 * count))
  }

  @Test func `what stood throughout comes once in a walk`() throws {
    let map = try makeStore().sortedMap(
      "map", of: UInt64.self, to: UInt64.self,
      creating: ElementCapacity(initial: 64, maximum: 4_096))
    for key in 0..<200 as Range<UInt64> { try map.put(key * 10, 1) }
    let isOver = Atomic<Bool>(false)
    try inThreads([
      {
        for _ in 0..<60 {
          var seen: [UInt64] = []
          try map.forEach {
            if $0.key % 10 == 0 { seen.append($0.key) }
            return true
          }
          #expect(seen == (0..<200).map { $0 * 10 })
        }
        isOver.store(true, ordering: .relaxed)
      },
      {
        var generator = SeededGenerator()
        while !isOver.load(ordering: .relaxed) {
          let key = generator.next() % 200 * 10 + 1 + generator.next() % 9
          if generator.next() % 2 == 0 { try map.put(key, 0) } else { try map.remove(key) }
          try map.put(key / 10 * 10, 2)
        }
      },
    ])
  }

  @Test func `a read-only mapping shows everything and changes nothing`() throws {
    let store = try makeStore()
    let map = try store.sortedMap(
      "map", of: UInt64.self, to: UInt64.self, creating: ElementCapacity(initial: 8, maximum: 1_000)
    )
    for key in 0..<500 as Range<UInt64> { try map.put(key, key) }
    let view = try Database.openReadOnly(scratch.database()).sortedMap(
      "map", of: UInt64.self, to: UInt64.self)
    #expect(try view.get(300) == 300 && view.count == 500 && view.last?.key == 499)
    let refusals = [
      #expect(throws: StoreError.self) { try view.put(1, 1) },
      #expect(throws: StoreError.self) { try view.remove(1) },
      #expect(throws: StoreError.self) { try view.popFirst() },
    ]
    #expect(refusals.allSatisfy { $0?.code == .readOnly })
  }

  @Test func `other types, keys without order and impossible rooms are refused`() throws {
    let store = try makeStore()
    let map = try store.sortedMap(
      "map", of: Double.self, to: UInt64.self, creating: ElementCapacity(8))
    let nan = #expect(throws: StoreError.self) { try map.put(.nan, 1) }
    #expect(nan?.code == .invalidArgument)
    let keys = #expect(throws: StoreError.self) {
      try store.sortedMap("map", of: UInt64.self, to: UInt64.self)
    }
    #expect(keys?.code == .typeMismatch)
    let values = #expect(throws: StoreError.self) {
      try store.sortedMap("map", of: Double.self, to: Int64.self)
    }
    #expect(values?.code == .typeMismatch)
    for room in [ElementCapacity(0), ElementCapacity(initial: 9, maximum: 8)] {
      let error = #expect(throws: StoreError.self) {
        try store.sortedMap("other", of: UInt64.self, to: UInt64.self, creating: room)
      }
      #expect(error?.code == .invalidArgument)
    }
  }
}
