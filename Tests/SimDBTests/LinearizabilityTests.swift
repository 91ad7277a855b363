import SimDB
import TestSupport
import Testing

/// Every operation takes effect at one instant; and the check that says so can fail.
@Suite struct LinearizabilityTests {
  let scratch = Scratch()

  private func isLegal(_ operations: [(StoreOperation, UInt64, UInt64?)]) -> Bool {
    let history = operations.map { Recorded($0.0, invoked: $0.1, returned: $0.2) }
    return isLinearizable(history, StoreModel())
  }

  @Test func `the checker takes what ran side by side in either order`() {
    #expect(isLegal([(.put(1), 0, 10), (.put(2), 5, 15), (.get(1), 20, 21)]))
    #expect(isLegal([(.put(1), 0, 10), (.put(2), 5, 15), (.get(2), 20, 21)]))
    #expect(isLegal([(.put(1), 0, 10), (.get(nil), 5, 6), (.get(1), 7, 8)]))
    #expect(isLegal([(.put(1), 0, nil), (.get(nil), 5, 6), (.get(1), 7, 8)]))
    #expect(isLegal([(.put(1), 0, nil), (.get(nil), 50, 60)]))
    #expect(isLegal([(.put(1), 0, 1), (.delete(nil), 2, nil), (.get(nil), 5, 6)]))
  }

  @Test func `the checker catches stale reads, lost updates and duplicate inserts`() {
    #expect(!isLegal([(.put(1), 0, 1), (.put(2), 2, 3), (.get(1), 4, 5)]))
    #expect(!isLegal([(.put(1), 0, 10), (.get(1), 2, 3), (.get(nil), 4, 5)]))
    #expect(
      !isLegal([
        (.put(1), 0, 1), (.compareAndSet(from: 1, 2, true), 2, 6),
        (.compareAndSet(from: 1, 3, true), 3, 7),
      ]))
    #expect(!isLegal([(.putIfAbsent(1, true), 0, 9), (.putIfAbsent(2, true), 1, 8)]))
    #expect(!isLegal([(.put(1), 0, 1), (.delete(true), 2, 5), (.delete(true), 3, 6)]))
    #expect(!isLegal([(.get(7), 0, 1)]))
    #expect(!isLegal([(.put(1), 0, nil), (.get(1), 5, 6), (.get(nil), 7, 8)]))
  }

  /// Operations that take effect one after the other, each at an instant of its own inside its
  /// question and answer, which overlap with others'.
  private func legal(_ count: Int, _ generator: inout SeededGenerator) -> [Recorded<StoreOperation>]
  {
    var model: Int?
    return (0..<count).map { index in
      let instant = UInt64(index) * 10 + 100
      let invoked = instant - UInt64.random(in: 0...60, using: &generator)
      let returned = instant + UInt64.random(in: 0...60, using: &generator)
      let operation: StoreOperation
      switch Int.random(in: 0..<5, using: &generator) {
      case 0:
        operation = .delete(model != nil)
        model = nil
      case 1:
        operation = .putIfAbsent(index, model == nil)
        model = model ?? index
      case 2:
        operation = .put(index)
        model = index
      default: operation = .get(model)
      }
      return Recorded(operation, invoked: invoked, returned: returned)
    }
  }

  @Test func `the checker takes every legal history, and none with a read from long ago`() {
    var generator = SeededGenerator()
    for _ in 0..<50 {
      var history = legal(200, &generator)
      #expect(isLinearizable(history, StoreModel()))
      // Number 0 is gone for good when others have been put after it was read last.
      history.insert(Recorded(.put(1_000), invoked: 0, returned: 1), at: 0)
      let planted = Recorded(
        StoreOperation.get(1_000), invoked: history[150].invoked, returned: history[150].returned)
      let isOverwritten = history[1..<140].contains { item in
        if case .put = item.operation { (item.returned ?? .max) < planted.invoked } else { false }
      }
      guard isOverwritten else { continue }
      #expect(!isLinearizable(history + [planted], StoreModel()))
    }
  }

  @Test func `what threads do to a store is linearizable`() throws {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 64, blockCount: 1_024))
    var generator = SeededGenerator()
    let seeds = (0..<3).map { _ in generator.next() }
    let histories = LocalMutex(StoreHistory())
    try inThreads(
      seeds.enumerated().map { index, seed in
        {
          var notes: [String] = []
          var recorder = StoreRecorder(store, id: index + 1, seed: seed)
          for _ in 0..<2_000 { try recorder.step { notes.append($0) } }
          histories.withLock { $0.add(StoreHistory(notes: notes)) }
        }
      })
    let history = histories.withLock { $0 }
    #expect(history.count == 6_000)
    #expect(history.contradictions == [])
    #expect(store.check() == [])
  }
}
