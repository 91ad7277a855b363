import Foundation
import SharedMemory
import SimDB
import TestSupport
import Testing

/// Watchers have in the end what the store has, whoever is killed or stopped meanwhile.
@Suite(.serialized, .timeLimit(.minutes(60))) struct WatchingTests {
  let scratch = Scratch()

  private func makeStore() throws -> Database {
    try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
  }

  private func start(_ work: String, _ seed: Int = 0, count: Int? = nil) throws -> Subject {
    let subject = try Subject(
      [work, scratch.database(), "\(seed)"] + (count.map { ["\($0)"] } ?? []))
    #expect(subject.readLine() == "ready")
    return subject
  }

  private func isWatched() throws -> Bool {
    let segment = try Segment.attach(path: scratch.database(), writable: false)
    return withExtendedLifetime(segment) { ChangeTable(segment).isWatched }
  }

  @Test func `the last state of every key comes when publishers are killed anywhere`() async throws
  {
    var generator = SeededGenerator()
    let store = try makeStore()
    let mirrors = [
      Mirror(try store.changes()),
      Mirror(try Database.openReadOnly(scratch.database()).changes()),
    ]
    for round in 0..<20 * scale {
      let subjects = try (0..<2).map { try start("churn", round * 2 + $0) }
      for subject in subjects { subject.killSoon(&generator) }
      // Before and after the sweep.
      for _ in 0..<2 {
        for mirror in mirrors { try await waitUntil(within: 60) { try mirror.shows(store) } }
        try store.sweep()
      }
    }
    #expect(mirrors.flatMap(\.surprises) == [] && store.check() == [])
  }

  @Test func `what a stopped publisher has changed comes while it is stopped`() async throws {
    var generator = SeededGenerator()
    let store = try makeStore()
    let mirrors = [
      Mirror(try store.changes()),
      Mirror(try Database.openReadOnly(scratch.database()).changes()),
    ]
    let subject = try start("churn", 7)
    for _ in 0..<40 * scale {
      let pause = UInt64.random(in: 0..<2_000_000, using: &generator)
      let end = SystemClock.monotonicNanoseconds + pause
      while SystemClock.monotonicNanoseconds < end { spinHint() }
      subject.signal(SIGSTOP)
      for mirror in mirrors { try await waitUntil(within: 60) { try mirror.shows(store) } }
      subject.signal(SIGCONT)
    }
    subject.signal(SIGKILL)
    subject.wait()
    #expect(mirrors.flatMap(\.surprises) == [])
  }

  @Test func `any number of watchers in other processes miss nothing under load`() throws {
    let store = try makeStore()
    let watchers = try ["watch", "watch", "watch read-only"].map { try start($0) }
    let publishers = try (0..<2).map { try start("churn", $0, count: 20_000 * scale) }
    for publisher in publishers {
      #expect(publisher.readLine() == "done")
      #expect(publisher.wait() == 0)
    }
    for watcher in watchers { watcher.writeLine("?") }
    for watcher in watchers {
      #expect(watcher.readLine() == "the same")
      watcher.closeInput()
      #expect(watcher.wait() == 0)
    }
    try store.sweep()
    #expect(try !isWatched())
    #expect(store.check() == [])
  }

  @Test func `killed watchers cost nothing after a sweep, and others watch on`() async throws {
    var generator = SeededGenerator()
    let store = try makeStore()
    try store.put("key", "value")
    for round in 0..<15 * scale {
      let mirror = round % 3 == 0 ? nil : Mirror(try store.changes())
      let watchers = try (0..<2).map { _ in try Subject(["watch", scratch.database()]) }
      if Bool.random(using: &generator) {
        for watcher in watchers { #expect(watcher.readLine() == "ready") }
        #expect(try isWatched())
      }
      for watcher in watchers { watcher.killSoon(&generator) }
      try store.sweep()
      #expect(try isWatched() == (mirror != nil))
      try store.put("key", "\(round)")
      if let mirror { try await waitUntil(within: 60) { try mirror.shows(store) } }
      mirror?.cancel()
      try await waitUntil(within: 60) { mirror?.isOver ?? true }
    }
  }
}
