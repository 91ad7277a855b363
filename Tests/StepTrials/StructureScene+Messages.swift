import SharedMemory
import SharedStructures
import SimDB

extension StructureScene {
  /// Scenes of queues of messages.
  static let onMessages =
    Overflow.allCases.flatMap { overflow in
      messages("push and pop, full, \(overflow)", holding: 2, overflow, .inCells) {
        [[push(11, to: $0, .inCells)], [pop($0)]]
      }
        + messages("push and push, full, \(overflow)", holding: 2, overflow, .inCells) {
          [[push(11, to: $0, .inCells)], [push(12, to: $0, .inCells)]]
        }
    }
    + [
      messages("push and pop, empty", holding: 0, .reject, .inCells) {
        [[push(11, to: $0, .inCells)], [pop($0)]]
      },
      messages("pop and pop the last", holding: 1, .reject, .inCells) { [[pop($0)], [pop($0)]] },
      messages("look, and pop and push", holding: 2, .reject, .inCells) {
        [[peek($0)], [pop($0), push(11, to: $0, .inCells)]]
      },
      messages("push and push in the store", holding: 0, .reject, .inStore) {
        [[push(11, to: $0, .inStore)], [push(12, to: $0, .inStore)]]
      },
      messages("push and pop in the store, full", holding: 2, .reject, .inStore) {
        [[push(11, to: $0, .inStore)], [pop($0)]]
      },
      messages("push and pop in the store, full, dropOldest", holding: 2, .dropOldest, .inStore) {
        [[push(11, to: $0, .inStore)], [pop($0)]]
      },
      messages("push over in the store by what fits", holding: 2, .dropOldest, .inStore) {
        [[push(11, to: $0, .inCells)], [pop($0)]]
      },
      messages("pop and pop in the store", holding: 2, .reject, .inStore) {
        [[pop($0)], [pop($0)]]
      },
      messages("look, and pop and push in the store", holding: 2, .reject, .inStore) {
        [[peek($0)], [pop($0), push(11, to: $0, .inStore)]]
      },
    ].flatMap { $0 }

  /// Where a payload lies, by its length.
  private enum Payload: Int {
    case inCells = 16
    case inStore = 100
  }

  /// Two users of a queue of two cells, in which `count` messages stand, from 1 on.
  private static func messages(
    _ name: String, holding count: Int, _ overflow: Overflow, _ payload: Payload,
    _ users: @escaping @Sendable (MessageQueue) -> [[Call]]
  ) -> [StructureScene] {
    scenes("message queue: \(name)", .nothingBeside, density: payload == .inStore ? .low : .usual) {
      store, key in
      let queue = try store.queue(
        key, creating: QueueGeometry(capacity: 2, payloadCapacity: 56, overflow: overflow))
      // Its cells have been used before.
      for number in [91, 92] + Array(1...2).prefix(count) {
        _ = try push(number, to: queue, payload)()
        if number > 90 { _ = try pop(queue)() }
      }
      return Structure(
        users: users(queue),
        drain: {
          var numbers: [Int] = []
          while let number = try pop(queue)() { numbers.append(number) }
          // What was dropped for somebody is told by the numbers.
          let dropped = overflow == .dropNewest ? 0 : Int(queue.droppedCount)
          let payloads = try store.keys(prefix: "\(key)/payload/").count
          try require(payloads == 0, "\(payloads) payloads stay behind")
          return numbers + [Int(queue.lostCount), dropped]
        })
    }
  }

  private static func push(_ number: Int, to queue: MessageQueue, _ payload: Payload) -> Call {
    {
      let bytes = NumberedValue(number, count: payload.rawValue).bytes
      let result = try queue.push(
        Message(cycle: UInt64(number)), payload: bytes.rawSpan, timeoutNanoseconds: 0)
      return result == .pushed ? number : nil
    }
  }

  private static func pop(_ queue: MessageQueue) -> Call {
    {
      var number: Int?
      try queue.pop { message, payload in
        number = try Self.number(of: message, payload.array)
      }
      return number
    }
  }

  private static func peek(_ queue: MessageQueue) -> Call {
    { try queue.peek(maxCount: 1).first.map { try number(of: $0.message, $0.payload) } }
  }

  private static func number(of message: Message, _ payload: [UInt8]) throws -> Int {
    guard let value = NumberedValue(payload), value.number == Int(message.cycle) else {
      throw Failure("a message is torn")
    }
    return value.number
  }
}
