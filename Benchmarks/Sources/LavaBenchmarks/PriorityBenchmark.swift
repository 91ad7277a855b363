import SharedStructures
import SimDB

/// Workloads H1 and H2: a push of a random priority into a priority queue of so many elements, and a
/// pop. In H2 there are 256 priorities.
struct PriorityBenchmark: Benchmark {
  static let cases = ThreadMeasurement.shapes.flatMap { shape in
    ["H1", "H2"].map {
      Case($0, shape, points: [Case.Point(at: 1_000), Case.Point(at: 100_000)])
    }
  }

  let options: Options

  func measure() throws(BenchmarkFailure) {
    let isLevelled = options.workload == "H2"
    let measurement = ThreadMeasurement(
      options: options,
      title: "\(options.workload) push + pop of a priority queue" + (isLevelled ? " of 256" : ""),
      operations: min(500_000, options.operations), axis: "elements")
    do {
      let database = try Database.anonymous(Geometry())
      let room = ElementCapacity(Int(options.at) + 1_000)
      let most: UInt64 = isLevelled ? 255 : .max
      let ordered = try database.orderedQueue("ordered", of: UInt64.self, creating: room)
      try measure(
        "lava-ordered", measurement, push: { try ordered.push($0, priority: $1 & most) },
        pop: { try ordered.pop()?.element })
      guard isLevelled else { return }
      let levels = try database.priorityQueue("levels", of: UInt64.self, creating: room)
      try measure(
        "lava-levels", measurement,
        push: { try levels.push($0, priority: UInt8(truncatingIfNeeded: $1)) },
        pop: { try levels.pop()?.element })
    } catch {
      throw BenchmarkFailure("\(options.workload): \(error)")
    }
  }

  @inline(__always)
  private func measure(
    _ system: String, _ measurement: ThreadMeasurement,
    push: @escaping @Sendable (UInt64, UInt64) throws -> Void,
    pop: @escaping @Sendable () throws -> UInt64?
  ) throws {
    var random = SplitMix64(seed: 1)
    for number in 0..<options.at { try push(number, random.next()) }
    try measurement.measure(system) { _, random, operations in
      var (random, sum) = (random, UInt64(0))
      for number in 0..<operations {
        try push(number, random.next())
        guard let first = try pop() else {
          throw BenchmarkFailure("the priority queue is empty")
        }
        sum &+= first
      }
      return sum
    }
  }

  func play(_ part: Options.Part) throws(BenchmarkFailure) { throw options.unknown() }
}
