import SharedMemory
import SharedStructures
import SimDB

/// A structure of which histories are recorded.
public enum StructureKind: String, CaseIterable, Sendable {
  case queue, acknowledgedQueue, byteQueue, acknowledgedByteQueue, channel, stack
  case priorityQueue, orderedQueue
  case sortedMap, sortedSet, hashMap, list, table, state
  case messageQueue, strings, heap, vector, topic, waitedTopic, byteTopic

  /// How many keys and priorities there are.
  static let keyCount = 4
  private static let cellCount = 4
  /// Who comes when the others have ended, and looks what stands.
  public static let last = 9

  /// What its operations together must behave as.
  public var promise: StructureHistory.Promise {
    switch self {
    case .queue, .messageQueue: .cells(capacity: Self.cellCount)
    case .acknowledgedQueue: .cells(capacity: Self.cellCount, isAcknowledged: true)
    // Four segments of four: the first may hold but one, and the dead leave gaps.
    case .byteQueue: .cells(capacity: 16, refusalFrom: 9)
    case .acknowledgedByteQueue:
      .cells(capacity: 16, refusalFrom: 9, isAcknowledged: true)
    case .channel: .line(capacity: Self.cellCount, isStack: false)
    case .stack: .line(capacity: .max, isStack: true)
    case .priorityQueue, .orderedQueue: .levels(Self.keyCount)
    case .sortedMap, .sortedSet, .hashMap, .table, .heap: .map([:])
    case .strings: .names
    case .vector: .line(capacity: .max, isStack: true)
    case .topic: .publications(inOneOrder: true, mayMiss: true)
    case .waitedTopic: .publications(inOneOrder: true, mayMiss: false)
    case .byteTopic: .publications(inOneOrder: false, mayMiss: false)
    case .list, .state:
      .map(Dictionary(uniqueKeysWithValues: (0..<Self.keyCount).map { ($0, $0) }))
    }
  }

  /// Makes it, with nothing in it, or with what the promise begins with.
  public func create(in store: Database) throws {
    let capacity = ElementCapacity(200)
    switch self {
    case .queue, .acknowledgedQueue:
      _ = try store.queue(
        rawValue, of: StructureRecorder.Element.self,
        creating: ElementQueueGeometry(
          capacity: Self.cellCount, overflow: .reject,
          delivery: self == .queue ? .atMostOnce : .acknowledged))
    case .byteQueue, .acknowledgedByteQueue:
      _ = try store.byteQueue(
        rawValue,
        creating: ByteQueueGeometry(
          segmentCapacity: 256, segmentLimit: 4, overflow: .reject,
          delivery: self == .byteQueue ? .atMostOnce : .acknowledged))
    case .messageQueue:
      _ = try store.queue(
        rawValue, creating: QueueGeometry(capacity: Self.cellCount, overflow: .reject))
    case .channel:
      _ = try store.channel(
        rawValue, of: StructureRecorder.Element.self,
        creating: ChannelGeometry(capacity: Self.cellCount, overflow: .reject))
    case .stack:
      _ = try store.stack(rawValue, of: StructureRecorder.Element.self, creating: capacity)
    case .priorityQueue:
      _ = try store.priorityQueue(rawValue, of: StructureRecorder.Element.self, creating: capacity)
    case .orderedQueue:
      _ = try store.orderedQueue(rawValue, of: StructureRecorder.Element.self, creating: capacity)
    case .sortedMap:
      _ = try store.sortedMap(
        rawValue, of: UInt64.self, to: StructureRecorder.Element.self, creating: capacity)
    case .sortedSet: _ = try store.sortedSet(rawValue, of: UInt64.self, creating: capacity)
    case .hashMap:
      _ = try store.hashMap(
        rawValue, of: UInt64.self, to: StructureRecorder.Element.self, creating: 200)
    case .list:
      let list = try store.list(rawValue, of: StructureRecorder.Element.self, creating: capacity)
      for number in 0..<Self.keyCount {
        let position = try list.append(.init(number: number))
        precondition(position == number, "the first positions are others")
      }
    case .table: _ = try store.table(rawValue, creating: TableGeometry(capacity: 8))
    case .state:
      for number in 0..<Self.keyCount {
        _ = try store.state(
          "\(rawValue) \(number)", creating: StructureRecorder.Element(number: number))
      }
    case .strings, .heap, .vector: try createOther(in: store)
    case .topic, .waitedTopic, .byteTopic: try createTopic(in: store)
    }
  }

