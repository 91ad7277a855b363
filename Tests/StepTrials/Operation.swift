import SharedMemory
import SharedStructures
import SimDB

/// What a victim does, and what that may leave.
struct Operation: Sendable {
  /// A part of an operation that takes effect at one instant, if at all.
  struct Phase: Sendable {
    let run: @Sendable (Stage) throws -> Void
    /// What may stand when it came to its end; nothing else than before, where it is not given.
    var completed: @Sendable (Contents) -> [Contents] = { [$0] }
    /// What may stand when the victim died in the middle, beside what stood before and what may stand
    /// at the end.
    var interrupted: @Sendable (Contents) -> [Contents] = { _ in [] }
  }

  let name: String
  /// What the victim does before its steps are counted.
  var prepare: @Sendable (Stage) throws -> Void = { try $0.warmUp() }
  let phases: [Phase]

  /// What may stand with `count` phases behind the victim, where `before` stood before.
  func outcomes(_ before: Contents, completed count: Int) -> Set<Contents> {
    var possible: Set = [before]
    for phase in phases.prefix(count) { possible = Set(possible.flatMap(phase.completed)) }
    guard count < phases.count else { return possible }
    let phase = phases[count]
    return possible.union(possible.flatMap { phase.completed($0) + phase.interrupted($0) })
  }
}

extension Operation.Phase {
  /// Puts `value` under `key`, or deletes the key where there is none.
  fileprivate static func put(_ key: String, _ value: NumberedValue?) -> Self {
    Self(
      run: { stage in
        if let value {
          try stage.store.put(key, value.bytes)
        } else {
          try stage.store.delete(key)
        }
      },
      completed: { [$0.setting(key, value)] })
  }

  /// Does what leaves everything as it was.
  fileprivate static func leave(_ run: @escaping @Sendable (Stage) throws -> Void) -> Self {
    Self(run: run)
  }
}

/// Values that victims put, numbered from 100 on.
private let small = NumberedValue(101, count: 40)
private let large = NumberedValue(102, count: 300)
private let tiny = NumberedValue(103, count: 8)

extension Operation {
  /// Everything that can be done to entries.
  static let onEntries: [Operation] = [
    putOver,
    Operation(name: "put over several blocks", phases: [.put(Key.many, large)]),
    Operation(name: "put several blocks over one", phases: [.put(Key.one, large)]),
    Operation(name: "put under a long key", phases: [.put(Key.long, tiny)]),
    Operation(name: "put a new key", phases: [.put(Key.new, small)]),
    Operation(
      name: "put again and again",
      phases: [
        .put(Key.one, small), .put(Key.many, large), .put(Key.one, tiny), .put(Key.many, small),
        .put(Key.many, large), .put(Key.one, small),
      ]),
    Operation(name: "delete", phases: [.put(Key.many, nil)]),
    Operation(name: "delete and put", phases: [.put(Key.one, nil), .put(Key.one, small)]),
    Operation(
      name: "put if absent",
      phases: [
        .init(
          run: { _ = try $0.store.putIfAbsent(Key.new, small.bytes) },
          completed: { [$0.values[Key.new] == nil ? $0.setting(Key.new, small) : $0] }),
        .leave { _ = try $0.store.putIfAbsent(Key.new, tiny.bytes) },
      ]),
    Operation(
      name: "compare and set",
      prepare: { stage in
        try stage.warmUp()
        stage.generation = try stage.store.generation(Key.one)
      },
      phases: [
        .init(
          run: { stage in
            _ = try stage.store.compareAndSet(
              Key.one, small.bytes, generation: stage.generation)
          },
          completed: { [$0.setting(Key.one, small)] }),
        .leave { stage in
          // What was there is gone by now, whatever others have put.
          guard let generation = stage.generation else { return }
          let stored = try stage.store.compareAndSet(
            Key.one, tiny.bytes, generation: generation)
          try require(stored == nil, "it compared with what is gone")
        },
      ]),
    Operation(
      name: "update",
      phases: [
        .init(
          run: { stage in
            try stage.store.update(Key.one) { entry in
              let old = entry.flatMap { NumberedValue($0.bytes) }
              return successor(of: old).bytes
            }
          },
          completed: { [$0.setting(Key.one, successor(of: $0.values[Key.one]))] })
      ]),
    Operation(name: "read", phases: [.leave { try $0.readEverything() }]),
    Operation(name: "look", phases: [.leave { try $0.lookAtEverything() }]),
    Operation(name: "check", phases: [.leave { _ = $0.store.check() }]),
    Operation(
      name: "attach to read", prepare: { _ in },
      phases: [.leave { try $0.readThroughView() }]),
    lend,
    Operation(
      name: "put as the first thing of a forked child", prepare: { _ in },
      phases: [.put(Key.one, small)]),
    Operation(
      name: "attach", prepare: { _ in },
      phases: [
        .leave { $0.own = try Database.open($0.base.path) },
        .init(
          run: { _ = try $0.own?.put(Key.new, small.bytes) },
          completed: { [$0.setting(Key.new, small)] }),
      ]),
    Operation(
      name: "detach",
      prepare: { stage in
        let own = try Database.open(stage.base.path)
        // What it puts is what stands there, so that it has something to give back.
        for key in [Key.one, Key.many, Key.one, Key.many] {
          if let bytes = try own.get(key) { try own.put(key, bytes) }
        }
        stage.own = own
      },
      phases: [.leave { $0.own = nil }]),
    Operation(
      name: "move the index",
      prepare: { stage in
        try stage.warmUp()
        try stage.base.fillIndex()
      },
      // A sweep brings to its end what somebody has begun.
      phases: [.leave { try $0.store.sweep() }]),
    Operation(
      name: "make a structure",
      phases: [
        .init(
          run: { _ = try $0.structure() },
          completed: { contents in
            var contents = contents
            contents.hasStructure = true
            return [contents]
          })
      ]),
    watch,
    Operation(name: "list", phases: [.leave { try $0.list() }]),
    sweep,
  ]

