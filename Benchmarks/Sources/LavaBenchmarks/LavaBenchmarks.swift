import CBenchmark

/// Measures one workload and prints its results, or makes a table of results.
@main
struct LavaBenchmarks {
  private static let benchmarks: [any Benchmark.Type] = [
    PhysicalBenchmark.self, StoreBenchmark.self, MemoryBenchmark.self, QueueBenchmark.self,
    HopBenchmark.self, TransportBenchmark.self, ThreadQueueBenchmark.self, KeyedBenchmark.self,
    PriorityBenchmark.self, SharedValueBenchmark.self, DeliveryBenchmark.self,
    DocumentBenchmark.self,
  ]

  static func main() {
    // Nothing here may run for ever.
    bench_watchdog(1800)
    do {
      try run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      // Safe: the string lives until the call, which does not return.
      unsafe bench_fail("lava-benchmarks: \(error)")
    }
  }

  private static func run(_ arguments: [String]) throws(BenchmarkFailure) {
    switch arguments {
    case ["list"]:
      for each in benchmarks.flatMap({ $0.cases }) {
        for point in each.points {
          print("\(each.workload)\t\(each.shape)\t\(point.at)\t\(point.bytes)")
        }
      }
    case ["table"]:
      print(ResultTable(lines: AnyIterator { readLine() }).markdown)
    case ["extrapolate"]:
      for line in Extrapolation(lines: AnyIterator { readLine() }).lines { print(line) }
    default:
      let options = try Options(arguments)
      guard
        let benchmark = benchmarks.first(where: { benchmark in
          benchmark.cases.contains {
            $0.workload == options.workload && $0.shape == options.shape
          }
        })
      else { throw options.unknown() }
      let instance = try benchmark.init(options: options)
      if let part = options.part {
        try Participants.join(part)
        try instance.play(part)
      } else {
        try instance.measure()
      }
    }
  }
}
