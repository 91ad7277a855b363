import SharedMemory
import SharedStructures
import SimDB

extension StructureScene {
  /// Scenes of what lies in rings, with elements of which none is like another.
  static let onRings = [queues, acknowledgedQueues, channels, topics].flatMap { $0 }

  // MARK: Queues

  /// Two users of a queue of two cells, in which `count` elements stand, from 1 on.
  private static func queue(
    _ name: String, holding count: Int, _ overflow: Overflow = .reject,
    _ delivery: Delivery = .atMostOnce,
    _ users: @escaping @Sendable (Queue<NumberedElement>) -> [[Call]]
  ) -> [StructureScene] {
    scenes(name, .nothingBeside) { store, key in
      let queue = try store.queue(
        key, of: NumberedElement.self,
        creating: ElementQueueGeometry(
          capacity: 2, overflow: overflow, delivery: delivery, claimLimit: 2))
      // Its cells have been used before.
      for number in [-1, 0] + Array(1...2).prefix(count) {
        _ = try queue.push(NumberedElement(number), timeoutNanoseconds: 0)
        if number < 1 { _ = try queue.pop() }
      }
      return Structure(
        users: users(queue),
        drain: {
          var numbers: [Int] = []
          while let element = try queue.pop() { numbers.append(try element.number()) }
          return numbers + [Int(queue.lostCount), Int(queue.droppedCount)]
        })
    }
  }

  private static func push(_ number: Int, to queue: Queue<NumberedElement>) -> Call {
    { try queue.push(NumberedElement(number), timeoutNanoseconds: 0) == .pushed ? number : nil }
  }

  private static func pop(_ queue: Queue<NumberedElement>) -> Call {
    { try queue.pop()?.number() }
  }

  private static func goRound(_ queue: Queue<NumberedElement>) -> [Call] {
    (21...25).flatMap { [push($0, to: queue), pop(queue)] }
  }

  private static let queues = [
    queue("queue: push and push", holding: 0) { [[push(11, to: $0)], [push(12, to: $0)]] },
    queue("queue: push and push where one has room", holding: 1) {
      [[push(11, to: $0)], [push(12, to: $0)]]
    },
    queue("queue: push and pop, empty", holding: 0) { [[push(11, to: $0)], [pop($0)]] },
    queue("queue: push and pop", holding: 1) { [[push(11, to: $0)], [pop($0)]] },
    queue("queue: push and pop, full", holding: 2) { [[push(11, to: $0)], [pop($0)]] },
    queue("queue: pop and pop the last", holding: 1) { [[pop($0)], [pop($0)]] },
    queue("queue: pop and pop", holding: 2) { [[pop($0)], [pop($0)]] },
    queue("queue: push, and pop and push", holding: 2) {
      [[push(11, to: $0)], [pop($0), push(12, to: $0)]]
    },
    queue("queue: pop, and use the cells again", holding: 2) {
      [[pop($0)], [pop($0), push(12, to: $0)]]
    },
    queue("queue: push twice, and go round twice", holding: 0) {
      [[push(11, to: $0), push(12, to: $0)], goRound($0)]
    },
    queue("queue: pop twice, and go round twice", holding: 1) {
      [[pop($0), pop($0)], goRound($0)]
    },
    queue("queue that drops the oldest: push and pop, full", holding: 2, .dropOldest) {
      [[push(11, to: $0)], [pop($0)]]
    },
    queue("queue that drops the oldest: push and push, full", holding: 2, .dropOldest) {
      [[push(11, to: $0)], [push(12, to: $0)]]
    },
  ].flatMap { $0 }

  // MARK: Acknowledged queues

  private static func claim(_ queue: Queue<NumberedElement>, givingBack: Bool = false) -> Call {
    {
      guard let claim = try queue.claim() else { return nil }
      let isSettled = givingBack ? claim.giveBack() : try claim.acknowledge()
      return isSettled ? try claim.element.number() : 0
    }
  }

  private static func acknowledged(
    _ name: String, holding count: Int,
    _ users: @escaping @Sendable (Queue<NumberedElement>) -> [[Call]]
  ) -> [StructureScene] {
    queue("acknowledged queue: \(name)", holding: count, .reject, .acknowledged, users)
  }

  private static let acknowledgedQueues =
    [
      acknowledged("claim and claim", holding: 2) { [[claim($0)], [claim($0)]] },
      acknowledged("claim and claim the last", holding: 1) { [[claim($0)], [claim($0)]] },
      acknowledged("push and claim", holding: 0) { [[push(11, to: $0)], [claim($0)]] },
      acknowledged("push and claim, full", holding: 2) { [[push(11, to: $0)], [claim($0)]] },
      acknowledged("give back and claim", holding: 1) {
        [[claim($0, givingBack: true)], [claim($0)]]
      },
    ].flatMap { $0 } + late

  /// One settles what it has claimed, while another takes it over, for the time of the queue is over.
  private static let late = scenes("acknowledged queue: acknowledge and take over") { store, key in
    let queue = try store.queue(
      key, of: NumberedElement.self,
      creating: ElementQueueGeometry(
        capacity: 2, overflow: .reject, delivery: .acknowledged(withinNanoseconds: 1),
        claimLimit: 2))
    _ = try queue.push(NumberedElement(1), timeoutNanoseconds: 0)
    guard let claimed = try queue.claim() else { throw Failure("there is nothing to claim") }
    return Structure(
      users: [
        [{ try claimed.acknowledge() ? 1 : 0 }],
        [{ try queue.claim().map { try $0.acknowledge() ? 1 : 0 } }],
      ], drain: { [queue.heldCount, queue.count] })
  }

