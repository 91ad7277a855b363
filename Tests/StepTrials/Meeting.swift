import SharedMemory
import SimDB
import TestSupport

/// Threads of one process that use a store, one at a time: what they read and write must be
/// linearizable, and the store whole.
struct Meeting {
  let base: TrialStore
  /// All that there are.
  let keys: [String]
  let programs: [Program]

  /// A store in which a block is used again after two puts.
  static let geometry = Geometry(blockSize: 64, blockCount: 64, participantCount: 4)

  /// Runs the programs, and looks at what came of them.
  ///
  /// - Returns: At which step each of them ended.
  /// - Throws: ``Failure`` when the history is not linearizable, or the store is not whole.
  func run(_ order: TurnOrder) throws -> [UInt64] {
    let store = base.database
    var history = StoreHistory()
    for key in keys {
      // What somebody who died has put stands from the beginning, or never.
      guard let value = try store.get(key) else { continue }
      let number = NumberedValue(value)?.number
      try require(number != nil, "the value of '\(key)' is torn")
      history.add(key, .put(number!), invoked: 0, returned: 0)
    }
    let scheduler = Scheduler(threads: programs.count, order: order)
    let histories = try scheduler.run(
      on: base,
      programs.map { program in
        { try program.run(on: base, { scheduler.now }, step: $0) }
      })
    for performed in histories { history.add(performed) }
    let steps = scheduler.now
    for key in keys {
      let value = try store.get(key)
      history.add(
        key, .get(value.map(Program.number)), invoked: steps + 1, returned: steps + 1)
    }
    try require(history.contradictions.isEmpty, "not linearizable:\n\(history)")
    try store.sweep()
    try base.check("at the end")
    for key in keys { try store.delete(key) }
    try base.check(holding: TrialStore.Holdings(blocks: 0, lanes: 1, rows: 1))
    return scheduler.ends
  }
}
