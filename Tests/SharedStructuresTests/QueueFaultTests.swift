import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import SharedStructures

/// What a thread's push came to.
private final class Outcome: Sendable {
  let result = LocalMutex<MessageQueue.PushResult?>(nil)
}

/// Cells in the hands of the slow, the failing and the dead.
@Suite struct QueueFaultTests {
  let scratch = Scratch()

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
  }

  func makeQueue(
    _ capacity: Int = 4, _ overflow: Overflow = .wait, filled: Int = 0
  ) throws -> (MessageQueue, QueueCells) {
    let store = try makeStore()
    let queue = try store.queue(
      "jobs", creating: QueueGeometry(capacity: capacity, overflow: overflow))
    for value in 0..<filled { try push(value, to: queue) }
    return (queue, try QueueCells("jobs", in: store))
  }

  @discardableResult
  func push(
    _ value: Int, to queue: MessageQueue, timeout: UInt64 = 0
  ) throws -> MessageQueue.PushResult {
    try queue.push(
      Message(cycle: UInt64(value)), payload: [UInt8(value)].rawSpan, timeoutNanoseconds: timeout)
  }

  func takeAll(_ queue: MessageQueue) throws -> [UInt64] {
    var cycles: [UInt64] = []
    while try queue.pop({ message, _ in cycles.append(message.cycle) }) {}
    return cycles
  }

  /// More than the store could ever hold.
  static let impossible = [UInt8](repeating: 1, count: 4 << 20)
  /// More than a cell holds.
  static let large = [UInt8](repeating: 9, count: 3_000)

  // MARK: dropOldest

  @Test func `dropping the oldest keeps the rest while the oldest is being read`() throws {
    let (queue, _) = try makeQueue(4, .dropOldest, filled: 4)
    var result: MessageQueue.PushResult?
    try queue.pop { _, _ in result = try? push(4, to: queue) }
    #expect(result == .timedOut)
    #expect(queue.droppedCount == 0)
    #expect(try takeAll(queue) == [1, 2, 3])
  }

  @Test func `who drops the oldest sleeps behind its reader and is woken`() throws {
    let (queue, cells) = try makeQueue(4, .dropOldest, filled: 4)
    let outcome = Outcome()
    try inThreads([
      {
        try queue.pop { _, _ in
          #expect(eventually { cells.departure.hasSleeper })
        }
      },
      {
        #expect(eventually { cells[0].state == .reading })
        let result = try push(4, to: queue, timeout: 60_000_000_000)
        outcome.result.withLock { $0 = result }
      },
    ])
    #expect(outcome.result.withLock { $0 } == .pushed)
    #expect(queue.droppedCount == 0)
    #expect(try takeAll(queue) == [1, 2, 3, 4])
  }

  @Test func `dropping the oldest passes a reader that died`() throws {
    let (queue, cells) = try makeQueue(2, .dropOldest, filled: 2)
    cells[0] = CellWord(.reading, lap: 0, owner: QueueCells.dead)
    #expect(try eventually { try push(2, to: queue) == .pushed })
    #expect(queue.lostCount == 1 && queue.droppedCount == 0)
    #expect(try takeAll(queue) == [1, 2])
  }

  @Test func `the end of a stream waits for room whatever the policy`() throws {
    for overflow in Overflow.allCases {
      let store = try makeStore()
      let queue = try store.queue(
        "\(overflow)", creating: QueueGeometry(capacity: 2, overflow: overflow))
      for value in 0..<2 { try push(value, to: queue) }
      let end = Message(kind: .endOfStream)
      let result = try queue.push(end, payload: RawSpan(), timeoutNanoseconds: 0)
      #expect(result == .timedOut)
      #expect(queue.rejectedCount == 0 && queue.droppedCount == 0)
    }
  }

  @Test func `the end of a stream is not dropped for others, which wait until it was taken`() throws
  {
    let store = try makeStore()
    let queue = try store.queue(
      "jobs", creating: QueueGeometry(capacity: 2, overflow: .dropOldest))
    _ = try queue.push(Message(kind: .endOfStream), payload: RawSpan())
    try push(1, to: queue)
    #expect(try push(2, to: queue) == .timedOut)
    #expect(queue.droppedCount == 0)
    #expect(try queue.take(maxCount: 1).first?.message.kind == .endOfStream)
    #expect(try push(2, to: queue) == .pushed)
    #expect(try push(3, to: queue) == .pushed)
    #expect(try takeAll(queue) == [2, 3] && queue.droppedCount == 1)
  }

  // MARK: Errors

  private struct Refusal: Error {}

  @Test func `a message whose taker throws is gone, and its cell is free`() throws {
    let (queue, cells) = try makeQueue(2, filled: 2)
    _ = try queue.pop { _, _ in }
    _ = try queue.push(Message(cycle: 2), payload: Self.large.rawSpan)
    for taking in [nil, 0] as [UInt64?] {
      let sleeper = cells.departure.prepare()
      #expect(throws: Refusal.self) {
        if let taking {
          try queue.pop(timeoutNanoseconds: taking) { _, _ in throw Refusal() }
        } else {
          try queue.pop { _, _ in throw Refusal() }
        }
      }
      #expect(cells.departure.hasWoken(since: sleeper))
    }
    #expect(try takeAll(queue) == [] && queue.lostCount == 0)
    for value in 0..<2 { #expect(try push(value, to: queue) == .pushed) }
    #expect(try takeAll(queue) == [0, 1])
  }

  @Test func `an error of the store while a payload is fetched leaves the cell free`() throws {
    let store = try makeStore()
    // The longest key there is: that of a payload, which is longer, is refused.
    let name = String(repeating: "n", count: Database.maximumKeyLength)
    let queue = try store.queue(name, creating: QueueGeometry(capacity: 2))
    let cells = try QueueCells(name, in: store)
    cells.setEnvelope(Message(kind: .storeReference, size: 3_000), of: 0)
    cells[0] = CellWord(.full, lap: 0)
    cells.tail.exchangeSequential(1)
    let sleeper = cells.departure.prepare()
    #expect(throws: StoreError.self) { try queue.pop { _, _ in } }
    #expect(cells[0].state == .empty && cells[0].lap == 1)
    #expect(cells.departure.hasWoken(since: sleeper))
    #expect(queue.lostCount == 1)
  }

  @Test func `a payload that fits nowhere leaves the cell free and wakes both sides`() throws {
    let (queue, cells) = try makeQueue(2)
    let consumer = cells.arrival.prepare()
    let producer = cells.departure.prepare()
    let error = #expect(throws: StoreError.self) {
      try queue.push(Message(), payload: Self.impossible.rawSpan)
    }
    #expect(error?.code == .full)
    #expect(cells.arrival.hasWoken(since: consumer))
    #expect(cells.departure.hasWoken(since: producer))
    #expect(queue.lostCount == 0)
    for value in 0..<2 { #expect(try push(value, to: queue) == .pushed) }
    #expect(try takeAll(queue) == [0, 1])
  }

  @Test func `a message behind one that failed is seen`() throws {
    let (queue, cells) = try makeQueue(4)
    for _ in 0..<100 {
      #expect(throws: StoreError.self) {
        try queue.push(Message(), payload: Self.impossible.rawSpan)
      }
    }
    try push(7, to: queue)
    #expect(try takeAll(queue) == [7])
    #expect(cells.head.loadRelaxed() == cells.tail.loadRelaxed())
  }

  // MARK: Waking

  @Test func `producers are woken for a quarter of the cells, whoever empties the last of them`()
    throws
  {
    let (queue, cells) = try makeQueue(16, filled: 16)
    let owner = try queue.handle.owner()
    func hasWoken(_ body: () throws -> Void) rethrows -> Bool {
      let sleeper = cells.departure.prepare()
      try body()
      return cells.departure.hasWoken(since: sleeper)
    }
    func take(_ count: Int) throws -> [UInt64] {
      try (0..<count).map { _ in try #require(try queue.ring.claimForReading(owner)) }
    }
    #expect(try !hasWoken { for position in try take(3) { queue.ring.release(position, owner) } })
    #expect(try hasWoken { for position in try take(1) { queue.ring.release(position, owner) } })
    // Late: the others have gone on into another quarter.
    let late = try take(5)
    #expect(hasWoken { queue.ring.release(late[1], owner) })
    #expect(hasWoken { queue.ring.release(late[0], owner) })
    queue.ring.release(late[2], owner)
    // Together, across the end of a quarter.
    #expect(hasWoken { queue.ring.release(late[3], count: 2, owner) })
    #expect(cells.head.loadRelaxed() == 9)
  }

  @Test func `who passes a cell that was given up at the end of a quarter wakes producers`() throws
  {
    let (queue, cells) = try makeQueue(16, filled: 3)
    let owner = try queue.handle.owner()
    guard case .claimed(let position, _) = try queue.ring.claimForWriting(owner) else {
      throw Refusal()
    }
    #expect(position == 3)
    queue.ring.abandon(position, .writing, owner)
    try push(4, to: queue)
    for _ in 0..<3 { _ = try queue.pop { _, _ in } }
    let sleeper = cells.departure.prepare()
    _ = try queue.pop { _, _ in }
    #expect(cells.head.loadRelaxed() == 5)
    #expect(cells.departure.hasWoken(since: sleeper))
  }

  // MARK: The dead

  @Test func `producers and consumers suspect the dead each for themselves`() throws {
    let (queue, cells) = try makeQueue(4, .reject, filled: 4)
    // A consumer died with the first element, a producer before it filled the second cell.
    cells[0] = CellWord(.reading, lap: 0, owner: QueueCells.dead)
    cells[1] = CellWord(.writing, lap: 0, owner: QueueCells.alsoDead)
    var taken: UInt64?
    var isPushed = false
    #expect(
      try eventually(within: 5) {
        if !isPushed { isPushed = try push(4, to: queue) == .pushed }
        if taken == nil { try queue.pop { message, _ in taken = message.cycle } }
        return isPushed && taken != nil
      })
    #expect(taken == 2)
    #expect(queue.lostCount == 2)
  }

  @Test
  func `cells that the dead claimed in a row, and did not move the position past, are passed`()
    throws
  {
    let (queue, cells) = try makeQueue(4)
    for number in 0..<3 { cells[number] = CellWord(.writing, lap: 0, owner: QueueCells.dead) }
    #expect(
      try eventually {
        try queue.pop { _, _ in }
        return (0..<3).allSatisfy { cells[$0].state == .empty } && cells.head.loadRelaxed() == 3
      })
    #expect(cells.tail.loadRelaxed() == 0 && queue.lostCount == 3)
    for number in 0..<4 { try push(number, to: queue) }
    #expect(try takeAll(queue) == [0, 1, 2, 3])
  }

  @Test func `who undoes a claim of the dead wakes both sides`() throws {
    let (queue, cells) = try makeQueue(2)
    cells[0] = CellWord(.writing, lap: 0, owner: QueueCells.dead)
    cells.tail.exchangeSequential(1)
    let consumer = cells.arrival.prepare()
    let producer = cells.departure.prepare()
    #expect(
      try eventually {
        try queue.pop { _, _ in }
        return cells[0].state == .empty
      })
    #expect(cells.arrival.hasWoken(since: consumer))
    #expect(cells.departure.hasWoken(since: producer))
  }

  // MARK: Payloads in the store

  @Test func `a payload goes when its message is dropped`() throws {
    let (queue, cells) = try makeQueue(2, .dropOldest)
    for _ in 0..<2 { _ = try queue.push(Message(), payload: Self.large.rawSpan) }
    for value in 0..<2 { #expect(try push(value, to: queue) == .pushed) }
    #expect(queue.droppedCount == 2)
    #expect(try cells.handle.database.keys(prefix: "jobs/payload").isEmpty)
  }

  @Test func `a payload goes when its consumer died before it fetched it`() throws {
    let (queue, cells) = try makeQueue(2)
    _ = try queue.push(Message(), payload: Self.large.rawSpan)
    try push(1, to: queue)
    cells[0] = CellWord(.reading, lap: 0, owner: QueueCells.dead)
    #expect(try eventually { try push(2, to: queue) == .pushed })
    #expect(try cells.handle.database.keys(prefix: "jobs/payload").isEmpty)
    #expect(try takeAll(queue) == [1, 2])
  }

  @Test func `a payload goes when its producer died before it published it`() throws {
    let (queue, cells) = try makeQueue(2)
    _ = try queue.push(Message(), payload: Self.large.rawSpan)
    cells[0] = CellWord(.writing, lap: 0, owner: QueueCells.dead)
    #expect(
      try eventually {
        try queue.pop { _, _ in }
        return queue.lostCount == 1
      })
    for value in 1..<3 { #expect(try push(value, to: queue) == .pushed) }
    #expect(try cells.handle.database.keys(prefix: "jobs/payload").isEmpty)
    #expect(try takeAll(queue) == [1, 2])
  }

  @Test func `the end of a stream carries no payload larger than a cell`() throws {
    let (queue, _) = try makeQueue()
    let error = #expect(throws: StoreError.self) {
      try queue.push(Message(kind: .endOfStream), payload: Self.large.rawSpan)
    }
    #expect(error?.code == .invalidArgument)
    #expect(queue.count == 0)
  }

  // MARK: Laps and positions

  @Test(arguments: [2, 4])
  func `a queue goes on where the laps of its cells wrap`(capacity: Int) throws {
    let (queue, cells) = try makeQueue(capacity)
    cells.move(toLap: (1 << 35) - 2)
    for round in 0..<4 {
      for value in 0..<capacity {
        #expect(try push(round * capacity + value, to: queue) == .pushed)
        // As if the producer had died before it moved the position on.
        cells.tail.exchangeSequential(cells.tail.loadRelaxed() - 1)
      }
      #expect(try push(99, to: queue) == .timedOut)
      // The same of a consumer.
      if round > 0 { cells.head.exchangeSequential(cells.head.loadRelaxed() - 1) }
      #expect(try takeAll(queue) == (0..<capacity).map { UInt64(round * capacity + $0) })
    }
  }

  @Test(arguments: [0, 1, 4, 1 << 20, .max] as [UInt64])
  func `hostile positions give an error or a result, and no hang`(position: UInt64) throws {
    for word in [QueueLayout.head, QueueLayout.tail] {
      let store = try makeStore()
      let queue = try store.queue("\(word)", creating: QueueGeometry(capacity: 4))
      let cells = try QueueCells("\(word)", in: store)
      cells.move(toLap: 1 << 24)
      try push(1, to: queue)
      cells.handle.region.word(at: word).exchangeSequential(position)
      for value in 0..<8 { _ = try? push(value, to: queue) }
      for _ in 0..<8 { _ = try? queue.pop { _, _ in } }
      _ = queue.count
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: [CellWord.State.empty, .writing, .full, .reading])
  func `cells that are each ahead of the one before are corrupt, and nobody chases them`(
    state: CellWord.State
  ) throws {
    for position: UInt64 in [0, 1 << 20, 1 << 63] {
      let (queue, cells) = try makeQueue(4)
      func spread() {
        // Each is half the way round, as laps are compared, ahead of where the one before leads to.
        for cell in 0..<4 { cells[cell] = CellWord(state, lap: UInt64(cell + 1) << 33 + 7) }
        cells.head.exchangeSequential(position)
        cells.tail.exchangeSequential(position)
      }
      spread()
      let popping = #expect(throws: StoreError.self) { while try queue.pop({ _, _ in }) {} }
      #expect(popping?.code == .corrupt)
      spread()
      let pushing = #expect(throws: StoreError.self) {
        while try push(1, to: queue) == .pushed {}
      }
      #expect(pushing?.code == .corrupt)
      try queue.handle.database.drop()
    }
  }

  @Test func `positions beyond what was pushed are corrupt`() throws {
    let (queue, cells) = try makeQueue(4)
    cells.head.exchangeSequential(1 << 20)
    let popping = #expect(throws: StoreError.self) { try queue.pop { _, _ in } }
    #expect(popping?.code == .corrupt)
    cells.tail.exchangeSequential(1 << 20)
    let pushing = #expect(throws: StoreError.self) { try push(0, to: queue) }
    #expect(pushing?.code == .corrupt)
  }
}
