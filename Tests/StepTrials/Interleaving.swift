#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import SimDB
import TestSupport

/// Two or three threads of one process that meet in an order which a seed chooses, step by step.
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
    let keys = Array(Key.all.prefix(Int.random(in: 1...3, using: &generator)))
    let base = try TrialStore(
      Meeting.geometry, path: path, hashSeed: TrialStore.someHashSeed(keys, &generator))
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
      var left = Int.random(in: 1...60, using: &generator)
      base.leaveDead(putting: keys[0], NumberedValue(99, count: 100)) {
        left -= 1
        return left == 0
      }
    }
    let areShort = Bool.random(using: &generator)
    let programs = (1...Int.random(in: 2...3, using: &generator)).map { id in
      Program(id: id, keys: keys, isShort: areShort, &generator)
    }
    let meeting = Meeting(base: base, keys: keys, programs: programs)
    _ = try meeting.run(TurnOrder(seed: generator.next()))
  }
}
