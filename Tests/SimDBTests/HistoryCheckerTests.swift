import Testing

@testable import SimDB
@testable import TestSupport

/// The check of histories can fail, and does not where it must not.
@Suite struct HistoryCheckerTests {
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
    #expect(
      isLegal([
        (.put(1), 0, 1), (.update(from: value(1), 2, true), 2, 6), (.get(1), 3, 4), (.get(2), 3, 4),
      ]))
    #expect(isLegal([(.update(from: nil, 1, nil), 0, nil), (.get(nil), 2, 3), (.get(1), 4, 5)]))
    #expect(
      isLegal([
        (.put(1, generation: 70), 0, 9), (.look(Sighting(generation: 70)), 2, 3),
        (.look(Sighting(length: RecordedValue(1).count)), 4, 5), (.look(Sighting()), 6, 7),
      ]))
    // Who died in the put has not told the generation.
    #expect(isLegal([(.put(1), 0, nil), (.look(Sighting(generation: 70)), 2, 3), (.get(1), 4, 5)]))
  }

  private func value(_ number: Int) -> Sighting { Sighting(number: number) }

  @Test func `the checker catches stale reads, lost updates and duplicate inserts`() {
    #expect(!isLegal([(.put(1), 0, 1), (.put(2), 2, 3), (.get(1), 4, 5)]))
    #expect(!isLegal([(.put(1), 0, 10), (.get(1), 2, 3), (.get(nil), 4, 5)]))
    #expect(
      !isLegal([
        (.put(1), 0, 1), (.compareAndSet(from: value(1), 2, true), 2, 6),
        (.compareAndSet(from: value(1), 3, true), 3, 7),
      ]))
    #expect(!isLegal([(.putIfAbsent(1, true), 0, 9), (.putIfAbsent(2, true), 1, 8)]))
    #expect(!isLegal([(.put(1), 0, 1), (.delete(true), 2, 5), (.delete(true), 3, 6)]))
    #expect(!isLegal([(.get(7), 0, 1)]))
    #expect(!isLegal([(.put(1), 0, nil), (.get(1), 5, 6), (.get(nil), 7, 8)]))
  }

  @Test func `the checker catches an update that overwrote another`() {
    #expect(
      !isLegal([
        (.put(1), 0, 1), (.update(from: value(1), 2, true), 2, 9),
        (.update(from: value(1), 3, true), 3, 8),
      ]))
    #expect(
      !isLegal([(.update(from: nil, 1, true), 0, 9), (.update(from: nil, 2, true), 1, 8)]))
    #expect(isLegal([(.put(1), 0, 1), (.put(2), 2, 3), (.update(from: value(1), 3, true), 0, 9)]))
    #expect(
      !isLegal([
        (.put(1), 0, 1), (.put(2), 2, 3), (.update(from: value(1), 3, true), 1, 9),
        (.get(3), 10, 11),
      ]))
    // One that was killed may have stored, but over what it saw, and nothing else.
    #expect(
      !isLegal([
        (.put(1), 0, 1), (.put(2), 2, 3), (.update(from: value(1), 3, nil), 4, nil),
        (.get(3), 5, 6),
      ]))
  }

  @Test func `the checker catches a value of no put`() {
    let changed = Sighting(number: Sighting.noNumber)
    #expect(!isLegal([(.put(2), 0, 1), (.put(4), 2, 9), (.look(changed), 3, 8)]))
  }

  @Test func `the checker catches generations and lengths of other values`() {
    let put = (StoreOperation.put(1, generation: 70), UInt64(0), UInt64(1) as UInt64?)
    #expect(!isLegal([put, (.look(Sighting(generation: 71)), 2, 3)]))
    #expect(!isLegal([put, (.look(Sighting(number: 1, generation: 71)), 2, 3)]))
    #expect(!isLegal([put, (.look(Sighting(length: RecordedValue(1).count + 1)), 2, 3)]))
    #expect(!isLegal([put, (.delete(true), 2, 3), (.look(Sighting()), 4, 5)]))
    #expect(
      !isLegal([
        (.put(1), 0, nil), (.look(Sighting(generation: 70)), 2, 3),
        (.look(Sighting(generation: 71)), 4, 5),
      ]))
    var history = StoreHistory()
    history.add("one", .put(1, generation: 70), invoked: 0, returned: 1)
    history.add("other", .put(2, generation: 71), invoked: 0, returned: 1)
    #expect(history.contradictions == [])
    history.add("other", .put(3, generation: 70), invoked: 2, returned: 3)
    #expect(history.contradictions.count == 1)
  }

  /// What a recorder notes, and one that was killed.
  /// Operations that take effect one after the other, each at an instant of its own inside its
  /// question and answer, which overlap with others'.
  private func legal(_ count: Int, _ generator: inout SeededGenerator) -> [Recorded<StoreOperation>]
  {
    var entry: Sighting?
    return (0..<count).map { index in
      let instant = UInt64(index) * 10 + 100
      let invoked = instant - UInt64.random(in: 0...60, using: &generator)
      let returned = instant + UInt64.random(in: 0...60, using: &generator)
      let new = Sighting(number: index, generation: instant)
      let operation: StoreOperation
      switch Int.random(in: 0..<10, using: &generator) {
      case 0:
        operation = .delete(entry != nil)
        entry = nil
      case 1:
        operation = .putIfAbsent(index, entry == nil, generation: entry == nil ? instant : nil)
        entry = entry ?? new
      case 2:
        operation = .put(index, generation: instant)
        entry = new
      case 3, 4:
        operation = .update(from: entry, index, true, generation: instant)
        entry = new
      case 5: operation = .look(entry.map { Sighting(generation: $0.generation) })
      case 6: operation = .look(entry.map { _ in Sighting() })
      case 7: operation = .get(entry?.number)
      default: operation = .look(entry)
      }
      return Recorded(operation, invoked: invoked, returned: returned)
    }
  }

  /// What cannot have been, each beside an operation of a history.
  private func faults(beside index: Int, of history: [Recorded<StoreOperation>]) -> [StoreOperation]
  {
    let item = history[index]
    var faults: [StoreOperation] = []
    // A value that comes later.
    let late = history.indices.first {
      history[$0].invoked > item.returned! && history[$0].operation.incarnation?.number == $0
    }
    if let late { faults.append(.get(late)) }
    switch item.operation {
    case .update(let old?, _, _, _):
      faults.append(.update(from: old, 1_000, true))
      faults.append(.look(Sighting(number: old.number, generation: old.generation! + 1)))
    case .look(let seen?):
      if let number = seen.number { faults.append(.look(Sighting(number: number, generation: 1))) }
    default: break
    }
    return faults
  }

  @Test func `the checker takes every legal history, and none with a fault`() {
    var generator = SeededGenerator()
    var faultCount = 0
    for _ in 0..<50 {
      let history = legal(200, &generator)
      #expect(isLinearizable(history, StoreModel()))
      let index = Int.random(in: 50..<150, using: &generator)
      for fault in faults(beside: index, of: history) {
        let planted = Recorded(
          fault, invoked: history[index].invoked, returned: history[index].returned)
        #expect(!isLinearizable(history + [planted], StoreModel()), "\(fault) at \(index)")
        faultCount += 1
      }
    }
    #expect(faultCount >= 20)
  }

  /// Tries all orders.
  private func isLegalInSomeOrder(
    _ left: [Recorded<StoreOperation>], _ model: StoreModel = StoreModel()
  ) -> Bool {
    guard let firstAnswer = left.compactMap(\.returned).min() else { return true }
    return left.indices.contains { index in
      var after = model
      guard left[index].invoked <= firstAnswer, after.perform(left[index].operation) else {
        return false
      }
      var rest = left
      rest.remove(at: index)
      return isLegalInSomeOrder(rest, after)
    }
  }

  /// An operation that was answered somehow, or not at all.
  private func anything(_ number: Int, _ generator: inout SeededGenerator) -> Recorded<
    StoreOperation
  > {
    let isAnswered = Int.random(in: 0..<6, using: &generator) > 0
    let isYes = Bool.random(using: &generator)
    let answer = isAnswered ? isYes : nil
    let other = Int.random(in: 1...6, using: &generator)
    let seen = Sighting(
      number: Bool.random(using: &generator) ? other : nil,
      generation: Bool.random(using: &generator) ? UInt64(other) : nil)
    let operation: StoreOperation =
      switch Int.random(in: 0..<7, using: &generator) {
      case 0: .delete(answer)
      case 1: .put(number, generation: isAnswered && isYes ? UInt64(number) : nil)
      case 2: .putIfAbsent(number, answer)
      case 3: .compareAndSet(from: value(other), number, answer)
      case 4: .update(from: isYes ? nil : value(other), number, isAnswered ? true : nil)
      default: .look(isYes ? nil : seen)
      }
    let invoked = UInt64.random(in: 0..<20, using: &generator)
    let length = UInt64.random(in: 0..<15, using: &generator)
    return Recorded(operation, invoked: invoked, returned: isAnswered ? invoked + length : nil)
  }

  @Test func `the checker says what trying all orders says`() {
    var generator = SeededGenerator()
    var legalCount = 0
    for _ in 0..<5_000 {
      let history = (1...6).map { anything($0, &generator) }
      let isLegal = isLegalInSomeOrder(history)
      legalCount += isLegal ? 1 : 0
      #expect(isLinearizable(history, StoreModel()) == isLegal, "\(history)")
    }
    #expect((500...4_500).contains(legalCount))
  }
}
