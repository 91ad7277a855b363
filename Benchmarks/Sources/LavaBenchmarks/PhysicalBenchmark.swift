import CBenchmark

/// What the machine itself allows: no store, queue or graph can go below these.
///
/// P1 copies from random places, P2 enters the kernel, P3 sends a cache line there and back between
/// two pinned processes that poll, P4 wakes and is woken by a sleeping process.
struct PhysicalBenchmark: Benchmark {
  static let cases: [Case] = [
    Case("P1", "64 B of 16 MiB"), Case("P1", "4 KiB of 16 MiB"), Case("P1", "1 MiB of 64 MiB"),
    Case("P2", "1 process"), Case("P3", "2 processes"), Case("P4", "2 processes"),
  ]

  private static let copies: [String: (bytes: UInt64, span: UInt64, operations: UInt64)] = [
    "64 B of 16 MiB": (64, 16 << 20, 2_000_000),
    "4 KiB of 16 MiB": (4096, 16 << 20, 200_000),
    "1 MiB of 64 MiB": (1 << 20, 64 << 20, 1000),
  ]

  let options: Options

  func measure() throws(BenchmarkFailure) {
    switch options.workload {
    case "P1": try copy()
    case "P2":
      let operations = min(1_000_000, options.operations)
      let elapsed = (0..<options.runs).map { _ in bench_system_calls(operations) }
      report("P2 system call", elapsed, operations)
    case "P3": try roundTrip("P3 cache line there and back")
    case "P4": try roundTrip("P4 futex wake there and back")
    default: throw options.unknown()
    }
  }

  func play(_ part: Options.Part) {
    let asleep = options.workload == "P4"
    var samples: [UInt32] = []
    samples.reserveCapacity(Int(roundTrips))
    bench_barrier_wait(2)
    for trip in 1...UInt32(roundTrips) {
      if part.index == 0 {
        let start = bench_now()
        bench_signal(0, trip, asleep)
        bench_await(1, trip, asleep)
        samples.append(UInt32(truncatingIfNeeded: bench_now() - start))
      } else {
        bench_await(0, trip, asleep)
        bench_signal(1, trip, asleep)
      }
    }
    bench_barrier_wait(2)
    // The parent's next run begins at zero again.
    if part.index == 0 {
      Participants.Slot.p50.leave(Quantiles(of: samples).values[0], worker: 0)
      bench_signal(0, 0, false)
      bench_signal(1, 0, false)
    }
  }

  private var roundTrips: UInt64 {
    min(options.workload == "P4" ? 20_000 : 200_000, options.operations)
  }

  private func copy() throws(BenchmarkFailure) {
    guard let copy = Self.copies[options.shape] else { throw options.unknown() }
    let operations = min(copy.operations, options.operations)
    let elapsed = (0..<options.runs).map { run in
      bench_copy_random(copy.bytes, copy.span, operations, options.seed(run: run, worker: 0))
    }
    guard !elapsed.contains(0) else { throw BenchmarkFailure("no memory to copy") }
    report("P1 memory copy", elapsed, operations)
  }

  private func roundTrip(_ title: String) throws(BenchmarkFailure) {
    let participants = try Participants(options, count: 2)
    var medians: [UInt64] = []
    for run in 0..<options.runs {
      try participants.play(run: run)
      medians.append(participants.results(.p50)[0])
    }
    report(title, medians, 1)
  }

  private func report(_ title: String, _ elapsed: [UInt64], _ operations: UInt64) {
    Measurement(
      system: "machine", workload: title, shape: options.shape,
      values: elapsed.map { Double($0) / Double(operations) }, unit: "ns", checksum: operations
    ).report()
  }
}
