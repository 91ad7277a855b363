#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import SharedMemory
import SimDB
import TestSupport

/// Two or three threads of one process, one of which runs at a time, in an order that a seed chooses
/// step by step: what they read and write must be linearizable.
///
/// In some, a process has died in the middle of a put before, and any of them may sweep. In every second
/// one the index is on its way to another table.
struct Interleaving {
  let seed: UInt64
  let path: String

  /// Runs the programs that the seed chooses.
  ///
  /// - Throws: ``Failure`` when the history is not linearizable, or the store is not whole.
  func run() throws {
    // Nothing is waited for for ever.
    alarm(30)
    var generator = SeededGenerator(seed: seed)
    let geometry = Geometry(blockSize: 64, blockCount: 64, participantCount: 4)
    let keys = Array(Key.all.prefix(Int.random(in: 1...3, using: &generator)))
    let base = try TrialStore(
      geometry, path: path, hashSeed: TrialStore.someHashSeed(keys, &generator))
    let store = base.database
    defer { try? store.drop() }
    for (number, key) in keys.enumerated() where Bool.random(using: &generator) {
      try store.put(key, NumberedValue(number + 1, count: 100).bytes)
    }
    if Bool.random(using: &generator) {
      // Keys that were deleted have tombstones in the table that is left.
      for key in keys where Bool.random(using: &generator) { try store.delete(key) }
      try base.fillIndex()
    }
    if Int.random(in: 0..<4, using: &generator) == 0 {
      leaveDead(store, key: keys[0], step: Int.random(in: 1...60, using: &generator))
    }
    var history = StoreHistory()
    for key in keys {
      // What the dead has put stands from the beginning, or never.
      guard let value = try store.get(key) else { continue }
      let number = NumberedValue(value)?.number
      try require(number != nil, "the value of '\(key)' is torn")
      history.add(key, .put(number!), invoked: 0, returned: 0)
    }
    let programs = (1...Int.random(in: 2...3, using: &generator)).map { id in
      Program(id: id, keys: keys, &generator)
    }
    let scheduler = Scheduler(threads: programs.count, seed: generator.next())
    history.add(try run(programs, on: store, scheduler))
    let end = scheduler.now + 1
    for key in keys {
      let value = try store.get(key)
      history.add(key, .get(value.map(Program.number)), invoked: end, returned: end)
    }
    try require(history.contradictions.isEmpty, "not linearizable:\n\(history)")
    try store.sweep()
    try base.check("at the end")
    for key in keys { try store.delete(key) }
    try base.check(holding: TrialStore.Holdings(blocks: 0, lanes: 1, rows: 1))
  }

  /// Lets a process die at a step of a put.
  private func leaveDead(_ store: Database, key: String, step: Int) {
    let child = Child {
      var steps = 0
      do {
        _ = try store.withValue(key) { _, _ in }
        try Steps.call {
          steps += 1
          if steps == step { kill(getpid(), SIGKILL) }
        } during: {
          try store.put(key, NumberedValue(99, count: 100).bytes)
        }
        return 0
      } catch {
        return 1
      }
    }
    _ = child.wait()
  }

  private func run(
    _ programs: [Program], on store: Database, _ scheduler: Scheduler
  ) throws -> StoreHistory {
    let results = LocalMutex<[Result<StoreHistory, any Error>]>([])
    let threads = try programs.enumerated().map { number, program in
      let isReady = LocalSignal()
      let ticket = isReady.ticket
      let thread = LocalThread(name: "program \(number)") {
        let result = Result {
          // It claims its lane first: a lock guards that, and no thread must be stopped with it.
          defer { isReady.raise() }
          _ = try store.withValue("nothing") { _, _ in }
        }.flatMap { _ in Result { try scheduler.run(program, number, on: store) } }
        results.withLock { $0.append(result) }
      }
      guard let thread else { throw Failure("the system has no thread") }
      while isReady.ticket == ticket { isReady.sleep(ticket) }
      return thread
    }
    scheduler.run()
    for thread in threads { thread.join() }
    return try results.withLock { $0 }.reduce(into: StoreHistory()) { $0.add(try $1.get()) }
  }
}
