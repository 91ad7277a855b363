import Foundation
import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

private struct Gauge: SharedValue, Hashable {
  var time: UInt64
  var level: Float
  var flag: UInt8

  static var layoutName: String { "test.gauge" }

  var bytes: [UInt8] { withBytes { $0.array } }
}

/// Queues without the type of their elements.
@Suite struct AnyQueueTests {
  let scratch = Scratch()

  func makeStore() throws -> Database {
    try Database.open(scratch.database(), creating: Geometry(blockCount: 16_384))
  }

  /// Makes a queue of a kind with room for 4 elements or more.
  func make(_ kind: TypeID, in store: Database, overflow: Overflow = .wait) throws -> AnyQueue {
    switch kind {
    case .queue:
      _ = try store.queue("queue", creating: QueueGeometry(capacity: 4, overflow: overflow))
    case .elementQueue:
      _ = try store.queue(
        "queue", of: Gauge.self,
        creating: ElementQueueGeometry(capacity: 4, overflow: overflow))
    case .channel:
      _ = try store.channel(
        "queue", of: Gauge.self, creating: ChannelGeometry(capacity: 4, overflow: overflow))
    case .byteQueue:
      _ = try store.byteQueue(
        "queue",
        creating: ByteQueueGeometry(segmentCapacity: 256, segmentLimit: 2, overflow: overflow))
    case .priorityQueue:
      _ = try store.priorityQueue("queue", of: Gauge.self, creating: ElementCapacity(4))
    default: _ = try store.orderedQueue("queue", of: Gauge.self, creating: ElementCapacity(4))
    }
    return try store.anyQueue("queue")
  }

  func element(_ number: Int) -> [UInt8] {
    Gauge(time: UInt64(number), level: 0.5, flag: 7).bytes
  }

  @Test(arguments: AnyQueue.kinds)
  func `what is pushed is seen and taken in its order`(kind: TypeID) throws {
    let queue = try make(kind, in: makeStore())
    #expect(queue.kind == kind && queue.name == "queue")
    for round in 0..<5 {
      #expect(try queue.peek(maxCount: 9).isEmpty && queue.pop() == nil)
      for number in 0..<3 {
        #expect(try queue.push(element(10 * round + number), timeoutNanoseconds: 0) == .pushed)
      }
      let expected = (0..<3).map { element(10 * round + $0) }
      #expect(try queue.peek(maxCount: 9).map(\.bytes) == expected)
      #expect(try queue.peek(maxCount: 2).map(\.bytes) == Array(expected.prefix(2)))
      #expect(try queue.peek(maxCount: 0).isEmpty && queue.facts().count == 3)
      for element in expected { #expect(try queue.pop()?.bytes == element) }
    }
    let facts = try queue.facts()
    #expect(facts.count == 0 && facts.lost == 0 && facts.delivery == .atMostOnce)
    #expect(facts.pushed == 15)
  }

  @Test(arguments: AnyQueue.kinds)
  func `a read-only mapping is enough to look, and not to take`(kind: TypeID) throws {
    let store = try makeStore()
    let queue = try make(kind, in: store)
    _ = try queue.push(element(1))
    let reader = try Database.openReadOnly(scratch.database()).anyQueue("queue")
    #expect(try reader.peek().first?.bytes == element(1) && reader.facts().count == 1)
    #expect(throws: StoreError.self) { try reader.pop() }
    #expect(throws: StoreError.self) { try reader.push(element(2)) }
    #expect(try queue.facts().count == 1)
  }

  @Test(arguments: [.elementQueue, .channel, .orderedQueue, .priorityQueue] as [TypeID])
  func `bytes of another size are refused, and both sizes named`(kind: TypeID) throws {
    let queue = try make(kind, in: makeStore())
    let size = MemoryLayout<Gauge>.size
    for count in [0, size - 1, size + 1, MemoryLayout<Gauge>.stride] {
      let error = #expect(throws: StoreError.self) {
        try queue.push([UInt8](repeating: 1, count: count))
      }
      #expect(error?.code == .invalidArgument)
      #expect(error?.description.contains("\(count) bytes are no element") == true)
      #expect(error?.description.contains("of \(size) bytes") == true)
    }
    #expect(try queue.facts().count == 0)
  }

