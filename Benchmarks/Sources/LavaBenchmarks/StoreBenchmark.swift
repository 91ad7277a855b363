import CBenchmark
import Glibc
import SimDB

/// The workloads of the store.
///
/// Keys of 16 bytes are chosen uniformly. Every value opens with the index of its key, so each read
/// is checked. Each process attaches to the store for itself; threads of one process share what it
/// attached.
struct StoreBenchmark: Benchmark {
  static let cases = StoreWorkload.all.flatMap { workload in
    workload.axis.shapes.map { shape in
      Case(workload.id, shape, points: workload.axis.points(shape: shape))
    }
  }

  private let options: Options
  private let workload: StoreWorkload
  private let scene: StoreScene
  private let operations: UInt64
  private let warmUp: UInt64

  init(options: Options) throws(BenchmarkFailure) {
    guard let workload = StoreWorkload.all.first(where: { $0.id == options.workload }),
      let scene = workload.scene(shape: options.shape, at: options.at)
    else { throw options.unknown() }
    self.options = options
    self.workload = workload
    self.scene = scene
    operations = min(scene.operations, options.operations)
    warmUp = min(scene.warmUp, options.operations)
  }

  func measure() throws(BenchmarkFailure) {
    let participants = try Participants(
      options, count: scene.processes, threads: scene.threads)
    var results: [Double] = []
    var checksum: UInt64 = 0
    do {
      let store = try FilledStore(scene, name: Participants.storeName(owner: getpid()))
      if store.isComplete {
        try participants.withCrowd(of: scene.idleProcesses) { () throws(BenchmarkFailure) in
          for run in 0..<options.runs {
            try participants.play(run: run)
            let wrong = participants.results(.wrongResults).reduce(0, +)
            guard wrong == 0 else { throw BenchmarkFailure("\(wrong) wrong results") }
            // A store that is full in one run is fuller in the next.
            guard !participants.results(.full).contains(1) else { break }
            let performed = operations * workload.keysPerOperation * UInt64(scene.workers)
            results.append(Double(participants.elapsed()) / Double(performed))
            checksum = participants.results(.checksum).reduce(checksum, &+)
          }
          if workload.isFollowed { try Follower.awaitChange() }
        }
        let entries = try store.entries()
        guard entries == scene.keys || results.isEmpty else {
          throw BenchmarkFailure("\(entries) entries where \(scene.keys) were put")
        }
      }
    } catch {
      throw BenchmarkFailure("\(workload.title): \(error)")
    }
    let isLoop = workload.action == .nothing
    Measurement(
      system: isLoop ? "machine" : "lava", workload: workload.title,
      shape: isLoop ? "in Swift" : options.shape, at: workload.axis.label(options.at),
      values: results, unit: "ns/op", checksum: checksum
    ).report()
  }

  func play(_ part: Options.Part) throws(BenchmarkFailure) {
    let name = Participants.storeName(owner: part.owner)
    do {
      if part.index == Options.Part.crowd { try attend(name) }
      let database = try Database.open(name)
      if scene.threads == 1 { return try work(database, part, worker: part.index) }
      let threads = (0..<scene.threads).map { thread in
        LocalThread(name: "worker \(thread)") { [self] in
          bench_pin(Int32(thread))
          do {
            try work(database, part, worker: thread)
          } catch {
            // Safe: the string lives until the call, which does not return.
            unsafe bench_fail("\(workload.title): \(error)")
          }
        }
      }
      for thread in threads { thread?.join() }
    } catch {
      throw BenchmarkFailure("\(workload.title): \(error)")
    }
  }

  /// Makes a crowd of this process; each writes once, so that it has everything that a writer has.
  private func attend(_ name: String) throws -> Never {
    bench_crowd_multiply(Int32(scene.idleProcesses))
    let database = try Database.open(name)
    if workload.isFollowed {
      try Follower.follow(database)
      withExtendedLifetime(database) { bench_crowd_wait() }
    }
    try withScratch { scratch in
      var actor = StoreActor(workload.action, in: scene, seed: 0)
      try actor.put(scene.deletedKeys, into: database, scratch: &scratch)
    }
    withExtendedLifetime(database) { bench_crowd_wait() }
  }

  /// What one worker does from the first barrier to the last.
  private func work(_ database: Database, _ part: Options.Part, worker: Int) throws {
    var actor = StoreActor(
      workload.action, in: scene, seed: options.seed(run: part.run, worker: worker),
      worker: worker, before: UInt64(part.run) * (warmUp + operations))
    do {
      try withScratch { scratch in
        for _ in 0..<warmUp { try actor.perform(on: database, scratch: &scratch) }

        bench_barrier_wait(UInt32(scene.workers))
        Participants.Slot.began.leave(bench_now(), worker: worker)
        for _ in 0..<operations { try actor.perform(on: database, scratch: &scratch) }
        Participants.Slot.ended.leave(bench_now(), worker: worker)
      }
    } catch let error as StoreError where error.code == .full && scene.workers == 1 {
      Participants.Slot.full.leave(1, worker: worker)
    }
    Participants.Slot.checksum.leave(actor.checksum, worker: worker)
    Participants.Slot.wrongResults.leave(actor.wrongResults, worker: worker)
    bench_barrier_wait(UInt32(scene.workers))
  }

  private func withScratch(_ body: (inout MutableRawSpan) throws -> Void) throws {
    var value = scene.valueBuffer
    var elements = value.mutableSpan
    // Safe: every pattern of bits is a byte.
    var scratch = unsafe elements.mutableBytes
    try body(&scratch)
  }
}
