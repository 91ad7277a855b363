import SharedMemory
import SharedStructures
import SimDB

extension StructureScene {
  /// Scenes of byte queues.
  static let onBytes = [
    byteQueues, sleepers, takes, acknowledgedByteQueues, droppingByteQueues,
  ].flatMap { $0 }

  /// Bytes of elements: a segment has room for so many of them.
  private enum Length: Int {
    case one = 100
    case two = 80
  }

  /// Two users of a queue of two segments, in which `count` elements stand, from 1 on.
  ///
  /// Users have attachments of their own, as processes have: a lock of an attachment guards what its
  /// segments are held with, and no thread must be stopped with that.
  private static func byteQueue(
    _ name: String, holding count: Int, _ overflow: Overflow = .reject,
    _ delivery: Delivery = .atMostOnce, of length: Length = .one, onlyFirstBegins: Bool = false,
    density: SampleDensity = .usual, tellsDropped: Bool = true, secondIsView: Bool = false,
    blockCount: Int = 512,
    parts: (@Sendable (ByteQueue) -> [Int: [Part]])? = nil,
    _ users: @escaping @Sendable (_ first: ByteQueue, _ second: ByteQueue) throws -> [[Call]]
  ) -> [StructureScene] {
    scenes(
      "byte queue: \(name)", .nothingBeside, onlyFirstBegins: onlyFirstBegins, density: density,
      blockCount: blockCount
    ) { store, key in
      let queue = try store.byteQueue(
        key,
        creating: ByteQueueGeometry(
          segmentCapacity: 256, segmentLimit: 2, overflow: overflow, delivery: delivery))
      for number in Array(1...4).prefix(count) { _ = try push(number, to: queue, length)() }
      let other = try secondIsView ? Database.openReadOnly(store.path) : Database.open(store.path)
      return Structure(
        users: try users(queue, try other.byteQueue(key)),
        drain: {
          var numbers: [Int] = []
          while let number = try pop(queue)() { numbers.append(number) }
          try require(try queue.contents().waiting == 0, "it does not get empty")
          let dropped = tellsDropped ? [Int(queue.droppedCount)] : []
          return numbers + [try queue.contents().held, Int(queue.lostCount)] + dropped
        }, parts: parts?(queue) ?? [:])
    }
  }

  private static func push(
    _ number: Int, to queue: ByteQueue, _ length: Length = .one
  ) -> Call {
    {
      let bytes = NumberedValue(number, count: length.rawValue).bytes
      return try queue.push(bytes, timeoutNanoseconds: 0) == .pushed ? number : nil
    }
  }

  private static func pop(_ queue: ByteQueue) -> Call {
    { try queue.pop().map { try number(of: $0.bytes) } }
  }

  private static func peek(_ queue: ByteQueue) -> Call {
    { try queue.peek().map { try number(of: $0.bytes) } }
  }

  private static func number(of bytes: [UInt8]) throws -> Int {
    guard let value = NumberedValue(bytes) else { throw Failure("an element is torn") }
    return value.number
  }

  private static let byteQueues = [
    byteQueue("push and push", holding: 0, onlyFirstBegins: true, density: .low) {
      [[push(11, to: $0)], [push(12, to: $1)]]
    },
    byteQueue("push and pop, empty", holding: 0) { [[push(11, to: $0)], [pop($1)]] },
    byteQueue("push twice and pop, empty", holding: 0) {
      [[push(11, to: $0), push(12, to: $0)], [pop($1)]]
    },
    byteQueue("push and pop, full", holding: 2) { [[push(11, to: $0)], [pop($1)]] },
    byteQueue("push and push of one segment", holding: 1, of: .two) {
      [[push(11, to: $0, .two)], [push(12, to: $1, .two)]]
    },
    byteQueue("pop and pop", holding: 2) { [[pop($0)], [pop($1)]] },
    byteQueue("look, and pop", holding: 2, density: .low) { [[peek($0)], [pop($1)]] },
    byteQueue("look, and pop and push, full", holding: 2, onlyFirstBegins: true, density: .low) {
      [[peek($0)], [pop($1), push(11, to: $1)]]
    },
  ].flatMap { $0 }

  // MARK: Segments that come and go

  /// While the first user sleeps, the other goes on to later segments, and removes those before.
  private static func sleeper(
    _ name: String, holding count: Int, popped: Int = 0, density: SampleDensity,
    _ users: @escaping @Sendable (_ first: ByteQueue, _ second: ByteQueue) throws -> [[Call]]
  ) -> [StructureScene] {
    byteQueue(
      "\(name) meanwhile", holding: count, onlyFirstBegins: true, density: density
    ) { first, second in
      for _ in 0..<popped { _ = try pop(first)() }
      return try users(first, second)
    }
  }

  private static let sleepers = [
    sleeper("push, and pop and push twice", holding: 1, density: .lowest) {
      [[push(11, to: $1)], popAndPush($0)]
    },
    sleeper("push, and pop and push twice from two on", holding: 2, density: .lowest) {
      [[push(11, to: $1)], popAndPush($0)]
    },
    sleeper("pop, and pop and push", holding: 2, popped: 1, density: .low) {
      [[pop($1)], [pop($0), push(21, to: $0), pop($0)]]
    },
    // Who may not write pins nothing.
    byteQueue(
      "look without writing, and pop and push twice", holding: 1, onlyFirstBegins: true,
      density: .low, secondIsView: true, blockCount: 64
    ) { [[peek($1)], popAndPush($0)] },
  ].flatMap { $0 }

  private static func popAndPush(_ queue: ByteQueue) -> [Call] {
    [pop(queue), push(21, to: queue), pop(queue), push(22, to: queue), pop(queue)]
  }

