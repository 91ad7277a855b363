/// One group of workloads over one structure.
protocol Benchmark: SendableMetatype {
  /// Everything it can measure.
  static var cases: [Case] { get }

  /// The benchmark of the options' workload.
  init(options: Options) throws(BenchmarkFailure)

  /// Measures the workload of the options and prints its results.
  func measure() throws(BenchmarkFailure)

  /// Plays one measured process's part.
  func play(_ part: Options.Part) throws(BenchmarkFailure)
}

/// A workload in one of its shapes, as given on the command line.
struct Case: Hashable {
  let workload: String
  let shape: String

  init(_ workload: String, _ shape: String) {
    self.workload = workload
    self.shape = shape
  }
}
