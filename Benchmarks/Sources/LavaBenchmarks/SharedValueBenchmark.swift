import SharedStructures
import SimDB
import Synchronization

/// Workloads X: tables, states, vectors and interned strings, beside a mutex around what Swift has.
struct SharedValueBenchmark: Benchmark {
  private static let titles = [
    "X1": "X1 set in a table of 256 keys", "X2": "X2 get from a table of 256 keys",
    "X3": "X3 store of a state of 64 B", "X4": "X4 load of a state of 64 B",
    "X5": "X5 store of a vector of 64 words", "X6": "X6 sum of a vector of 64 words",
    "X7": "X7 intern a known string of 1,000", "X8": "X8 find a string of 1,000",
  ]

  /// A table has one writer.
  static let cases = titles.keys.sorted().flatMap { workload in
    ThreadMeasurement.shapes.prefix(workload == "X1" ? 1 : 2).map { Case(workload, $0) }
  }

  private typealias State = InlineArray<8, UInt64>

  private let options: Options

  init(options: Options) { self.options = options }

  func measure() throws(BenchmarkFailure) {
    do {
      let database = try Database.anonymous(Geometry())
      switch options.workload {
      case "X1", "X2": try measureTable(database)
      case "X3", "X4": try measureState(database)
      case "X5", "X6": try measureVector(database)
      default: try measureStrings(database)
      }
    } catch {
      throw BenchmarkFailure("\(options.workload): \(error)")
    }
  }

  private var measurement: ThreadMeasurement {
    ThreadMeasurement(
      options: options, title: Self.titles[options.workload] ?? "",
      operations: min(500_000, options.operations))
  }

  /// Measures `lava`, and `swift` beside it; each gets a random index below `count`.
  private func measure(
    below count: UInt64, lava: @escaping @Sendable (UInt64) throws -> UInt64,
    swift: @escaping @Sendable (UInt64) -> UInt64
  ) throws {
    for (system, operation) in [("lava", lava), ("swift-mutex", swift)] {
      try measurement.measure(system) { _, random, operations in
        var (random, sum) = (random, UInt64(0))
        for _ in 0..<operations { sum &+= try operation(random.below(count)) }
        return sum
      }
    }
  }

  private func measureTable(_ database: Database) throws {
    let keys = (0..<256).map { Array("key number \($0)".utf8) }
    let table = try database.table("table", creating: TableGeometry(capacity: 256))
    // One thread writes; the mutex is for the compiler.
    let writer = Mutex(try table.writer())
    try writer.withLock { writer in
      for (number, key) in keys.enumerated() { try writer.set(key, UInt64(number)) }
    }
    let dictionary = Mutex([[UInt8]: UInt64](uniqueKeysWithValues: zip(keys, 0...)))
    if options.workload == "X1" {
      try measurement.measure("lava") { _, random, operations in
        var (random, sum) = (random, UInt64(0))
        try writer.withLock { writer in
          for _ in 0..<operations {
            let index = random.below(256)
            try writer.set(keys[Int(index)], index)
            sum &+= index
          }
        }
        return sum
      }
      try measurement.measure("swift-mutex") { _, random, operations in
        var (random, sum) = (random, UInt64(0))
        for _ in 0..<operations {
          let index = random.below(256)
          dictionary.withLock { $0[keys[Int(index)]] = index }
          sum &+= index
        }
        return sum
      }
    } else {
      try measure(below: 256) { index in
        try table.get(keys[Int(index)], as: UInt64.self) ?? 0
      } swift: { index in
        dictionary.withLock { $0[keys[Int(index)]] ?? 0 }
      }
    }
  }

  private func measureState(_ database: Database) throws {
    let state = try database.state("state", creating: State(number: 0))
    let variable = Mutex(State(number: 0))
    if options.workload == "X3" {
      try measure(below: 1_000) { number in
        try state.store(State(number: number))
        return number
      } swift: { number in
        variable.withLock { $0 = State(number: number) }
        return number
      }
    } else {
      try measure(below: 1_000) { _ in
        try state.load().number
      } swift: { _ in
        variable.withLock { $0 }.number
      }
    }
  }

  private func measureVector(_ database: Database) throws {
    let elements = [UInt64](repeating: 1, count: 64)
    let vector = try database.vector("vector", creating: elements)
    let array = Mutex(elements)
    if options.workload == "X5" {
      try measure(below: 1_000) { number in
        try vector.store(elements)
        return number
      } swift: { number in
        array.withLock { array in
          for index in array.indices { array[index] = elements[index] }
        }
        return number
      }
    } else {
      try measure(below: 1_000) { _ in
        try vector.withElements { elements in
          var sum: UInt64 = 0
          for index in elements.indices { sum &+= elements[index] }
          return sum
        }
      } swift: { _ in
        array.withLock { $0.reduce(0, &+) }
      }
    }
  }

  private func measureStrings(_ database: Database) throws {
    let texts = (0..<1_000).map { "a string with the number \($0)" }
    let strings = try database.strings("strings", creating: StringsGeometry())
    for text in texts { _ = try strings.intern(text) }
    let dictionary = Mutex([String: UInt64](uniqueKeysWithValues: zip(texts, 0...)))
    let isInterning = options.workload == "X7"
    try measure(below: 1_000) { index in
      let text = texts[Int(index)]
      let handle = isInterning ? try strings.intern(text) : try strings.find(text)
      return handle == nil ? 0 : index
    } swift: { index in
      let text = texts[Int(index)]
      return dictionary.withLock { texts in
        if let known = texts[text] { return known }
        texts[text] = UInt64(texts.count)
        return UInt64(texts.count)
      }
    }
  }

  func play(_ part: Options.Part) throws(BenchmarkFailure) { throw options.unknown() }
}
