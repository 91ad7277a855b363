import SharedStructures
import SimDB

/// Workloads K, L and N: hash maps, sorted maps and sorted sets that the threads of a process share.
struct KeyedBenchmark: Benchmark {
  private static let titles = [
    "K1": "K1 get of a hash map", "K2": "K2 put over of a hash map",
    "K3": "K3 delete + insert of a hash map",
    "L1": "L1 get of a sorted map", "L2": "L2 put over of a sorted map",
    "L3": "L3 delete + insert of a sorted map",
    "N1": "N1 look into a sorted set", "N2": "N2 delete + insert of a sorted set",
  ]

  static let cases = titles.keys.sorted().flatMap { workload in
    ThreadMeasurement.shapes.map { shape in
      Case(workload, shape, points: [Case.Point(at: 1_000), Case.Point(at: 100_000)])
    }
  }

  private enum Action { case get, put, reinsert }

  private let options: Options
  private let action: Action
  private let keys: UInt64

  init(options: Options) {
    self.options = options
    keys = max(options.at, 2)
    action =
      switch options.workload {
      case "K1", "L1", "N1": .get
      case "K2", "L2": .put
      default: .reinsert
      }
  }

  func measure() throws(BenchmarkFailure) {
    do {
      let database = try Database.anonymous(Geometry())
      switch options.workload.first {
      case "K":
        let map = try database.hashMap(
          "map", of: UInt64.self, to: KeyedValue.self, creating: Int(keys) + 1_000)
        try measure(HashMapEntry(map: map), "lava")
        try measure(MutexDictionary(), "swift-mutex")
      case "L":
        let map = try database.sortedMap(
          "map", of: UInt64.self, to: KeyedValue.self,
          creating: ElementCapacity(Int(keys) + 1_000))
        try measure(SortedMapEntry(map: map), "lava")
        try measure(MutexSortedArray(), "swift-mutex", isLinear: true)
      default:
        let set = try database.sortedSet(
          "set", of: UInt64.self, creating: ElementCapacity(Int(keys) + 1_000))
        try measure(SortedSetEntry(set: set), "lava")
        try measure(MutexSet(), "swift-mutex")
      }
    } catch {
      throw BenchmarkFailure("\(options.workload): \(error)")
    }
  }

  /// - Parameter isLinear: Whether an insertion moves all elements behind it.
  private func measure<Structure: KeyedStructure>(
    _ structure: Structure, _ system: String, isLinear: Bool = false
  ) throws {
    for index in 0..<keys { try structure.put(Self.key(index), index) }
    let most: UInt64 = action == .reinsert ? 200_000 : 500_000
    let measurement = ThreadMeasurement(
      options: options, title: Self.titles[options.workload] ?? "",
      operations: min(isLinear && action == .reinsert ? most / 20 : most, options.operations),
      axis: "keys")
    let threads = UInt64(try options.concurrency())
    try measurement.measure(system) { [action, keys] thread, random, operations in
      var (random, sum) = (random, UInt64(0))
      for _ in 0..<operations {
        var index = random.below(keys)
        switch action {
        case .get:
          let key = Self.key(index)
          guard let number = try structure.get(key), number == index || number == key else {
            throw BenchmarkFailure("a wrong value")
          }
        case .put: try structure.put(Self.key(index), index)
        case .reinsert:
          // Each thread has its own keys.
          index = min(index - index % threads, keys - threads) + UInt64(thread)
          let key = Self.key(index)
          guard try structure.remove(key) else { throw BenchmarkFailure("a key is missing") }
          try structure.put(key, index)
        }
        sum &+= index
      }
      return sum
    }
  }

  /// The key of an index, the same in every system.
  private static func key(_ index: UInt64) -> UInt64 {
    var random = SplitMix64(seed: index)
    return random.next()
  }

  func play(_ part: Options.Part) throws(BenchmarkFailure) { throw options.unknown() }
}
