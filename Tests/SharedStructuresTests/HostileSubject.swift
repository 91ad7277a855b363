import SharedMemory
import SharedStructures
import SimDB
import TestSupport

/// A structure whose bytes are somebody else's to choose, and all that a user may do with it.
enum HostileSubject: String, CaseIterable {
  case messageQueue, orderedQueue, priorityQueue, stack
  case sortedMap, sortedSet, hashMap, list
  case topic, waitedTopic, strings, heap, state, vector
  case elementQueue, acknowledgedQueue, channel, byteQueue, acknowledgedByteQueue, byteTopic, table
  case messageQueueThatWaits, elementQueueThatWaits, channelThatWaits, byteQueueThatWaits
  case messageQueueDroppingNewest, elementQueueDroppingNewest, channelDroppingNewest
  case byteQueueDroppingNewest

  typealias Action = () throws -> Void

  private static let capacity = ElementCapacity(initial: 8, maximum: 100)

  private var type: TypeID {
    switch self {
    case .messageQueue, .messageQueueThatWaits, .messageQueueDroppingNewest: .queue
    case .orderedQueue: .orderedQueue
    case .priorityQueue: .priorityQueue
    case .stack: .stack
    case .sortedMap: .sortedMap
    case .sortedSet: .set
    case .hashMap: .hashMap
    case .list: .list
    case .topic, .waitedTopic: .topic
    case .strings: .strings
    case .heap: .heap
    case .state, .vector: .pack
    case .elementQueue, .acknowledgedQueue, .elementQueueThatWaits, .elementQueueDroppingNewest:
      .elementQueue
    case .channel, .channelThatWaits, .channelDroppingNewest: .channel
    case .byteQueue, .acknowledgedByteQueue, .byteQueueThatWaits, .byteQueueDroppingNewest:
      .byteQueue
    case .byteTopic: .byteTopic
    case .table: .table
    }
  }

  /// What a full queue does.
  var overflow: Overflow {
    switch self {
    case .messageQueueThatWaits, .elementQueueThatWaits, .channelThatWaits, .byteQueueThatWaits:
      .wait
    case .messageQueueDroppingNewest, .elementQueueDroppingNewest, .channelDroppingNewest,
      .byteQueueDroppingNewest:
      .dropNewest
    case .channel: .reject
    default: .dropOldest
    }
  }

  /// How long its users wait for room, or for something to take.
  var patience: UInt64 { overflow == .wait ? 100_000 : 0 }

  /// Its bytes, and those of all that it has beside its entry.
  func regions(in store: Database) throws -> [SharedRegion] {
    let parts = try store.keys(prefix: "\(rawValue)/part/").map {
      try store.structure(String(decoding: $0, as: UTF8.self), type: .part, creating: nil).region
    }
    return [try store.structure(rawValue, type: type, creating: nil).region] + parts
  }

  // MARK: Making it

  /// Makes it with something in it, where it can grow with more than its first units.
  func make(in store: Database) throws {
    let numbers = 0..<70 as Range<UInt64>
    switch self {
    case .messageQueue, .messageQueueThatWaits, .messageQueueDroppingNewest:
      let queue = try store.queue(
        rawValue, creating: QueueGeometry(capacity: 4, payloadCapacity: 8, overflow: overflow))
      for count in [3, 8, 200, 4, 300, 0] {
        let payload = [UInt8](repeating: 7, count: count)
        _ = try queue.push(Message(), payload: payload.rawSpan, timeoutNanoseconds: 0)
      }
    case .orderedQueue:
      let queue = try store.orderedQueue(rawValue, of: UInt64.self, creating: Self.capacity)
      for number in numbers { try queue.push(number, priority: number % 5) }
      for _ in 0..<9 { _ = try queue.pop() }
    case .priorityQueue:
      let queue = try store.priorityQueue(rawValue, of: UInt64.self, creating: Self.capacity)
      for number in numbers { try queue.push(number, priority: UInt8(number % 5)) }
      for _ in 0..<9 { _ = try queue.pop() }
    case .stack:
      let stack = try store.stack(rawValue, of: UInt64.self, creating: Self.capacity)
      for number in numbers { try stack.push(number) }
      for _ in 0..<9 { _ = try stack.pop() }
    case .sortedMap:
      let map = try store.sortedMap(
        rawValue, of: UInt64.self, to: UInt64.self, creating: Self.capacity)
      for number in numbers { try map.put(number % 50, number) }
      for _ in 0..<9 { try map.popFirst() }
    case .sortedSet:
      let set = try store.sortedSet(rawValue, of: UInt64.self, creating: Self.capacity)
      for number in numbers { try set.insert(number) }
      for number in numbers where number % 8 == 0 { try set.remove(number) }
    case .hashMap:
      let map = try store.hashMap(rawValue, of: UInt64.self, to: UInt64.self, creating: 60)
      for number in numbers { try map.put(number % 50, number) }
      for number in numbers where number % 8 == 0 { try map.remove(number) }
    case .list:
      let list = try store.list(rawValue, of: UInt64.self, creating: Self.capacity)
      for number in numbers {
        _ = try number % 2 == 0 ? list.append(number) : list.prepend(number)
      }
      for _ in 0..<9 { try list.popFirst() }
    case .topic, .waitedTopic:
      let topic = try store.topic(
        rawValue, of: UInt64.self,
        creating: TopicGeometry(
          capacity: 4, slowSubscribers: self == .topic ? .skip : .wait, subscriberCapacity: 3))
      for number in 0..<6 as Range<UInt64> { try topic.publish(number) }
    case .strings:
      let strings = try store.strings(rawValue, creating: StringsGeometry(firstChunkSize: 1_024))
      for number in numbers { _ = try strings.intern("string \(number)") }
    case .heap:
      let heap = try store.heap(rawValue, creating: true)
      for count in [10, 100, 100, 5_000] {
        _ = try heap.allocate([UInt8](repeating: 7, count: count).rawSpan)
      }
      _ = try heap.allocate(byteCount: 100)
    case .state: _ = try store.state(rawValue, creating: UInt64(7))
    case .vector: _ = try store.vector(rawValue, creating: [1, 2, 3] as [UInt64])
    default: try makeOther(in: store)
    }
  }

