import SimDB

/// Where two threads or three begin, and what each does.
struct Scene: Encounter {
  let name: String
  /// What was done before, while the index stood.
  private let before: [Program.Task]
  private let beginning: Beginning
  private let programs: [[Program.Task]]

  /// Where the index is when the threads begin.
  enum Beginning: String, CaseIterable {
    case standing = "while the index stands"
    case moving = "while the index moves"
    /// What has its home in the first groups is in the next table.
    case moved = "when the key has moved"
  }

  static let all = (onOneKey + onMovingIndex + besideNeighbor).flatMap { $0 }

  private static let onOneKey = [
    // A block is used again after two puts.
    scenes("get and put over", after: one(.put), one(.get), one(.put, .put, .put)),
    scenes("copy and put over", after: one(.put), one(.getInto), one(.put, .put, .put)),
    scenes("lend and put over", after: one(.put), one(.withValue), one(.put, .put, .put)),
    scenes("delete and put", after: one(.put, .delete), one(.delete), one(.put)),
    scenes("delete and put over", after: one(.put), one(.delete), one(.put)),
    scenes("put and put", after: one(.put, .delete), one(.put), one(.put)),
    scenes("put and put a new key", after: [], one(.put), one(.put)),
    scenes("put if absent and delete", after: one(.put), one(.putIfAbsent), one(.delete)),
    scenes("delete, and delete and put", after: one(.put), one(.delete), one(.delete, .put)),
    // What is refused was built in the block of what was put over first.
    scenes(
      "put, and put over and compare", after: one(.put), one(.put),
      one(.put, .put, .compareAndSet, .compareAndSet)),
  ]

  /// The index comes to its next table while somebody is stopped.
  private static let onMovingIndex = [
    scenes(
      "delete and move, and put", after: one(.put, .delete), one(.delete, .moveIndex), one(.put)),
    scenes("put and move, and put", after: one(.put, .delete), one(.put, .moveIndex), one(.put)),
    scenes("walk and move twice", after: one(.put), one(.walk), one(.put, .moveIndex, .moveIndex)),
    // A table lies again where the one before the last was.
    scenes(
      "delete and put, and put, and move twice", after: one(.put, .delete), one(.delete, .put),
      one(.put), one(.moveIndex, .moveIndex, .put)),
  ]

  /// A slot before that of the key on its path, or a block that the key is put into, was its neighbor's. A
  /// sweep would bring a moving index to its end, in thousands of steps.
  private static let besideNeighbor = [
    scenes(
      "put beside a neighbor that comes and goes", [.standing], after: neighbor(.put, .delete),
      one(.put), neighbor(.put) + one(.put) + neighbor(.delete)),
    scenes(
      "sweep after a death beside a neighbor", [.standing], after: neighbor(.put) + one(.putAndDie),
      one(.sweep) + neighbor(.put) + one(.get), neighbor(.put, .put) + one(.put)),
    scenes(
      "look at the generation beside a neighbor", [.standing], after: neighbor(.put),
      one(.generation), neighbor(.put, .put) + one(.put)),
    scenes(
      "put if absent beside a neighbor", [.standing], after: neighbor(.put),
      one(.putIfAbsent, .get), neighbor(.put, .put) + one(.put)),
  ]

  /// A scene in all its forms: wherever the index is, and whoever of two begins.
  private static func scenes(
    _ name: String, _ beginnings: [Beginning] = Beginning.allCases, after before: [Program.Task],
    _ programs: [Program.Task]...
  ) -> [Scene] {
    beginnings.flatMap { beginning in
      let name = "\(name) \(beginning.rawValue)"
      let scene = Scene(name: name, before: before, beginning: beginning, programs: programs)
      guard programs.count == 2 else { return [scene] }
      let reversed = Scene(
        name: "\(name), the second begins", before: before, beginning: beginning,
        programs: programs.reversed())
      return [scene, reversed]
    }
  }

  private static func one(_ steps: Program.Step...) -> [Program.Task] {
    steps.map { ($0, Key.one) }
  }

  private static func neighbor(_ steps: Program.Step...) -> [Program.Task] {
    steps.map { ($0, Key.neighbor) }
  }

  /// Lets the programs meet once.
  ///
  /// - Parameter path: Of the store, which is new.
  /// - Returns: At which step each of them ended.
  /// - Throws: As ``Meeting/run(_:)``.
  func meet(_ order: TurnOrder, path: String) throws -> [UInt64] {
    let base = try TrialStore(Meeting.geometry, path: path, hashSeed: Self.hashSeed)
    defer { try? base.database.drop() }
    _ = try Program(id: 0, before).run(on: base, { 0 }, step: {})
    if beginning != .standing {
      let value = NumberedValue(2, count: 16)
      try base.beginMove(with: Key.new, value)
      if beginning == .moved { try base.database.put(Key.new, value.bytes) }
    }
    let meeting = Meeting(
      base: base, keys: [Key.one, Key.neighbor, Key.new],
      programs: programs.enumerated().map { Program(id: $0.offset + 1, $0.element) })
    return try meeting.run(order)
  }

  /// A seed with which the path of the key and its neighbor begins with the first group, which is the
  /// first to move.
  private static let hashSeed: UInt64 = (1...).first { seed in
    let keys = [Key.one, Key.neighbor]
    return keys.allSatisfy { TrialStore.homeGroup(of: $0, hashSeed: seed) == 0 }
      && Set(keys.map { TrialStore.tag(of: $0, hashSeed: seed) }).count == 1
  }!
}
