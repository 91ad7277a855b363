import SharedStructures
import SimDB

/// Something that can be done with a store, with keys, values and types of all kinds.
///
/// What it answers depends on the store; what it must not do is crash, hang, or answer at all once the
/// store is lost.
public struct StoreUse: Sendable {
  /// What it is called.
  public let name: String
  private let body: @Sendable (Database, inout SeededGenerator) throws -> Void

  private init(
    _ name: String, _ body: @escaping @Sendable (Database, inout SeededGenerator) throws -> Void
  ) {
    self.name = name
    self.body = body
  }

  /// Does it.
  public func callAsFunction(_ store: Database, _ generator: inout SeededGenerator) throws {
    try body(store, &generator)
  }

  /// Does one of everything that `store` allows, mostly changes, whatever comes of it.
  public static func attemptAny(_ store: Database, _ generator: inout SeededGenerator) {
    let isChange = store.isWritable && generator.next() % 2 == 0
    let use = (isChange ? changes : looks + counts).randomElement(using: &generator)!
    // Each error is an answer.
    try? use(store, &generator)
  }

  /// What writes nothing.
  public static let looks: [StoreUse] = [
    StoreUse("get") { _ = try $0.get(someKey(&$1)) },
    StoreUse("entry") { _ = try $0.entry(someKey(&$1)) },
    StoreUse("get into") { store, generator in
      var bytes = [UInt8](repeating: 0, count: 100)
      _ = try bytes.withMutableBytes { try store.get(someKey(&generator), into: &$0) }
    },
    StoreUse("get many") { store, generator in
      let key = someKey(&generator)
      _ = try store.getMany([key, "other", key])
    },
    StoreUse("generation") { _ = try $0.generation(someKey(&$1)) },
    StoreUse("contains") { _ = try $0.contains(someKey(&$1)) },
    StoreUse("facts") { _ = try $0.facts(someKey(&$1)) },
    StoreUse("with value") { store, generator in
      _ = try store.withValue(someKey(&generator)) { span, _ in span.array }
    },
    StoreUse("keys") { store, _ in _ = try store.keys(prefix: "1") },
    StoreUse("statistics") { store, _ in _ = try store.statistics() },
    StoreUse("participants") { store, _ in _ = try store.participants() },
    StoreUse("entries") { store, _ in _ = try store.entries() },
    StoreUse("save") { store, _ in try store.save(to: store.path + ".saved") },
    // Begins to watch, looks at everything, and ends.
    StoreUse("watch") { store, _ in
      _ = try store.changes(prefix: "1", includingPresent: false)
    },
    StoreUse("attach queue") { store, _ in _ = try store.queue("queue") },
  ]

  /// What never fails, and tells of a loss otherwise.
  public static let counts: [StoreUse] = [
    StoreUse("check") { store, _ in _ = store.check() },
    StoreUse("change count") { store, _ in _ = store.changeCount },
  ]

  /// What writes.
  public static let changes: [StoreUse] = [
    StoreUse("put") { try $0.put(someKey(&$1), someValue(&$1), type: someType(&$1)) },
    StoreUse("delete") { try $0.delete(someKey(&$1)) },
    StoreUse("put if absent") {
      try $0.putIfAbsent(someKey(&$1), someValue(&$1), type: someType(&$1))
    },
    StoreUse("compare and set") { store, generator in
      let key = someKey(&generator)
      let known = generator.next() % 2 == 0 ? try store.generation(key) : generator.next()
      _ = try store.compareAndSet(key, someValue(&generator), generation: known)
    },
    StoreUse("update") { store, generator in
      let value = someValue(&generator)
      try store.update(someKey(&generator), attempts: 10) { _ in value }
    },
    StoreUse("sweep") { store, _ in try store.sweep() },
    StoreUse("create queue") { store, generator in
      let payload = Int(generator.next() % 100)
      _ = try store.queue(
        someKey(&generator), creating: QueueGeometry(capacity: 4, payloadCapacity: payload))
    },
    StoreUse("push") { store, generator in
      let value = someValue(&generator)
      _ = try store.queue("queue")
        .push(Message(cycle: generator.next()), payload: value.rawSpan, timeoutNanoseconds: 0)
    },
    StoreUse("pop") { store, _ in
      let queue = try store.queue("queue")
      try queue.pop { message, payload in _ = (message.size, payload.array) }
    },
  ]

  /// One of 128 keys, of lengths around those that are treated differently.
  public static func someKey(_ generator: inout SeededGenerator) -> String {
    let number = generator.next()
    let lengths = [1, 8, 15, 16, 17, 40, 100, 700]
    let name = "\(number % 16)"
    return name + String(repeating: "k", count: lengths[Int(number >> 32) & 7] - 1)
  }

  /// A value of no, one or many blocks.
  public static func someValue(_ generator: inout SeededGenerator) -> [UInt8] {
    let number = generator.next()
    let length = number % 8 == 0 ? number >> 32 % 3_000 : number >> 32 % 150
    return [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: Int(length))
  }

  /// A type whose id fits the lengths of its record, or does not.
  public static func someType(_ generator: inout SeededGenerator) -> TypeID {
    TypeID(rawValue: [0, 2, 1_022, 1_023, 1_024, .max][Int(generator.next() % 6)])
  }
}
