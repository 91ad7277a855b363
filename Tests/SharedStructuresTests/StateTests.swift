import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

private struct Pose: SharedValue, Hashable {
  var x: Double
  var y: Double
  static var layoutName: String { "robot.pose.1" }
}

@Suite struct StateTests {
  let scratch = Scratch()

  @Test func `a state is created once, changed, and found by others`() throws {
    let database = try Database.open(scratch.database(), creating: Geometry())
    let pose = try database.state("pose", creating: Pose(x: 0, y: 0))
    try pose.update { $0.x += 1 }
    #expect(try pose.load() == Pose(x: 1, y: 0))
    let other = try Database.open(scratch.database())
    let found = try other.state("pose", creating: Pose(x: 9, y: 9))
    #expect(try found.load().x == 1)
    let (value, generation) = try found.loadVersion()
    try pose.store(Pose(x: 2, y: 2))
    #expect(try found.compareAndSet(value, generation: generation) == nil)
    let now = try found.loadVersion().generation
    #expect(try found.compareAndSet(Pose(x: 3, y: 3), generation: now) != nil)
    #expect(try pose.withValue { $0.y } == 3)
    let viewer = try Database.openReadOnly(scratch.database())
    #expect(try viewer.state("pose", of: Pose.self).load().x == 3)
    let error = #expect(throws: StoreError.self) {
      try viewer.state("pose", of: Pose.self).store(Pose(x: 0, y: 0))
    }
    #expect(error?.code == .readOnly)
  }

  @Test func `a vector is appended to, and what was lent stays as it was`() throws {
    let database = try Database.open(scratch.database(), creating: Geometry())
    let samples = try database.vector("samples", creating: [0.5, 1.5] as [Double])
    try samples.withElements { before in
      try samples.append(2.5)
      #expect(before.count == 2)
    }
    #expect(try samples.withElements { span in span.indices.reduce(0) { $0 + span[$1] } } == 4.5)
    #expect(try samples.count == 3)
    let (elements, generation) = try samples.loadVersion()
    #expect(elements == [0.5, 1.5, 2.5])
    #expect(try samples.compareAndSet([], generation: generation) != nil)
    #expect(try samples.compareAndSet([1], generation: generation) == nil)
    #expect(try samples.load() == [])
    try samples.store([7])
    #expect(try samples.update { $0.removeLast() } == 7)
  }

  // MARK: Against a plain value

  /// What an entry holds, and what names its version; nothing while it is deleted.
  private struct Version<Content> {
    var content: Content?
    var generation: UInt64 = 0
    /// All that named one of the versions.
    var generations: Set<UInt64> = []

    /// Another version has come, which nobody has seen before.
    mutating func become(_ content: Content, _ generation: UInt64) {
      #expect(generations.insert(generation).inserted)
      self.content = content
      self.generation = generation
    }

    /// Holds what was done against what an entry that is there, or deleted, would have done.
    func expect<Result: Equatable>(
      _ expected: (Content) -> Result, _ body: () throws -> Result
    ) throws {
      guard let content else {
        let error = #expect(throws: StoreError.self) { _ = try body() }
        #expect(error?.code == .notFound)
        return
      }
      #expect(try body() == expected(content))
    }

    /// A generation to try: mostly the one of now, or an older one.
    func candidate(using generator: inout SeededGenerator) -> UInt64 {
      guard Bool.random(using: &generator) else { return generation }
      return generations.randomElement(using: &generator) ?? 0
    }
  }

  private static let refusal = StoreError(
    .invalidArgument, place: "a test", reason: "it fails", remedy: "none")

  @Test func `a state does what a variable does`() throws {
    var generator = SeededGenerator()
    let database = try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
    let databases = try [database, database, Database.open(scratch.database())]
    func pose() -> Pose {
      Pose(x: Double(generator.next() % 1_000), y: -Double(generator.next() % 1_000))
    }
    let first = pose()
    let states = try databases.map { try $0.state("pose", creating: first) }
    let view = try Database.openReadOnly(scratch.database()).state("pose", of: Pose.self)
    var model = Version<Pose>()
    model.become(first, try states[0].loadVersion().generation)
    for _ in 0..<2_000 {
      let state = try #require(states.randomElement(using: &generator))
      let reader = try #require((states + [view]).randomElement(using: &generator))
      let new = pose()
      switch Int.random(in: 0..<11, using: &generator) {
      case 0, 1: model.become(new, try state.store(new))
      case 2, 3:
        let candidate = model.candidate(using: &generator)
        let result = try state.compareAndSet(new, generation: candidate)
        #expect((result != nil) == (model.content != nil && candidate == model.generation))
        if let result { model.become(new, result) }
      case 4, 5:
        try model.expect {
          $0.x
        } _: {
          try state.update { value in
            defer { value = new }
            return value.x
          }
        }
        guard model.content != nil else { continue }
        model.become(new, try state.loadVersion().generation)
      case 6:
        let error = #expect(throws: StoreError.self) {
          try state.update { (value: inout Pose) throws(StoreError) -> Void in
            value = new
            throw Self.refusal
          }
        }
        #expect(error?.code == (model.content == nil ? .notFound : .invalidArgument))
      case 7 where generator.next() % 4 == 0:
        #expect(try database.delete("pose") == (model.content != nil))
        model.content = nil
      case 8:
        // Whoever comes later and would make it does not change it.
        let late = try databases.randomElement(using: &generator)?.state("pose", creating: new)
        let version = try #require(try late?.loadVersion())
        if model.content == nil { model.become(new, version.generation) }
        #expect(version.value == model.content)
      case 9:
        try model.expect {
          $0.y
        } _: {
          try reader.withValue { $0.y }
        }
      default:
        try model.expect {
          $0
        } _: {
          try reader.load()
        }
      }
      try model.expect {
        $0
      } _: {
        try reader.loadVersion().value
      }
      let generation = model.generation
      try model.expect { _ in
        generation
      } _: {
        try reader.loadVersion().generation
      }
    }
    #expect(model.generations.count > 500 && database.check() == [])
  }

  @Test func `a vector does what an array does`() throws {
    var generator = SeededGenerator()
    let database = try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
    let databases = try [database, database, Database.open(scratch.database())]
    func elements() -> [UInt32] {
      let limit = Int.random(in: 0..<8, using: &generator) == 0 ? 2_000 : 20
      let count = Int.random(in: 0..<limit, using: &generator)
      return (0..<count).map { _ in UInt32(truncatingIfNeeded: generator.next()) }
    }
    let first = elements()
    let vectors = try databases.map { try $0.vector("samples", creating: first) }
    let view = try Database.openReadOnly(scratch.database()).vector("samples", of: UInt32.self)
    var model = Version<[UInt32]>()
    model.become(first, try vectors[0].loadVersion().generation)
    for _ in 0..<1_500 {
      let vector = try #require(vectors.randomElement(using: &generator))
      let reader = try #require((vectors + [view]).randomElement(using: &generator))
      let new = elements()
      switch Int.random(in: 0..<12, using: &generator) {
      case 0: model.become(new, try vector.store(new))
      case 1:
        let candidate = model.candidate(using: &generator)
        let result = try vector.compareAndSet(new, generation: candidate)
        #expect((result != nil) == (model.content != nil && candidate == model.generation))
        if let result { model.become(new, result) }
      case 2...4:
        let element = UInt32(truncatingIfNeeded: generator.next())
        try model.expect { _ in
          true
        } _: {
          try vector.append(element)
          return true
        }
        guard let content = model.content else { continue }
        model.become(content + [element], try vector.loadVersion().generation)
      case 5, 6:
        try model.expect {
          $0.last
        } _: {
          try vector.update { $0.popLast() }
        }
        guard let content = model.content else { continue }
        model.become(content.dropLast(), try vector.loadVersion().generation)
      case 7:
        let error = #expect(throws: StoreError.self) {
          try vector.update { (elements: inout [UInt32]) throws(StoreError) -> Void in
            elements = new
            throw Self.refusal
          }
        }
        #expect(error?.code == (model.content == nil ? .notFound : .invalidArgument))
      case 8 where generator.next() % 4 == 0:
        #expect(try database.delete("samples") == (model.content != nil))
        model.content = nil
      case 9:
        // Whoever comes later and would make it does not change it.
        let late = try databases.randomElement(using: &generator)?.vector("samples", creating: new)
        let version = try #require(try late?.loadVersion())
        if model.content == nil { model.become(new, version.generation) }
        #expect(version.elements == model.content)
      case 10 where model.content != nil:
        // What is lent stays as it was, whatever is stored meanwhile.
        let (before, generation) = try vectors[0].withElements { lent in
          let generation = try vector.store(new)
          return ([UInt32](copying: lent), generation)
        }
        #expect(before == model.content)
        model.become(new, generation)
      default:
        try model.expect {
          $0.count
        } _: {
          try reader.count
        }
      }
      try model.expect {
        $0
      } _: {
        try reader.loadVersion().elements
      }
      try model.expect {
        $0
      } _: {
        try reader.load()
      }
      let generation = model.generation
      try model.expect { _ in
        generation
      } _: {
        try reader.loadVersion().generation
      }
    }
    #expect(model.generations.count > 400 && database.check() == [])
  }

  @Test func `other layouts, other entries and absent ones are refused`() throws {
    let database = try Database.open(scratch.database(), creating: Geometry())
    let pose = try database.state("pose", creating: Pose(x: 0, y: 0))
    func code(_ body: () throws -> Void) -> StoreError.Code? {
      do { try body() } catch { return (error as? StoreError)?.code }
      return nil
    }
    #expect(code { _ = try database.state("pose", of: UInt64.self) } == .typeMismatch)
    #expect(code { _ = try database.state("absent", of: UInt64.self) } == .notFound)
    try database.put("text", "value")
    #expect(code { _ = try database.state("text", creating: 1 as UInt64) } == .typeMismatch)
    _ = try database.vector("many", creating: [1, 2] as [UInt64])
    #expect(code { _ = try database.state("many", of: UInt64.self) } == .typeMismatch)
    // What is put there later is looked at, too.
    try database.putPack("pose", [1] as [UInt64])
    #expect(code { _ = try pose.load() } == .typeMismatch)
    try database.put("pose", "value")
    #expect(code { _ = try pose.load() } == .corrupt)
    try database.delete("pose")
    #expect(code { _ = try pose.load() } == .notFound)
    #expect(code { _ = try pose.update { $0.x = 1 } } == .notFound)
    try pose.store(Pose(x: 4, y: 4))
    #expect(try pose.load().x == 4)
  }

  @Test func `threads that add at once lose nothing, and readers see whole values`() throws {
    let database = try Database.anonymous()
    let state = try database.state("sum", creating: Pose(x: 0, y: 0))
    let vector = try database.vector("list", creating: [] as [UInt64])
    let rounds = 300 * scale
    let writer: @Sendable () throws -> Void = {
      for _ in 0..<rounds {
        try state.update { value in
          value.x += 1
          value.y -= 1
        }
      }
    }
    let appender: @Sendable () throws -> Void = {
      for round in 0..<rounds / 3 { try vector.append(UInt64(round)) }
    }
    let reader: @Sendable () throws -> Void = {
      for _ in 0..<rounds {
        let value = try state.load()
        #expect(value.x == -value.y)
        let isOnce = try vector.withElements { span in
          span.indices.allSatisfy { span[$0] < UInt64(rounds) }
        }
        #expect(isOnce)
      }
    }
    try inThreads([writer, writer, appender, appender, reader])
    #expect(try state.load().x == Double(2 * rounds))
    let counts = try vector.load().reduce(into: [:]) { $0[$1, default: 0] += 1 }
    #expect(counts.count == rounds / 3 && counts.values.allSatisfy { $0 == 2 })
  }

  @Test func `who awaits values gets the present one and the last one`() async throws {
    let database = try Database.open(scratch.database(), creating: Geometry())
    let state = try database.state("level", creating: 1 as UInt64)
    try database.put("level of another", "value")
    var values = try state.values().makeAsyncIterator()
    #expect(try await values.next() == 1)
    for value in 2...5 as ClosedRange<UInt64> { try state.store(value) }
    var last: UInt64?
    while last != 5 { last = try await values.next() }
    let vector = try database.vector("vector", creating: [1] as [UInt64])
    var versions = try vector.values().makeAsyncIterator()
    #expect(try await versions.next() == [1])
    try vector.append(2)
    #expect(try await versions.next() == [1, 2])
  }
}