  /// What a full store asks for.
  static let inScarcity: [Operation] = [
    Operation(name: "put in fragments", phases: [.put(Key.new, large)]),
    Operation(
      name: "put over fragments, delete them",
      phases: [
        .put(Key.new, large), .put(Key.new, small), .put(Key.new, large), .put(Key.new, nil),
      ]
    ),
    putOver,
    sweep,
  ]

  /// What needs more blocks than there are.
  static let inGrowing: [Operation] = [
    Operation(name: "put, for which it grows", phases: [.put(Key.new, large)]),
    Operation(
      name: "put again, as it has grown", phases: [.put(Key.new, large), .put(Key.one, large)]),
  ]

  /// What others are told of, or who tells them.
  static let onWatched: [Operation] = [
    putOver,
    Operation(name: "delete, put a new key", phases: [.put(Key.many, nil), .put(Key.new, small)]),
    watch,
    sweep,
  ]

  /// What is done to a queue that has room.
  static let onQueue: [Operation] = [
    push("push", NumberedValue(104, count: 16)),
    push("push what does not fit a cell", NumberedValue(105, count: 100)),
    Operation(name: "pop", phases: [pop, pop]),
    sweep,
  ]

  /// What is done to a queue that drops its oldest element.
  static let onFullQueue: [Operation] = [
    pushOver("push over the oldest", NumberedValue(106, count: 16)),
    pushOver("push what does not fit a cell over the oldest", NumberedValue(107, count: 100)),
    Operation(name: "pop from a full queue", phases: [pop]),
    sweep,
  ]

  /// What is done with a file.
  static let onFile: [Operation] = [
    Operation(
      name: "save where there is no file",
      phases: [
        .init(run: { $0.files?.remove() }, completed: { [$0.removingFile()] }),
        save { _ in [] },
      ]),
    // Only what has a name can take another's: for a moment there are two.
    Operation(name: "save over a file", phases: [save { [$0.leavingFile()] }]),
    Operation(
      name: "load",
      phases: [
        .init(
          run: { try $0.files?.load($0.store) }, completed: { [$0.loading()] },
          interrupted: { contents in
            (1..<max(1, contents.saved?.count ?? 0)).map { contents.loading($0) }
          })
      ]),
    sweep,
  ]

  static let putOver = Operation(name: "put over one block", phases: [.put(Key.one, small)])

  /// Follows changes, and ends that.
  static let watch = Operation(
    name: "watch",
    phases: [.leave { $0.changes = try $0.store.changes() }, .leave { $0.changes = nil }])

  /// Reads a value in place.
  static let lend = Operation(name: "lend", phases: [.leave { try $0.read(Key.one) }])

  /// Finishes or undoes what the dead have left.
  static let sweep = Operation(name: "sweep", phases: [.leave { try $0.store.sweep() }])

  private static func save(
    interrupted: @escaping @Sendable (Contents) -> [Contents]
  ) -> Phase {
    Phase(
      run: { try $0.files?.save($0.store) }, completed: { $0.saving() }, interrupted: interrupted)
  }

  private static func push(_ name: String, _ element: NumberedValue) -> Operation {
    Operation(
      name: name,
      phases: [Phase(run: { try $0.push(element) }, completed: { [$0.pushing(element)] })])
  }

  private static func pushOver(_ name: String, _ element: NumberedValue) -> Operation {
    Operation(
      name: name,
      phases: [
        Phase(
          run: { try $0.push(element) },
          completed: { contents in
            let over = contents.popping().pushing(element)
            // A cell that the dead hold takes room too.
            return contents.elements.count == 2 ? [over] : [over, contents.pushing(element)]
          },
          interrupted: { [$0.popping()] })
      ])
  }

  /// Whether it is victims who push `element`.
  static func isVictims(_ element: NumberedValue) -> Bool { (100..<1_000).contains(element.number) }

  private static let pop = Phase(
    run: { stage in try stage.queue?.pop { _, _ in } },
    completed: { [$0.popping()] })

  /// What an update makes of a value.
  private static func successor(of value: NumberedValue?) -> NumberedValue {
    NumberedValue((value?.number ?? 0) + 200, count: 48)
  }
}
