import SharedMemory
import Synchronization
import TestSupport
import Testing

/// The rings, queues and buffers that packets travel in.
@Suite struct LocalStructureTests {
  // MARK: LocalRing

  @Test(arguments: [1, 2, 3, 5, 8])
  func `a ring behaves like a bounded queue`(capacity: Int) {
    var random = SeededGenerator()
    let (ring, memory) = LocalRing.make(capacity: capacity, strideBytes: 64)
    var model: [UInt64] = []
    var (committed, taken, next) = (0, 0, UInt64(0))
    for _ in 0..<20_000 {
      switch Int.random(in: 0..<5, using: &random) {
      case 0, 1:
        let cell = ring.reserve()
        #expect((cell != nil) == (model.count + committed + taken < capacity))
        guard let cell else { continue }
        cell.store(next, at: 8)
        ring.commit()
        committed += 1
        next += 1
      case 2:
        #expect(ring.publish() == (committed > 0))
        for number in (next - UInt64(committed))..<next { model.append(number) }
        committed = 0
      case 3:
        #expect(ring.available(100) == model.count)
        guard !model.isEmpty else { continue }
        #expect(ring.front().load(as: UInt64.self, at: 8) == model.removeFirst())
        ring.advance()
        taken += 1
      default:
        #expect(ring.giveBack() == (taken > 0))
        taken = 0
      }
      #expect(ring.depth == model.count + taken)
    }
    _ = memory
  }

  @Test(arguments: [1, 3, 64])
  func `a ring between two threads keeps order and wakes whoever rests`(capacity: Int) throws {
    let count: UInt64 = 200_000
    let (ring, memory) = LocalRing.make(capacity: capacity, strideBytes: 128)
    let room = LocalSignal()
    let news = LocalSignal()
    let wrong = Atomic<Int>(0)
    try inThreads([
      {
        for number in 0..<count {
          while true {
            if let cell = ring.reserve() {
              cell.store(number, at: 0)
              cell.store(~number, at: 120)
              ring.commit()
              break
            }
            if ring.publish() { news.raise() }
            let ticket = room.ticket
            // The consumer says so once when there is room.
            if ring.rest() { room.sleep(ticket) }
          }
          if number % 3 == 0, ring.publish() { news.raise() }
        }
        if ring.publish() { news.raise() }
      },
      {
        var expected: UInt64 = 0
        while expected < count {
          let ticket = news.ticket
          let available = ring.available(16)
          if available == 0 {
            news.sleep(ticket)
            continue
          }
          for _ in 0..<available {
            let cell = ring.front()
            if cell.load(as: UInt64.self, at: 0) != expected
              || cell.load(as: UInt64.self, at: 120) != ~expected
            {
              wrong.wrappingAdd(1, ordering: .relaxed)
            }
            expected += 1
            ring.advance()
          }
          _ = ring.giveBack()
          Fence.sequential()
          if ring.takeRest() { room.raise() }
        }
      },
    ])
    #expect(wrong.load(ordering: .relaxed) == 0)
    #expect(ring.depth == 0)
    _ = memory
  }

  // MARK: LocalIndexQueue

  @Test func `an index queue behaves like a bounded queue`() {
    var random = SeededGenerator()
    for capacity in [1, 2, 4, 8] {
      let (queue, memory) = LocalIndexQueue.make(capacity: capacity)
      var model: [UInt32] = []
      for round in 0..<5_000 as Range<UInt32> {
        if Bool.random(using: &random) {
          #expect(queue.push(round) == (model.count < capacity))
          if model.count < capacity { model.append(round) }
        } else {
          #expect(queue.pop() == (model.isEmpty ? nil : model.removeFirst()))
        }
        #expect(queue.isEmpty == model.isEmpty)
      }
      _ = memory
    }
  }

  @Test func `an index queue among many threads gives each number once, in each pusher's order`()
    throws
  {
    let (queue, memory) = LocalIndexQueue.make(capacity: 8)
    let perThread: UInt32 = 50_000
    let popped = LocalMutex<[[UInt32]]>([])
    let left = Atomic<Int>(3 * Int(perThread))
    let pushers: [@Sendable () -> Void] = (0..<3).map { thread in
      {
        for number in 0..<perThread {
          while !queue.push(UInt32(thread) << 24 | number) { LocalThread.yield() }
        }
      }
    }
    let poppers: [@Sendable () -> Void] = (0..<2).map { _ in
      {
        var mine: [UInt32] = []
        while left.load(ordering: .relaxed) > 0 {
          guard let number = queue.pop() else {
            LocalThread.yield()
            continue
          }
          left.wrappingSubtract(1, ordering: .relaxed)
          mine.append(number)
        }
        popped.withLock { $0.append(mine) }
      }
    }
    try inThreads(pushers + poppers)
    let all = popped.withLock { $0 }
    #expect(Set(all.joined()).count == 3 * Int(perThread))
    for mine in all {
      for thread in 0..<3 as Range<UInt32> {
        let numbers = mine.filter { $0 >> 24 == thread }
        #expect(numbers == numbers.sorted())
      }
    }
    #expect(queue.isEmpty)
    _ = memory
  }

