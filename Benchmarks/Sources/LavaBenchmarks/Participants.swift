import CBenchmark
import Glibc

/// The measured processes: this program, started again once per processor, as separate programs
/// that share a store would be.
///
/// They meet at a barrier, and leave their results in numbered slots.
struct Participants {
  private let options: Options
  private let rendezvous: Int32
  let count: Int

  init(_ options: Options, count: Int) throws(BenchmarkFailure) {
    rendezvous = bench_rendezvous_create()
    guard rendezvous >= 0 else { throw BenchmarkFailure("no memory for the rendezvous") }
    self.options = options
    self.count = count
  }

  /// Name of the store that a benchmark shares with the processes it starts.
  static func storeName(owner: Int32) -> String { "lava-benchmarks-\(owner)" }

  /// Lets all processes play their parts in `run`, and waits for them.
  func play(run: Int) throws(BenchmarkFailure) {
    for slot in Slot.allCases {
      for process in 0..<count { slot.leave(0, process: process) }
    }
    let arguments = options.arguments(ofRun: run, owner: getpid(), rendezvous: rendezvous)
    // Safe: the string lives until the call returns, which copies it.
    guard unsafe bench_run_pinned(Int32(count), arguments.joined(separator: "\n")) else {
      throw BenchmarkFailure("a measured process failed in '\(options.workload)'")
    }
  }

  /// What the processes left in `slot`.
  func results(_ slot: Slot) -> [UInt64] {
    (0..<count).map { slot.value(process: $0) }
  }

  /// Makes this process one of the measured ones.
  static func join(_ part: Options.Part) throws(BenchmarkFailure) {
    guard bench_rendezvous_attach(part.rendezvous) else {
      throw BenchmarkFailure("the rendezvous cannot be mapped")
    }
  }

  /// A number that each process leaves behind.
  enum Slot: UInt32, CaseIterable {
    case nanoseconds
    case checksum
    case wrongResults
    case p50
    case p99
    case p999

    static let latencies: [Slot] = [.p50, .p99, .p999]

    func leave(_ value: UInt64, process: Int) {
      bench_slot_store(rawValue * 2 + UInt32(process), value)
    }

    func value(process: Int) -> UInt64 {
      bench_slot_load(rawValue * 2 + UInt32(process))
    }
  }
}
