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

/// A workload in one of its shapes, as given on the command line, and where it can be measured.
struct Case {
  /// A place on the axis along which a workload's cost may grow.
  struct Point {
    /// Keys, bytes, per cent, whatever the workload counts; 0 where it has no axis.
    let at: UInt64
    /// Memory that a measurement takes in the memory file system, where that is worth asking.
    var bytes: UInt64 = 0
  }

  let workload: String
  let shape: String
  let points: [Point]

  init(_ workload: String, _ shape: String, points: [Point] = [Point(at: 0)]) {
    self.workload = workload
    self.shape = shape
    self.points = points
  }
}
