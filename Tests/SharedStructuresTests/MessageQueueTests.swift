import SharedMemory
import SharedStructures
import SimDB
import Synchronization
import TestSupport
import Testing

/// What several consumers took.
private final class Tally: Sendable {
  let received = LocalMutex<[[UInt64]]>([])
  let taken = Atomic<Int>(0)
}

private struct Refusal: Error {}

@Suite struct MessageQueueTests {
  let scratch = Scratch()

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
  }

  func pop(_ queue: MessageQueue) throws -> [UInt8]? {
    var payload: [UInt8]?
    try queue.pop { _, bytes in payload = bytes.array }
    return payload
  }

  @Test func `the envelope is 64 bytes with every field where the layout says`() {
    #expect(MemoryLayout<Message>.size == 64 && MemoryLayout<Message>.stride == 64)
    #expect(MemoryLayout<Message>.offset(of: \.handle) == 0)
    #expect(MemoryLayout<Message>.offset(of: \.type) == 8)
    #expect(MemoryLayout<Message>.offset(of: \.kind) == 12)
    #expect(MemoryLayout<Message>.offset(of: \.priority) == 13)
    #expect(MemoryLayout<Message>.offset(of: \.size) == 16)
    #expect(MemoryLayout<Message>.offset(of: \.cycle) == 24)
    #expect(MemoryLayout<Message>.offset(of: \.deadline) == 56)
  }

  @Test(arguments: [0, 1, 55, 56, 57, 1_000, 50_000])
  func `payloads inline and in the store come back in order`(size: Int) throws {
    let store = try makeStore()
    let queue = try store.queue("jobs", creating: QueueGeometry(capacity: 4))
    for round in 0..<50 {
      for offset in 0..<4 {
        let payload = [UInt8](repeating: UInt8(round + offset), count: size)
        let message = Message(type: .tbl, cycle: UInt64(round * 4 + offset))
        #expect(try queue.push(message, payload: payload.rawSpan) == .pushed)
      }
      for offset in 0..<4 {
        let popped = try queue.pop { message, payload in
          #expect(message.cycle == UInt64(round * 4 + offset))
          #expect(message.type == TypeID.tbl.rawValue)
          #expect(payload.array == [UInt8](repeating: UInt8(round + offset), count: size))
        }
        #expect(popped)
      }
      #expect(try pop(queue) == nil)
    }
    #expect(try store.keys(prefix: "jobs/payload").isEmpty)
  }

  // MARK: Against a plain array

  /// What was pushed, but for what the queue alone says of it.
  private struct Pushed: Equatable {
    var message: Message
    let payload: [UInt8]
    let isStored: Bool

    init(_ message: Message, _ payload: [UInt8], isStored: Bool) {
      self.message = message
      self.payload = payload
      self.isStored = isStored
      if message.kind != .endOfStream {
        self.message.kind = isStored ? .storeReference : .inline
        self.message.handle = 0
      }
      self.message.size = UInt64(payload.count)
    }

    /// What came out of a queue.
    init(told message: Message, _ payload: [UInt8]) {
      self.init(message, payload, isStored: message.kind == .storeReference)
      self.message.kind = message.kind
      self.message.size = message.size
    }

    /// An envelope and a payload with every field at random, seldom the end of a stream.
    static func random(
      _ payloadCapacity: Int, using generator: inout SeededGenerator
    ) -> Pushed {
      let isEnd = Int.random(in: 0..<8, using: &generator) == 0
      let isLarge = !isEnd && Int.random(in: 0..<6, using: &generator) == 0
      let count = Int.random(
        in: isLarge ? payloadCapacity + 1...3_000 : 0...payloadCapacity, using: &generator)
      var message = Message(
        kind: isEnd ? .endOfStream : Message.Kind(rawValue: UInt8(generator.next() % 3)),
        type: TypeID(rawValue: UInt32(generator.next() % 200_000)), size: generator.next(),
        cycle: generator.next(), handle: generator.next())
      message.priority = UInt8(truncatingIfNeeded: generator.next())
      message.flags = UInt16(truncatingIfNeeded: generator.next())
      message.correlation = generator.next()
      message.sender = generator.next()
      message.replyTo = generator.next()
      message.deadline = generator.next()
      let first = generator.next()
      return Pushed(
        message, (0..<count).map { UInt8(truncatingIfNeeded: UInt64($0) &+ first) },
        isStored: isLarge)
    }
  }

  @Test(arguments: Overflow.allCases)
  func `it does what an array does`(policy: Overflow) throws {
    var generator = SeededGenerator()
    for (capacity, payloadCapacity) in [(2, 0), (4, 56), (32, 200)] {
      let store = try makeStore()
      let others = try Database.open(scratch.database())
      let geometry = QueueGeometry(
        capacity: capacity, payloadCapacity: payloadCapacity, overflow: policy)
      let queues = try [
        store.queue("jobs", creating: geometry), store.queue("jobs"), others.queue("jobs"),
      ]
      let view = try Database.openReadOnly(scratch.database()).queue("jobs")
      var model: [Pushed] = []
      var (pushed, dropped, rejected) = (0 as UInt64, 0 as UInt64, 0 as UInt64)
      /// What the policy makes of one more.
      func add(_ element: Pushed) -> PushResult {
        if model.count == capacity {
          switch policy {
          case .wait: return .timedOut
          // The end of a stream waits, and is waited for.
          case _ where element.message.kind == .endOfStream: return .timedOut
          case .dropOldest where model[0].message.kind == .endOfStream: return .timedOut
          case .dropOldest:
            model.removeFirst()
            dropped += 1
          case .reject:
            rejected += 1
            return .rejected
          case .dropNewest:
            dropped += 1
            return .dropped
          }
        }
        model.append(element)
        pushed += 1
        return .pushed
      }
      for step in 0..<600 {
        let queue = try #require(queues.randomElement(using: &generator))
        // Now it fills, now it empties.
        switch Int.random(in: step / 100 % 2 == 0 ? 0..<8 : 4..<12, using: &generator) {
        case 0...5:
          let element = Pushed.random(payloadCapacity, using: &generator)
          let payload = element.payload
          let result =
            Bool.random(using: &generator)
            ? try queue.push(element.message, payload: payload.rawSpan, timeoutNanoseconds: 0)
            : try queue.push(element.message, count: payload.count, timeoutNanoseconds: 0) {
              for (offset, byte) in payload.enumerated() {
                $0.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
              }
            }
          #expect(result == add(element))
        case 6:
          let count = Int.random(in: 0...capacity + 1, using: &generator)
          let seen = try [queue, view].randomElement(using: &generator)?.peek(maxCount: count)
          #expect(
            seen?.map { Pushed(told: $0.message, $0.payload) } == Array(model.prefix(count)))
        case 7:
          let expected = model.isEmpty ? nil : model.removeFirst()
          var told: Pushed?
          do {
            let isTaken = try queue.pop { message, payload in
              told = Pushed(told: message, payload.array)
              throw Refusal()
            }
            #expect(!isTaken)
          } catch is Refusal {}
          // Gone all the same.
          #expect(told == expected)
        case 8:
          let most = Int.random(in: 0..<8, using: &generator)
          let mostBytes = Int.random(in: 0..<4 * payloadCapacity + 100, using: &generator)
          var expected: [Pushed] = []
          while expected.count < most, let next = model.first {
            let byteCount = expected.reduce(next.payload.count) { $0 + $1.payload.count }
            guard expected.isEmpty || byteCount <= mostBytes || next.payload.isEmpty else { break }
            expected.append(model.removeFirst())
          }
          let taken = try queue.take(maxCount: most, maxBytes: mostBytes)
          #expect(taken.map { Pushed(told: $0.message, $0.payload) } == expected)
        default:
          let expected = model.isEmpty ? nil : model.removeFirst()
          var told: Pushed?
          let isTaken = try queue.pop(timeoutNanoseconds: 0) { message, payload in
            told = Pushed(told: message, payload.array)
          }
          #expect(told == expected && isTaken == (expected != nil))
        }
        #expect(queue.count == model.count && view.count == model.count)
        #expect(queue.pushedCount == pushed && queue.lostCount == 0)
        #expect(queue.droppedCount == dropped && queue.rejectedCount == rejected)
        if step % 16 == 0 {
          #expect(try store.keys(prefix: "jobs/payload").count == model.count { $0.isStored })
        }
      }
      var left: [Pushed] = []
      while try queues[1].pop({ left.append(Pushed(told: $0, $1.array)) }) {}
      #expect(left == model && pushed > UInt64(capacity))
      #expect(policy == .wait || dropped + rejected > 0)
      #expect(try store.keys(prefix: "jobs/payload").isEmpty && store.check() == [])
      try store.drop()
    }
  }

  @Test func `a queue is not saved, and there is none where its store is loaded`() throws {
    let store = try makeStore()
    try store.put("key", "value", type: .utf8)
    let queue = try store.queue("jobs", creating: QueueGeometry(capacity: 4))
    #expect(try queue.push(Message(), payload: [1, 2, 3].rawSpan) == .pushed)
    let file = scratch.path + "/saved"
    #expect(try store.save(to: file) == 1)
    let copy = try Database.anonymous(Geometry(blockCount: 1_024))
    #expect(try copy.load(from: file) == 1)
    #expect(try copy.keys() == [Array("key".utf8)])
    let absent = #expect(throws: StoreError.self) { _ = try copy.queue("jobs") }
    #expect(absent?.code == .notFound)
    // A queue that is there stays as it is.
    let other = try copy.queue("jobs", creating: QueueGeometry(capacity: 8))
    #expect(try other.push(Message(), payload: [4].rawSpan) == .pushed)
    try copy.load(from: file)
    #expect(try pop(other) == [4])
    #expect(try pop(queue) == [1, 2, 3] && copy.check() == [])
  }

  @Test func `a full queue does what its policy says, and counts it`() throws {
    let store = try makeStore()
    for policy in Overflow.allCases {
      let queue = try store.queue(
        "queue \(policy)", creating: QueueGeometry(capacity: 2, overflow: policy))
      for value in 0..<2 {
        _ = try queue.push(Message(), payload: [UInt8(value)].rawSpan)
      }
      let third = try queue.push(Message(), payload: [2].rawSpan, timeoutNanoseconds: 1_000_000)
      let left = [try pop(queue), try pop(queue), try pop(queue)]
      switch policy {
      case .wait:
        #expect(third == .timedOut && left == [[0], [1], nil])
      case .reject:
        #expect(third == .rejected && left == [[0], [1], nil] && queue.rejectedCount == 1)
      case .dropNewest:
        #expect(third == .dropped && left == [[0], [1], nil] && queue.droppedCount == 1)
      case .dropOldest:
        #expect(third == .pushed && left == [[1], [2], nil] && queue.droppedCount == 1)
      }
    }
  }

  @Test func `an entry of another type is refused`() throws {
    let store = try makeStore()
    try store.put("name", "value")
    let error = #expect(throws: StoreError.self) { try store.queue("name") }
    #expect(error?.code == .typeMismatch)
    let absent = #expect(throws: StoreError.self) { try store.queue("absent") }
    #expect(absent?.code == .notFound)
  }

  @Test func `a queue deleted under its users stays usable for them`() throws {
    let store = try makeStore()
    let queue = try store.queue("jobs", creating: QueueGeometry(capacity: 8))
    #expect(try store.delete("jobs"))
    for index in 0..<3_000 { try store.put("key \(index)", "value") }
    #expect(try queue.push(Message(), payload: [1].rawSpan) == .pushed)
    #expect(try pop(queue) == [1])
    for index in 0..<3_000 { #expect(try store.get("key \(index)") == Array("value".utf8)) }
  }

  @Test(arguments: [(1, 1), (2, 1), (1, 2), (3, 3)])
  func `every message arrives once, those of one producer in order`(
    producers: Int, consumers: Int
  ) throws {
    let store = try makeStore()
    let queue = try store.queue("jobs", creating: QueueGeometry(capacity: 16))
    let perProducer = 3_000
    let tally = Tally()
    let producing: [@Sendable () throws -> Void] = (0..<producers).map { producer in
      {
        for index in 0..<perProducer {
          var message = Message(cycle: UInt64(index))
          message.sender = UInt64(producer)
          _ = try queue.push(message, payload: [7].rawSpan)
        }
      }
    }
    let consuming = [@Sendable () throws -> Void](
      repeating: {
        var mine: [UInt64] = []
        while tally.taken.load(ordering: .relaxed) < producers * perProducer {
          let got = try queue.pop(timeoutNanoseconds: 1_000_000) { message, _ in
            mine.append(message.sender << 32 | message.cycle)
          }
          if got { tally.taken.add(1, ordering: .relaxed) }
        }
        let final = mine
        tally.received.withLock { $0.append(final) }
      }, count: consumers)
    try inThreads(producing + consuming)
    let all = tally.received.withLock { $0 }
    #expect(Set(all.joined()).count == producers * perProducer)
    #expect(all.joined().count == producers * perProducer)
    for mine in all {
      for producer in 0..<producers {
        let cycles = mine.filter { $0 >> 32 == UInt64(producer) }
        #expect(cycles == cycles.sorted())
      }
    }
    #expect(queue.lostCount == 0)
  }

  @Test(arguments: [(1, 1, 2), (2, 2, 2), (3, 1, 4), (2, 1, 64)])
  func `what is not dropped arrives once, in order and whole`(
    producers: Int, consumers: Int, capacity: Int
  ) throws {
    let store = try makeStore()
    let queue = try store.queue(
      "jobs", creating: QueueGeometry(capacity: capacity, overflow: .dropOldest))
    let perProducer = 2_000
    let tally = Tally()
    let running = Atomic<Int>(producers)
    let producing: [@Sendable () throws -> Void] = (0..<producers).map { producer in
      {
        defer { running.subtract(1, ordering: .sequentiallyConsistent) }
        for index in 0..<perProducer {
          var message = Message(cycle: UInt64(index))
          message.sender = UInt64(producer)
          let payload = [UInt8](
            repeating: UInt8(truncatingIfNeeded: index), count: index % 3 == 0 ? 100 : 5)
          let result = try queue.push(message, payload: payload.rawSpan)
          #expect(result == .pushed)
        }
      }
    }
    let consuming = [@Sendable () throws -> Void](
      repeating: {
        var mine: [UInt64] = []
        while true {
          let isLast = running.load(ordering: .sequentiallyConsistent) == 0
          let got = try queue.pop(timeoutNanoseconds: 1_000_000) { message, payload in
            mine.append(message.sender << 32 | message.cycle)
            let isWhole =
              payload.byteCount == (message.cycle % 3 == 0 ? 100 : 5)
              && payload.array.allSatisfy { $0 == UInt8(truncatingIfNeeded: message.cycle) }
            #expect(isWhole)
          }
          if !got && isLast { break }
        }
        let final = mine
        tally.received.withLock { $0.append(final) }
      }, count: consumers)
    try inThreads(producing + consuming)
    let all = tally.received.withLock { $0 }
    let count = all.joined().count
    #expect(Set(all.joined()).count == count)
    #expect(count + Int(queue.droppedCount) == producers * perProducer)
    for mine in all {
      for producer in 0..<producers {
        let cycles = mine.filter { $0 >> 32 == UInt64(producer) }
        #expect(cycles == cycles.sorted())
      }
    }
    #expect(queue.lostCount == 0)
    #expect(try store.keys(prefix: "jobs/payload").isEmpty)
  }

  @Test func `an async receiver is woken, and cancellation ends it`() async throws {
    let store = try makeStore()
    let queue = try store.queue("jobs", creating: QueueGeometry(capacity: 8))
    let receiver = Task { try await queue.receive() }
    _ = try queue.push(Message(cycle: 5), payload: [1, 2].rawSpan)
    let received = try await receiver.value
    #expect(received.message.cycle == 5 && received.payload == [1, 2])
    let waiting = Task { try await queue.receive() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }

  @Test func `a hostile queue header is refused`() throws {
    let store = try makeStore()
    _ = try store.structure(
      "bad", type: .queue,
      creating: (
        byteCount: 1_024,
        initialize: { region in
          region.word32(at: 0).storeRelaxed(QueueLayout.version)
          region.word(at: QueueLayout.capacity).storeRelaxed(1 << 40)
        }
      ))
    let error = #expect(throws: StoreError.self) { try store.queue("bad") }
    #expect(error?.code == .corrupt)
  }

  // MARK: Taking many, and filling in place

  @Test func `several are taken up to either limit, and one at least`() throws {
    let store = try Database.open(scratch.database(), creating: Geometry(blockCount: 4_096))
    let queue = try store.queue("jobs", creating: QueueGeometry(capacity: 16, payloadCapacity: 56))
    let sizes = [10, 200, 0, 56, 57, 10, 10, 10]
    for size in sizes {
      _ = try queue.push(Message(), payload: [UInt8](repeating: 1, count: size).rawSpan)
    }
    func take(_ maxCount: Int, _ maxBytes: Int) throws -> [Int] {
      try queue.take(maxCount: maxCount, maxBytes: maxBytes).map(\.payload.count)
    }
    #expect(try take(0, 100) == [])
    #expect(try take(2, 209) == [10])
    #expect(try take(3, 0) == [200, 0])
    #expect(try take(2, 113) == [56, 57])
    #expect(try take(5, .max) == [10, 10, 10])
    #expect(try take(5, .max) == [])
    #expect(try queue.take(maxCount: 3, timeoutNanoseconds: 1_000).isEmpty)
    #expect(try queue.take(maxCount: 0, timeoutNanoseconds: .max).isEmpty)
    #expect(try store.keys().count == 1 && queue.lostCount == 0)
  }

  @Test func `several are pushed in their order, until one is not`() throws {
    let store = try makeStore()
    let queue = try store.queue(
      "jobs", creating: QueueGeometry(capacity: 4, payloadCapacity: 56, overflow: .reject))
    let sizes = [10, 200, 0, 57, 10, 10]
    let messages = sizes.enumerated().map { number, size in
      MessageQueue.Received(
        message: Message(type: .utf8, cycle: UInt64(number)),
        payload: [UInt8](repeating: UInt8(number), count: size))
    }
    #expect(try queue.push(contentsOf: messages) == 4)
    #expect(queue.rejectedCount == 1 && queue.pushedCount == 4)
    #expect(try queue.push(contentsOf: [MessageQueue.Received]()) == 0)
    let taken = try queue.take(maxCount: 9)
    #expect(taken.map(\.payload) == messages.prefix(4).map(\.payload))
    #expect(taken.map(\.message.cycle) == [0, 1, 2, 3])
    // What was taken can be pushed on.
    let next = try store.queue(
      "next", creating: QueueGeometry(capacity: 2, payloadCapacity: 56, overflow: .wait))
    #expect(try next.push(contentsOf: taken, timeoutNanoseconds: 1_000) == 2)
    #expect(try next.take(maxCount: 9).map(\.payload) == taken.prefix(2).map(\.payload))
  }

  @Test func `a payload is made where it is read, in its cell or in the store`() throws {
    struct Failure: Error {}
    let store = try Database.open(scratch.database(), creating: Geometry(blockCount: 4_096))
    let queue = try store.queue("jobs", creating: QueueGeometry(capacity: 4, payloadCapacity: 56))
    for count in [0, 8, 56, 57, 5_000, 8] {
      let message = Message(type: TypeID.bytes, cycle: UInt64(count))
      let result = try queue.push(message, count: count) { bytes in
        #expect(bytes.byteCount == count)
        for offset in 0..<count { bytes.storeBytes(of: 9, toByteOffset: offset, as: UInt8.self) }
      }
      #expect(result == .pushed)
      #expect(throws: Failure.self) {
        _ = try queue.push(message, count: count) { _ in throw Failure() }
      }
      let received = try #require(try queue.take(maxCount: 4).first)
      #expect(received.message.cycle == UInt64(count))
      #expect(received.payload == [UInt8](repeating: 9, count: count))
      #expect(try queue.take(maxCount: 1).isEmpty)
    }
    let error = #expect(throws: StoreError.self) {
      _ = try queue.push(Message(), count: -1) { _ in }
    }
    #expect(error?.code == .invalidArgument)
    #expect(queue.lostCount == 0 && store.check() == [])
  }
}