  // MARK: Several at once

  /// Takes two at most, and tells them as one number: the first makes hundreds.
  private static func take(_ queue: ByteQueue) -> Call {
    {
      guard let batch = try queue.take(maxCount: 2) else { return nil }
      let numbers = try batch.map { try number(of: $0.bytes) }
      return numbers[0] * 100 + (numbers.count > 1 ? numbers[1] : 0)
    }
  }

  /// The two are taken one after the other; when another has the second, there is none.
  private static func takeParts(_ queue: ByteQueue) -> [Part] {
    [
      { answer, isBeside in try isBeside || pop(queue)() == answer.map { $0 / 100 } },
      { answer, _ in
        guard let answer, answer % 100 > 0 else { return true }
        return try pop(queue)() == answer % 100
      },
    ]
  }

  private static let takes = [
    byteQueue("take and pop", holding: 4, of: .two, parts: { [0: takeParts($0)] }) {
      [[take($0)], [pop($1)]]
    },
    byteQueue(
      "take and take", holding: 3, of: .two,
      parts: { [0: takeParts($0), 1: takeParts($0)] }
    ) { [[take($0)], [take($1)]] },
    byteQueue("take and push", holding: 1, of: .two, density: .low, parts: { [0: takeParts($0)] }) {
      [[take($0)], [push(11, to: $1, .two)]]
    },
    byteQueue(
      "take and push, full", holding: 4, of: .two, density: .low, parts: { [0: takeParts($0)] }
    ) {
      [[take($0)], [push(11, to: $1, .two)]]
    },
  ].flatMap { $0 }

  // MARK: Acknowledged byte queues

  /// Tells the number of what was settled, and 0 where that came too late.
  private static func settle(_ claim: ByteQueue.Claim, givingBack: Bool) -> Call {
    {
      let bytes = try claim.withBytes { bytes, _ in bytes.array }
      let number = try number(of: bytes)
      return try (givingBack ? claim.giveBack() : claim.acknowledge()) ? number : 0
    }
  }

  /// The first user has claimed the first element.
  private static func held(
    _ name: String, holding count: Int, _ overflow: Overflow = .reject,
    _ delivery: Delivery = .acknowledged, givingBack: Bool,
    beside others: @escaping @Sendable (ByteQueue) -> [Call]
  ) -> [StructureScene] {
    let name = "acknowledged, \(givingBack ? "give back" : "acknowledge") what is held, and \(name)"
    return byteQueue(name, holding: count, overflow, delivery, density: .low) { first, second in
      guard let claim = try first.claim() else { throw Failure("there is nothing to claim") }
      return [[settle(claim, givingBack: givingBack)], others(second)]
    }
  }

  private static let acknowledgedByteQueues =
    [
      byteQueue(
        "acknowledged, pop and pop", holding: 2, .reject, .acknowledged, onlyFirstBegins: true
      ) {
        [[pop($0)], [pop($1)]]
      },
      byteQueue(
        "acknowledged, push and pop, full", holding: 2, .reject, .acknowledged, density: .low
      ) {
        [[push(11, to: $0)], [pop($1)]]
      },
    ].flatMap { $0 }
    + [false, true].flatMap { givingBack in
      held("pop", holding: 2, givingBack: givingBack) { [pop($0)] }
        + held("push, full, dropOldest", holding: 2, .dropOldest, givingBack: givingBack) {
          [push(11, to: $0)]
        }
        // Whoever pops takes it over, for the time of the queue is over.
        + held(
          "pop, late", holding: 1, .reject, .acknowledged(withinNanoseconds: 1),
          givingBack: givingBack
        ) { [pop($0)] }
    }

  // MARK: Byte queues that drop

  private static let droppingByteQueues = [
    byteQueue("push and pop, full, dropOldest", holding: 2, .dropOldest, density: .lowest) {
      [[push(11, to: $0)], [pop($1)]]
    },
    byteQueue(
      "push and push, full, dropOldest", holding: 2, .dropOldest, onlyFirstBegins: true,
      density: .low
    ) {
      [[push(11, to: $0)], [push(12, to: $1)]]
    },
    // What lies in a segment is dropped one by one: the other may take one in between.
    byteQueue(
      "push and pop, full, dropOldest of two", holding: 4, .dropOldest, of: .two,
      density: .lowest, tellsDropped: false, parts: { [0: dropParts(11, $0)] }
    ) {
      [[pushDropping(11, to: $0)], [pop($1)]]
    },
    byteQueue("push and pop, full, dropNewest", holding: 2, .dropNewest, tellsDropped: false) {
      [[push(11, to: $0)], [pop($1)]]
    },
  ].flatMap { $0 }

  /// Tells what was pushed, or how many elements were dropped, as a negative number, before another had
  /// the next.
  private static func pushDropping(_ number: Int, to queue: ByteQueue) -> Call {
    {
      let before = queue.droppedCount
      if let pushed = try push(number, to: queue, .two)() { return pushed }
      let dropped = Int(queue.droppedCount - before)
      return dropped > 0 ? -dropped : nil
    }
  }

  private static func dropParts(_ number: Int, _ queue: ByteQueue) -> [Part] {
    func dropping(_ dropped: Int) -> Part {
      { answer, _ in
        guard let answer, answer > 0 || dropped <= -answer else { return true }
        return try peek(queue)() != dropped || pop(queue)() == dropped
      }
    }
    return [
      dropping(1), dropping(2),
      { answer, isBeside in
        try isBeside || (answer ?? 0) < 0 || push(number, to: queue, .two)() == answer
      },
    ]
  }
}
