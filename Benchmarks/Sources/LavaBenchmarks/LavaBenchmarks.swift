import CBenchmark

/// Measures one workload and prints its results, or makes a table of results.
@main
struct LavaBenchmarks {
  private static let benchmarks: [any Benchmark.Type] = [
    PhysicalBenchmark.self, StoreBenchmark.self, QueueBenchmark.self, HopBenchmark.self,
  ]

  static func main() {
    // Nothing here may run for ever.
    bench_watchdog(600)
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
      for each in benchmarks.flatMap({ $0.cases }) { print("\(each.workload)\t\(each.shape)") }
    case ["table"]:
      print(ResultTable(lines: AnyIterator { readLine() }).markdown)
    default:
      let options = try Options(arguments)
      let wanted = Case(options.workload, options.shape)
      guard let benchmark = benchmarks.first(where: { $0.cases.contains(wanted) }) else {
        throw options.unknown()
      }
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
