import CBenchmark
import Glibc
import SharedMemory
import SimDB

/// Workloads S1 to S7: get, put over, nine to one, large values, delete and insert, absent keys, put over
/// while another process watches; in one process, and in two at once.
///
/// Keys of 16 bytes are chosen uniformly. Every value opens with the index of its key, so each read
/// is checked. Each process attaches to the store for itself.
struct StoreBenchmark: Benchmark {
  private struct Workload {
    let id: String
    let title: String
    let action: StoreActor.Action
    var valueBytes = 64
    /// Fewer keys for large values; `nil` takes as many as the options say.
    var mostKeys: UInt64?
    var operations: UInt64 = 1_000_000
    /// Whether the changes are followed meanwhile.
    var isWatched = false
  }

  private static let workloads = [
    Workload(id: "S1", title: "S1 get", action: .get),
    Workload(id: "S2", title: "S2 put over", action: .put),
    Workload(id: "S3", title: "S3 90 % get, 10 % put", action: .mixed),
    Workload(
      id: "S4-get-4KiB", title: "S4 get 4 KiB", action: .get, valueBytes: 4096, mostKeys: 4096,
      operations: 100_000),
    Workload(
      id: "S4-put-4KiB", title: "S4 put 4 KiB", action: .put, valueBytes: 4096, mostKeys: 4096,
      operations: 100_000),
    Workload(
      id: "S4-get-1MiB", title: "S4 get 1 MiB", action: .get, valueBytes: 1 << 20, mostKeys: 64,
      operations: 1000),
    Workload(
      id: "S4-put-1MiB", title: "S4 put 1 MiB", action: .put, valueBytes: 1 << 20, mostKeys: 64,
      operations: 1000),
    Workload(id: "S5", title: "S5 delete + insert", action: .churn, operations: 200_000),
    Workload(id: "S6", title: "S6 get of an absent key", action: .miss),
    Workload(id: "S7", title: "S7 put over, watched", action: .put, isWatched: true),
  ]

  static let cases = workloads.flatMap { workload in
    [Case(workload.id, "1 process"), Case(workload.id, "2 processes")]
  }

  private let options: Options
  private let workload: Workload
  private let keys: UInt64
  private let operations: UInt64

  init(options: Options) throws(BenchmarkFailure) {
    guard let workload = Self.workloads.first(where: { $0.id == options.workload }) else {
      throw options.unknown()
    }
    self.options = options
    self.workload = workload
    keys = min(workload.mostKeys ?? options.keys, options.keys)
    operations = min(workload.operations, options.operations)
  }

  func measure() throws(BenchmarkFailure) {
    let processes = try options.concurrency()
    let participants = try Participants(options, count: processes)
    let database = try attempt { () throws(StoreError) in
      try Database.open(Participants.storeName(owner: getpid()), creating: geometry)
    }
    defer { try? database.drop() }
    try fill(database)
    let watcher = try attempt { () throws(StoreError) in
      workload.isWatched ? try Watcher(database) : nil
    }

    var results: [Double] = []
    var checksum: UInt64 = 0
    for run in 0..<options.runs {
      try participants.play(run: run)
      let slowest = participants.results(.nanoseconds).max() ?? 0
      results.append(Double(slowest) / Double(operations * UInt64(processes)))
      checksum = participants.results(.checksum).reduce(checksum, &+)
      let wrong = participants.results(.wrongResults).reduce(0, +)
      guard wrong == 0 else {
        throw BenchmarkFailure("\(wrong) wrong results in \(workload.title)")
      }
    }
    guard watcher?.seesChanges() != false else { throw BenchmarkFailure("no change came") }
    Measurement(
      workload: workload.title, shape: options.shape, values: results, unit: "ns/op",
      checksum: checksum
    ).report()
  }

  func play(_ part: Options.Part) throws(BenchmarkFailure) {
    let processes = UInt32(try options.concurrency())
    let seed = options.seed(run: part.run, process: part.index)
    try attempt { () throws(StoreError) in
      let database = try Database.open(Participants.storeName(owner: part.owner))
      var actor = StoreActor(workload.action, keys: keys, seed: seed, process: part.index)
      var value = self.value
      var elements = value.mutableSpan
      // Safe: every pattern of bits is a byte.
      var scratch = unsafe elements.mutableBytes
      // Warms up.
      for _ in 0..<operations / 20 + 1 { try actor.perform(on: database, scratch: &scratch) }

      bench_barrier_wait(processes)
      let start = bench_now()
      for _ in 0..<operations { try actor.perform(on: database, scratch: &scratch) }
      Participants.Slot.nanoseconds.leave(bench_now() - start, process: part.index)
      Participants.Slot.checksum.leave(actor.checksum, process: part.index)
      Participants.Slot.wrongResults.leave(actor.wrongResults, process: part.index)
      bench_barrier_wait(processes)
    }
  }

  private var value: [UInt8] { Array(repeating: 0x79, count: workload.valueBytes) }

  /// Blocks that hold the workload's values without waste, a quarter more than are filled.
  private var geometry: Geometry {
    let blockSize = min((workload.valueBytes + 63) / 64 * 64, 65_536)
    let blocksPerValue = (workload.valueBytes + blockSize - 1) / blockSize
    return Geometry(
      blockSize: blockSize, blockCount: Int(keys) * blocksPerValue * 5 / 4 + 1_024)
  }

  private func fill(_ database: Database) throws(BenchmarkFailure) {
    try attempt { () throws(StoreError) in
      var actor = StoreActor(.put, keys: keys, seed: 0, process: 0)
      var value = self.value
      var elements = value.mutableSpan
      // Safe: every pattern of bits is a byte.
      var scratch = unsafe elements.mutableBytes
      for index in 0..<keys { try actor.put(index, into: database, scratch: &scratch) }
    }
  }

  private func attempt<Result>(
    _ body: () throws(StoreError) -> Result
  ) throws(BenchmarkFailure) -> Result {
    do throws(StoreError) {
      return try body()
    } catch {
      throw BenchmarkFailure("\(workload.title): \(error)")
    }
  }
}

/// Follows all changes of a database, on threads of its own, and counts them.
private final class Watcher: Sendable {
  private let count = LocalMutex(0)
  private let task: Task<Void, any Error>

  init(_ database: Database) throws(StoreError) {
    let changes = try database.changes(includingPresent: false)
    task = Task.detached { [count] in
      for try await _ in changes { count.withLock { $0 += 1 } }
    }
  }

  deinit { task.cancel() }

  /// Whether a change has come, or comes within ten seconds.
  func seesChanges() -> Bool {
    for _ in 0..<1_000 where count.withLock({ $0 }) == 0 {
      SystemClock.pause(nanoseconds: 10_000_000)
    }
    return count.withLock { $0 } > 0
  }
}