  @Test(arguments: [.elementQueue, .channel, .orderedQueue, .priorityQueue] as [TypeID])
  func `typed programs and untyped ones see the same elements`(kind: TypeID) throws {
    let store = try makeStore()
    let queue = try make(kind, in: store)
    let value = Gauge(time: 5, level: 1.5, flag: 9)
    #expect(queue.layout == SharedLayout(of: Gauge.self))
    _ = try queue.push(value.bytes, priority: 3)
    switch kind {
    case .elementQueue:
      let typed = try store.queue("queue", of: Gauge.self)
      #expect(try typed.pop() == value)
      _ = try typed.push(value)
    case .channel:
      let typed = try store.channel("queue", of: Gauge.self)
      do {
        var receiver = try typed.receiver()
        #expect(try receiver.pop() == value)
        #expect(throws: StoreError.self) { try queue.pop() }
      }
      var sender = try typed.sender()
      _ = try sender.push(value)
      #expect(throws: StoreError.self) { try queue.push(value.bytes) }
    case .priorityQueue:
      let typed = try store.priorityQueue("queue", of: Gauge.self)
      let entry = try typed.pop()
      #expect(entry?.element == value && entry?.priority == 3)
      try typed.push(value, priority: 3)
    default:
      let typed = try store.orderedQueue("queue", of: Gauge.self)
      let entry = try typed.pop()
      #expect(entry?.element == value && entry?.priority == 3)
      try typed.push(value, priority: 3)
    }
    let element = try #require(try queue.pop())
    let hasPriorities = kind == .orderedQueue || kind == .priorityQueue
    #expect(element.bytes == value.bytes && element.priority == (hasPriorities ? 3 : nil))
    #expect(queue.describe(element).json == #"{"time":5,"level":1.5,"flag":9}"#)
  }

  @Test func `an ordered queue of any type is taken by priority, many times over`() throws {
    var generator = SeededGenerator()
    let store = try makeStore()
    let typed = try store.orderedQueue(
      "queue", of: Gauge.self, creating: ElementCapacity(initial: 8, maximum: 500))
    let queue = try store.anyQueue("queue")
    var model: [(priority: UInt64, number: Int)] = []
    for number in 0..<3_000 {
      if model.count < 400, generator.next() % 5 < 3 {
        let priority = generator.next() % 7
        if number % 2 == 0 {
          _ = try queue.push(element(number), priority: priority)
        } else {
          try typed.push(Gauge(time: UInt64(number), level: 0.5, flag: 7), priority: priority)
        }
        model.insert(
          (priority, number), at: model.firstIndex { $0.priority > priority } ?? model.count)
      } else if number % 3 == 0 {
        #expect(try typed.pop()?.element.time == model.first.map { UInt64($0.number) })
        model = Array(model.dropFirst())
      } else {
        #expect(try queue.pop()?.bytes == model.first.map { element($0.number) })
        model = Array(model.dropFirst())
      }
    }
    #expect(try queue.peek(maxCount: 1_000).map(\.bytes) == model.map { element($0.number) })
    #expect(try queue.facts().count == model.count && queue.facts().lost == 0)
  }

  @Test(arguments: [.queue, .elementQueue, .channel, .byteQueue] as [TypeID])
  func `a full queue does what its policy says, and counts it`(kind: TypeID) throws {
    let queue = try make(kind, in: makeStore(), overflow: .reject)
    var pushed = 0
    while try queue.push(element(pushed), timeoutNanoseconds: 0) == .pushed { pushed += 1 }
    #expect(pushed >= 4)
    let facts = try queue.facts()
    #expect(facts.rejected == 1 && facts.dropped == 0 && facts.count == pushed)
    #expect(facts.overflow == .reject)
  }

  @Test(arguments: AnyQueue.kinds)
  func `who may not wait for room is told that there is none`(kind: TypeID) throws {
    let queue = try make(kind, in: makeStore())
    var result = PushResult.pushed
    while result == .pushed { result = try queue.push(element(1), timeoutNanoseconds: 0) }
    #expect(result == .timedOut)
    #expect(try queue.facts().rejected ?? 0 == 0)
    #expect(try queue.push(element(1), timeoutNanoseconds: 1_000_000) == .timedOut)
  }

  @Test func `messages are seen with their payload, also one that lies in the store`() throws {
    let store = try makeStore()
    let messages = try store.queue("queue", creating: QueueGeometry(capacity: 4))
    let large = [UInt8](repeating: 9, count: 5_000)
    _ = try messages.push(Message(type: .utf8, cycle: 6), payload: Array("hello".utf8).rawSpan)
    _ = try messages.push(Message(), payload: large.rawSpan)
    let queue = try store.anyQueue("queue")
    let seen = try queue.peek(maxCount: 5)
    #expect(seen.map(\.bytes) == [Array("hello".utf8), large])
    #expect(seen[0].message?.cycle == 6 && seen[0].type == .utf8)
    #expect(try queue.pop() == seen[0] && queue.pop() == seen[1])
  }

