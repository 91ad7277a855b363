import CBenchmark
import Glibc

/// The measured processes: this program, started again once per processor, as separate programs
/// that share a store would be.
///
/// They meet at a barrier, and leave their results in numbered slots.
struct Participants {
  private let options: Options
  private let rendezvous: Int32
  /// Measured processes.
  let count: Int
  /// Measured threads, of all processes together.
  let workers: Int

  init(_ options: Options, count: Int, threads: Int = 1) throws(BenchmarkFailure) {
    rendezvous = bench_rendezvous_create()
    guard rendezvous >= 0 else { throw BenchmarkFailure("no memory for the rendezvous") }
    self.options = options
    self.count = count
    workers = count * threads
  }

  /// Name of the store that a benchmark shares with the processes it starts.
  static func storeName(owner: Int32) -> String { "lava-benchmarks-\(owner)" }

  /// Lets all processes play their parts in `run`, and waits for them.
  func play(run: Int) throws(BenchmarkFailure) {
    for slot in Slot.allCases {
      for worker in 0..<workers { slot.leave(0, worker: worker) }
    }
    // Safe: the string lives until the call returns, which copies it.
    guard unsafe bench_run_pinned(Int32(count), arguments(ofRun: run)) else {
      throw BenchmarkFailure("a measured process failed in '\(options.workload)'")
    }
  }

  /// Runs `body` while `size` more processes are there and do nothing.
  func withCrowd(
    of size: Int, _ body: () throws(BenchmarkFailure) -> Void
  ) throws(BenchmarkFailure) {
    guard size > 0 else { return try body() }
    let arguments = arguments(ofRun: 0) + "\n\(Options.Part.crowd)"
    // Safe: the string lives until the call returns, which copies it.
    let leader = unsafe bench_crowd_start(Int32(size), arguments)
    guard leader > 0 else { throw BenchmarkFailure("\(size) processes could not be started") }
    defer { bench_crowd_stop(leader) }
    try body()
  }

  private func arguments(ofRun run: Int) -> String {
    options.arguments(ofRun: run, owner: getpid(), rendezvous: rendezvous)
      .joined(separator: "\n")
  }

  /// What the workers left in `slot`.
  func results(_ slot: Slot) -> [UInt64] {
    (0..<workers).map { slot.value(worker: $0) }
  }

  /// Nanoseconds from when the first worker began until the last had ended.
  func elapsed() -> UInt64 {
    (results(.ended).max() ?? 0) - (results(.began).min() ?? 0)
  }

  /// The quantiles that the first worker has left.
  func latencies() -> [Double] { Slot.latencies.map { Double(results($0)[0]) } }

  /// Makes this process one of the measured ones.
  static func join(_ part: Options.Part) throws(BenchmarkFailure) {
    guard bench_rendezvous_attach(part.rendezvous) else {
      throw BenchmarkFailure("the rendezvous cannot be mapped")
    }
  }

  /// A number that each worker leaves behind.
  enum Slot: UInt32, CaseIterable {
    case began
    case ended
    case checksum
    case wrongResults
    /// 1 when the store was full.
    case full
    case p50
    case p99
    case p999
    /// Changes that a follower was told of; the first worker's is the one that counts.
    case changes
    /// Messages that a consumer has taken.
    case taken
    /// 1 when the worker has nothing more to do.
    case finished

    static let latencies: [Slot] = [.p50, .p99, .p999]

    func leave(_ value: UInt64, worker: Int) {
      bench_slot_store(rawValue, UInt32(worker), value)
    }

    func value(worker: Int) -> UInt64 {
      bench_slot_load(rawValue, UInt32(worker))
    }
  }
}
