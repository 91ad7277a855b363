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
