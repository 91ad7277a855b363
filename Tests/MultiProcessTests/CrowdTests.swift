import Foundation
import SharedMemory
import SimDB
import TestSupport
import Testing

/// More processes than anybody would start.
@Suite(.serialized) struct CrowdTests {
  let scratch = Scratch()

  /// Runs a subject that says "done", and nothing else where all is well.
  private func run(_ work: String, count: Int) throws {
    var generator = SeededGenerator()
    let subject = try Subject([
      work, scratch.database(), "\(generator.next() >> 1)", "\(count)",
    ])
    let output = subject.readAll()
    #expect(output == "done\n", "\(subject.readAllErrors().prefix(4_000))")
    #expect(subject.wait() == 0)
  }

  @Test func `64 processes create one store at once, and one may be killed half-way`() throws {
    try run("create at once", count: 6 * scale)
    #expect(scratch.names == [])
  }

  @Test func `processes that come and go, or are killed, leave nothing`() throws {
    try run("visit", count: 400 * scale)
  }

  @Test func `a process that got the number of a dead one is not taken for it`() throws {
    let path = scratch.database()
    let store = try Database.open(
      path, creating: Geometry(blockSize: 64, blockCount: 256, participantCount: 4))
    let subject = try Subject(["pin", path])
    try store.put("pinned", "value")
    // Its number is still in use when its row says that another had it.
    let other = try Subject(["pin", path])
    #expect([subject, other].allSatisfy { $0.readLine() == "ready" })
    #expect(try store.participants().count { $0.isAlive } == 3)
    let rows = try store.participants()
    let row = try #require(rows.firstIndex { $0.pid == UInt32(subject.pid) })
    let segment = try Segment.attach(path: path, writable: true)
    // 4,096 bytes of header, 16 of the row.
    let startTime = segment.region.word(at: 4_096 + row * 128 + 16)
    #expect(startTime.loadRelaxed() == rows[row].startTime)
    startTime.storeRelaxed(rows[row].startTime - 1)
    #expect(segment.isLive)
    #expect(try store.participants().filter { !$0.isAlive }.map(\.pid) == [UInt32(subject.pid)])
    #expect(try store.sweep() == 1)
    #expect(try store.participants().map(\.pid).contains(UInt32(other.pid)))
    #expect(try store.participants().count == 2)
    for subject in [subject, other] { subject.closeInput() }
    #expect(other.wait() == 0)
    subject.wait()
    #expect(store.check() == [])
  }

  @Test func `writers that are stopped for long hold little, and others go on`() throws {
    var generator = SeededGenerator()
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    for _ in 0..<2 * scale {
      let subjects = try (0..<4).map { _ in
        try Subject(["crowd", scratch.database(), "\(generator.next() >> 1)"])
      }
      for subject in subjects { #expect(subject.readLine() == "ready") }
      let (stopped, running) = (subjects.prefix(2), subjects.suffix(2))
      for subject in stopped {
        passMoment(upTo: 2_000_000, using: &generator)
        subject.signal(SIGSTOP)
      }
      let before = store.changeCount
      #expect(eventually(within: 30) { store.changeCount > before + 2_000 })
      for subject in running {
        subject.signal(SIGKILL)
        subject.wait()
      }
      for key in try store.keys() { try store.delete(key) }
      // All but what the two have in their hands: a value in flight and the one it replaces, and what
      // a thread may keep of retired blocks.
      var free = 0
      while (try? store.put("filling \(free)", "v")) != nil { free += 1 }
      let statistics = try store.statistics()
      #expect(free >= 1_024 - 2 * 160, "\(statistics)")
      for key in try store.keys() { try store.delete(key) }
      // They find the store changed, and go on.
      let later = store.changeCount
      for subject in stopped { subject.signal(SIGCONT) }
      #expect(eventually(within: 30) { store.changeCount > later + 200 })
      for subject in stopped {
        subject.signal(SIGKILL)
        subject.wait()
      }
      try store.sweep()
      #expect(store.check() == [])
      for key in try store.keys() { try store.delete(key) }
    }
  }
}
