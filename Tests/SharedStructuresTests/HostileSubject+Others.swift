import SharedMemory
import SharedStructures
import SimDB

/// Queues of plain values and of bytes, channels, topics of bytes, and tables.
extension HostileSubject {
  private func delivery(_ isAcknowledged: Bool) -> Delivery {
    isAcknowledged ? .acknowledged(withinNanoseconds: 1) : .atMostOnce
  }

  func makeOther(in store: Database) throws {
    switch self {
    case .elementQueue, .acknowledgedQueue, .elementQueueThatWaits, .elementQueueDroppingNewest:
      let queue = try store.queue(
        rawValue, of: UInt64.self,
        creating: ElementQueueGeometry(
          capacity: 4, overflow: overflow, delivery: delivery(self == .acknowledgedQueue),
          claimLimit: 4))
      for number in 0..<6 as Range<UInt64> { _ = try queue.push(number, timeoutNanoseconds: 0) }
      if self == .acknowledgedQueue { _ = try queue.claim()?.giveBack() }
    case .channel, .channelThatWaits, .channelDroppingNewest:
      let channel = try store.channel(
        rawValue, of: UInt64.self, creating: ChannelGeometry(capacity: 4, overflow: overflow))
      var sender = try channel.sender()
      var receiver = try channel.receiver()
      for number in 0..<6 as Range<UInt64> {
        _ = try sender.push(number, timeoutNanoseconds: 0)
        if number % 2 == 0 { _ = try receiver.pop() }
      }
    case .byteQueue, .acknowledgedByteQueue, .byteQueueThatWaits, .byteQueueDroppingNewest:
      let queue = try store.byteQueue(
        rawValue,
        creating: ByteQueueGeometry(
          segmentCapacity: 256, segmentLimit: 4, overflow: overflow,
          delivery: delivery(self == .acknowledgedByteQueue)))
      for count in [3, 90, 90, 300, 0, 90, 7] {
        try queue.push([UInt8](repeating: 7, count: count), timeoutNanoseconds: 0)
      }
      if self == .acknowledgedByteQueue { _ = try queue.claim()?.giveBack() }
    case .byteTopic:
      let topic = try store.byteTopic(
        rawValue,
        creating: ByteTopicGeometry(subscriberCapacity: 3, segmentCapacity: 256, segmentLimit: 3))
      let subscription = try topic.subscribe(overflow: .dropOldest)
      for count in [3, 90, 300, 0] { try topic.publish([UInt8](repeating: 7, count: count)) }
      _ = try subscription.pop()
    case .table:
      let table = try store.table(rawValue, creating: TableGeometry(capacity: 16))
      var writer = try table.writer()
      for number in 0..<8 {
        try writer.set("key \(number)", [UInt8](repeating: 7, count: number * 20))
      }
      try writer.remove("key 3")
    default: preconditionFailure("a \(self) is made elsewhere")
    }
  }

  func otherActions(in store: Database) throws -> [Action] {
    switch self {
    case .elementQueue, .acknowledgedQueue, .elementQueueThatWaits, .elementQueueDroppingNewest:
      try elementActions(store) + queueActions(store)
    case .channel, .channelThatWaits, .channelDroppingNewest:
      try channelActions(store) + queueActions(store)
    case .byteQueue, .acknowledgedByteQueue, .byteQueueThatWaits, .byteQueueDroppingNewest:
      try byteActions(store) + queueActions(store)
    case .byteTopic: try byteTopicActions(store)
    case .table: try tableActions(store)
    default: preconditionFailure("a \(self) is used elsewhere")
    }
  }

  private func elementActions(_ store: Database) throws -> [Action] {
    let (queue, patience) = (try store.queue(rawValue, of: UInt64.self), patience)
    return [
      { _ = try queue.peek() }, { _ = (queue.count, queue.heldCount, queue.pushedCount) },
      { _ = try queue.push(1, timeoutNanoseconds: patience) },
      { _ = try queue.push(contentsOf: [1, 2, 3, 4, 5, 6], timeoutNanoseconds: patience) },
      { _ = try queue.push(timeoutNanoseconds: patience) { element in element[0] = 3 } },
      { _ = try queue.pop() }, { _ = try queue.pop { _ in } },
      {
        // As its bytes say, whatever it was made as.
        guard queue.geometry.delivery != .atMostOnce else { return }
        var claims: [Queue<UInt64>.Claim] = []
        while claims.count < 5, let claim = try queue.claim() { claims.append(claim) }
        for (number, claim) in claims.enumerated() {
          _ = try number % 2 == 0 ? claim.acknowledge() : claim.giveBack()
        }
      },
      { _ = try queue.take(maxCount: 3) }, { _ = try queue.pop(timeoutNanoseconds: patience) },
    ]
  }