  // MARK: Channels

  /// Two users of a channel of two cells.
  private static func channel(
    _ name: String, holding count: Int, _ delivery: ChannelGeometry.Delivery = .atMostOnce,
    _ users: @escaping @Sendable (Channel<NumberedElement>) -> [[Call]]
  ) -> [StructureScene] {
    scenes("channel: \(name)") { store, key in
      let channel = try store.channel(
        key, of: NumberedElement.self,
        creating: ChannelGeometry(capacity: 2, overflow: .reject, delivery: delivery))
      // The ring begins anew between the elements.
      for number in [0] + Array(1...2).prefix(count) {
        _ = try send(number, to: channel)()
        if number == 0 { _ = try receive(channel)() }
      }
      return Structure(
        users: users(channel),
        drain: {
          var numbers: [Int] = []
          while let number = try receive(channel)() { numbers.append(number) }
          return numbers + [Int(channel.lostCount)]
        })
    }
  }

  private static func send(_ number: Int, to channel: Channel<NumberedElement>) -> Call {
    {
      var sender = try channel.sender()
      let result = try sender.push(NumberedElement(number), timeoutNanoseconds: 0)
      return result == .pushed ? number : nil
    }
  }

  private static func receive(_ channel: Channel<NumberedElement>) -> Call {
    {
      var receiver = try channel.receiver()
      return try receiver.pop()?.number()
    }
  }

  /// Tells how many of two it pushed.
  private static func sendTwo(_ number: Int, to channel: Channel<NumberedElement>) -> Call {
    {
      var sender = try channel.sender()
      let elements = [NumberedElement(number), NumberedElement(number + 1)]
      return try sender.push(contentsOf: elements.span, timeoutNanoseconds: 0)
    }
  }

  /// Takes two at most, and tells them as one number: the first makes hundreds.
  private static func take(_ channel: Channel<NumberedElement>) -> Call {
    {
      var receiver = try channel.receiver()
      let numbers = try receiver.take(maxCount: 2).map { try $0.number() }
      return numbers.first.map { $0 * 100 + (numbers.count > 1 ? numbers[1] : 0) }
    }
  }

  private static func receiveLending(_ channel: Channel<NumberedElement>) -> Call {
    {
      var receiver = try channel.receiver()
      var number: Int?
      try receiver.pop { elements in number = try elements[0].number() }
      return number
    }
  }

  private static let channels = ChannelGeometry.Delivery.allCases.flatMap { delivery in
    (0...2).flatMap { count in
      channel("push and pop, \(count) there, \(delivery)", holding: count, delivery) {
        [[send(11, to: $0)], [receive($0)]]
      }
    }
      + channel("push twice and pop twice, \(delivery)", holding: 1, delivery) {
        [[send(11, to: $0), send(12, to: $0)], [receive($0), receive($0)]]
      }
      + channel("push, and take two, \(delivery)", holding: 1, delivery) {
        [[send(11, to: $0)], [take($0)]]
      }
      + channel("push two at once, and pop lending, \(delivery)", holding: 1, delivery) {
        [[sendTwo(11, to: $0)], [receiveLending($0)]]
      }
  }

  // MARK: Topics

  private static func topic(
    _ name: String, holding count: Int,
    _ slowSubscribers: TopicGeometry.SlowSubscribers = .skip,
    _ users: @escaping @Sendable (Topic<NumberedElement>) -> [[Call]]
  ) -> [StructureScene] {
    scenes("topic: \(name)", .nothingBeside) { store, key in
      let topic = try store.topic(
        key, of: NumberedElement.self,
        creating: TopicGeometry(capacity: 2, slowSubscribers: slowSubscribers))
      for number in Array(1...2).prefix(count) {
        _ = try topic.publish(NumberedElement(number), timeoutNanoseconds: 0)
      }
      return Structure(
        users: users(topic),
        drain: {
          var subscription = try topic.subscribe(from: .oldest)
          var numbers: [Int] = []
          while let element = try subscription.next() { numbers.append(try element.number()) }
          return numbers + [Int(topic.lostCount)]
        })
    }
  }

  private static func publish(_ number: Int, to topic: Topic<NumberedElement>) -> Call {
    { try topic.publish(NumberedElement(number), timeoutNanoseconds: 0) ? number : nil }
  }

  private static func readOldest(_ topic: Topic<NumberedElement>) -> Call {
    {
      var subscription = try topic.subscribe(from: .oldest)
      let number = try subscription.next()?.number()
      guard topic.geometry.slowSubscribers != .wait || subscription.missedCount == 0 else {
        throw Failure("a subscriber that is waited for has missed something")
      }
      return number
    }
  }

  private static let topics = [
    topic("publish and publish", holding: 0) { [[publish(11, to: $0)], [publish(12, to: $0)]] },
    topic("publish and read, empty", holding: 0) { [[publish(11, to: $0)], [readOldest($0)]] },
    topic("publish and read over", holding: 2) { [[publish(11, to: $0)], [readOldest($0)]] },
    topic("publish and read over, waiting", holding: 2, .wait) {
      [[publish(11, to: $0)], [readOldest($0)]]
    },
  ].flatMap { $0 }
}