  // MARK: Using it

  /// Attaches to it; all that can be done then. Nothing of it waits for longer than a moment.
  func actions(in store: Database) throws -> [Action] {
    let describing: Action = { [rawValue] in _ = try store.describe(Array(rawValue.utf8)) }
    let keys = [0, 7, 8, 30, 49, 60, .max] as [UInt64]
    switch self {
    case .messageQueue, .messageQueueThatWaits, .messageQueueDroppingNewest:
      let (queue, patience) = (try store.queue(rawValue), patience)
      func push(_ count: Int) -> Action {
        {
          let payload = [UInt8](repeating: 1, count: count)
          _ = try queue.push(Message(), payload: payload.rawSpan, timeoutNanoseconds: patience)
        }
      }
      return [
        { _ = try queue.peek(maxCount: 9) }, { try queue.pop { _, _ in } }, push(3), push(100),
        { try queue.pop { _, _ in } }, push(8), { _ = queue.count }, describing,
        {
          for count in [8, 90] {
            _ = try queue.push(Message(), count: count, timeoutNanoseconds: patience) { _ in }
          }
        }, { _ = try queue.pop(timeoutNanoseconds: patience) { _, _ in } },
        { _ = try queue.take(maxCount: 3, maxBytes: 100) },
      ] + queueActions(store)
    case .orderedQueue:
      let queue = try store.orderedQueue(rawValue, of: UInt64.self)
      return [
        { _ = try queue.peek() }, { _ = try queue.count }, { _ = try queue.pop() },
        { for key in keys { try queue.push(key, priority: key) } },
        { while try queue.pop(timeoutNanoseconds: 0) != nil {} },
        { while true { try queue.push(1, priority: 3) } }, describing,
      ] + queueActions(store)
    case .priorityQueue:
      let queue = try store.priorityQueue(rawValue, of: UInt64.self)
      return [
        { _ = try queue.peek() }, { _ = try queue.count }, { _ = try queue.count(priority: 3) },
        { _ = try queue.pop() },
        { for key in keys { try queue.push(key, priority: UInt8(key & 3)) } },
        { while try queue.pop(timeoutNanoseconds: 0) != nil {} },
        { while true { try queue.push(1, priority: 3) } }, { _ = queue.pushedCount }, describing,
      ] + queueActions(store)
    case .stack:
      let stack = try store.stack(rawValue, of: UInt64.self)
      return [
        { _ = try stack.peek() }, { _ = try stack.count }, { _ = try stack.pop() },
        { for key in keys { try stack.push(key) } }, { while try stack.pop() != nil {} },
        { while true { try stack.push(1) } }, describing,
      ] + queueActions(store)
    case .sortedMap:
      let map = try store.sortedMap(rawValue, of: UInt64.self, to: UInt64.self)
      return [
        { for key in keys { _ = try (map.get(key), map.floor(key), map.ceiling(key)) } },
        { _ = try (map.first, map.last, map.count) }, { try map.forEach { _ in true } },
        { try map.forEach(from: 5, upTo: 40) { _ in true } },
        { for key in keys { try map.put(key, 1) } }, { for key in keys { try map.remove(key) } },
        { for key in keys { try map.update(key) { ($0 ?? 0) &+ 1 } } }, { try map.popFirst() },
        { for key in 100... { try map.insertIfAbsent(UInt64(key), 1) } }, { try map.removeAll() },
        describing,
      ]
    case .sortedSet:
      let set = try store.sortedSet(rawValue, of: UInt64.self)
      return [
        { for key in keys { _ = try (set.contains(key), set.floor(key), set.ceiling(key)) } },
        { _ = try (set.first, set.last, set.count) }, { try set.forEach { _ in true } },
        { try set.forEach(from: 5, upTo: 40) { _ in true } },
        { for key in keys { try set.insert(key) } }, { for key in keys { try set.remove(key) } },
        { try set.popFirst() }, { for key in 100... { try set.insert(UInt64(key)) } },
        { try set.removeAll() }, describing,
      ]
    case .hashMap:
      let map = try store.hashMap(rawValue, of: UInt64.self, to: UInt64.self)
      return [
        { for key in keys { _ = try map.get(key) } }, { _ = try map.count },
        { try map.forEach { _ in true } }, { for key in keys { try map.put(key, 1) } },
        { for key in keys { try map.update(key) { ($0 ?? 0) &+ 1 } } },
        { for key in keys { try map.remove(key) } },
        { for key in 100... { try map.put(UInt64(key), 1) } }, describing,
      ]
    case .list:
      let list = try store.list(rawValue, of: UInt64.self)
      let positions = [-20, -1, 0, 7, 30, .min, .max] as [Int64]
      return [
        { for position in positions { _ = try list.get(at: position) } },
        { _ = try (list.first, list.last, list.count) },
        { try list.forEach(from: -5) { _ in true } },
        { for position in positions { try list.update(at: position) { $0 &+ 1 } } },
        { for position in positions { try list.remove(at: position) } },
        { try list.prepend(1) }, { try list.popFirst() },
        { while true { try list.append(1) } }, describing,
      ]
    case .topic, .waitedTopic: return try topicActions(store) + [describing]
    case .strings:
      let strings = try store.strings(rawValue)
      let handles = keys.map { StringHandle(rawValue: $0) }
      return [
        { try strings.forEach { _, _ in } }, { _ = try strings.count() },
        { for number in 0..<90 { _ = try strings.find("string \(number)") } },
        { for number in 60..<120 { _ = try strings.intern("string \(number)") } },
        {
          for handle in handles + [try strings.intern("string 7")] {
            _ = try? strings.bytes(handle)
            _ = try? strings.string(handle)
          }
        }, describing,
      ]
    case .heap: return try heapActions(store) + [describing]
    case .state:
      let state = try store.state(rawValue, of: UInt64.self)
      return [
        { _ = try state.load() }, { try state.withValue { _ in } }, { _ = try state.loadVersion() },
        { try state.update { $0 &+= 1 } }, describing, { try state.store(3) },
        { _ = try state.load() },
      ]
    case .vector:
      let vector = try store.vector(rawValue, of: UInt64.self)
      return [
        { _ = try vector.load() }, { _ = try vector.count }, { try vector.withElements { _ in } },
        { _ = try vector.loadVersion() }, { try vector.append(1) }, describing,
        { try vector.store([3]) }, { _ = try vector.load() },
      ]
    default: return try otherActions(in: store) + [describing]
    }
  }

