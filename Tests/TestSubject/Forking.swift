import Foundation
import SharedMemory
import SharedStructures
import SimDB

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a child forked without exec does with what it was forked with. Each prints, when the child
/// has ended, how many pins the parent has.
extension TestSubject {
  private static func pins(_ database: Database) throws -> Int {
    try database.participants().filter { $0.pid == UInt32(getpid()) }.map(\.pins).reduce(0, +)
  }

  /// Children use a store that has no name, die in it, and come too late for it.
  static func forkAnonymous() throws {
    let database = try Database.anonymous(Geometry(blockSize: 64, blockCount: 256))
    try database.put("parent", "was here")
    let first = Child {
      guard try database.get("parent", as: String.self) == "was here" else { return 1 }
      for number in 0..<1_000 { try database.put("child", "\(number)") }
      // It ends here, and gives nothing back.
      return 0
    }
    .wait()
    let left = try database.participants().count
    let swept = try database.sweep()
    let value = try database.get("child", as: String.self) ?? ""
    let problems = database.check().count
    try database.drop()
    func lateStatus() -> Int32 {
      do throws(StoreError) {
        try database.put("late", "value")
        return 1
      } catch {
        return error.code == .dropped ? 0 : 2
      }
    }
    let second = Child { lateStatus() }.wait() + lateStatus()
    print("\(first) \(left) \(swept) \(value) \(problems) \(second)")
  }

  /// The child lets go of a structure.
  static func forkHolding(_ name: String) throws {
    let database = try Database.open(name)
    var queue: MessageQueue? = try database.queue("queue", creating: QueueGeometry(capacity: 4))
    let status = Child {
      queue = nil
      return 0
    }
    .wait()
    try print("\(status) \(pins(database)) \(queue == nil)")
  }

  /// A child is refused its parent's end of a channel, and takes the other one; both sleep at times.
  static func forkChannel(_ name: String) throws {
    let database = try Database.open(name)
    let channel = try database.channel(
      "numbers", of: UInt64.self, creating: ChannelGeometry(capacity: 2))
    let total: UInt64 = 2_000
    var sender = try channel.sender()
    let child = Child {
      do throws(StoreError) {
        _ = try sender.push(0)
        return 1
      } catch {
        guard error.code == .inUse else { return 2 }
      }
      var receiver = try channel.receiver()
      for number in 0..<total {
        if number % 400 == 0 { SystemClock.pause(nanoseconds: 2_000_000) }
        guard try receiver.pop(timeoutNanoseconds: 60_000_000_000) == number else { return 3 }
      }
      return 0
    }
    for number in 0..<total {
      if number % 700 == 0 { SystemClock.pause(nanoseconds: 2_000_000) }
      _ = try sender.push(number, timeoutNanoseconds: 60_000_000_000)
    }
    print("\(child.wait()) \(channel.count) \(channel.pushedCount)")
  }

  /// A child uses a structure, and another one when it is deleted.
  static func forkPushing(_ name: String) throws {
    let database = try Database.open(name)
    let queue = try database.queue("queue", creating: QueueGeometry(capacity: 4))
    let payload: [UInt8] = [1, 2, 3]
    let first = Child {
      _ = try queue.push(Message(), payload: payload.rawSpan)
      // A second one pins nothing more.
      _ = try queue.push(Message(), payload: payload.rawSpan)
      return try Int32(pins(database))
    }
    .wait()
    try database.sweep()
    try database.delete("queue")
    let second = Child {
      do throws(StoreError) {
        _ = try queue.push(Message(), payload: payload.rawSpan)
        return 1
      } catch {
        return error.code == .notFound ? 0 : 2
      }
    }
    .wait()
    // Its own pin lets it go on.
    let third = try queue.push(Message(), payload: payload.rawSpan)
    print("\(first) \(second) \(third) \(queue.count)")
  }

