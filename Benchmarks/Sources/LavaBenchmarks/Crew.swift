import CBenchmark
import SharedMemory

/// Threads of this process that are measured together, each pinned to its processor.
struct Crew {
  private let participants: Participants

  init(_ options: Options, threads: Int) throws(BenchmarkFailure) {
    participants = try Participants(options, count: 1, threads: threads)
  }

  /// Runs `body` on each thread.
  ///
  /// - Parameter body: Gets the number of its thread, and a function to call when it is prepared, which
  ///   waits for the others and starts the clock; returns a checksum.
  /// - Returns: Nanoseconds from when the first began until the last had ended, and the sum of the
  ///   checksums.
  func run(
    _ body: @escaping @Sendable (_ worker: Int, _ start: () -> Void) throws -> UInt64
  ) -> (elapsed: UInt64, checksum: UInt64) {
    let count = participants.workers
    for worker in 0..<count { Participants.Slot.taken.leave(0, worker: worker) }
    let threads = (0..<count).map { worker in
      LocalThread(name: "worker \(worker)") {
        bench_pin(Int32(worker))
        do {
          let checksum = try body(worker) {
            bench_barrier_wait(UInt32(count))
            Participants.Slot.began.leave(bench_now(), worker: worker)
          }
          Participants.Slot.ended.leave(bench_now(), worker: worker)
          Participants.Slot.checksum.leave(checksum, worker: worker)
        } catch {
          // Safe: the string lives until the call, which does not return.
          unsafe bench_fail("worker \(worker): \(error)")
        }
      }
    }
    for thread in threads { thread?.join() }
    return (participants.elapsed(), participants.results(.checksum).reduce(0, &+))
  }
}
