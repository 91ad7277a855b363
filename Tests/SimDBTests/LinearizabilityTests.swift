import Testing

@testable import SimDB
@testable import TestSupport

/// Every operation of threads takes effect at one instant.
@Suite struct LinearizabilityTests {
  let scratch = Scratch()

  @Test(arguments: StoreRecorder.Company.allCases)
  func `what threads do to a store is linearizable`(company: StoreRecorder.Company) throws {
    var generator = SeededGenerator()
    for _ in 0..<scale {
      let store = try Database.open(scratch.database(), creating: company.geometry)
      let viewer = try Database.openReadOnly(scratch.database())
      let seeds = (0..<3).map { _ in generator.next() }
      let histories = LocalMutex(StoreHistory())
      try inThreads(
        seeds.enumerated().map { index, seed in
          {
            var notes = ""
            var recorder = StoreRecorder(
              store, viewer: viewer, id: index + 1, seed: seed, company: company)
            for _ in 0..<2_000 { try recorder.step { notes += $0 } }
            let history = StoreHistory(notes: notes)
            histories.withLock { $0.add(history) }
          }
        })
      var history = histories.withLock { $0 }
      try history.addLooks(at: store)
      #expect(history.count >= 6_000)
      #expect(history.contradictions == [])
      #expect(store.check() == [])
      #expect((store.index.state().epoch == 0) == (company == .none))
      try store.drop()
    }
  }
}
