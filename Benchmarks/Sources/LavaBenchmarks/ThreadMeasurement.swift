/// A workload in which one or two threads of a process do the same to something that they share.
struct ThreadMeasurement {
  let options: Options
  let title: String
  /// Operations of each thread.
  let operations: UInt64
  /// What the place on the axis counts.
  var axis: String?

  /// Measures one system, and prints the result.
  ///
  /// - Parameter body: Gets the number of its thread, its random numbers and how many operations to
  ///   do, and returns a checksum.
  func measure(
    _ system: String, _ body: @escaping @Sendable (Int, SplitMix64, UInt64) throws -> UInt64
  ) throws(BenchmarkFailure) {
    let threads = try options.concurrency()
    let crew = try Crew(options, threads: threads)
    var results: [Double] = []
    var checksum: UInt64 = 0
    for run in 0..<options.runs {
      let seeds = (0..<threads).map { options.seed(run: run, worker: $0) }
      // The first time warms up.
      for count in [operations / 20 + 1, operations] {
        let outcome = crew.run { worker, start in
          start()
          return try body(worker, SplitMix64(seed: seeds[worker]), count)
        }
        checksum &+= outcome.checksum
        guard count == operations else { continue }
        results.append(Double(outcome.elapsed) / Double(operations * UInt64(threads)))
      }
    }
    Measurement(
      system: system, workload: title, shape: options.shape,
      at: axis.map { "\(options.at) \($0)" } ?? Measurement.nowhere, values: results,
      unit: "ns/op", checksum: checksum
    ).report()
  }

  static let shapes = ["1 thread", "2 threads"]
}
