import SharedMemory
import SharedStructures
import SimDB
import Synchronization
import TestSupport
import Testing

/// An element that shows when it is torn.
struct Pair: SharedValue, Hashable {
  var first: UInt64
  var second: UInt64

  init(_ value: UInt64) {
    first = value
    second = ~value
  }

  var isWhole: Bool { first == ~second }
  static var layoutName: String { "test.pair" }
}

private struct Refusal: Error {}

@Suite struct ElementQueueTests {
  let scratch = Scratch()

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
  }

  func makeQueue(
    _ capacity: Int = 4, _ overflow: Overflow = .wait
  ) throws -> Queue<Pair> {
    try makeStore().queue(
      "jobs", of: Pair.self,
      creating: ElementQueueGeometry(capacity: capacity, overflow: overflow))
  }

  @Test func `an example`() throws {
    struct Job: SharedValue {
      var number: UInt64
      var weight: Double
      static var layoutName: String { "job.1" }
    }
    let database = try makeStore()
    let jobs = try database.queue("jobs", of: Job.self, creating: ElementQueueGeometry())
    _ = try jobs.push(Job(number: 1, weight: 0.5))
    try jobs.push(contentsOf: [Job(number: 2, weight: 1), Job(number: 3, weight: 2)])
    let job = try jobs.pop()
    #expect(job?.number == 1)
    let rest = try jobs.take(maxCount: 64)
    #expect(rest.map(\.weight) == [1, 2])
  }

  @Test(arguments: Overflow.allCases)
  func `a queue does what an array would`(policy: Overflow) throws {
    var generator = SeededGenerator()
    for capacity in [2, 4, 32] {
      let name = "queue \(capacity)"
      let queue = try makeStore().queue(
        name, of: Pair.self, creating: ElementQueueGeometry(capacity: capacity, overflow: policy))
      // A cell whose filling failed is nothing, and stays until others have passed it.
      var model: [Pair?] = []
      var (next, dropped, rejected): (UInt64, UInt64, UInt64) = (0, 0, 0)
      /// What the policy makes of one element more.
      func add(_ pair: Pair?) -> PushResult {
        if model.count == capacity {
          if model[0] != nil {
            switch policy {
            case .wait: return .timedOut
            case .reject:
              rejected += 1
              return .rejected
            case .dropNewest:
              dropped += 1
              return .dropped
            case .dropOldest: dropped += 1
            }
          }
          model.removeFirst()
        }
        model.append(pair)
        return .pushed
      }
      func remove() -> Pair? {
        while let first = model.first {
          model.removeFirst()
          if let first { return first }
        }
        return nil
      }
      func make() -> Pair {
        next += 1
        return Pair(next)
      }
      for _ in 0..<1_500 {
        switch generator.next() % 9 {
        case 0, 1:
          let pair = make()
          #expect(try queue.push(pair, timeoutNanoseconds: 0) == add(pair))
        case 2:
          let pairs = (0..<Int(generator.next() % 8)).map { _ in make() }
          let expected = pairs.count { add($0) == .pushed }
          let pushed = try queue.push(contentsOf: pairs, timeoutNanoseconds: 0)
          #expect(pushed == expected)
        case 3:
          let pair = make()
          let result = try queue.push(timeoutNanoseconds: 0) { element in element[0] = pair }
          #expect(result == add(pair))
        case 4:
          let result = try? queue.push(timeoutNanoseconds: 0) {
            (element: inout MutableSpan<Pair>) throws -> Void in
            element[0] = Pair(0)
            throw Refusal()
          }
          let expected = add(nil)
          #expect(result == (expected == .pushed ? nil : expected))
        case 5:
          #expect(try queue.pop() == remove())
        case 6:
          var lent: Pair?
          let isTaken = try queue.pop { element in lent = element[0] }
          #expect(lent == remove() && isTaken == (lent != nil))
        case 7:
          let count = Int(generator.next() % 6)
          let bytes = Int(generator.next() % 64)
          let limit = min(count, max(1, bytes / 16))
          let expected = (0..<limit).compactMap { _ in remove() }
          #expect(try queue.take(maxCount: count, maxBytes: bytes) == expected)
        default:
          #expect(try queue.peek() == model.lazy.compactMap { $0 }.first)
        }
        // A hole counts as long as it has others behind it.
        #expect((model.compactMap { $0 }.count...model.count).contains(queue.count))
      }
      #expect(try queue.take(maxCount: capacity) == model.compactMap { $0 })
      #expect(queue.droppedCount == dropped && queue.rejectedCount == rejected)
      #expect(queue.lostCount == 0)
    }
  }

  @Test func `small elements and large ones come back as they were`() throws {
    let store = try makeStore()
    let bytes = try store.queue("u8", of: UInt8.self, creating: ElementQueueGeometry(capacity: 8))
    #expect(try bytes.push(contentsOf: 0..<8) == 8)
    #expect(try bytes.take(maxCount: 100) == Array(0..<8))
    typealias Large = InlineArray<300, UInt32>
    let large = try store.queue(
      "large", of: Large.self, creating: ElementQueueGeometry(capacity: 2))
    _ = try large.push(Large { UInt32($0) })
    let popped = try #require(try large.pop())
    #expect((0..<300).allSatisfy { popped[$0] == UInt32($0) })
  }

  @Test func `elements of another layout are refused with both named`() throws {
    let store = try makeStore()
    _ = try store.queue("jobs", of: Pair.self, creating: ElementQueueGeometry())
    let error = #expect(throws: StoreError.self) { try store.queue("jobs", of: UInt64.self) }
    #expect(error?.code == .typeMismatch)
    #expect(error?.reason.contains("test.pair") == true && error?.reason.contains("u64") == true)
    let other = #expect(throws: StoreError.self) { try store.queue("jobs") }
    #expect(other?.code == .typeMismatch)
    let absent = #expect(throws: StoreError.self) { try store.queue("none", of: Pair.self) }
    #expect(absent?.code == .notFound)
    for capacity in [0, 1, 3, 1 << 25] {
      let impossible = #expect(throws: StoreError.self) {
        try store.queue(
          "none", of: Pair.self, creating: ElementQueueGeometry(capacity: capacity))
      }
      #expect(impossible?.code == .invalidArgument)
    }
  }

  @Test func `who may only read looks at the oldest and takes nothing`() throws {
    let queue = try makeQueue()
    try queue.push(contentsOf: [Pair(1), Pair(2)])
    let viewer = try Database.openReadOnly(scratch.database()).queue("jobs", of: Pair.self)
    #expect(try viewer.peek() == Pair(1) && viewer.count == 2)
    let error = #expect(throws: StoreError.self) { try viewer.pop() }
    #expect(error?.code == .readOnly)
    #expect(try queue.pop() == Pair(1))
    #expect(try viewer.peek() == Pair(2))
  }

  @Test func `what is lent is passed by meanwhile`() throws {
    let queue = try makeQueue()
    try queue.push(contentsOf: [Pair(1), Pair(2)])
    try queue.pop { element in
      #expect(element[0] == Pair(1))
      #expect((try? queue.peek()) == Pair(2))
      #expect((try? queue.pop()) == Pair(2))
    }
    #expect(try queue.pop() == nil)
  }

  @Test func `who awaits an element is woken, and cancellation ends it`() async throws {
    let queue = try makeQueue()
    let receiver = Task { try await queue.receive() }
    _ = try queue.push(Pair(5))
    #expect(try await receiver.value == Pair(5))
    let waiting = Task { try await queue.receive() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }

  @Test func `who waits for elements gets them, or nothing when the time is up`() throws {
    let queue = try makeQueue()
    #expect(try queue.pop(timeoutNanoseconds: 1_000_000) == nil)
    #expect(try queue.take(maxCount: 3, timeoutNanoseconds: 1_000_000) == [])
    try inThreads([
      { try queue.push(contentsOf: (0..<100).map { Pair($0) }) },
      {
        var got: [Pair] = []
        while got.count < 100 {
          got += try queue.take(maxCount: 3, timeoutNanoseconds: 60_000_000_000)
          if let pair = try queue.pop(timeoutNanoseconds: 1_000) { got.append(pair) }
        }
        #expect(got == (0..<100).map { Pair($0) })
      },
    ])
  }

  @Test(arguments: [Overflow.wait, .dropOldest], [(1, 1, 2), (2, 1, 4), (1, 2, 4), (3, 3, 16)])
  func `every element arrives once, whole, those of one producer in order`(
    policy: Overflow, users: (producers: Int, consumers: Int, capacity: Int)
  ) throws {
    let queue = try makeQueue(users.capacity, policy)
    let perProducer = 2_000
    let received = LocalMutex<[[UInt64]]>([])
    let running = Atomic<Int>(users.producers)
    let producing: [@Sendable () throws -> Void] = (0..<users.producers).map { producer in
      {
        defer { running.subtract(1, ordering: .sequentiallyConsistent) }
        var index = 0
        while index < perProducer {
          let count = min(index % 3 == 0 ? 1 : index % 7, perProducer - index)
          let pairs = (index..<index + count).map { Pair(UInt64(producer) << 32 | UInt64($0)) }
          if count == 1 {
            _ = try queue.push(pairs[0])
            index += 1
          } else {
            index += try queue.push(contentsOf: pairs)
            if count == 0 { _ = try queue.push(Pair(UInt64(producer) << 32 | UInt64(index))) }
            if count == 0 { index += 1 }
          }
        }
      }
    }
    let consuming = [@Sendable () throws -> Void](
      repeating: {
        var mine: [UInt64] = []
        while true {
          let isLast = running.load(ordering: .sequentiallyConsistent) == 0
          let pairs = try queue.take(
            maxCount: mine.count % 5 + 1, timeoutNanoseconds: 1_000_000)
          for pair in pairs {
            #expect(pair.isWhole)
            mine.append(pair.first)
          }
          if pairs.isEmpty && isLast { break }
        }
        let final = mine
        received.withLock { $0.append(final) }
      }, count: users.consumers)
    try inThreads(producing + consuming)
    let all = received.withLock { $0 }
    let count = all.joined().count
    #expect(Set(all.joined()).count == count)
    #expect(count + Int(queue.droppedCount) == users.producers * perProducer)
    for mine in all {
      for producer in 0..<users.producers {
        let sequence = mine.filter { $0 >> 32 == UInt64(producer) }
        #expect(sequence == sequence.sorted())
      }
    }
    #expect(queue.lostCount == 0)
  }

  @Test func `damaged bytes give an error or a result, and no hang`() throws {
    var generator = SeededGenerator()
    for round in 0..<150 {
      let store = try Database.anonymous(Geometry(blockCount: 256))
      let queue = try store.queue(
        "jobs", of: Pair.self,
        creating: ElementQueueGeometry(
          capacity: 4, overflow: round % 2 == 0 ? .dropOldest : .reject))
      for value in 0..<generator.next() % 6 { _ = try queue.push(Pair(value)) }
      let region = try store.structure("jobs", type: .elementQueue, creating: nil).region
      for _ in 0..<1 + generator.next() % 4 {
        let word = region.word(at: Int(generator.next() % UInt64(region.count / 8)) * 8)
        let bits = generator.next()
        word.exchangeSequential(bits % 3 == 0 ? bits : word.loadRelaxed() ^ 1 << (bits % 64))
      }
      for value in 0..<6 {
        _ = try? queue.push(Pair(UInt64(value)), timeoutNanoseconds: 0)
        _ = try? queue.push(contentsOf: [Pair(1), Pair(2)], timeoutNanoseconds: 0)
        _ = try? queue.peek()
        _ = try? queue.pop()
        _ = try? queue.take(maxCount: 3)
        _ = queue.count
      }
      // Whoever attaches finds an error, or the same.
      _ = try? store.queue("jobs", of: Pair.self)
    }
  }
}
