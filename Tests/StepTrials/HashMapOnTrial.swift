import SharedMemory
import SharedStructures
import SimDB

extension StructureOnTrial.Kind {
  /// Hash maps, with little in them, and with so much that keys share lists.
  static let hashMaps: [Self] = [
    hashMap("hash map", count: 3), hashMap("hash map of many", count: 45),
  ]

  private static func hashMap(_ name: String, count: Int) -> Self {
    Self(name: name) { store, key in
      func attach(_ capacity: Int?) throws -> SharedHashMap<OrderedNumber, OrderedNumber> {
        try store.hashMap(key, of: OrderedNumber.self, to: OrderedNumber.self, creating: capacity)
      }
      let map = try attach(1)
      let standing = (1...count).map { $0 * 10 }
      for number in standing { _ = try map.put(number: number) }
      return StructureOnTrial(
        standing: standing,
        operations: map.operations(on: standing, last: count) + [
          .init(
            name: "count",
            run: { try require(try map.count >= max(1, count - 4), "there are less") },
            after: [standing])
        ],
        useBeside: map.useBeside,
        // A new user knows of no unit that is free.
        drain: { try attach(nil).drain(units: 63, isFilled: count > 3) })
    }
  }
}

extension SharedHashMap: MapOnTrial where Key == OrderedNumber, Value == OrderedNumber {
  func find(_ key: Int) throws -> Int? { try get(OrderedNumber(key))?.number }

  func put(number: Int) throws -> Int? {
    try put(OrderedNumber(number / 10), OrderedNumber(number))?.number
  }

  func change(_ key: Int, _ body: (Int?) -> Int?) throws -> Int? {
    var seen: OrderedNumber?
    let new = try update(OrderedNumber(key)) {
      seen = $0
      return body(try? $0?.number).map(OrderedNumber.init)
    }
    // Torn, it was no number.
    _ = try seen?.number
    return try new?.number
  }

  func take(_ key: Int) throws -> Int? { try remove(OrderedNumber(key))?.number }

  func numbers() throws -> [Int] {
    var entries: [Entry] = []
    try forEach {
      entries.append($0)
      return true
    }
    return try entries.map {
      let (key, number) = (try $0.key.number, try $0.value.number)
      try require(key == number / 10, "\(number) is under \(key)")
      return number
    }.sorted()
  }
}
