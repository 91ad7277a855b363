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

    /// It looks again now and then, and sleeps in between: once it has begun, a second of it takes
    /// less than half a second of a processor. Who spins takes all of it and does not sleep.
    private func expectSleep(of subject: Subject) throws {
      var share = 1.0
      let isAsleep = try eventually {
        let (before, start) = (try work(of: subject.pid), SystemClock.monotonicNanoseconds)
        SystemClock.pause(nanoseconds: 1_000_000_000)
        let (after, end) = (try work(of: subject.pid), SystemClock.monotonicNanoseconds)
        share = (after.nanoseconds - before.nanoseconds) / Double(end - start)
        return after.sleeps >= before.sleeps + 3 && share < 0.5
      }
      #expect(isAsleep, "waiting used \(share * 100) % of a core")
      // What says nothing at all of its time would look idle.
      #expect(try work(of: subject.pid).nanoseconds > 0)
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
