import SharedStructures
import SimDB

/// Workload H1: a push of a random priority into a priority queue of so many elements, and a pop.
struct PriorityBenchmark: Benchmark {
  static let cases = ThreadMeasurement.shapes.map { shape in
    Case("H1", shape, points: [Case.Point(at: 1_000), Case.Point(at: 100_000)])
  }

  let options: Options

  func measure() throws(BenchmarkFailure) {
    let measurement = ThreadMeasurement(
      options: options, title: "H1 push + pop of a priority queue",
      operations: min(500_000, options.operations), axis: "elements")
    do {
      let database = try Database.anonymous(Geometry())
      let queue = try database.orderedQueue(
        "priorities", UInt64.self, creating: ElementCapacity(Int(options.at) + 1_000))
      var random = SplitMix64(seed: 1)
      for number in 0..<options.at { try queue.push(number, priority: random.next()) }
      try measurement.measure("lava-ordered") { _, random, operations in
        var (random, sum) = (random, UInt64(0))
        for number in 0..<operations {
          try queue.push(number, priority: random.next())
          guard let first = try queue.pop() else {
            throw BenchmarkFailure("the priority queue is empty")
          }
          sum &+= first.element
        }
        return sum
      }
    } catch {
      throw BenchmarkFailure("H1: \(error)")
    }
  }

  func play(_ part: Options.Part) throws(BenchmarkFailure) { throw options.unknown() }
}
