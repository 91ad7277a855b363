import SimDB
import TestSupport
import Testing

/// More threads than a store has lanes for.
@Suite struct LaneTests {
  let scratch = Scratch()

  @Test func `a thread without a lane is lent a copy, reads, and is told why it cannot write`()
    throws
  {
    // One participant: four lanes, of which this thread has one.
    let store = try Database.open(
      scratch.database(),
      creating: Geometry(blockSize: 64, blockCount: 256, participantCount: 1))
    try store.put("key", "value")
    let inside = Counter()
    let copies = Counter()
    let refusals = Counter()
    try inThreads(
      (0..<6).map { _ in
        {
          try store.withValue("key") { span, isCopy in
            #expect(span.byteCount == 5)
            copies.add(isCopy ? 1 : 0)
            inside.add(1)
            #expect(eventually { inside.value == 6 })
            guard isCopy else {
              // Who has a lane keeps it until the others have been refused.
              #expect(eventually { refusals.value == 3 })
              return
            }
            let value = try store.get("key")
            #expect(value == Array("value".utf8))
            let error = #expect(throws: StoreError.self) { try store.put("key", "other") }
            #expect(error?.code == .full && error?.reason.contains("lanes") == true)
            refusals.add(1)
          }
        }
      })
    #expect(copies.value == 3 && refusals.value == 3)
    try store.put("key", "other")
    #expect(store.check() == [])
  }
}
