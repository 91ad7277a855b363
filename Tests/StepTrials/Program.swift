import SharedMemory
import SimDB
import TestSupport

/// A few operations that a thread performs one after the other.
struct Program: Sendable {
  enum Step: Sendable {
    case put, putIfAbsent, compareAndSet, update, delete, get, getInto, getMany, withValue, sweep

    static let reading: [Step] = [.get, .getInto, .getMany, .withValue, .compareAndSet]
    /// A block is used again after some puts: there must be many for a reader to be overtaken.
    static let writing: [Step] = [.put, .put, .put, .put, .update, .putIfAbsent, .delete]
    static let any = reading + writing + [.sweep]
  }

  let steps: [(step: Step, key: String, value: NumberedValue)]

  /// Operations on one key.
  ///
  /// - Parameter id: Tells this thread's values from those of others.
  init(id: Int, _ steps: [Step], key: String) {
    self.steps = steps.enumerated().map { number, step in
      (step: step, key: key, value: NumberedValue(id * 100 + number, count: 16))
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
    steps = (0..<count).map { number in
      let length = [16, 48, 200].randomElement(using: &generator)!
      return (
        step: kinds.randomElement(using: &generator)!,
        key: keys.randomElement(using: &generator)!,
        value: NumberedValue(id * 100 + number, count: length)
      )
    }
  }

  /// Performs the operations.
  ///
  /// - Parameter now: Tells the time.
  /// - Returns: What was asked and answered, and when.
  func run(on store: Database, _ now: () -> UInt64) throws -> StoreHistory {
    var history = StoreHistory()
    var seen: [String: Entry] = [:]
    for (step, key, value) in steps {
      let invoked = now()
      func note(_ operation: StoreOperation) {
        history.add(key, operation, invoked: invoked, returned: now())
      }
      switch step {
      case .put:
        try store.put(key, value.bytes)
        note(.put(value.number))
      case .putIfAbsent:
        let stored = try store.putIfAbsent(key, value.bytes)
        note(.putIfAbsent(value.number, stored != nil))
      case .compareAndSet:
        guard let old = seen[key] else {
          seen[key] = try store.entry(key)
          note(.get(seen[key].map { Self.number($0.bytes) }))
          break
        }
        let stored = try store.compareAndSet(key, value.bytes, generation: old.generation)
        note(.compareAndSet(from: Self.number(old.bytes), value.number, stored != nil))
      case .update:
        var old: Int?
        try store.update(key) { entry in
          old = entry.map { Self.number($0.bytes) }
          return value.bytes
        }
        note(
          old.map { .compareAndSet(from: $0, value.number, true) }
            ?? .putIfAbsent(value.number, true))
      case .delete: note(.delete(try store.delete(key)))
      case .get: note(.get(try store.get(key).map(Self.number)))
      case .getInto:
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = try bytes.withMutableBytes { try store.get(key, into: &$0) }
        note(.get(count.map { Self.number(Array(bytes.prefix($0))) }))
      case .getMany: note(.get(try store.getMany([key])[0].map(Self.number)))
      case .withValue:
        note(.get(try store.withValue(key) { span, _ in Self.number(Steps.read(span)) }))
      case .sweep: try store.sweep()
      }
    }
    return history
  }

  /// The number of a value; one that nobody put where the value is not whole.
  static func number(_ bytes: [UInt8]) -> Int { NumberedValue(bytes)?.number ?? -1 }
}
