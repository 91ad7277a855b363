import SharedMemory
import Synchronization
import TestSupport
import Testing

@Suite struct LocalMutexTests {
  /// Does something at its end.
  private final class Ending: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    deinit { body() }
  }

  @Test func `what a mutex guarded goes when others may use it already`() {
    let mutex = LocalMutex<Ending?>(nil)
    let wasFree = Atomic<Bool>(false)
    mutex.replace(
      by: Ending {
        let isTaken = Atomic<Bool>(false)
        let thread = LocalThread(name: "another") {
          mutex.withLock { _ in isTaken.store(true, ordering: .relaxed) }
        }
        thread?.detach()
        wasFree.store(
          eventually(within: 10) { isTaken.load(ordering: .relaxed) }, ordering: .relaxed)
      })
    mutex.replace(by: nil)
    let was = wasFree.load(ordering: .relaxed)
    #expect(was)
  }
}
