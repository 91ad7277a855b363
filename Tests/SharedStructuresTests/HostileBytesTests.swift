import SharedMemory
import SharedStructures
import SimDB
import Synchronization
import TestSupport
import Testing

/// Structures whose bytes no run of theirs has left: whatever is done then comes to an end, with a
/// result or an error.
@Suite struct HostileBytesTests {
  let scratch = Scratch()

  /// Errors that tell of such bytes, or of what somebody may not do or has no room for.
  private static let expected: Set<StoreError.Code> = [
    .corrupt, .incompatible, .typeMismatch, .notFound, .full, .inUse, .owned, .contended,
    .readOnly,
  ]

  /// What counts and indices are least prepared for; some of it made from what stood there.
  private static let values: [@Sendable (UInt64) -> UInt64] = [
    { _ in 0 }, { _ in 1 }, { _ in .max }, { _ in .max - 1 }, { _ in 1 << 60 },
    { _ in 1 << 63 }, { _ in 1 << 31 }, { $0 ^ 1 << 63 }, { $0 ^ 1 << 31 }, { $0 &+ 1 },
    { $0 &- 1 }, { $0 &<< 8 },
  ]

  /// Makes a structure, lets `scribble` change its bytes, and does all that can be done with it: who
  /// had it before, who attaches now, and who may only read.
  private func use(
    _ subject: HostileSubject, _ watchdog: Watchdog, _ generator: inout SeededGenerator,
    scribble: ([SharedRegion], inout SeededGenerator) -> Void
  ) throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 128, blockCount: 1_024))
    defer { try? store.drop() }
    try subject.make(in: store)
    let view = try Database.openReadOnly(scratch.database())
    var users: [() throws -> [HostileSubject.Action]] = []
    for database in [store, view] {
      let actions = try subject.actions(in: database)
      users += [{ actions }, { try subject.actions(in: database) }]
    }
    try scribble(subject.regions(in: store), &generator)
    for user in users.shuffled(using: &generator) {
      var actions: [HostileSubject.Action] = []
      attempt(subject, watchdog) { actions = try user() }
      // Half of it at a time, so that one does not mend, or spoil, everything for the next.
      for action in actions where Bool.random(using: &generator) {
        attempt(subject, watchdog, action)
      }
    }
  }

  private func attempt(
    _ subject: HostileSubject, _ watchdog: Watchdog, _ action: HostileSubject.Action
  ) {
    do { try watchdog.watch(action) } catch {
      guard let code = (error as? StoreError)?.code, Self.expected.contains(code) else {
        Issue.record(error, "\(subject)")
        return
      }
    }
  }

  @Test func `what hangs ends the run, and is named`() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      Watchdog("stack, seed 7", within: 0.05).watch {
        while true { SystemClock.pause(nanoseconds: 1_000_000) }
      }
    }
    let told = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(told.contains("stack, seed 7: no end after 0.05 s"))
  }

  @Test(arguments: HostileSubject.allCases)
  func `scribbled bytes give a result or an error, and never a crash or a hang`(
    subject: HostileSubject
  ) throws {
    var generator = SeededGenerator()
    let watchdog = Watchdog("\(subject), seed \(generator.seed)")
    for _ in 0..<10 * scale {
      try use(subject, watchdog, &generator) { regions, generator in
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          let region = regions.randomElement(using: &generator)!
          let word = region.word(at: Int.random(in: 0..<region.count / 8, using: &generator) * 8)
          let bit = 1 << (generator.next() % 64) as UInt64
          word.storeRelaxed(
            Bool.random(using: &generator) ? generator.next() : word.loadRelaxed() ^ bit)
        }
      }
    }
  }

  /// One word of all that are in headers, and as many of the others; all of them where there is time.
  @Test(arguments: HostileSubject.allCases)
  func `a word of a count, size or place that is none gives a result or an error`(
    subject: HostileSubject
  ) throws {
    var generator = SeededGenerator()
    let watchdog = Watchdog("\(subject), seed \(generator.seed)")
    let store = try Database.anonymous(Geometry(blockSize: 128, blockCount: 1_024))
    try subject.make(in: store)
    var (headers, others): ([(region: Int, offset: Int)], [(region: Int, offset: Int)]) = ([], [])
    for (number, region) in try subject.regions(in: store).enumerated() {
      for offset in stride(from: 0, to: region.count, by: 8) {
        if offset < 1_024 {
          headers.append((number, offset))
        } else {
          others.append((number, offset))
        }
      }
    }
    let places = headers + others.shuffled(using: &generator).prefix(headers.count)
    let pairs = places.flatMap { place in Self.values.map { (place, $0) } }
    for (place, value) in pairs.shuffled(using: &generator).prefix(16 * scale) {
      try use(subject, watchdog, &generator) { regions, _ in
        let word = regions[place.region].word(at: place.offset)
        word.storeRelaxed(value(word.loadRelaxed()))
      }
    }
  }

  /// What was read once and found right must not be read again.
  @Test(arguments: HostileSubject.allCases)
  func `bytes that change meanwhile give a result or an error`(subject: HostileSubject) throws {
    var generator = SeededGenerator()
    let watchdog = Watchdog("\(subject), seed \(generator.seed)")
    for _ in 0..<2 * scale {
      let store = try Database.open(
        scratch.database(), creating: Geometry(blockSize: 128, blockCount: 1_024))
      try subject.make(in: store)
      let regions = try subject.regions(in: store)
      let hasBegun = Atomic<Bool>(false)
      let seed = generator.next()
      let view = try Database.openReadOnly(scratch.database())
      try inThreads([
        {
          let users = try [store, view].map { try subject.actions(in: $0) }
          hasBegun.store(true, ordering: .releasing)
          for actions in users { for action in actions { attempt(subject, watchdog, action) } }
          for database in [store, view] {
            var actions: [HostileSubject.Action] = []
            attempt(subject, watchdog) { actions = try subject.actions(in: database) }
            for action in actions { attempt(subject, watchdog, action) }
          }
        },
        {
          var generator = SeededGenerator(seed: seed)
          #expect(eventually { hasBegun.load(ordering: .acquiring) })
          // Whoever goes on as long as others change something comes to an end when this has.
          for _ in 0..<1_000 {
            let region = regions.randomElement(using: &generator)!
            let word = region.word(at: Int.random(in: 0..<region.count / 8, using: &generator) * 8)
            let value = Self.values.randomElement(using: &generator)!
            let old = word.loadRelaxed()
            word.storeRelaxed(value(old))
            passMoment(upTo: 5_000, using: &generator)
            // What is wrong for good is soon all that is told.
            word.storeRelaxed(old)
            passMoment(upTo: 20_000, using: &generator)
          }
        },
      ])
      try store.drop()
    }
  }
}
