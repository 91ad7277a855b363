import SharedMemory
import SharedStructures
import SimDB
import TestSupport
import Testing

/// All queues mean the same by the limits of what is taken at once.
@Suite struct TakeTests {
  let scratch = Scratch()

  /// A queue with room for three elements of eight bytes.
  private struct Kind {
    let name: String
    let push: (UInt64) throws -> Void
    /// How many were taken, of at most so many, and so many bytes.
    let take: (_ maxCount: Int, _ maxBytes: Int) throws -> Int
    /// The same, for ever if there is none.
    let await: (_ maxCount: Int) throws -> Int
  }

  private final class Ends {
    var sender: Sender<UInt64>
    var receiver: Receiver<UInt64>

    init(_ channel: Channel<UInt64>) throws {
      sender = try channel.sender()
      receiver = try channel.receiver()
    }
  }

  private func queue(_ store: Database, _ delivery: Delivery) throws -> Kind {
    let queue = try store.queue(
      "queue \(delivery)", of: UInt64.self,
      creating: ElementQueueGeometry(capacity: 4, delivery: delivery))
    return Kind(
      name: "queue, \(delivery)", push: { _ = try queue.push($0) },
      take: { try queue.take(maxCount: $0, maxBytes: $1).count },
      await: { try queue.take(maxCount: $0, timeoutNanoseconds: .max).count })
  }

  private func byteQueue(_ store: Database, _ delivery: Delivery) throws -> Kind {
    let queue = try store.byteQueue(
      "bytes \(delivery)", creating: ByteQueueGeometry(delivery: delivery))
    return Kind(
      name: "byte queue, \(delivery)",
      push: { number in
        try queue.push(count: 8) { $0.storeBytes(of: number, as: UInt64.self) }
      },
      take: { Array(try queue.take(maxCount: $0, maxBytes: $1)?.map(\.bytes) ?? []).count },
      await: { try queue.take(maxCount: $0, timeoutNanoseconds: .max)?.count ?? 0 })
  }

  private func kinds() throws -> [Kind] {
    let store = try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
    let messages = try store.queue("messages", creating: QueueGeometry(capacity: 4))
    let ends = try Ends(
      try store.channel("channel", of: UInt64.self, creating: ChannelGeometry(capacity: 4)))
    let topic = try store.byteTopic("topic", creating: ByteTopicGeometry())
    let subscription = try topic.subscribe()
    return [
      try queue(store, .atMostOnce), try queue(store, .acknowledged),
      try byteQueue(store, .atMostOnce), try byteQueue(store, .acknowledged),
      Kind(
        name: "message queue",
        push: { number in
          _ = try messages.push(Message(), count: 8) { $0.storeBytes(of: number, as: UInt64.self) }
        },
        take: { try messages.take(maxCount: $0, maxBytes: $1).count },
        await: { try messages.take(maxCount: $0, timeoutNanoseconds: .max).count }),
      Kind(
        name: "channel", push: { _ = try ends.sender.push($0) },
        take: { try ends.receiver.take(maxCount: $0, maxBytes: $1).count },
        await: { try ends.receiver.take(maxCount: $0, timeoutNanoseconds: .max).count }),
      Kind(
        name: "subscription",
        push: { number in
          try topic.publish(byteCount: 8) { $0.storeBytes(of: number, as: UInt64.self) }
        },
        take: { try subscription.take(maxCount: $0, maxBytes: $1)?.count ?? 0 },
        await: { try subscription.take(maxCount: $0, timeoutNanoseconds: .max)?.count ?? 0 }),
    ]
  }

  @Test func `what is taken at once ends at either limit, has one at least, and none of none`()
    throws
  {
    for kind in try kinds() {
      /// Fills it with three, takes some, and the rest.
      func take(_ maxCount: Int, _ maxBytes: Int) throws -> Int {
        for number in 0..<3 as Range<UInt64> { try kind.push(number) }
        let count = try kind.take(maxCount, maxBytes)
        #expect(try kind.take(9, .max) == 3 - count, "\(kind.name)")
        return count
      }
      #expect(try kind.take(3, .max) == 0, "\(kind.name)")
      #expect(try take(2, .max) == 2, "\(kind.name)")
      #expect(try take(9, 24) == 3, "\(kind.name)")
      #expect(try take(9, 23) == 2, "\(kind.name)")
      for bytes in [15, 8, 1, 0, -1, .min] {
        #expect(try take(9, bytes) == 1, "\(kind.name): \(bytes)")
      }
      for count in [0, -1, .min] {
        #expect(try take(count, .max) == 0, "\(kind.name): \(count)")
        // There is none to wait for.
        #expect(try kind.await(count) == 0, "\(kind.name): \(count)")
      }
    }
  }
}
