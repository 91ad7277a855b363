import Foundation
import SharedMemory
import SharedStructures
import SimDB
import Synchronization
import TestSupport
import Testing

/// What becomes of a topic when those who publish and subscribe are killed.
@Suite(.serialized) struct ByteTopicKillTests {
  let scratch = Scratch()

  @Test
  func `who lives gets everything in order, whoever is killed, and nothing is left of the dead`()
    throws
  {
    let store = try Database.open(
      scratch.database(), creating: Geometry(blockSize: 128, blockCount: 65_536))
    let topic = try store.byteTopic(
      ByteQueueNotes.queue,
      creating: ByteTopicGeometry(subscriberCapacity: 8, segmentCapacity: 1_024, segmentLimit: 6))
    let survivor = try topic.subscribe()
    let isOver = Atomic<Bool>(false)
    let publisherCount = UInt64(12 * scale)
    /// Numbers that came from each publisher.
    let received = LocalMutex<[[UInt64]]>(Array(repeating: [], count: Int(publisherCount)))
    try inThreads([
      {
        defer { isOver.store(true, ordering: .sequentiallyConsistent) }
        var generator = SeededGenerator()
        for round in 0..<publisherCount / 2 {
          let subjects = try (0..<2).flatMap { index in
            [
              try Subject(["publish bytes", scratch.database(), "\(round * 2 + UInt64(index))"]),
              try Subject(["subscribe bytes", scratch.database(), "\(generator.next() % 100)"]),
            ]
          }
          for subject in subjects { #expect(subject.readLine() == "ready") }
          for subject in subjects { subject.killSoon(&generator) }
          for subject in subjects { #expect(subject.wait() == -SIGKILL) }
          #expect(try eventually { try topic.publish("").reached == 1 })
          #expect(try topic.subscribers().count == 1)
        }
      },
      {
        var isLast = false
        while true {
          let end = isOver.load(ordering: .sequentiallyConsistent)
          while let element = try survivor.receive(timeoutNanoseconds: 20_000_000) {
            guard !element.bytes.isEmpty else { continue }
            let (publisher, number) = try #require(ByteQueueNotes.number(of: element.bytes))
            received.withLock { $0[Int(publisher)].append(number) }
          }
          // Once more, for what the dead had claimed to write stands for a while.
          if isLast { return }
          isLast = end
        }
      },
    ])
    #expect(try store.get("torn") == nil)
    let all = received.withLock { $0 }
    var count = 0
    for publisher in 0..<publisherCount {
      let noted = try store.get(ByteQueueNotes.pushed(by: publisher), as: UInt64.self) ?? 0
      let numbers = all[Int(publisher)]
      count += numbers.count
      // One may have reached us and not been noted; none is missing, twice or in another order.
      #expect(numbers == Array(0..<UInt64(numbers.count)))
      #expect((noted...noted + 1).contains(UInt64(numbers.count)))
    }
    #expect(count > 0)
    // What a publisher was writing when it died.
    #expect(survivor.lostCount <= publisherCount && survivor.droppedCount == 0)

    // Nothing is left but the survivor's queue.
    withExtendedLifetime(try topic.subscribe()) {}
    let owners = try Set(
      store.keys(prefix: "\(topic.name)/part/").map { $0.split(separator: UInt8(ascii: "/"))[3] })
    #expect(owners.count == 1)
    try store.sweep()
    #expect(store.check() == [])
    print("\(count) received, \(survivor.lostCount) lost")
  }

  @Test func `a publisher waits for a stopped subscriber until its time is up, for a dead one not`()
    throws
  {
    let store = try Database.open(scratch.database(), creating: Geometry(blockCount: 8_192))
    let topic = try store.byteTopic(
      ByteQueueNotes.queue,
      creating: ByteTopicGeometry(subscriberCapacity: 8, segmentCapacity: 256, segmentLimit: 2))
    let subject = try Subject(["stay subscribed", scratch.database()])
    #expect(subject.readLine() == "ready")
    subject.signal(SIGSTOP)
    let mine = try topic.subscribe(overflow: .dropOldest)
    let element = [UInt8](repeating: 7, count: 90)
    for _ in 0..<4 { #expect(try topic.publish(element).reached == 2) }
    let publication = try topic.publish(element, timeoutNanoseconds: 1_000_000)
    #expect(publication.timedOut == 1 && publication.reached == 1)
    subject.signal(SIGKILL)
    #expect(subject.wait() == -SIGKILL)
    // For ever, if it waited for the dead.
    #expect(try topic.publish(element).reached == 1)
    #expect(try topic.subscribers().count == 1 && mine.count() > 0)
  }

  @Test func `a subscription belongs to who made it, and a forked child has its own`() throws {
    let subject = try Subject(["fork subscribing", scratch.database()])
    #expect(subject.readAll() == "0 1 2\n")
    #expect(subject.wait() == 0)
  }
}