  /// A child tries to settle what its parent has claimed, and claims what is left.
  static func forkClaiming(_ name: String) throws {
    let database = try Database.open(name)
    let queue = try database.queue(
      "queue", of: UInt64.self,
      creating: ElementQueueGeometry(capacity: 4, delivery: .acknowledged, claimLimit: 2))
    _ = try queue.push(contentsOf: [1, 2])
    let bytes = try database.byteQueue(
      "bytes", creating: ByteQueueGeometry(delivery: .acknowledged))
    _ = try bytes.push("text")
    let claim = try queue.claim()
    let byteClaim = try bytes.claim()
    let child = Child {
      guard try claim?.acknowledge() == false, claim?.giveBack() == false else { return 1 }
      guard try byteClaim?.acknowledge() == false, byteClaim?.giveBack() == false else { return 2 }
      return try queue.pop() == 2 && queue.pop() == nil && bytes.pop() == nil ? 0 : 3
    }
    .wait()
    let isAcknowledged = try claim?.acknowledge() == true
    let isByteAcknowledged = try byteClaim?.acknowledge() == true
    print("\(child) \(isAcknowledged) \(isByteAcknowledged) \(queue.heldCount)")
  }

  /// A child reads from, and lets go of, a subscription of its parent's that publishers wait for.
  static func forkReading(_ name: String) throws {
    let topic = try Database.open(name).topic(
      "readings", of: UInt64.self, creating: TopicGeometry(capacity: 2, slowSubscribers: .wait))
    var subscription: Subscription? = try topic.subscribe()
    try topic.publish(1)
    try topic.publish(2)
    let child = Child {
      do throws(StoreError) {
        _ = try subscription?.next()
        return 1
      } catch {
        guard error.code == .inUse else { return 2 }
      }
      subscription = nil
      // Its parent has read nothing yet.
      return try topic.publish(3, timeoutNanoseconds: 1_000_000) ? 3 : 0
    }
    .wait()
    let (first, second) = (try subscription?.next() ?? 0, try subscription?.next() ?? 0)
    print("\(child) \(first) \(second)")
  }

  /// The child writes, and returns from a body that was lent a value.
  static func forkLending(_ name: String) throws {
    let database = try Database.open(name)
    let parent = getpid()
    var report = ""
    _ = try database.withValue("pinned") { _, _ in
      let status = Child {
        _ = try database.withValue("pinned") { _, _ in }
        return 0
      }
      .wait()
      report = try "\(status) \(pins(database))"
      let child = Child.fork()
      if child.pid == 0 {
        try database.put("child", "was here")
      } else {
        report += try " \(child.wait()) \(pins(database))"
      }
    }
    if getpid() != parent {
      // Out of the body it was forked in; its own pins work as ever.
      let own = try database.withValue("pinned") { _, _ in try pins(database) }
      _exit(own == 1 ? 0 : 98)
    }
    print(report)
  }

  /// The child uses so many other stores that its thread gives up what it keeps of the first.
  static func forkWandering(_ name: String) throws {
    let database = try Database.open(name)
    try database.put("parent", "was here")
    let status = Child {
      var others: [Database] = []
      for number in 0..<12 {
        let path = "\(name)-\(number).simdb"
        others.append(try Database.open(path, creating: Geometry(blockCount: 64)))
        try others[number].put("child", "was here")
      }
      for other in others { try other.drop() }
      return 0
    }
    .wait()
    let held = try database.withValue("pinned") { _, _ in try pins(database) }
    print("\(status) \(held ?? -1)")
  }

  /// The child ends a feed of changes.
  static func forkWatching(_ name: String) throws {
    let database = try Database.open(name)
    var changes: Changes? = try database.changes()
    let status = Child {
      changes = nil
      return 0
    }
    .wait()
    let segment = try Segment.attach(path: name, writable: false)
    let isWatched = withExtendedLifetime(segment) { ChangeTable(segment).isWatched }
    print("\(status) \(isWatched) \(changes == nil)")
  }
}
