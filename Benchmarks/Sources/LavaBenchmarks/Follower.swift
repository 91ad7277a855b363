import CBenchmark
import SimDB

/// A process that follows all changes of a store while others are measured.
enum Follower {
  /// Follows the changes that take place from now on, on threads of its own, for good.
  static func follow(_ database: Database) throws(StoreError) {
    let changes = try database.changes(includingPresent: false)
    Task.detached {
      var count: UInt64 = 0
      do {
        for try await _ in changes {
          count += 1
          Participants.Slot.changes.leave(count, worker: 0)
        }
      } catch {
        fatalError("the follower: \(error)")
      }
    }
  }

  /// Makes sure that the follower of the run that has ended was told of changes, be it a little
  /// later.
  static func awaitChange() throws(BenchmarkFailure) {
    for _ in 0..<5_000 {
      if Participants.Slot.changes.value(worker: 0) > 0 { return }
      bench_sleep(1_000_000)
    }
    throw BenchmarkFailure("no change came to the follower within five seconds")
  }
}
