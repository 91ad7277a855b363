import Foundation
import LavaFlow
import LavaSchema
import SharedMemory
import TestSupport
import Testing

/// Waiting costs no processor time, and does not keep packets waiting.
@Suite(.serialized) struct IdleTests {
  #if os(Linux)
    @Test func `an idle graph uses next to no processor time`() throws {
      var sketch = try GraphSketch()
      sketch.node("source", "count", ["count": .int(1_000), "interval": .double(0.1)])
      var last = "source.out"
      for index in 0..<5 {
        sketch.node("idle-\(index)", "step")
        sketch.edge(last, "idle-\(index).in")
        last = "idle-\(index).out"
      }
      sketch.node("end", "collect")
      sketch.edge(last, "end.in")
      let runtime = try GraphRuntime(
        sketch.graph(), options: .init(workers: 3, threadName: "idle"), sink: Records())
      try runtime.start()
      #expect(eventually { !sketch.collection.all.isEmpty })
      let (start, startTime) = (Self.threadSeconds("idle"), SystemClock.monotonicNanoseconds)
      #expect(eventually { sketch.collection.all.count >= 15 })
      let (end, endTime) = (Self.threadSeconds("idle"), SystemClock.monotonicNanoseconds)
      runtime.stop()
      #expect(runtime.wait().isSuccess)
      let share = (end - start) / (Double(endTime - startTime) / 1e9)
      // 3 workers, a timer and a control thread, ten ticks and ten publications a second.
      #expect(share < 0.05, "the threads used \(share * 100) % of a core")
    }

    /// Processor time of the threads of this process whose names begin with `prefix`.
    private static func threadSeconds(_ prefix: String) -> Double {
      let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
      return tasks.reduce(0) { sum, task in
        let path = "/proc/self/task/\(task)"
        guard let name = try? String(contentsOfFile: path + "/comm", encoding: .utf8),
          name.hasPrefix(prefix),
          let text = try? String(contentsOfFile: path + "/schedstat", encoding: .utf8),
          let nanoseconds = text.split(separator: " ").first.flatMap({ Double($0) })
        else { return sum }
        return sum + nanoseconds / 1e9
      }
    }
  #endif

  @Test(arguments: 1...3)
  func `packets that come one by one are all handled at once`(workers: Int) throws {
    // A lost wake-up would leave a packet where it is until the next tick, which is far away.
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(300), "interval": .double(0.001)])
    sketch.node("step", "step")
    sketch.node("end", "collect")
    sketch.edge("source.out", "step.in")
    sketch.edge("step.out", "end.in")
    for round in 0..<3 {
      let result = try sketch.run(workers: workers)
      #expect(result.isSuccess, "round \(round)")
      #expect(sketch.collection.numbers.count == 300 * (round + 1))
    }
  }

  @Test func `ticks of a generator follow the system's clock`() throws {
    var sketch = try GraphSketch()
    sketch.node("source", "count", ["count": .int(20), "interval": .double(0.01)])
    sketch.node("end", "collect")
    sketch.edge("source.out", "end.in")
    let start = SystemClock.monotonicNanoseconds
    #expect(try sketch.run(workers: 1).isSuccess)
    #expect(SystemClock.monotonicNanoseconds - start >= 190_000_000)
  }
}
