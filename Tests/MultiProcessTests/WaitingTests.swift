import Foundation
import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

/// Who waits for a message uses no processor time, and is woken when it comes.
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

    @Test(arguments: ["pop", "receive"])
    func `an empty queue costs its consumer nothing`(how: String) throws {
      let store = try Database.open(scratch.database(), creating: Geometry(blockCount: 4_096))
      let queue = try store.queue("queue", creating: QueueGeometry(capacity: 16))
      let consumer = try Subject([how, scratch.database()])
      #expect(consumer.readLine() == "ready")
      // It looks again ten times a second at most, and sleeps in between.
      let begin = try work(of: consumer.pid)
      #expect(try eventually { try work(of: consumer.pid).sleeps >= begin.sleeps + 3 })
      let (before, start) = (try work(of: consumer.pid), SystemClock.monotonicNanoseconds)
      #expect(try eventually { try work(of: consumer.pid).sleeps >= before.sleeps + 8 })
      let (after, end) = (try work(of: consumer.pid), SystemClock.monotonicNanoseconds)
      let share = (after.nanoseconds - before.nanoseconds) / Double(end - start)
      // Spinning would be all of one.
      #expect(after.nanoseconds > 0 && share < 0.5, "waiting used \(share * 100) % of a core")
      _ = try queue.push(Message(cycle: 7), payload: [UInt8](repeating: 7, count: 7).rawSpan)
      #expect(consumer.readLine()?.hasSuffix("7") == true)
      consumer.signal(SIGKILL)
      consumer.wait()
      #expect(try store.sweep() == 1)
    }
  #endif
}
