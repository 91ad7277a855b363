import SharedMemory
import SharedStructures
import SimDB

extension StructureOnTrial.Kind {
  /// Queues of elements of any size, in segments for one element each, but for short ones.
  static let byteQueues: [Self] = [
    byteQueue("byte queue", .wait, .atMostOnce),
    byteQueue("byte queue that drops the oldest", .dropOldest, .atMostOnce),
    byteQueue("byte queue with acknowledgement", .reject, .acknowledged),
  ]

  private static func byteQueue(
    _ name: String, _ overflow: Overflow, _ delivery: Delivery
  ) -> Self {
    Self(name: name) { store, key in
      let geometry = ByteQueueGeometry(
        segmentCapacity: 256, segmentLimit: 4, overflow: overflow, delivery: delivery)
      let queue = try store.byteQueue(key, creating: geometry)
      func push(_ number: Int, count: Int = 100) throws -> Bool {
        let value = NumberedValue(number, count: count)
        return try queue.push(value.bytes, timeoutNanoseconds: 0) == .pushed
      }
      for number in 1...3 { try require(push(number), "there is no room for \(number)") }
      let view = try Database.openReadOnly(store.path).byteQueue(key)
      /// Looks without permission to write.
      func look() throws -> [Int] {
        try view.peek(maxCount: 8).map { received in
          guard let value = NumberedValue(received.bytes) else {
            throw Failure("an element that is looked at is torn")
          }
          return value.number
        }
      }
      func drain() throws -> [Int] {
        let seen = try look()
        var numbers: [Int] = []
        let end = SystemClock.monotonicNanoseconds + 5_000_000_000
        // A new user looks at once for what the dead have.
        let queue = try store.byteQueue(key)
        repeat {
          while let received = try queue.pop() {
            guard let value = NumberedValue(received.bytes) else {
              throw Failure("an element is torn")
            }
            numbers.append(value.number)
          }
          try require(SystemClock.monotonicNanoseconds < end, "it does not get empty")
        } while try !isEmpty()
        // Nobody has taken them: they are among what comes, in their order.
        var coming = numbers[...]
        for number in seen {
          let next = coming.firstIndex(of: number)
          try require(next != nil, "\(seen) was seen, and came \(numbers)")
          coming = coming[(next! + 1)...]
        }
        try require(try look().isEmpty, "something is seen when it is empty")
        return numbers
      }
      func isEmpty() throws -> Bool {
        let contents = try queue.contents()
        return contents.waiting == 0 && (delivery == .atMostOnce || contents.held == 0)
      }
      var operations: [StructureOnTrial.Operation] = [
        .init(name: "peek", run: { _ = try queue.peek() }, after: [[1, 2, 3]]),
        .init(
          name: "peek without writing",
          run: { _ = try look() },
          after: [[1, 2, 3]]),
        .init(
          name: "count",
          run: { _ = try queue.contents() },
          after: [[1, 2, 3]]),
        .init(
          name: "push", run: { _ = try push(4) }, after: [[1, 2, 3, 4]]),
        .init(
          name: "push a large one", run: { _ = try push(4, count: 700) },
          after: [[1, 2, 3, 4]]),
        .init(
          name: "push filling",
          run: {
            let value = NumberedValue(4, count: 16).bytes
            try queue.push(count: 16) { bytes in
              for (offset, byte) in value.enumerated() { bytes.setByte(byte, at: offset) }
            }
          }, after: [[1, 2, 3, 4]]),
        .init(name: "pop", run: { _ = try queue.pop() }, after: [[2, 3]]),
        .init(
          name: "pop all", run: { while try queue.pop() != nil {} }, after: [[]],
          interrupted: [[2, 3], [3]]),
        .init(
          name: "take", run: { try queue.take(maxCount: 2)?.forEachElement { _, _ in } },
          after: [[3]], interrupted: [[2, 3], [1, 3]]),
      ]
      if overflow == .dropOldest {
        operations.append(
          .init(
            name: "push over", run: { for number in 4...6 { _ = try push(number) } },
            after: [[3, 4, 5, 6]],
            interrupted: [
              [1, 2, 3, 4], [2, 3, 4], [2, 3, 4, 5], [3, 4, 5],
            ]))
      }
      if delivery != .atMostOnce {
        operations += [
          .init(
            name: "claim and acknowledge", run: { _ = try queue.claim()?.acknowledge() },
            after: [[2, 3]]),
          .init(
            name: "claim and give back", run: { try queue.claim()?.giveBack() },
            after: [[1, 2, 3]]),
        ]
      }
      return StructureOnTrial(
        standing: [1, 2, 3], operations: operations,
        useBeside: {
          for number in 0..<8 {
            _ = try push(1_000 + number)
            if number % 2 == 0 { _ = try queue.pop() }
            _ = try look()
          }
        }, drain: drain,
        isPossible: { delivery != .atMostOnce || Set($0).count == $0.count })
    }
  }
}
