import SharedMemory
import TestSupport
import Testing

/// The one thread that sleeps for all who wait with `await`.
@Suite struct WaiterTests {
  let scratch = Scratch()

  @Test func `who waits is let look again in time, however often others are woken`() async throws {
    let path = scratch.database()
    #expect(try Segment.create(path: path, geometry: Geometry(blockSize: 64, blockCount: 64)))
    let segment = try Segment.attach(path: path, writable: true)
    let busy = segment.region.word32(at: segment.layout.blocksOffset)
    let quiet = segment.region.word32(at: segment.layout.blocksOffset + 64)
    let looks = Counter()
    let waiting = Task {
      await WaiterThread.shared.wait(quiet, while: 0)
      looks.add(1)
    }
    let others = Task {
      while !Task.isCancelled {
        await WaiterThread.shared.wait(busy, while: busy.loadRelaxed())
      }
    }
    // Woken a hundred times a second, the thread itself never sleeps for long.
    await #expect(throws: Never.self) {
      try await waitUntil(within: 60) {
        busy.add(1)
        busy.wakeAll()
        return looks.value == 1
      }
    }
    for task in [waiting, others] {
      task.cancel()
      await task.value
    }
    _ = segment
  }
}