  /// Each end for as long as it is used, so that all come to it.
  private func channelActions(_ store: Database) throws -> [Action] {
    let (channel, patience) = (try store.channel(rawValue, of: UInt64.self), patience)
    return [
      { _ = (channel.count, channel.lostCount, channel.pushedCount) },
      {
        var receiver = try channel.receiver()
        _ = try receiver.peek()
        _ = try receiver.pop()
        _ = try receiver.pop { _ in }
      },
      {
        var sender = try channel.sender()
        for number in 0..<6 as Range<UInt64> {
          _ = try sender.push(number, timeoutNanoseconds: patience)
        }
        _ = try sender.push(contentsOf: [1, 2, 3], timeoutNanoseconds: patience)
      },
      {
        var receiver = try channel.receiver()
        _ = try receiver.take(maxCount: 3)
        _ = try receiver.pop(timeoutNanoseconds: patience)
      },
    ]
  }

  private func byteActions(_ store: Database) throws -> [Action] {
    let (queue, patience) = (try store.byteQueue(rawValue), patience)
    func push(_ count: Int) -> Action {
      {
        let bytes = [UInt8](repeating: 1, count: count)
        try queue.push(bytes, timeoutNanoseconds: patience)
      }
    }
    return [
      { _ = try queue.contents() }, { _ = try queue.peek(maxCount: 9) }, push(3), push(100),
      { _ = try queue.pop() }, push(300),
      {
        // As its bytes say, whatever it was made as.
        guard queue.geometry.delivery != .atMostOnce else { return }
        var claims: [ByteQueue.Claim] = []
        while claims.count < 5, let claim = try queue.claim() { claims.append(claim) }
        for (number, claim) in claims.enumerated() {
          _ = try claim.withBytes { bytes, _ in bytes.byteCount }
          _ = try number % 2 == 0 ? claim.acknowledge() : claim.giveBack()
        }
      },
      { try queue.take(maxCount: 3)?.forEachElement { _, _ in } },
      { for _ in 0..<9 { _ = try queue.pop() } },
      { _ = try queue.pop(timeoutNanoseconds: patience) { _, _ in } },
    ]
  }

  private func byteTopicActions(_ store: Database) throws -> [Action] {
    let topic = try store.byteTopic(rawValue)
    // One that may not write has none.
    let living = try? topic.subscribe(overflow: .dropOldest)
    return [
      { _ = try topic.subscribers() },
      {
        for count in [3, 90, 300] {
          try topic.publish([UInt8](repeating: 1, count: count), timeoutNanoseconds: 0)
        }
      },
      { for _ in 0..<4 { _ = try living?.pop() } },
      { _ = try living?.peek() }, { _ = try living?.contents() },
      { try living?.take(maxCount: 3)?.forEachElement { _, _ in } },
      {
        let late = try topic.subscribe(overflow: .reject)
        try topic.publish([1, 2, 3], timeoutNanoseconds: 0)
        _ = try late.pop()
      },
    ]
  }

  private func tableActions(_ store: Database) throws -> [Action] {
    let table = try store.table(rawValue)
    return [
      { for number in 0..<9 { _ = try table.get("key \(number)") } },
      { for number in 0..<9 { _ = try table.version("key \(number)") } },
      { _ = try (table.keyCount, table.changeCount, table.writerFacts) },
      { try table.forEach { _, _ in } },
      {
        var writer = try table.writer()
        for number in 0..<20 {
          try writer.set("key \(number)", [UInt8](repeating: 1, count: number * 10))
        }
      },
      {
        var writer = try table.writer()
        for number in 0..<20 { try writer.remove("key \(number)") }
      },
    ]
  }
}
