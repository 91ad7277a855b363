import SharedMemory
import SimDB
import TestSupport

/// A few operations that a thread performs one after the other.
struct Program: Sendable {
  enum Step: Sendable {
    case put, putIfAbsent, compareAndSet, update, delete
    case get, getInto, getMany, withValue, generation, facts, walk, sweep
    /// The index moves to its next table, all of it.
    case moveIndex
    /// A process puts, and dies as soon as others see its value. No other thread may be running.
    case putAndDie

    static let reading: [Step] = [
      .get, .getInto, .getMany, .withValue, .generation, .facts, .compareAndSet,
    ]
    /// A block is used again after some puts: there must be many for a reader to be overtaken.
    static let writing: [Step] = [.put, .put, .put, .put, .update, .putIfAbsent, .delete]
    static let any = reading + writing + [.sweep]

    /// Whether nobody comes in between.
    var isAtOnce: Bool { self == .moveIndex || self == .putAndDie }
  }

  /// What is done, and to which key.
  typealias Task = (step: Step, key: String)

  private let tasks: [(task: Task, value: NumberedValue)]

  /// - Parameter id: Tells this thread's values from those of others.
  init(id: Int, _ tasks: [Task]) {
    self.tasks = tasks.enumerated().map { number, task in
      (task: task, value: NumberedValue(id * 100 + number, count: 16))
    }
  }

  /// Chooses operations.
  ///
  /// - Parameters:
  ///   - id: Tells this thread's values from those of others.
  ///   - keys: Whose.
  ///   - isShort: Whether they are one or two: few changes of turn then meet most of what can happen.
  init(id: Int, keys: [String], isShort: Bool, _ generator: inout SeededGenerator) {
    let kinds = [Step.reading, Step.writing, Step.any].randomElement(using: &generator)!
    let count = Int.random(in: 1...(isShort ? 2 : 8), using: &generator)
    tasks = (0..<count).map { number in
      let length = [16, 48, 200].randomElement(using: &generator)!
      let step = kinds.randomElement(using: &generator)!
      let key = keys.randomElement(using: &generator)!
      return (task: (step, key), value: NumberedValue(id * 100 + number, count: length))
    }
  }

  /// Performs the operations.
  ///
  /// - Parameters:
  ///   - now: Tells the time.
  ///   - step: Called before each operation, so that none begins when another ends, and before each
  ///     access to shared memory.
  /// - Returns: What was asked and answered, and when.
  func run(
    on base: TrialStore, _ now: () -> UInt64, step: @escaping () -> Void
  ) throws -> StoreHistory {
    var history = StoreHistory()
    var seen: [String: Entry] = [:]
    for (task, value) in tasks {
      step()
      let invoked = now()
      func perform() throws {
        guard let operation = try self.perform(task, value, on: base, &seen) else { return }
        history.add(task.key, operation, invoked: invoked, returned: now())
      }
      if task.step.isAtOnce { try perform() } else { try Steps.call(step, during: perform) }
    }
    return history
  }

  /// - Parameter seen: Entries to compare with.
  /// - Returns: What was asked and answered, if it was of the key's value.
  private func perform(
    _ task: Task, _ value: NumberedValue, on base: TrialStore, _ seen: inout [String: Entry]
  ) throws -> StoreOperation? {
    let store = base.database
    let key = task.key
    switch task.step {
    case .put: return .put(value.number, generation: try store.put(key, value.bytes))
    case .putIfAbsent:
      let stored = try store.putIfAbsent(key, value.bytes)
      return .putIfAbsent(value.number, stored != nil, generation: stored)
    case .compareAndSet:
      guard let old = seen[key] else {
        seen[key] = try store.entry(key)
        return .look(seen[key].map(Self.sighting))
      }
      let stored = try store.compareAndSet(key, value.bytes, generation: old.generation)
      return .compareAndSet(
        from: Self.sighting(old), value.number, stored != nil, generation: stored)
    case .update:
      var old: Sighting?
      let stored = try store.update(key) { entry in
        old = entry.map(Self.sighting)
        return value.bytes
      }
      return .update(from: old, value.number, true, generation: stored)
    case .delete: return .delete(try store.delete(key))
    case .get: return .get(try store.get(key).map(Self.number))
    case .getInto:
      var bytes = [UInt8](repeating: 0, count: 256)
      let count = try bytes.withMutableBytes { try store.get(key, into: &$0) }
      return .get(count.map { Self.number(Array(bytes.prefix($0))) })
    case .getMany: return .get(try store.getMany([key])[0].map(Self.number))
    case .withValue:
      return .get(try store.withValue(key) { span, _ in Self.number(Steps.read(span)) })
    case .generation:
      return .look(try store.generation(key).map { Sighting(generation: $0) })
    case .facts:
      // The model knows lengths of other values than these.
      return .look(try store.facts(key).map { Sighting(generation: $0.generation) })
    case .walk:
      let keys = try store.keys().filter { $0 == Array(key.utf8) }
      try require(keys.count <= 1, "a walk met a key \(keys.count) times")
      // Of what comes or goes meanwhile it tells some instant.
      return .look(keys.isEmpty ? nil : Sighting())
    case .sweep: try store.sweep()
    case .moveIndex: try base.moveIndex()
    case .putAndDie: try base.putAndDie(key, value)
    }
    return nil
  }

  private static func sighting(_ entry: Entry) -> Sighting {
    Sighting(number: number(entry.bytes), generation: entry.generation)
  }

  /// The number of a value; one that nobody put where the value is not whole.
  static func number(_ bytes: [UInt8]) -> Int { NumberedValue(bytes)?.number ?? -1 }
}