  // MARK: What is done

  /// What a recorder does with it, some of it more often than other things.
  func acts(_ store: Database, id: Int) throws -> [StructureRecorder.Act] {
    switch self {
    case .queue: try queueActs(store)
    case .acknowledgedQueue: try claimingActs(store)
    case .byteQueue: try byteActs(store)
    case .acknowledgedByteQueue: try byteClaimingActs(store)
    case .messageQueue: try messageActs(store)
    case .channel: try channelActs(store, id: id)
    case .stack: try stackActs(store)
    case .priorityQueue:
      try priorityActs(store.priorityQueue(rawValue, of: StructureRecorder.Element.self))
    case .orderedQueue:
      try priorityActs(store.orderedQueue(rawValue, of: StructureRecorder.Element.self))
    case .sortedMap: try mapActs(store)
    case .sortedSet: try setActs(store)
    case .hashMap: try hashActs(store)
    case .list: try listActs(store)
    case .table: try tableActs(store, id: id)
    case .state: try stateActs(store)
    case .strings: try stringActs(store)
    case .heap: try heapActs(store)
    case .vector: try vectorActs(store)
    case .topic, .waitedTopic: try topicActs(store, id: id)
    case .byteTopic: try byteTopicActs(store)
    }
  }

  /// What the how many-eth operation of a recorder is about.
  func key(id: Int, _ number: Int, using generator: inout SeededGenerator) -> Int {
    let key = Int.random(in: 0..<Self.keyCount, using: &generator)
    return switch self {
    // Of topics a key is the one who is told.
    case .topic, .waitedTopic, .byteTopic: id
    // What is interned stays so: after a while others come.
    case .strings: number / 16 * Self.keyCount + key
    default: key
    }
  }

  /// The order of two pushes that meet is known when both values have been popped, and doubles what the check
  /// has to try until then: there are more pops than pushes, so that little stands.
  private func line(
    push: @escaping (_ key: Int, _ value: Int) throws -> StructureOperation.Answer,
    pop: @escaping () throws -> Int?
  ) -> [StructureRecorder.Act] {
    let popping: StructureRecorder.Act = (.pop, { _, _ in .init(try pop()) })
    return [(.push, push), popping, popping]
  }