  /// What is done with a queue of any kind.
  func queueActions(_ store: Database) -> [Action] {
    [
      { [rawValue] in _ = try store.anyQueue(rawValue).facts() },
      { [rawValue] in
        let queue = try store.anyQueue(rawValue)
        for element in try queue.peek(maxCount: .max) { _ = queue.describe(element) }
      },
      { [rawValue] in _ = try store.anyQueue(rawValue).pop() },
    ]
  }

  private final class Reading {
    var subscription: Subscription<UInt64>
    init(_ subscription: consuming Subscription<UInt64>) { self.subscription = subscription }
  }

  private func topicActions(_ store: Database) throws -> [Action] {
    let topic = try store.topic(rawValue, of: UInt64.self)
    // One that may not write has none where publishers wait.
    let reading = try? Reading(topic.subscribe(from: .oldest))
    return [
      { for _ in 0..<9 { _ = try reading?.subscription.next() } },
      { for _ in 0..<6 { try topic.publish(1, timeoutNanoseconds: 0) } },
      { try topic.publish(timeoutNanoseconds: 0) { $0[0] = 1 } },
      { _ = try reading?.subscription.next(timeoutNanoseconds: 0) },
      {
        for start in [.new, .oldest, .last(2), .last(.max)] as [Topic<UInt64>.Start] {
          let late = Reading(try topic.subscribe(from: start))
          for _ in 0..<6 { _ = try late.subscription.next() }
        }
      },
      { _ = (topic.publishedCount, topic.missedCount, topic.lostCount) },
    ]
  }

  private func heapActions(_ store: Database) throws -> [Action] {
    let heap = try store.heap(rawValue)
    var found: [HeapHandle] = []
    return [
      { _ = try heap.facts() },
      {
        try heap.forEach {
          found.append($0)
          return found.count < 300
        }
      },
      {
        for handle in found {
          _ = try? heap.bytes(handle)
          _ = try? heap.type(handle)
        }
      },
      { for count in [1, 100, 5_000] { try heap.publish(heap.allocate(byteCount: count)) } },
      {
        for handle in found {
          do throws(StoreError) { try heap.free(handle) } catch {
            if ![.notFound, .inUse].contains(error.code) { throw error }
          }
        }
      },
      { try heap.sweep() },
    ]
  }
}