  // MARK: LocalSharedRing

  @Test func `a shared ring among many threads gives each element whole and once`() throws {
    let (ring, memory) = LocalSharedRing.make(capacity: 16, elementBytes: 200)
    let perThread: UInt64 = 30_000
    let sum = Atomic<UInt64>(0)
    let wrong = Atomic<Int>(0)
    let left = Atomic<Int>(2 * Int(perThread))
    let pushers: [@Sendable () -> Void] = (0..<2).map { thread in
      {
        for number in 0..<perThread {
          let value = UInt64(thread) * perThread + number
          while !ring.push({ cell in
            cell.store(value, at: 0)
            cell.store(value, at: 192)
          }) { LocalThread.yield() }
        }
      }
    }
    let poppers: [@Sendable () -> Void] = (0..<2).map { _ in
      {
        while left.load(ordering: .relaxed) > 0 {
          let popped = ring.pop { cell in
            (cell.load(as: UInt64.self, at: 0), cell.load(as: UInt64.self, at: 192))
          }
          guard let (first, second) = popped else {
            LocalThread.yield()
            continue
          }
          left.wrappingSubtract(1, ordering: .relaxed)
          if first != second { wrong.wrappingAdd(1, ordering: .relaxed) }
          sum.wrappingAdd(first, ordering: .relaxed)
        }
      }
    }
    try inThreads(pushers + poppers)
    #expect(wrong.load(ordering: .relaxed) == 0)
    #expect(sum.load(ordering: .relaxed) == perThread * (2 * perThread - 1))
    #expect(ring.depth == 0)
    #expect(ring.pushedCount == 2 * perThread)
    _ = memory
  }

  // MARK: LocalBufferPool

  @Test func `buffers come back when their last holder lets go`() {
    let pool = LocalBufferPool()
    do {
      let cache = LocalBufferCache(pool)
      for size in [0, 1, 255, 256, 257, 100_000, 1 << 20, (1 << 20) + 1, 5 << 20] {
        let buffer = cache.make(byteCount: size, holders: 2)
        #expect(buffer.byteCount >= size)
        buffer.write([UInt8](repeating: 5, count: size).rawSpan)
        buffer.hold()
        cache.release(buffer, count: 2)
        #expect(buffer.withSpan(count: size) { $0.array } == [UInt8](repeating: 5, count: size))
        cache.release(buffer)
      }
      let one = cache.make(byteCount: 10, holders: 1)
      cache.release(one)
      let two = cache.make(byteCount: 20, holders: 1)
      #expect(one.handle == two.handle, "a free buffer is used again")
      cache.release(two)
    }
    #expect(pool.liveCount == 0)
  }

  @Test func `buffers made by one thread and released by another come back`() throws {
    let pool = LocalBufferPool()
    let (ring, memory) = LocalSharedRing.make(capacity: 64, elementBytes: 8)
    let count = 20_000
    try inThreads([
      {
        let cache = LocalBufferCache(pool)
        for number in 0..<count {
          let buffer = cache.make(byteCount: number % 3_000, holders: 1)
          while !ring.push({ $0.store(buffer.handle, at: 0) }) { LocalThread.yield() }
        }
      },
      {
        let cache = LocalBufferCache(pool)
        var left = count
        while left > 0 {
          guard let handle = ring.pop({ $0.load(as: UInt64.self, at: 0) }) else {
            LocalThread.yield()
            continue
          }
          cache.release(LocalBuffer(handle: handle))
          left -= 1
        }
      },
    ])
    #expect(pool.liveCount == 0)
    _ = memory
  }

  @Test func `a pool frees what nobody returned`() {
    // The address sanitizer would tell.
    let pool = LocalBufferPool()
    let cache = LocalBufferCache(pool)
    for size in [10, 1_000, 3 << 20] { _ = cache.make(byteCount: size, holders: 1) }
    #expect(pool.liveCount > 0)
  }

  // MARK: LocalSignal

  @Test func `a raise between ticket and sleep is not lost`() throws {
    let signal = LocalSignal()
    let stage = Atomic<Int>(0)
    try inThreads([
      {
        for round in 0..<2_000 {
          while true {
            let ticket = signal.ticket
            if stage.load(ordering: .acquiring) > round { break }
            signal.sleep(ticket)
          }
        }
      },
      {
        for round in 1...2_000 {
          stage.store(round, ordering: .releasing)
          signal.raise()
        }
      },
    ])
    #expect(stage.load(ordering: .relaxed) == 2_000)
  }
}
