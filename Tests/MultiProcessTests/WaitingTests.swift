import Foundation
import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

/// Who waits for a message or a change uses no processor time, and is woken when it comes.
@Suite(.serialized) struct WaitingTests {
  let scratch = Scratch()

  #if os(Linux)
    /// Processor time of a process and how often its threads have gone to sleep.
    private func work(of pid: Int32) throws -> (nanoseconds: Double, sleeps: Int) {
      let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
      return tasks.reduce((0, 0)) { sum, task in
        let path = "/proc/\(pid)/task/\(task)"
        let schedule = (try? String(contentsOfFile: path + "/schedstat", encoding: .utf8)) ?? ""
        let status = (try? String(contentsOfFile: path + "/status", encoding: .utf8)) ?? ""
        let sleeps = status.split(separator: "\n").first {
          $0.hasPrefix("voluntary_ctxt_switches:")
        }
        return (
          sum.0 + (schedule.split(separator: " ").first.flatMap { Double($0) } ?? 0),
          sum.1 + (sleeps?.split(separator: "\t").last.flatMap { Int($0) } ?? 0)
        )
      }
    }

    /// It looks again now and then, and sleeps in between.
    private func expectSleep(of subject: Subject) throws {
      let begin = try work(of: subject.pid)
      #expect(try eventually { try work(of: subject.pid).sleeps >= begin.sleeps + 3 })
      let (before, start) = (try work(of: subject.pid), SystemClock.monotonicNanoseconds)
      #expect(try eventually { try work(of: subject.pid).sleeps >= before.sleeps + 8 })
      let (after, end) = (try work(of: subject.pid), SystemClock.monotonicNanoseconds)
      let share = (after.nanoseconds - before.nanoseconds) / Double(end - start)
      // Spinning would be all of one.
      #expect(after.nanoseconds > 0 && share < 0.5, "waiting used \(share * 100) % of a core")
    }

    @Test(arguments: ["pop", "receive"])
    func `an empty queue costs its consumer nothing`(how: String) throws {
      let store = try Database.open(scratch.database(), creating: Geometry(blockCount: 4_096))
      let queue = try store.queue("queue", creating: QueueGeometry(capacity: 16))
      let consumer = try Subject([how, scratch.database()])
      #expect(consumer.readLine() == "ready")
      try expectSleep(of: consumer)
      _ = try queue.push(Message(cycle: 7), payload: [UInt8](repeating: 7, count: 7).rawSpan)
      #expect(consumer.readLine()?.hasSuffix("7") == true)
      consumer.signal(SIGKILL)
      consumer.wait()
      #expect(try store.sweep() == 1)
    }

    @Test(arguments: ["watch", "watch read-only"])
    func `a database in which nothing happens costs its watcher nothing`(how: String) throws {
      let store = try Database.open(scratch.database(), creating: Geometry(blockCount: 4_096))
      for number in 0..<1_000 { try store.put("key \(number)", "value") }
      let watcher = try Subject([how, scratch.database()])
      #expect(watcher.readLine() == "ready")
      try expectSleep(of: watcher)
      try store.put("key", "value")
      watcher.writeLine("?")
      #expect(watcher.readLine() == "the same")
      watcher.closeInput()
      #expect(watcher.wait() == 0)
    }
  #endif
}