  @Test(arguments: AnyQueue.kinds)
  func `a pop sleeps until the element of another thread comes`(kind: TypeID) throws {
    let store = try makeStore()
    let queue = try make(kind, in: store)
    let offset =
      switch kind {
      case .queue: QueueLayout.arrival
      case .elementQueue: ElementQueueLayout.ring + RingLayout.arrival
      case .channel: ChannelLayout.arrival
      case .byteQueue: ByteQueueLayout.arrival
      default: NodeLayout.arrival
      }
    let handle = try store.structure("queue", type: kind, creating: nil)
    let pusher = Thread {
      let arrival = WakeWord(handle.region.word32(at: offset))
      #expect(eventually { arrival.hasSleeper })
      #expect(throws: Never.self) { try queue.push(element(3)) }
    }
    pusher.start()
    #expect(try queue.pop(timeoutNanoseconds: .max)?.bytes == element(3))
    #expect(try queue.pop(timeoutNanoseconds: 1_000_000) == nil)
  }

  @Test(arguments: AnyQueue.kinds)
  func `what is seen while elements come and go is whole and in order`(kind: TypeID) throws {
    let store = try makeStore()
    let queue = try make(kind, in: store)
    let count: UInt64 = 3_000
    @Sendable func element(_ number: UInt64) -> [UInt8] {
      // Of the size of all others; torn where it is not the element of the number it begins with.
      (0..<MemoryLayout<Gauge>.size).map {
        UInt8(truncatingIfNeeded: number >> ($0.isMultiple(of: 2) ? 0 : 8))
      }
    }
    func number(_ bytes: [UInt8]) -> UInt64 { UInt64(bytes[0]) | UInt64(bytes[1]) << 8 }
    @Sendable func priority(_ number: UInt64) -> UInt64 { number * 255 / count }
    let pusher = Thread {
      for number in 0..<count {
        #expect(throws: Never.self) {
          try queue.push(element(number), priority: priority(number))
        }
      }
    }
    let taken = LocalMutex<[[UInt8]]>([])
    let isDone = LocalMutex(false)
    let taker = Thread {
      for _ in 0..<count {
        let bytes = try? queue.pop(timeoutNanoseconds: 60_000_000_000)?.bytes
        guard let bytes else { break }
        taken.withLock { $0.append(bytes) }
      }
      isDone.withLock { $0 = true }
    }
    pusher.start()
    #expect(try eventually { try queue.peek().first?.bytes == element(0) })
    taker.start()
    while !isDone.withLock({ $0 }) {
      let seen: [AnyQueue.Element]
      do {
        seen = try queue.peek(maxCount: 4)
      } catch {
        guard error.code == .contended else { throw error }
        continue
      }
      let numbers = seen.map { number($0.bytes) }
      for (first, second) in zip(numbers, numbers.dropFirst()) { #expect(first < second) }
      #expect(seen.map(\.bytes) == numbers.map(element))
    }
    let all = taken.withLock { $0 }
    var numbers = all.map(number)
    #expect(all == numbers.map(element))
    if kind == .priorityQueue {
      // A pop that has passed a priority does not see what comes to it: others may come before.
      for (_, same) in Dictionary(grouping: numbers, by: priority) {
        #expect(same == same.sorted())
      }
      numbers.sort()
    }
    #expect(numbers == Array(0..<count))
  }

  @Test func `what is no queue, or not there, is refused with a word to that`() throws {
    let store = try makeStore()
    try store.put("text", "no queue")
    #expect(throws: StoreError.self) { try store.anyQueue("text") }
    do {
      _ = try store.anyQueue("text")
    } catch {
      #expect(error.code == .typeMismatch && error.description.contains("it is utf8, and no queue"))
    }
    do {
      _ = try store.anyQueue("absent")
      Issue.record("it is not there")
    } catch {
      #expect(error.code == .notFound && error.description.contains("no queue 'absent'"))
    }
  }

  @Test(arguments: [
    (0 as Int, 3 as UInt32), (8, 1 << 30), (12, 1), (16, 0), (16, 3), (16, 128),
  ])
  func `a layout that no type has is corrupt`(offset: Int, value: UInt32) throws {
    let store = try makeStore()
    for kind in [.elementQueue, .channel, .orderedQueue, .priorityQueue] as [TypeID] {
      _ = try make(kind, in: store)
      let start =
        switch kind {
        case .elementQueue: ElementQueueLayout.elements
        case .channel: ChannelLayout.elements
        default: NodeLayout.values
        }
      let handle = try store.structure("queue", type: kind, creating: nil)
      if offset == 0 {
        handle.region.word32(at: 0).storeRelaxed(value &+ 1_000)
      } else {
        handle.region.word32(at: start + offset).storeRelaxed(value)
      }
      do {
        _ = try store.anyQueue("queue")
        Issue.record("\(kind): it is damaged")
      } catch {
        #expect(error.code == (offset == 0 ? .incompatible : .corrupt), "\(kind): \(error)")
      }
      try store.delete("queue")
    }
  }
}
