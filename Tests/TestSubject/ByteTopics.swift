import SharedMemory
import SharedStructures
import SimDB
import TestSupport

/// Users of a topic of bytes that leave notes of what they did in the same store.
extension TestSubject {
  /// Publishes numbered elements of many lengths, and notes each that has reached all.
  static func publishBytes(_ name: String, publisher: UInt64) throws {
    let store = try Database.open(name)
    let topic = try store.byteTopic(ByteQueueNotes.queue)
    print("ready")
    try ByteQueueNotes.produce(publisher, in: store) {
      try topic.publish($0)
    } fill: {
      try topic.publish(byteCount: $0, filling: $1)
    }
  }

  /// Comes, reads some and goes, again and again, slow or not.
  static func subscribeBytes(_ name: String, seed: UInt64) throws {
    let store = try Database.open(name)
    let topic = try store.byteTopic(ByteQueueNotes.queue)
    print("ready")
    for round in seed... {
      let end = try topic.subscribe(overflow: Overflow.allCases[Int(round % 4)])
      for _ in 0..<round % 40 {
        guard let received = try end.receive(timeoutNanoseconds: 10_000_000) else { break }
        guard received.bytes.isEmpty || ByteQueueNotes.number(of: received.bytes) != nil else {
          try store.put("torn", received.bytes)
          return
        }
      }
    }
  }

  /// Subscribes, to be waited for, and takes nothing.
  static func staySubscribed(_ name: String) throws {
    let end = try Database.open(name).byteTopic(ByteQueueNotes.queue).subscribe()
    print("ready")
    while true {
      withExtendedLifetime(end) { SystemClock.pause(nanoseconds: 1_000_000_000) }
    }
  }

  /// A child lets go of its parent's subscription, publishes to it, and has one of its own. Prints how
  /// the child ended, how many subscribers live afterwards, and how many elements the parent's has.
  static func forkSubscribing(_ name: String) throws {
    let topic = try Database.open(name, creating: Geometry()).byteTopic(
      ByteQueueNotes.queue, creating: ByteTopicGeometry())
    var ends = [try topic.subscribe()]
    let status = Child {
      do throws(StoreError) {
        _ = try ends[0].pop()
        return 1
      } catch {
        guard error.code == .inUse else { return 2 }
      }
      ends = []
      let mine = try topic.subscribe()
      guard try topic.publish("child").reached == 2 else { return 3 }
      guard try mine.pop()?.bytes == Array("child".utf8) else { return 4 }
      // It ends here, and its subscription with it.
      return 0
    }
    .wait()
    var alive = 2
    for _ in 0..<200 where alive != 1 {
      alive = try topic.subscribers().filter { $0.pid != nil }.count
      SystemClock.pause(nanoseconds: 1_000_000)
    }
    try topic.publish("parent")
    try print(status, alive, ends[0].count())
  }
}
