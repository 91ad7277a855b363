import SharedMemory
import SimDB
import Synchronization
import TestSupport
import Testing

@testable import SharedStructures

private struct Refusal: Error {}

/// Queues of plain values whose consumers acknowledge.
@Suite struct AcknowledgedQueueTests {
  let scratch = Scratch()

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
  }

  func makeQueue(
    _ capacity: Int = 4, _ overflow: Overflow = .wait, within: UInt64? = nil, claims: Int = 4,
    filled: Int = 0
  ) throws -> Queue<Pair> {
    let queue = try makeStore().queue(
      "jobs", of: Pair.self,
      creating: ElementQueueGeometry(
        capacity: capacity, overflow: overflow, delivery: .acknowledged(withinNanoseconds: within),
        claimLimit: claims))
    for number in 0..<filled { _ = try queue.push(Pair(UInt64(number)), timeoutNanoseconds: 0) }
    return queue
  }

  /// Another user of the same queue, who looks at once for what the dead and the late have.
  func anotherUser() throws -> Queue<Pair> { try makeStore().queue("jobs", of: Pair.self) }

  func popAll(_ queue: Queue<Pair>) throws -> [UInt64] {
    var numbers: [UInt64] = []
    while let pair = try queue.pop() {
      #expect(pair.isWhole)
      numbers.append(pair.first)
    }
    return numbers
  }

  @Test func `an example`() throws {
    let jobs = try makeStore().queue(
      "jobs", of: Pair.self,
      creating: ElementQueueGeometry(delivery: .acknowledged(withinNanoseconds: 5_000_000_000)))
    _ = try jobs.push(Pair(1))
    let first = try #require(try jobs.claim())
    first.giveBack()
    let second = try #require(try jobs.claim())
    #expect(second.element == Pair(1) && second.deliveryCount == 2)
    #expect(try second.acknowledge())
    #expect(try jobs.claim() == nil)
  }

  // MARK: Against a model

  /// What a queue with claims should do.
  private struct Model {
    let capacity: Int
    let policy: Overflow
    let claimLimit: Int
    var waiting: [UInt64] = []
    /// In the order in which they were pushed.
    var returned: [UInt64] = []
    var held: Set<UInt64> = []
    var deliveries: [UInt64: Int] = [:]
    var dropped: UInt64 = 0
    var rejected: UInt64 = 0
    var redelivered: UInt64 = 0

    mutating func push(_ number: UInt64) -> PushResult {
      if waiting.count == capacity {
        switch policy {
        case .wait: return .timedOut
        case .reject:
          rejected += 1
          return .rejected
        case .dropNewest:
          dropped += 1
          return .dropped
        case .dropOldest:
          dropped += 1
          waiting.removeFirst()
        }
      }
      waiting.append(number)
      return .pushed
    }

    /// Whether taking one more is refused for want of a claim.
    var isFull: Bool {
      returned.isEmpty && !waiting.isEmpty && held.count == claimLimit
    }

    mutating func claim() -> UInt64? {
      let number: UInt64
      if !returned.isEmpty {
        number = returned.removeFirst()
        redelivered += 1
      } else if !waiting.isEmpty {
        number = waiting.removeFirst()
      } else {
        return nil
      }
      deliveries[number, default: 0] += 1
      held.insert(number)
      return number
    }

    mutating func giveBack(_ number: UInt64) {
      held.remove(number)
      returned.append(number)
      returned.sort()
    }
  }

  @Test(arguments: Overflow.allCases)
  func `a queue with claims does what a model would`(policy: Overflow) throws {
    var generator = SeededGenerator()
    for (capacity, limit) in [(2, 1), (4, 3), (16, 40)] {
      let queue = try makeStore().queue(
        "\(capacity)", of: Pair.self,
        creating: ElementQueueGeometry(
          capacity: capacity, overflow: policy, delivery: .acknowledged, claimLimit: limit))
      var model = Model(capacity: capacity, policy: policy, claimLimit: limit)
      var claims: [Queue<Pair>.Claim] = []
      var next: UInt64 = 0
      func take(_ index: Int) -> Queue<Pair>.Claim {
        claims.swapAt(index, claims.count - 1)
        return claims.removeLast()
      }
      for _ in 0..<1_500 {
        switch generator.next() % 10 {
        case 0, 1:
          #expect(try queue.push(Pair(next), timeoutNanoseconds: 0) == model.push(next))
          next += 1
        case 2:
          let numbers = (next..<next + generator.next() % 6).map { $0 }
          next += 6
          let expected = numbers.count { model.push($0) == .pushed }
          #expect(
            try queue.push(contentsOf: numbers.map { Pair($0) }, timeoutNanoseconds: 0) == expected)
        case 3, 4:
          if model.isFull {
            let error = #expect(throws: StoreError.self) { try queue.claim() }
            #expect(error?.code == .full && error?.reason.contains("all \(limit) claims") == true)
          } else {
            let claim = try queue.claim()
            let number = model.claim()
            #expect(claim?.element == number.map { Pair($0) })
            #expect(claim?.deliveryCount == number.map { model.deliveries[$0]! & 63 })
            if let claim { claims.append(claim) }
          }
        case 5 where !claims.isEmpty:
          let claim = take(Int(generator.next() % UInt64(claims.count)))
          #expect(try claim.acknowledge() && !claim.acknowledge() && !claim.giveBack())
          model.held.remove(claim.element.first)
        case 6 where !claims.isEmpty:
          let claim = take(Int(generator.next() % UInt64(claims.count)))
          model.giveBack(claim.element.first)
          // The last one that refers to it, else.
          if generator.next() % 2 == 0 { #expect(claim.giveBack() && !claim.giveBack()) }
        case 7:
          guard !model.isFull else { continue }
          let expected = model.claim()
          if let expected { model.held.remove(expected) }
          #expect(try queue.pop() == expected.map { Pair($0) })
        case 8:
          var expected: [UInt64] = []
          while expected.count < 3, !model.isFull, let number = model.claim() {
            model.held.remove(number)
            expected.append(number)
          }
          guard !expected.isEmpty || !model.isFull else { continue }
          #expect(try queue.take(maxCount: 3).map(\.first) == expected)
        default:
          #expect(try queue.peek()?.first == model.returned.first ?? model.waiting.first)
        }
        #expect(queue.count == model.waiting.count + model.returned.count)
        #expect(queue.heldCount == model.held.count)
      }
      #expect(queue.droppedCount == model.dropped && queue.rejectedCount == model.rejected)
      #expect(queue.redeliveredCount == model.redelivered && queue.lostCount == 0)
      for claim in claims { #expect(try claim.acknowledge()) }
      #expect(try popAll(queue) == model.returned + model.waiting)
    }
  }

  // MARK: Claims

  @Test func `who is late has read what another reads as well`() throws {
    let queue = try makeQueue(within: 1, filled: 1)
    let late = try #require(try queue.claim())
    let next = try #require(try queue.claim(timeoutNanoseconds: 10_000_000_000))
    #expect(next.element == Pair(0) && next.deliveryCount == 2 && late.element == Pair(0))
    #expect(try !late.acknowledge() && !late.giveBack())
    #expect(try next.acknowledge())
    #expect(queue.count == 0 && queue.heldCount == 0 && queue.redeliveredCount == 1)
  }

  @Test func `deliveries are counted, modulo 64`() throws {
    let queue = try makeQueue(filled: 1)
    for delivery in 1...130 {
      let claim = try #require(try queue.claim())
      #expect(claim.deliveryCount == delivery & 63 && claim.element == Pair(0))
      #expect(claim.giveBack())
    }
    #expect(queue.redeliveredCount == 129)
  }

  @Test func `what is held keeps no cell`() throws {
    let queue = try makeQueue(2, .reject, filled: 2)
    let claims = try (0..<2).map { _ in try #require(try queue.claim()) }
    for number in 2..<8 {
      #expect(try queue.push(Pair(UInt64(number))) == .pushed)
      #expect(try queue.pop() == Pair(UInt64(number)))
    }
    #expect(claims.map(\.element) == [Pair(0), Pair(1)])
    for claim in claims { #expect(try claim.acknowledge()) }
    #expect(queue.heldCount == 0 && queue.rejectedCount == 0)
  }

  @Test func `a body that fails gives back what it was lent`() throws {
    let queue = try makeQueue(filled: 2)
    #expect(throws: Refusal.self) {
      try queue.pop { (_: Span<Pair>) throws in throw Refusal() }
    }
    var lent: [Pair] = []
    try queue.pop { lent.append($0[0]) }
    try queue.pop { (pair: Span<Pair>) throws in lent.append(pair[0]) }
    #expect(try !queue.pop { lent.append($0[0]) })
    #expect(lent == [Pair(0), Pair(1)] && queue.count == 0 && queue.heldCount == 0)
  }

  @Test func `elements taken so far are not lost when no claim is left for more`() throws {
    let queue = try makeQueue(claims: 1, filled: 3)
    let claim = try #require(try queue.claim())
    let error = #expect(throws: StoreError.self) { try queue.take(maxCount: 2) }
    #expect(error?.code == .full && error?.remedy.contains("claimLimit") == true)
    #expect(try claim.acknowledge())
    #expect(try queue.take(maxCount: 9).map(\.first) == [1, 2])
    // An empty queue is empty, whoever has the claims.
    _ = try queue.push(Pair(3))
    let last = try #require(try queue.claim())
    #expect(try queue.claim() == nil)
    #expect(last.giveBack())
  }

  @Test func `what cannot be acknowledged is not claimed, and what is not possible not made`()
    throws
  {
    let store = try makeStore()
    let plain = try store.queue("plain", of: Pair.self, creating: ElementQueueGeometry())
    let error = #expect(throws: StoreError.self) { _ = try plain.claim() }
    #expect(error?.code == .invalidArgument)
    for geometry in [
      ElementQueueGeometry(delivery: .acknowledged(withinNanoseconds: 0)),
      ElementQueueGeometry(claimLimit: 0), ElementQueueGeometry(claimLimit: 65_537),
    ] {
      let error = #expect(throws: StoreError.self) {
        try store.queue("jobs", of: Pair.self, creating: geometry)
      }
      #expect(error?.code == .invalidArgument)
    }
    #expect(throws: StoreError.self) { try store.queue("jobs", of: Pair.self) }
  }

  @Test func `large elements, small ones, and ones that want a line come back as they were`() throws
  {
    let store = try makeStore()
    let geometry = ElementQueueGeometry(capacity: 2, delivery: .acknowledged, claimLimit: 3)
    let bytes = try store.queue("u8", of: UInt8.self, creating: geometry)
    _ = try bytes.push(7)
    #expect(try bytes.claim()?.element == 7)
    #expect(try bytes.pop() == 7)
    typealias Large = InlineArray<300, UInt32>
    let large = try store.queue("large", of: Large.self, creating: geometry)
    for round in 0..<5 as Range<UInt32> {
      _ = try large.push(Large { UInt32($0) &* round })
      let claim = try #require(try large.claim())
      #expect((0..<300).allSatisfy { claim.element[$0] == UInt32($0) &* round })
      #expect(try claim.acknowledge())
    }
  }

  @Test func `who may only read sees what waits and what is held, and takes nothing`() throws {
    let queue = try makeQueue(filled: 3)
    let first = try #require(try queue.claim())
    let second = try #require(try queue.claim())
    let viewer = try Database.openReadOnly(scratch.database()).queue("jobs", of: Pair.self)
    #expect(try viewer.peek() == Pair(2) && viewer.count == 1 && viewer.heldCount == 2)
    #expect(viewer.geometry == queue.geometry)
    #expect(second.giveBack())
    #expect(try viewer.peek() == Pair(1) && viewer.count == 2 && viewer.heldCount == 1)
    let any = try Database.openReadOnly(scratch.database()).anyQueue("jobs")
    #expect(
      try any.peek(maxCount: 9).map(\.bytes)
        == [Pair(1), Pair(2)].map { $0.withBytes { $0.array } })
    let facts = try any.facts()
    #expect(facts.held == 1 && facts.redelivered == 0 && facts.claimLimit == 4)
    #expect(facts.count == 2 && facts.delivery == .acknowledged)
    let error = #expect(throws: StoreError.self) { try viewer.claim() }
    #expect(error?.code == .readOnly)
    #expect(try first.acknowledge())
  }

  // MARK: Waiting

  @Test func `who waits gets what is given back, or nothing when the time is up`() async throws {
    let queue = try makeQueue(filled: 1)
    let claim = try #require(try queue.claim())
    #expect(try queue.claim(timeoutNanoseconds: 1_000_000) == nil)
    let receiver = Task { try await queue.receiveClaim().acknowledge() }
    #expect(claim.giveBack())
    #expect(try await receiver.value)
    let cancelled = Task { try await queue.receiveClaim() }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
  }

  @Test func `a selection shows what was given back, and what its holder is late with`() throws {
    let queue = try makeQueue(within: 200_000_000, filled: 1)
    let selection = Selection([queue.inlet])
    #expect(selection.ready == [0])
    let claim = try #require(try queue.claim())
    #expect(try selection.wait(timeoutNanoseconds: 1_000_000) == [])
    #expect(claim.giveBack() && selection.ready == [0])
    let late = try #require(try queue.claim())
    // An attempt finds that nothing more was given back.
    #expect(try queue.claim() == nil && selection.ready == [])
    #expect(try selection.wait(timeoutNanoseconds: 60_000_000_000) == [0])
    #expect(try queue.claim(timeoutNanoseconds: 60_000_000_000)?.acknowledge() == true)
    #expect(try !late.acknowledge())
  }

  // MARK: Deaths

  private static let size = MemoryLayout<Pair>.size

  @Test func `a consumer that died before it had a cell leaves its claim to others`() throws {
    let queue = try makeQueue(2, filled: 1)
    let claims = try QueueClaims("jobs", in: makeStore(), elementSize: Self.size)
    for number in 0..<claims.limit {
      claims[number] = claims[number].next(
        .filling, owner: QueueCells.dead, isNextDelivery: true)
    }
    let claim = try #require(try queue.claim())
    #expect(claim.element == Pair(0) && claim.deliveryCount == 1)
    #expect(try claim.acknowledge())
    #expect(queue.heldCount == 0 && queue.lostCount == 0)
    #expect((0..<claims.limit).allSatisfy { claims[$0].state == .free })
  }

  @Test(arguments: [false, true])
  func `a consumer that died with a cell leaves its element to others`(
    isMetByProducer: Bool
  ) throws {
    let queue = try makeQueue(2, filled: 2)
    let claims = try QueueClaims("jobs", in: makeStore(), elementSize: Self.size)
    claims.takeCell(0, into: 3, by: QueueCells.dead)
    #expect(queue.heldCount == 1)
    if isMetByProducer {
      // Once round, to the cell of the dead.
      #expect(try eventually { try queue.push(Pair(2), timeoutNanoseconds: 0) == .pushed })
      #expect(claims[3].state == .returned)
      #expect(queue.count == 3)
    }
    let next = try #require(try anotherUser().claim())
    #expect(next.element == Pair(0) && next.deliveryCount == 2)
    #expect(CellWord(rawValue: claims.cell(0).loadRelaxed()).lap == 1)
    #expect(try next.acknowledge())
    #expect(try popAll(queue) == (isMetByProducer ? [1, 2] : [1]))
    #expect(queue.lostCount == 0 && queue.heldCount == 0)
  }

  @Test(arguments: [ClaimWord.State.held, .reading, .returned], [false, true])
  func `a cell whose element is in a claim is emptied by whoever needs it`(
    state: ClaimWord.State, isMetByProducer: Bool
  ) throws {
    let queue = try makeQueue(2, .reject, filled: 2)
    let claims = try QueueClaims("jobs", in: makeStore(), elementSize: Self.size)
    let word = claims.takeCell(0, into: 0, by: QueueCells.dead)
    claims.setElement(Pair(0), of: 0)
    claims[0] = word.next(state, owner: state == .returned ? nil : QueueCells.dead)
    if isMetByProducer { #expect(try queue.push(Pair(2)) == .pushed) }
    let next = try #require(try anotherUser().claim())
    #expect(next.element == Pair(0) && next.deliveryCount == 2)
    let cell = CellWord(rawValue: claims.cell(0).loadRelaxed())
    #expect(cell.lap == 1 && cell.state == (isMetByProducer ? .full : .empty))
    #expect(try next.acknowledge())
    #expect(try popAll(queue) == (isMetByProducer ? [1, 2] : [1]))
    #expect(queue.redeliveredCount == 1 && queue.lostCount == 0)
  }

  @Test func `a consumer that is slow to copy holds up who needs its cell, and nobody else`() throws
  {
    let queue = try makeQueue(2, filled: 2)
    let store = try makeStore()
    let claims = try QueueClaims("jobs", in: store, elementSize: Self.size)
    claims.takeCell(0, into: 0, by: try claims.handle.owner())
    #expect(try queue.push(Pair(2), timeoutNanoseconds: 10_000_000) == .timedOut)
    #expect(try queue.pop() == Pair(1) && queue.pop() == nil)
    #expect(queue.heldCount == 1)
  }

  @Test func `a producer that died is passed by who claims`() throws {
    let queue = try makeQueue(2, filled: 2)
    let claims = try QueueClaims("jobs", in: makeStore(), elementSize: Self.size)
    let word = CellWord(.writing, lap: 0, owner: QueueCells.dead)
    claims.cell(0).exchangeSequential(word.rawValue)
    let claim = try #require(try queue.claim(timeoutNanoseconds: 60_000_000_000))
    #expect(claim.element == Pair(1) && queue.lostCount == 1)
    #expect(try claim.acknowledge())
  }

  @Test func `claims that no run could have left are corrupt`() throws {
    let queue = try makeQueue(2, .reject, filled: 2)
    let claims = try QueueClaims("jobs", in: makeStore(), elementSize: Self.size)
    claims.takeCell(0, into: 0, by: QueueCells.dead)
    claims[0] = ClaimWord(rawValue: 0)
    #expect(throws: StoreError.self) { try queue.push(Pair(2)) }
    claims.cell(0).exchangeSequential(
      CellWord(.reading, lap: 0, owner: ParticipantIdentity(rawValue: 4)).rawValue)
    let error = #expect(throws: StoreError.self) { try queue.push(Pair(2)) }
    #expect(error?.code == .corrupt)
    claims[2] = ClaimWord(rawValue: 7)
    let other = #expect(throws: StoreError.self) { try queue.claim() }
    #expect(other?.code == .corrupt)
  }

  @Test func `damaged bytes give an error or a result, and no hang`() throws {
    var generator = SeededGenerator()
    for round in 0..<200 {
      let store = try Database.anonymous(Geometry(blockCount: 256))
      let queue = try store.queue(
        "jobs", of: Pair.self,
        creating: ElementQueueGeometry(
          capacity: 4, overflow: round % 2 == 0 ? .dropOldest : .reject,
          delivery: .acknowledged(withinNanoseconds: 1_000_000), claimLimit: 3))
      for value in 0..<generator.next() % 6 { _ = try queue.push(Pair(value)) }
      var held = [try queue.claim(), try queue.claim()]
      if generator.next() % 2 == 0 { held.removeLast() }
      let region = try store.structure("jobs", type: .elementQueue, creating: nil).region
      let cells = ElementQueueLayout.headerSize
      for _ in 0..<1 + generator.next() % 4 {
        // Mostly cells and claims.
        let first = generator.next() % 3 == 0 ? 0 : cells
        let offset = first + Int(generator.next() % UInt64((region.count - first) / 8)) * 8
        let word = region.word(at: offset)
        let bits = generator.next()
        word.exchangeSequential(
          bits % 3 == 0
            ? bits >> (bits % 61) : word.loadRelaxed() ^ 1 << (bits >> 8 % 64))
      }
      for value in 0..<6 {
        _ = try? queue.push(Pair(UInt64(value)), timeoutNanoseconds: 0)
        _ = try? queue.push(contentsOf: [Pair(1), Pair(2)], timeoutNanoseconds: 0)
        _ = try? queue.peek()
        if let claim = try? queue.claim() { held.append(claim) }
        _ = try? queue.take(maxCount: 3)
        _ = (queue.count, queue.heldCount, queue.inlet.isHeldUp())
        if value % 2 == 0, let claim = held.popLast() { _ = try? claim?.acknowledge() }
      }
      // Whoever attaches finds an error, or the same.
      if let other = try? store.queue("jobs", of: Pair.self) { _ = try? other.claim() }
      _ = try? store.anyQueue("jobs").peek(maxCount: 9)
    }
  }

  // MARK: Threads

  /// How often each element was acknowledged.
  private final class Tally: Sendable {
    let counts: LocalMutex<[Int]>
    init(_ count: Int) { counts = LocalMutex([Int](repeating: 0, count: count)) }
    func add(_ number: UInt64) { counts.withLock { $0[Int(number)] += 1 } }
  }

  @Test(arguments: [nil, 30_000 as UInt64], [Overflow.wait, .dropOldest])
  func `each element is acknowledged once, however it was claimed`(
    within: UInt64?, policy: Overflow
  ) throws {
    let queue = try makeQueue(8, policy, within: within, claims: 5)
    let perProducer = 1_500
    let tally = Tally(2 * perProducer)
    let running = Atomic<Int>(2)
    let producers = (0..<2).map { producer -> @Sendable () throws -> Void in
      {
        defer { running.subtract(1, ordering: .sequentiallyConsistent) }
        for number in 0..<perProducer {
          _ = try queue.push(Pair(UInt64(producer * perProducer + number)))
        }
      }
    }
    let consumers = (0..<3).map { consumer -> @Sendable () throws -> Void in
      {
        var generator = SystemRandomNumberGenerator()
        while true {
          let isLast = running.load(ordering: .sequentiallyConsistent) == 0
          guard let claim = try queue.claim(timeoutNanoseconds: 1_000_000) else {
            if isLast, queue.count == 0, queue.heldCount == 0 { return }
            continue
          }
          #expect(claim.element.isWhole)
          switch generator.next() % 8 {
          case 0: claim.giveBack()
          // Now and then too late.
          case 1 where within != nil:
            SystemClock.pause(nanoseconds: 200_000)
            fallthrough
          default: if try claim.acknowledge() { tally.add(claim.element.first) }
          }
        }
      }
    }
    try inThreads(producers + consumers)
    let counts = tally.counts.withLock { $0 }
    #expect(counts.allSatisfy { $0 <= 1 })
    #expect(counts.count { $0 == 0 } == Int(queue.droppedCount))
    #expect(policy == .dropOldest || queue.droppedCount == 0)
    #expect(queue.lostCount == 0 && queue.heldCount == 0 && queue.count == 0)
  }
}
