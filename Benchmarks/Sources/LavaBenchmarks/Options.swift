/// The command line, the same as the peers understand:
/// `lava-benchmarks WORKLOAD SHAPE [--at N] [--runs N] [--round N] [--operations N]`.
struct Options {
  var workload = ""
  var shape = ""
  /// Where on the workload's axis: keys, bytes, per cent, or what else it counts.
  var at: UInt64 = 0
  var runs = 5
  /// Moves the seeds on, for drivers that call once per round.
  var round: UInt64 = 0
  /// At most this many, whatever the workload's own number.
  var operations = UInt64.max
  /// Which of Lava's structures, where a workload runs on several; never set by a user.
  var structure = ""
  /// Set in the processes that a benchmark starts; never by a user.
  var part: Part?

  /// The part that one measured process plays.
  struct Part {
    /// Process id of the benchmark that started it; names what they share.
    var owner: Int32
    /// Descriptor of the rendezvous.
    var rendezvous: Int32
    var run: Int
    /// From 0; `crowd` for who is only there.
    var index: Int

    static let crowd = -1
  }

  static let usage = """
    usage: lava-benchmarks WORKLOAD SHAPE [--at N] [--runs N] [--round N] [--operations N]
           lava-benchmarks table < RESULTS
           lava-benchmarks extrapolate < RESULTS
           lava-benchmarks list
    """

  init(_ arguments: [String]) throws(BenchmarkFailure) {
    guard arguments.count >= 2 else { throw BenchmarkFailure(Self.usage) }
    workload = arguments[0]
    shape = arguments[1]
    var rest = arguments.dropFirst(2)
    while let name = rest.popFirst() {
      switch name {
      case "--at": at = try Self.number(&rest)
      case "--runs": runs = try Self.number(&rest)
      case "--round": round = try Self.number(&rest)
      case "--operations": operations = try Self.number(&rest)
      case "--structure": structure = rest.popFirst() ?? ""
      case "--part":
        part = Part(
          owner: try Self.number(&rest), rendezvous: try Self.number(&rest),
          run: try Self.number(&rest), index: try Self.number(&rest))
      default: throw BenchmarkFailure(Self.usage)
      }
    }
    guard runs >= 1, operations >= 1 else { throw BenchmarkFailure(Self.usage) }
  }

  private static func number<Number: FixedWidthInteger>(
    _ rest: inout ArraySlice<String>
  ) throws(BenchmarkFailure) -> Number {
    guard let text = rest.popFirst(), let number = Number(text) else {
      throw BenchmarkFailure(usage)
    }
    return number
  }

  /// The arguments of a process that plays a part in `run`; its index comes last and is added at
  /// the start of each.
  func arguments(ofRun run: Int, owner: Int32, rendezvous: Int32) -> [String] {
    [
      workload, shape, "--at", "\(at)", "--runs", "\(runs)", "--round", "\(round)",
      "--operations", "\(operations)",
    ] + (structure.isEmpty ? [] : ["--structure", structure])
      + ["--part", "\(owner)", "\(rendezvous)", "\(run)"]
  }

  /// The number that the shapes `1 process` and `2 workers` begin with.
  func concurrency() throws(BenchmarkFailure) -> Int {
    guard let first = shape.split(separator: " ").first, let number = Int(first),
      (1...2).contains(number)
    else { throw unknown() }
    return number
  }

  /// Seed of one worker in one run; equal for every system that is compared.
  func seed(run: Int, worker: Int) -> UInt64 {
    12345 + (round * UInt64(runs) + UInt64(run)) * 77 + UInt64(worker) * 1_000_003
  }

  func unknown() -> BenchmarkFailure {
    BenchmarkFailure(
      "no workload '\(workload)' of shape '\(shape)' at \(at); 'list' shows what there is")
  }
}
