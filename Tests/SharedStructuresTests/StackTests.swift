import SharedMemory
import SimDB
import TestSupport
import Testing

@testable import SharedStructures

@Suite struct StackTests {
  let scratch = Scratch()

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 32_768))
  }

  func makeStack(_ capacity: ElementCapacity = ElementCapacity(16)) throws -> Stack<UInt64> {
    try makeStore().stack("stack", of: UInt64.self, creating: capacity)
  }

  @Test func `an example of a stack`() throws {
    let database = try makeStore()
    let tickets = try database.stack("tickets", of: UInt32.self, creating: ElementCapacity(1_000))
    try tickets.push(17)
    try tickets.push(18)
    #expect(try tickets.peek() == 18 && tickets.count == 2)
    #expect(try tickets.pop() == 18 && tickets.pop() == 17 && tickets.pop() == nil)
  }

  @Test func `what was pushed last is popped first`() throws {
    var generator = SeededGenerator()
    let stack = try makeStack(ElementCapacity(initial: 8, maximum: 2_000))
    var model: [UInt64] = []
    for number in 0..<4_000 as Range<UInt64> {
      if generator.next() % 5 < 3 {
        try stack.push(number)
        model.append(number)
      } else {
        #expect(try stack.peek() == model.last)
        #expect(try stack.pop() == model.popLast())
      }
      #expect(try stack.count == model.count)
    }
    let all = try stack.stack.elements(limit: .max) { $0.element(at: $1, as: UInt64.self) }
    #expect(all == model.reversed())
    while let popped = try stack.pop() { #expect(popped == model.popLast()) }
    #expect(model.isEmpty)
  }

  @Test func `a full stack refuses, and takes again what was taken from it`() throws {
    let stack = try makeStack()
    for _ in 0..<3 {
      #expect(pushUntilFull { try stack.push($0) } == 63)
      for _ in 0..<63 { #expect(try stack.pop() != nil) }
      #expect(try stack.pop() == nil)
    }
  }

  @Test func `who waits for a stack is woken, or told that nothing came in time`() async throws {
    let stack = try makeStack()
    let arrival = stack.stack.arrival
    #expect(try stack.pop(timeoutNanoseconds: 1_000) == nil)
    let receiver = Task { try await stack.receive() }
    while !arrival.hasSleeper { await Task.yield() }
    let before = arrival.word.loadSequential()
    try stack.push(5)
    #expect(arrival.hasWoken(since: before))
    #expect(try await receiver.value == 5)
    try stack.push(6)
    #expect(try stack.pop(timeoutNanoseconds: 1_000) == 6)
    let waiting = Task { try await stack.receive() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }

  @Test func `a thread that sleeps for a stack takes what is pushed`() throws {
    let stack = try makeStack()
    try inThreads([
      {
        let popped = try stack.pop(timeoutNanoseconds: 60_000_000_000)
        #expect(popped == 7)
      },
      {
        #expect(eventually { stack.stack.arrival.hasSleeper })
        try stack.push(7)
      },
    ])
  }

  @Test func `threads that push and pop meet few units, and lose none`() throws {
    let stack = try makeStack(ElementCapacity(1))
    try pushAndPopInThreads {
      try stack.push($0)
    } pop: {
      try stack.pop()
    }
    #expect(try stack.count == 0)
  }

  @Test func `what the dead have left is used again`() throws {
    let stack = try makeStack()
    let units = stack.stack
    for number in 0..<3 as Range<UInt64> { try stack.push(number) }
    // One dies before it has linked what it pushes, one after.
    _ = try #require(try units.pool.take(QueueCells.dead))
    let linked = try #require(try units.pool.take(QueueCells.dead))
    let top = units.top.position()
    let link = LinkWord(rawValue: linked.unit.nextWord.loadRelaxed())
    linked.unit.region.setElement(7 as UInt64, at: linked.unit.offset + UnitStack.elementOffset)
    units.depthWord(linked.unit).storeRelaxed(4)
    linked.unit.nextWord.storeReleasing(link.pointing(to: top.index).rawValue)
    #expect(units.top.move(top, to: top.next(linked.index)))
    #expect(try stack.count == 4 && stack.pop() == 7)
    // One before it gives back what it has popped.
    let now = units.top.position()
    let below = try units.pool.unit(now.index).next().index
    #expect(units.top.move(now, to: now.next(below)))
    #expect(try stack.pop() == 1 && stack.pop() == 0 && stack.pop() == nil)
    for _ in 0..<2 {
      #expect(pushUntilFull { try stack.push($0) } == 63)
      while try stack.pop() != nil {}
    }
  }

  @Test func `number 0 is nobody's, whatever a free bit says`() throws {
    let stack = try makeStack()
    let pool = stack.stack.pool
    for _ in 0..<2 {
      pool.setFreeBit(0)
      _ = pool.shelf.put(0)
      #expect(pushUntilFull { try stack.push($0) } == 63)
      #expect(try stack.count == 63)
      while try stack.pop() != nil {}
    }
  }

  @Test func `threads that grow a stack at once do not grow it beyond its maximum`() throws {
    for _ in 0..<20 * scale {
      let stack = try Database.anonymous(Geometry(blockCount: 4_096)).stack(
        "stack", of: UInt64.self, creating: ElementCapacity(initial: 1, maximum: 90))
      try inThreads(
        [@Sendable () throws -> Void](
          repeating: { while (try? stack.push(1)) != nil {} }, count: 3))
      #expect(try stack.count == 127 && stack.stack.pool.unitCount == 128)
    }
  }

  @Test func `another type is refused, and read-only looks`() throws {
    let store = try makeStore()
    let stack = try store.stack("stack", of: UInt64.self, creating: ElementCapacity(4))
    try stack.push(5)
    let mismatch = #expect(throws: StoreError.self) { try store.stack("stack", of: Float.self) }
    #expect(mismatch?.code == .typeMismatch)
    let other = #expect(throws: StoreError.self) {
      try store.priorityQueue("stack", of: UInt64.self, creating: ElementCapacity(4))
    }
    #expect(other?.code == .typeMismatch)
    let reader = try Database.openReadOnly(scratch.database()).stack("stack", of: UInt64.self)
    #expect(try reader.peek() == 5 && reader.count == 1)
    let refusals = [
      #expect(throws: StoreError.self) { try reader.push(1) },
      #expect(throws: StoreError.self) { try reader.pop() },
    ]
    #expect(refusals.map(\.?.code) == [.readOnly, .readOnly])
  }

  @Test func `any bytes under a living stack are an error at worst`() throws {
    var generator = SeededGenerator()
    for round in 0..<150 * scale {
      let store = try Database.anonymous(Geometry(blockCount: 512))
      let stack = try store.stack("stack", of: UInt64.self, creating: ElementCapacity(16))
      for number in 0..<20 as Range<UInt64> { try stack.push(number) }
      let region = stack.stack.pool.region
      for _ in 0...generator.next() % 4 {
        let start = NodeLayout.headerSize
        let offset = start + Int(generator.next() % UInt64((region.count - start) / 8)) * 8
        let word = region.word(at: offset)
        let bits = round % 2 == 0 ? generator.next() : 1 << (generator.next() % 64)
        word.exchangeSequential(word.loadRelaxed() ^ bits)
      }
      do throws(StoreError) {
        for _ in 0..<30 {
          if generator.next() % 3 > 0 { try stack.push(1) } else { _ = try stack.pop() }
          _ = try stack.peek()
          _ = try stack.count
        }
        _ = try stack.stack.elements(limit: 1_000) { $0.element(at: $1, as: UInt64.self) }
        for _ in 0..<64 { try stack.push(1) }
      } catch {
        #expect([.corrupt, .full].contains(error.code))
      }
    }
  }
}