  private func queueActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let queue = try store.queue(rawValue, of: StructureRecorder.Element.self)
    return line {
      try queue.push(.init(number: $1), timeoutNanoseconds: 0) == .pushed ? .done : .none
    } pop: {
      try queue.pop()?.told
    }
  }

  private func claimingActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let queue = try store.queue(rawValue, of: StructureRecorder.Element.self)
    return line {
      try queue.push(.init(number: $1), timeoutNanoseconds: 0) == .pushed ? .done : .none
    } pop: {
      // Nobody is late who lives.
      try queue.claim().map { try $0.acknowledge() ? $0.element.told : -1 }
    }
  }

  private func byteActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let queue = try store.byteQueue(rawValue)
    return byteLine(queue) {
      guard let bytes = try queue.pop()?.bytes else { return nil }
      return bytes.rawSpan.value(as: StructureRecorder.Element.self).told
    }
  }

  private func byteClaimingActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let queue = try store.byteQueue(rawValue)
    return byteLine(queue) {
      guard let claim = try queue.claim() else { return nil }
      let told = try claim.withBytes { bytes, _ in
        bytes.value(as: StructureRecorder.Element.self).told
      }
      // Nobody is late who lives.
      return try claim.acknowledge() ? told : -1
    }
  }

  private func byteLine(
    _ queue: ByteQueue, pop: @escaping () throws -> Int?
  ) -> [StructureRecorder.Act] {
    line(
      push: {
        let bytes = StructureRecorder.Element(number: $1).withBytes { $0.array }
        return try queue.push(bytes, timeoutNanoseconds: 0) == .pushed ? .done : .none
      }, pop: pop)
  }

  private func messageActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let queue = try store.queue(rawValue)
    /// Every other payload does not fit its cell.
    func payload(_ number: Int) -> [UInt8] {
      let bytes = StructureRecorder.Element(number: number).withBytes { $0.array }
      return bytes + [UInt8](repeating: UInt8(number & 255), count: number / 8 % 2 * 100)
    }
    return line {
      let message = Message(cycle: UInt64($1))
      let result = try queue.push(message, payload: payload($1).rawSpan, timeoutNanoseconds: 0)
      return result == .pushed ? .done : .none
    } pop: {
      var told: Int?
      try queue.pop { message, bytes in
        let number = Int(message.cycle)
        told = bytes.array == payload(number) ? number : -1
      }
      return told
    }
  }

  private final class Sending {
    var end: Sender<StructureRecorder.Element>
    init(_ end: consuming Sender<StructureRecorder.Element>) { self.end = end }
  }

  private final class Receiving {
    var end: Receiver<StructureRecorder.Element>
    init(_ end: consuming Receiver<StructureRecorder.Element>) { self.end = end }
  }

  private func channelActs(_ store: Database, id: Int) throws -> [StructureRecorder.Act] {
    let channel = try store.channel(rawValue, of: StructureRecorder.Element.self)
    if id == 1 {
      let sending = Sending(try channel.sender())
      return [
        (
          .push,
          {
            let result = try sending.end.push(.init(number: $1), timeoutNanoseconds: 0)
            return result == .pushed ? .done : .none
          }
        )
      ]
    }
    let receiving = Receiving(try channel.receiver())
    return [(.pop, { _, _ in .init(try receiving.end.pop()?.told) })]
  }

  private func stackActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let stack = try store.stack(rawValue, of: StructureRecorder.Element.self)
    return line {
      try stack.push(.init(number: $1))
      return .done
    } pop: {
      try stack.pop()?.told
    }
  }

  private func priorityActs(
    _ queue: some QueueByPriority<StructureRecorder.Element>
  ) -> [StructureRecorder.Act] {
    line {
      try queue.push(.init(number: $1), priority: .init($0))
      return .done
    } pop: {
      try queue.pop()?.element.told
    }
  }

  private func mapActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let map = try store.sortedMap(rawValue, of: UInt64.self, to: StructureRecorder.Element.self)
    return [
      (.put, { .init(try map.put(UInt64($0), .init(number: $1))?.told) }),
      (.insert, { .init(try map.insertIfAbsent(UInt64($0), .init(number: $1))?.told) }),
      (
        .put,
        { key, value in
          var old: StructureRecorder.Element?
          try map.update(UInt64(key)) {
            old = $0
            return .init(number: value)
          }
          return .init(old?.told)
        }
      ),
      (.remove, { key, _ in .init(try map.remove(UInt64(key))?.told) }),
      (.get, { key, _ in .init(try map.get(UInt64(key))?.told) }),
      (.popFirst, { _, _ in .init(try map.popFirst()?.value.told) }),
      (.first, { _, _ in .init(try map.first?.value.told) }),
      (.last, { _, _ in .init(try map.last?.value.told) }),
      (.floor, { key, _ in .init(try map.floor(UInt64(key))?.value.told) }),
      (.ceiling, { key, _ in .init(try map.ceiling(UInt64(key))?.value.told) }),
    ]
  }

  /// Its elements are keys and values at once.
  private func setActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let set = try store.sortedSet(rawValue, of: UInt64.self)
    return [
      (.insert, { key, _ in try set.insert(UInt64(key)) ? .none : .value(key) }),
      (.remove, { key, _ in try set.remove(UInt64(key)) ? .value(key) : .none }),
      (.get, { key, _ in try set.contains(UInt64(key)) ? .value(key) : .none }),
      (.popFirst, { _, _ in .init(try set.popFirst().map { Int($0) }) }),
      (.first, { _, _ in .init(try set.first.map { Int($0) }) }),
      (.last, { _, _ in .init(try set.last.map { Int($0) }) }),
      (.floor, { key, _ in .init(try set.floor(UInt64(key)).map { Int($0) }) }),
      (.ceiling, { key, _ in .init(try set.ceiling(UInt64(key)).map { Int($0) }) }),
    ]
  }

  private func hashActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let map = try store.hashMap(rawValue, of: UInt64.self, to: StructureRecorder.Element.self)
    return [
      (.put, { .init(try map.put(UInt64($0), .init(number: $1))?.told) }),
      (
        .put,
        { key, value in
          var old: StructureRecorder.Element?
          try map.update(UInt64(key)) {
            old = $0
            return .init(number: value)
          }
          return .init(old?.told)
        }
      ),
      (.remove, { key, _ in .init(try map.remove(UInt64(key))?.told) }),
      (.get, { key, _ in .init(try map.get(UInt64(key))?.told) }),
    ]
  }

  /// Keys are the first positions, which count from 0.
  private func listActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let list = try store.list(rawValue, of: StructureRecorder.Element.self)
    let replace: StructureRecorder.Act = (
      .replace,
      { key, value in
        var old: StructureRecorder.Element?
        let made = try list.update(at: Int64(key)) {
          old = $0
          return .init(number: value)
        }
        return made == nil ? .none : .init(old?.told)
      }
    )
    let get: StructureRecorder.Act = (
      .get, { key, _ in .init(try list.get(at: Int64(key))?.told) }
    )
    // What is removed does not come again.
    let remove: StructureRecorder.Act = (
      .remove, { key, _ in .init(try list.remove(at: Int64(key))?.told) }
    )
    return Array(repeating: replace, count: 100) + Array(repeating: get, count: 100) + [remove]
  }

  private final class Writing {
    var writer: TableWriter
    init(_ writer: consuming TableWriter) { self.writer = writer }
  }

  private func tableActs(_ store: Database, id: Int) throws -> [StructureRecorder.Act] {
    let table = try store.table(rawValue)
    guard id == 1 else {
      return [
        (
          .get,
          { key, _ in
            guard let bytes = try table.get("\(key)")?.bytes else { return .none }
            let size = MemoryLayout<StructureRecorder.Element>.size
            return .value(
              Array(bytes.prefix(size)).rawSpan.value(as: StructureRecorder.Element.self).told)
          }
        )
      ]
    }
    let writing = Writing(try table.writer())
    func setting(_ count: Int) -> StructureRecorder.Act {
      (
        .put,
        {
          let bytes = StructureRecorder.Element(number: $1).withBytes { $0.array }
          try writing.writer.set("\($0)", bytes + [UInt8](repeating: 0, count: count))
          return .done
        }
      )
    }
    return [
      setting(0), setting(0), setting(200),
      (
        .remove,
        { key, _ in
          // It does not tell which value there was.
          try writing.writer.remove("\(key)") ? .done : .none
        }
      ),
    ]
  }

  private func stateActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let states = try (0..<Self.keyCount).map {
      try store.state("\(rawValue) \($0)", of: StructureRecorder.Element.self)
    }
    return [
      (
        .put,
        {
          try states[$0].store(.init(number: $1))
          return .done
        }
      ),
      (
        .put,
        { key, value in
          let old = try states[key].update { state in
            defer { state = .init(number: value) }
            return state
          }
          return .value(old.told)
        }
      ), (.get, { key, _ in .value(try states[key].load().told) }),
    ]
  }
}

extension QueueNotes.Element {
  /// One that tells a number.
  init(number: Int) { self.init(0, UInt64(number)) }

  /// Its number; that of no value where it is not whole.
  var told: Int { isWhole ? Int(number) : -1 }
}
