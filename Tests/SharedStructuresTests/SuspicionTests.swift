import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import SharedStructures

@Suite struct SuspicionTests {
  let suspicion = Suspicion()

  @Test func `a claim that stands is asked about, and one that is new is not`() {
    #expect(!suspicion.isDue(1))
    #expect(!suspicion.isDue(1))
    #expect(eventually { suspicion.isDue(1) })
    #expect(!suspicion.isDue(1))
    #expect(!suspicion.isDue(2))
  }

  @Test func `claims that are met in turn are asked about, all of them`() {
    var left = Set(UInt64(100)..<104)
    #expect(
      eventually(within: 30) {
        for claim in UInt64(100)..<104 where suspicion.isDue(claim) { left.remove(claim) }
        return left.isEmpty
      })
  }

  @Test func `all claims of one that died are ended at once`() throws {
    let store = try Database.anonymous(Geometry(blockCount: 1_024))
    let queue = try store.queue("jobs", creating: QueueGeometry(capacity: 4))
    let handle = queue.handle
    #expect(!suspicion.isOfDead(1, QueueCells.dead, handle))
    #expect(eventually { suspicion.isOfDead(1, QueueCells.dead, handle) })
    for claim in UInt64(2)..<100 {
      #expect(suspicion.isOfDead(claim, QueueCells.dead, handle))
      #expect(!suspicion.isOfDead(claim, QueueCells.alsoDead, handle))
    }
    let living = try handle.owner()
    #expect(!eventually(within: 0.05) { suspicion.isOfDead(200, living, handle) })
  }
}
